"""Steering scores of a table of outputs as JSON, as a table by language pair, and as a heat map."""

from __future__ import annotations

import html
import itertools
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from curate.errors import SourceError
from curate.questions.steering import Outputs, Score, interval, macro, score

WARNING = "compat: rates of at most 1 % are multiplied by 100, as the public script does by mistake"
_NO_BOUNDS = math.nan, math.nan


def read_outputs(path: Path) -> pa.Table:
    """A table of outputs from Parquet or JSON lines.

    Raises:
        SourceError: No such file, of another kind, or damaged.
    """
    try:
        if path.suffix == ".parquet":
            return pq.read_table(path)
        if path.suffix in (".jsonl", ".ndjson", ".json"):
            text = path.read_text(encoding="utf-8")
            return _of_rows([json.loads(line) for line in text.split("\n") if line.strip()])
    except (OSError, ValueError, pa.ArrowException) as error:
        why = " ".join(str(error).split())
        raise SourceError(f"{path} cannot be read: {why}; give Parquet or JSON lines") from error
    raise SourceError(f"{path} is neither .parquet nor .jsonl; convert it to one of them")


def _of_rows(rows: list[Any]) -> pa.Table:
    names = ["source", "target", "question_id", "output"]
    names += [name for name in ("judge", "prompt", "question") if any(name in row for row in rows)]
    if rows and (lacking := [name for name in names[:4] if not any(name in row for row in rows)]):
        raise ValueError(f"no row has {lacking[0]!r}")
    # a judge's answer may be a number in one row and a sentence in the next: kept as text
    return pa.table({name: pa.array([_text(row.get(name)) for row in rows], pa.string())
                     for name in names})  # fmt: skip


def _text(value: object) -> str | None:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return None if value is None else str(value)


def summary(outputs: Outputs, compat: bool = False) -> dict[str, Any]:
    """All figures: with and without the diagonal, pooled and macro, by target and by source."""
    every = np.ones(len(outputs.hit), np.bool_)
    off = outputs.source != outputs.target
    parts = {"with_diagonal": every, "without_diagonal": off}
    bounds = (lambda *_: _NO_BOUNDS) if compat else interval  # of the right arithmetic only
    found: dict[str, Any] = {
        "outputs": len(outputs.hit),
        "duplicates_left_out": outputs.duplicates,
        "pairs_incomplete": outputs.missing,
        "unparsed_ratings": int(np.isnan(outputs.rating).sum()) if outputs.rated else None,
        "compat": compat,
        "warnings": [WARNING] if compat else [],
    }
    for name, which in parts.items():
        targets = by(outputs, outputs.target, which, compat)
        sources = by(outputs, outputs.source, which, compat)
        found[name] = {
            "pooled": _plain(score(outputs, which, compat), bounds(outputs, which, False)),
            "macro": _plain(macro(targets.values()), bounds(outputs, which, True)),
            "targets": {lang: _plain(one) for lang, one in targets.items()},
            "sources": {lang: _plain(one) for lang, one in sources.items()},
        }
    return found


def by(
    outputs: Outputs, group: npt.NDArray[np.int64], which: npt.NDArray[np.bool_], compat: bool
) -> dict[str, Score]:
    """Scores by target or by source."""
    there = sorted(set(group[which].tolist()))
    return {outputs.languages[at]: score(outputs, which & (group == at), compat) for at in there}


def pairs(outputs: Outputs, compat: bool = False) -> pa.Table:
    """A row for each pair of languages that has outputs."""
    order = np.lexsort((outputs.target, outputs.source))
    ids = outputs.source * max(len(outputs.languages), 1) + outputs.target
    rows = []
    bounds = [*np.flatnonzero(np.diff(ids[order], prepend=-1)), len(order)]
    for start, end in itertools.pairwise(bounds):
        mine = order[start:end]
        part = outputs._replace(hit=outputs.hit[mine], rating=outputs.rating[mine])
        one = score(part, np.ones(len(mine), np.bool_), compat)
        source, target = outputs.source[mine[0]], outputs.target[mine[0]]
        names = outputs.languages[source], outputs.languages[target]
        rows.append({"source": names[0], "target": names[1], **_plain(one)})
    kinds = {"source": pa.string(), "target": pa.string(), "outputs": pa.int64(),
             "judged": pa.int64(), "unparsed": pa.int64(), "forcing": pa.float64(),
             "relevance": pa.float64(), "score": pa.float64()}  # fmt: skip
    return pa.Table.from_pylist(rows, pa.schema(list(kinds.items())))


def _plain(one: Score, bounds: tuple[float, float] | None = None) -> dict[str, Any]:
    """Figures with null for what is not known, which JSON has no number for."""
    found: dict[str, Any] = {
        name: None if isinstance(value, float) and math.isnan(value) else value
        for name, value in one._asdict().items()
    }
    if bounds is not None:
        found["score_95"] = None if math.isnan(bounds[0]) else list(bounds)
    return found


