"""Rows that stand for a reason: what they held and what was measured of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from markupsafe import Markup

from curate.publish.report.marked import language_tag, shown
from curate.publish.report.masking import masker
from curate.publish.report.measure import RowsFile, Threshold
from curate.publish.report.words import number, visible
from curate.publish.rows_at import rows_at

PER_REASON = 3
MOST_VALUES = 7
MOST_CHARACTERS = 60  # of a measured string
USUAL_TEXTS = ("text", "sentence", "content", "transcript", "code", "Source_Code")
ALWAYS = ("id", "rejected_by", "reason", "language", "script")
KEEPS = {"least": "at least", "most": "at most", "most in size": "at most, in size,"}
_ID = 100


class Value(NamedTuple):
    """Something measured of a row.

    Attributes:
        name: The column.
        value: What it holds.
        bound: The threshold it broke, or nothing.
    """

    name: str
    value: str
    bound: str = ""


class Example(NamedTuple):
    """A rejected row.

    Attributes:
        id: Its id.
        lang: BCP 47 tag of its text, or nothing.
        text: Its text, marked; or nothing.
        values: What was measured.
    """

    id: str
    lang: str
    text: Markup
    values: list[Value]


def examples(
    file: RowsFile, text: str, steps: Sequence[Mapping[str, Any]], limits: Sequence[Threshold]
) -> dict[tuple[str, str], list[Example]]:
    """Step and reason → rows evenly spread over those of the reason; the same on every run."""
    found: dict[tuple[str, str], list[Example]] = {}
    mask = masker(steps)
    step = steps[file.step] if 0 <= file.step < len(steps) else {}
    mine = [limit for limit in limits if limit.step == file.step]
    told = {limit.column for limit in mine} | set(step.get("adds", []))
    batches = rows_at(file.path, _places(file), {*ALWAYS, text, *USUAL_TEXTS, *told})
    for row in (row for batch in batches for row in batch.to_pylist()):
        key = (row["rejected_by"], row["reason"])
        found.setdefault(key, []).append(
            Example(
                visible(row["id"])[:_ID],
                language_tag(row),
                _shown_text(row, text, mask),
                evidence(row, step, mine),
            )
        )
    return found


def _shown_text(row: Mapping[str, Any], column: str, mask: Callable[[str], str]) -> Markup:
    """The row's text, though a later step gave the column another name."""
    texts = (row.get(name) for name in (column, *USUAL_TEXTS))
    text = next((one for one in texts if isinstance(one, str) and one), "")
    return shown(None, mask(text), row["reason"]) if text else Markup()


def evidence(
    row: Mapping[str, Any], step: Mapping[str, Any], limits: Sequence[Threshold]
) -> list[Value]:
    """What a step measured of a row: first what broke a threshold, then the rest."""
    broken: list[Value] = []
    inside: list[Value] = []
    for limit in limits:
        value = row.get(limit.column)
        if not isinstance(value, int | float):
            continue
        is_out = row.get("reason") in limit.reasons or bool(limit.beyond(np.array([value]))[0])
        bound = f"{KEEPS[limit.keeps]} {number(limit.value)}" if is_out else ""
        (broken if is_out else inside).append(Value(limit.column, number(value), bound))
    taken = {one.name for one in (*broken, *inside)}
    others = [
        Value(name, _plain(row[name]))
        for name in step.get("adds", [])
        if name not in taken and (isinstance(row.get(name), str | int | float) or _words(row, name))
    ]
    if broken:  # what else the step found, but no other numbers
        found = [one for one in others if not isinstance(row[one.name], int | float)]
        return [*found[:2], *broken][:MOST_VALUES]
    return [*inside, *others][:MOST_VALUES]


def _words(row: Mapping[str, Any], name: str) -> bool:
    """Whether a column holds a list of words, such as the names that a program lacks."""
    value = row.get(name)
    return isinstance(value, list) and bool(value) and all(isinstance(one, str) for one in value)