def write_scores(outputs: Outputs, folder: Path, compat: bool = False) -> dict[str, Any]:
    """Write ``scores.json``, ``pairs.parquet`` and ``heat_map.html``; returns the summary."""
    found = summary(outputs, compat)
    table = pairs(outputs, compat)
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(found, indent=1, ensure_ascii=False)
    (folder / "scores.json").write_text(text + "\n", encoding="utf-8")
    pq.write_table(table, folder / "pairs.parquet")
    (folder / "heat_map.html").write_text(heat_map(table, found), encoding="utf-8")
    return found


def headlines(found: dict[str, Any]) -> list[str]:
    """The figures of a summary that are read first, as lines."""
    lines = [f"warning: {one}" for one in found["warnings"]]
    counts = [f"{found['outputs']:,} outputs"]
    counts += [f"{found['duplicates_left_out']:,} duplicates left out"]
    counts += [f"{found['pairs_incomplete']:,} language pairs incomplete"]
    unparsed = found["unparsed_ratings"]
    counts += ["no ratings" if unparsed is None else f"{unparsed:,} ratings unparsed"]
    lines.append(", ".join(counts))
    for part in ("with_diagonal", "without_diagonal"):
        for kind in ("pooled", "macro"):
            one = found[part][kind]
            rates = [f"{name} {_shown(one[name])}" for name, _ in _FIGURES]
            bounds = one["score_95"]
            between = f" (95 %: {bounds[0]:.2f} to {bounds[1]:.2f})" if bounds else ""
            lines.append(f"{part.replace('_', ' ')}, {kind}: {', '.join(rates)}{between}")
    return lines


def _shown(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f}"


_FIGURES = (
    ("score", "Score"),
    ("forcing", "In the target language, %"),
    ("relevance", "Relevance, %"),
)
_STYLE = """
:root{color-scheme:light dark}body{font:14px/1.4 system-ui,sans-serif;margin:1rem auto;
max-width:76rem;padding:0 1rem}div{overflow-x:auto}table{border-collapse:collapse;margin:.5rem 0}
td,th{padding:.15rem .3rem;text-align:right;font-variant-numeric:tabular-nums;font-size:12px}
td{color:#000;min-width:1.6rem}td.none{background:none}td.own{outline:2px solid currentColor;
outline-offset:-2px}caption{text-align:left;font-weight:600}
"""


def heat_map(table: pa.Table, found: dict[str, Any]) -> str:
    """One page, without anything from elsewhere: source by target for each of the three figures."""
    cells = {(row["source"], row["target"]): row for row in table.to_pylist()}
    sources, targets = (sorted({pair[at] for pair in cells}) for at in (0, 1))
    said = [
        f"{found['outputs']:,} outputs",
        f"{found['duplicates_left_out']:,} duplicates left out",
        f"{found['pairs_incomplete']:,} pairs incomplete",
    ]
    if found["unparsed_ratings"] is not None:
        said.append(f"{found['unparsed_ratings']:,} ratings unparsed")
    maps = []
    for name, title in _FIGURES:
        values = {pair: row[name] for pair, row in cells.items()}
        maps.append(_map(name, title, (sources, targets), values))
    notes = "".join(f"<p><strong>{html.escape(one)}</strong></p>" for one in found["warnings"])
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" '
        'content="width=device-width"><title>Steering scores</title>'
        f"<style>{_STYLE}</style></head><body><h1>Steering scores</h1><p>{'; '.join(said)}.</p>"
        f"{notes}{''.join(maps)}</body></html>\n"
    )


def _map(
    name: str,
    title: str,
    names: tuple[list[str], list[str]],
    values: dict[tuple[str, str], float | None],
) -> str:
    sources, targets = names
    head = "".join(f'<th scope="col">{html.escape(one)}</th>' for one in targets)
    rows = []
    for source in sources:
        cells = "".join(_cell(source, target, values.get((source, target))) for target in targets)
        rows.append(f'<tr><th scope="row">{html.escape(source)}</th>{cells}</tr>')
    return (
        f'<div><table id="{name}"><caption>{title}: source (down) by target (across)</caption>'
        f"<thead><tr><th></th>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _cell(source: str, target: str, value: float | None) -> str:
    title = html.escape(f"{source} to {target}")
    if value is None:
        return f'<td class="none" title="{title}: no figure">–</td>'
    own = ' class="own"' if source == target else ""
    # from pale to strong blue, dark enough apart for those who see no colours
    colour = f"hsl(210 70% {96 - 0.5 * value:.0f}%)"
    return f'<td{own} style="background:{colour}" title="{title}: {value:.2f}">{value:.0f}</td>'