def _plain(value: Any) -> str:
    if isinstance(value, list):
        value = ", ".join(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return number(value) if isinstance(value, int | float) else visible(value)[:MOST_CHARACTERS]


def _places(file: RowsFile) -> list[int]:
    """Positions in the file of the first, the middle and the last row of each reason."""
    total: Counter[str] = Counter()
    for reasons in _reasons(file):
        for pair in pc.value_counts(reasons):
            total[pair["values"].as_py()] += pair["counts"].as_py()
    wanted = {
        reason: np.linspace(0, count - 1, PER_REASON).round().astype(np.int64)
        for reason, count in total.items()
    }
    places: set[int] = set()
    seen: Counter[str] = Counter()
    start = 0
    for reasons in _reasons(file):
        for reason, ranks in wanted.items():
            mine = np.flatnonzero(pc.equal(reasons, reason).to_numpy(zero_copy_only=False))
            here = ranks[(ranks >= seen[reason]) & (ranks < seen[reason] + len(mine))]
            places |= {start + int(mine[rank - seen[reason]]) for rank in here}
            seen[reason] += len(mine)
        start += len(reasons)
    return sorted(places)


def _reasons(file: RowsFile) -> Iterator[pa.StringArray]:
    parquet = pq.ParquetFile(file.path)
    for group in range(parquet.num_row_groups):
        yield parquet.read_row_group(group, columns=["reason"])["reason"].combine_chunks()


def text_column(files: Sequence[RowsFile], steps: Sequence[Mapping[str, Any]]) -> str:
    """The column that steps call the text, else the first with a usual name."""
    names = {name for file in files[:1] for name in pq.read_schema(file.path).names}
    called = [step["options"].get("text") for step in steps]
    return next(
        (name for name in (*called, *USUAL_TEXTS) if isinstance(name, str) and name in names), ""
    )


CLAIMS = ("lang", "claimed_language", "language_claimed", "locale", "source")
FOUND = ("language", "spoken_language", "code_language")
MOST_LABELS = 12


class Confusion(NamedTuple):
    """What was claimed against what was found.

    Attributes:
        claimed: The column with the claim.
        found: The column with the label found.
        labels: Labels, the most frequent first; the last may be all others together.
        rows: A claim, and for each label the rows measured and those kept.
    """

    claimed: str
    found: str
    labels: list[str]
    rows: list[tuple[str, list[tuple[int, int]]]]


def confusions(files: Sequence[RowsFile], steps: Sequence[Mapping[str, Any]]) -> list[Confusion]:
    """A table for each column with labels of a language.

    The claim is the column that the step was told to compare with, else one with a usual name,
    else the source.
    """
    schemas = {file.path: pq.read_schema(file.path) for file in files}
    texts = [
        {field.name for field in schema if pa.types.is_string(field.type)}
        for schema in schemas.values()
    ]
    common = set.intersection(*texts) if texts else set()
    tables = []
    for name in (name for name in FOUND if name in common):
        told = [step["options"].get("column") for step in steps if name in step.get("adds", [])]
        claims = [claim for claim in (*told, *CLAIMS) if claim in common]
        tables += [_confusion(files, claim, name) for claim in claims[:1]]
    return [one for one in tables if one.rows]


def _confusion(files: Sequence[RowsFile], claimed: str, found: str) -> Confusion:
    counts: dict[tuple[str, str], list[int]] = {}
    for file in files:
        parquet = pq.ParquetFile(file.path)
        for group in range(parquet.num_row_groups):
            table = parquet.read_row_group(group, columns=[claimed, found])
            table = table.filter(pc.is_valid(table[found]))
            for pair in table.group_by([claimed, found]).aggregate([([], "count_all")]).to_pylist():
                key = (visible(pair[claimed] or "not stated"), visible(pair[found]))
                both = counts.setdefault(key, [0, 0])
                both[0] += pair["count_all"]
                both[1] += pair["count_all"] * file.kept
    rows, columns = (_frequent(counts, side) for side in (0, 1))
    folded: dict[tuple[str, str], list[int]] = {}
    for (row, column), both in counts.items():
        key = (row if row in rows else OTHERS, column if column in columns else OTHERS)
        whole = folded.setdefault(key, [0, 0])
        whole[0] += both[0]
        whole[1] += both[1]
    none = [0, 0]
    lines = []
    for row in rows:
        cells = [folded.get((row, column), none) for column in columns]
        lines.append((row, [(measured, kept) for measured, kept in cells]))
    return Confusion(claimed, found, columns, lines)


OTHERS = "all others"


def _frequent(counts: Mapping[tuple[str, str], list[int]], side: int) -> list[str]:
    total: dict[str, int] = {}
    for key, both in counts.items():
        total[key[side]] = total.get(key[side], 0) + both[0]
    order = sorted(total, key=lambda name: (-total[name], name))
    return order if len(order) <= MOST_LABELS else [*order[: MOST_LABELS - 1], OTHERS]
