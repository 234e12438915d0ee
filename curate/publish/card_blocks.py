"""The parts of a card that are computed: tables of numbers, sample rows, recipe, citation.

Each is a function of the record (and of what people wrote) that gives Markdown without a heading.
``card.md`` places them by name, ``{{ blocks.splits }}``; those it does not place follow its text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from curate.publish.card_head import schema_features
from curate.publish.citation import bibtex
from curate.publish.leftovers import from_data
from curate.publish.markdown import cell, escaped, fenced, folded, number, table
from curate.publish.prose import OPEN, Prose
from curate.publish.splits import configs_of, split_name

KINDS = r"u?int\d+|float\d+|double|string|bool|list<.*?>|struct<.*?>|struct|map"
TYPE = re.compile(rf"^(?:{KINDS})(?:, |\. ?|$)")
EMPTY = '""'  # what an empty text is called
NEXT = ("0.05", "0.5", "0.95")


class Facts(NamedTuple):
    """All that a block may draw on.

    Attributes:
        record: What ``run.json`` will hold.
        prose: What people wrote, made to fit the run.
        schema: Of the published Parquet.
        rows: A few rows of it.
    """

    record: Mapping[str, Any]
    prose: Prose
    schema: pa.Schema
    rows: Sequence[Mapping[str, Any]]


def splits(facts: Facts) -> str:
    """Rows, bytes, hours, tokens and characters of each split."""
    found = [
        (split_name(config, split), figures)
        for config, each in facts.record["statistics"].items()
        for split, figures in each.items()
    ]
    if len(found) > 1:
        keys = dict.fromkeys(key for _, figures in found for key in figures if key != "columns")
        total = {key: sum(figures.get(key, 0) for _, figures in found) for key in keys}
        found.append(("**all**", total))
    known = ("rows", "hours", "tokens", "characters", "bytes")
    names = [name for name in known if any(name in figures for _, figures in found)]
    rows = [[name, *(_amount(key, figures.get(key)) for key in names)] for name, figures in found]
    return table(["split", *(f"#{name}" for name in names)], rows)


def _amount(key: str, value: Any) -> str:
    if value is None:
        return ""
    return f"{value:,.3f}" if key == "hours" else f"{value:,}"


def columns(facts: Facts) -> str:
    """Every column with its type, the step it comes from and what that says of it."""
    by: dict[str, str] = {}
    told: dict[str, str] = {}
    for step in [*facts.record.get("sources", []), *facts.record.get("steps", [])]:
        documented = step.get("columns", {})
        by |= dict.fromkeys([*documented, *step.get("adds", [])], f"`{step['step']}`")
        told |= {name: TYPE.sub("", meaning, count=1) for name, meaning in documented.items()}
    features = schema_features(facts.schema)
    rows = []
    for field in facts.schema:
        kind = f"`{_kind(features[field.name], field.type)}`"
        meaning = _shown(told.get(field.name, ""))
        rows.append([f"`{field.name}`", kind, by.get(field.name, "the source"), meaning])
    return table(["column", "type", "from", "what it is"], rows)


def _shown(docs: str) -> str:
    """A docstring's sentence in a cell: its code stays code."""
    parts = docs.replace("|", "\\|").split("`")
    return "`".join(
        part if place % 2 else part.replace("<", "&lt;") for place, part in enumerate(parts)
    )


def _kind(feature: Any, kind: pa.DataType) -> str:
    """The type as the Hub names it, with the rate of audio."""
    name = feature.get("_type") if isinstance(feature, dict) else None
    if name == "Value":
        return str(feature["dtype"])
    if not isinstance(name, str) or name in ("List", "LargeList"):
        return re.sub(r"<(?:element|item): ", "<", str(kind)).replace(" not null", "")
    rate = feature.get("sampling_rate")
    return f"{name}, {rate:,} Hz" if rate else name


def distributions(facts: Facts) -> str:
    """Least, quantiles, most and mean of every number; how often each value of a closed set is."""
    heads = ["column", "split", "#least", "#5 %", "#median", "#95 %", "#most", "#mean", "#nulls"]
    numbers: list[list[str]] = []
    counts: list[list[str]] = []
    same: list[str] = []
    for name, found in _by_column(facts.record["statistics"]).items():
        if name == "id":
            continue
        if (only := _only_value(figures for _, figures in found)) is not None:
            same.append(f"`{name}` {only}")
            continue
        for where, figures in found:
            numbers += _number_lines(name, where, figures)
            if "counts" in figures:
                pairs = figures["counts"].items()
                told = ", ".join(f"{cell(value) or EMPTY} {rows:,}" for value, rows in pairs)
                counts.append([f"`{name}`", where, told, f"{figures['nulls']:,}"])
    parts = []
    if numbers:
        parts.append(folded("Numbers, and the lengths of texts", table(heads, numbers)))
    if counts:
        title = "Columns of a few values: how often each occurs"
        parts.append(folded(title, table(["column", "split", "values", "#nulls"], counts)))
    if same:
        parts.append(f"The same in every row: {', '.join(same)}.")
    return from_data("distributions", "\n\n".join(parts) or "There are no numbers to summarise.")


def _number_lines(name: str, where: str, figures: Mapping[str, Any]) -> Iterator[list[str]]:
    for kind in ("", "tokens", "characters"):
        each = figures.get(kind, {}) if kind else figures
        if "quantiles" not in each:
            continue
        quantiles = each["quantiles"]
        values = [each["min"], *(quantiles[at] for at in NEXT), each["max"]]
        values += [each["mean"]] if "mean" in each else []
        cells = [number(value) for value in values] + [""] * (6 - len(values))
        label = f"`{name}`{f', {kind}' if kind else ''}"
        yield [label, where, *cells, f"{figures['nulls']:,}"]


def _only_value(found: Iterable[Mapping[str, Any]]) -> str | None:
    """What a column holds in every row of every split; None if it is not one value."""
    values = set()
    for figures in found:
        if figures["nulls"] and figures.get("counts"):
            return None
        if "counts" in figures:
            values |= {cell(value) or EMPTY for value in figures["counts"]} or {"null"}
        elif figures["nulls"] or not {"min", "max"} <= figures.keys() or "not_finite" in figures:
            return None
        else:
            values |= {number(figures["min"]), number(figures["max"])}
            if figures["min"] != figures["max"]:
                return None
    return values.pop() if len(values) == 1 else None


def _by_column(statistics: Mapping[str, Any]) -> dict[str, list[tuple[str, Mapping[str, Any]]]]:
    """Column → split and figures, over all configs."""
    found: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    for config, each in statistics.items():
        for split, figures in each.items():
            for name, column in figures["columns"].items():
                found.setdefault(name, []).append((split_name(config, split), column))
    return found


def samples(facts: Facts) -> str:
    """A few rows: texts and media first, what was measured of them on a click."""
    if not facts.rows:
        return "There is no row to show."
    heads = ["column", *(f"row {place}" for place in range(1, len(facts.rows) + 1))]
    told: list[list[str]] = []
    measured: list[list[str]] = []
    for field in facts.schema:
        values = [row[field.name] for row in facts.rows]
        if all(value is None for value in values):
            continue
        plain = pa.types.is_primitive(field.type)  # numbers and flags
        line = [f"`{field.name}`", *map(cell, values)]
        (measured if plain else told).append(line)
    parts = [table(heads, told)]
    if measured:
        parts.append(folded("What was measured of these rows", table(heads, measured)))
    return from_data("samples", "\n\n".join(parts))


def funnel(facts: Facts) -> str:
    """What each step left."""
    rows, audio = facts.record["rows"], _has_audio(facts)
    part = ", the first ones only," if facts.record.get("limit") is not None else ""
    if taken := facts.record.get("fraction"):
        part += f", a sample of {taken['share']:.4g} of {taken['of_rows']:,} by their ids,"
    read, kept, rejected = (f"{rows[key]:,}" for key in ("read", "kept", "rejected"))
    more = f" + {rows['made']:,} made by splitting some" if rows.get("made") else ""
    account = f"{read} rows read{part}{more} = {kept} kept + {rejected} rejected"
    if rows.get("failed"):
        account += f" + {rows['failed']:,} in shards that failed"
    heads = ["step", "#rows in", "#rows out", "#rejected", *(["#hours out"] if audio else [])]
    lines = []
    for line in facts.record["funnel"]:
        lost = sum(amount["rows"] for amount in line["rejected"].values())
        cells = [f"`{line['step']}`", *(f"{n:,}" for n in (line["rows"], line["kept"], lost))]
        lines.append([*cells, *([_hours(line["duration"])] if audio else [])])
    return f"{account}.\n\n{table(heads, lines)}"


def rejections(facts: Facts) -> str:
    """Step × reason × rows × hours."""
    audio = _has_audio(facts)
    lines = [
        [f"`{line['step']}`", escaped(reason), f"{amount['rows']:,}"]
        + ([_hours(amount["duration"])] if audio else [])
        for line in facts.record["funnel"]
        for reason, amount in line["rejected"].items()
    ]
    if not lines:
        return "No row was rejected."
    told = table(["step", "reason", "#rows", *(["#hours"] if audio else [])], lines)
    hours = " Rows without hours were rejected before their audio was decoded." if audio else ""
    where = "Every rejected row is in `rejected/`, with its reason and what was measured."
    return f"{told}\n\n{where}{hours}"


def _hours(seconds: float) -> str:
    hours = seconds / 3600
    return "" if not seconds else f"{hours:,.3f}" if hours >= 0.001 else f"{hours:.5f}"


def _has_audio(facts: Facts) -> bool:
    return any(
        "hours" in split for each in facts.record["statistics"].values() for split in each.values()
    )


def sources(facts: Facts) -> str:
    """Where the rows come from, under which licence, and whom to credit."""
    lines = []
    for source in facts.prose.about.get("sources") or [{"name": OPEN, "license": OPEN}]:
        name, url = str(source.get("name", OPEN)), source.get("url")
        link = f"[{escaped(name)}]({url})" if url else _open(name)
        revision = source.get("revision") or _revision(facts.record, str(url or ""))
        licence = _open(source.get("license") or OPEN)
        credit = escaped(str(source.get("attribution", "")), 600)
        lines.append([link, licence, f"`{revision}`" if revision else "", credit])
    return table(["source", "licence", "revision", "credit"], lines)


def _open(text: object) -> str:
    return OPEN if text == OPEN else escaped(str(text), 300)


def _revision(record: Mapping[str, Any], url: str) -> str:
    """The commit that was read of a repository of the Hub."""
    for source in record.get("sources", []):
        for name, commit in source.get("read", {}).items():
            repo, at, _ = name.rpartition("@")
            if at and url.endswith(f"/{repo}"):
                return str(commit)[:12]
    return ""


def models(facts: Facts) -> str:
    """Weights and lists that steps used, with digest and device."""
    devices = {step["step"]: step["device"] for step in facts.record.get("steps", [])}
    lines = [
        [f"`{step}`", escaped(name), f"`{digest}`", devices[step]]
        for step, found in facts.record.get("models", {}).items()
        for name, digest in found.items()
        if step in devices
    ]
    if not lines:
        return "No step used a model: everything here follows from rules and measurements."
    return table(["step", "model", "sha256", "device"], lines)


def misleads(facts: Facts) -> str:
    """Known failures of each step that ran."""
    told = {step["step"]: step.get("misleads", "") for step in facts.record.get("steps", [])}
    lines = [f"- `{step}`: {text}" for step, text in told.items() if text]
    if not lines:
        return "The steps of this recipe state no known failures."
    return from_data("known failures", "\n".join(lines))


def recipe(facts: Facts) -> str:
    """The recipe as it was run, and what makes it that one."""
    made, version = facts.record["recipe"], facts.record["versions"]["curate"]
    read = {"sample": ", on its bundled sample", "own": ", on other input than its own"}
    said = f"Made by `curate` {version} from `{made['file']}`{read.get(_input(facts), '')}; "
    said += f"sha256 of the recipe `{made['sha256']}`. Versions and digests of all that took part "
    said += "are in `run.json`."
    if not made.get("text"):
        return said
    return f"{said}\n\n{from_data('recipe', folded('The recipe', fenced(made['text'], 'yaml')))}"


def _input(facts: Facts) -> str:
    return str(facts.record.get("input", "recipe"))


def loading(facts: Facts) -> str:
    """The lines that load it, and audio with and without a decoder."""
    where = facts.record.get("repo") or "path/to/this/folder"
    configs = list(configs_of(facts.record))
    name = f', "{configs[0]}"' if len(configs) > 1 else ""
    each = [split for splits in facts.record["configs"].values() for split in splits]
    code = ["from datasets import load_dataset", "", f'dataset = load_dataset("{where}"{name})']
    code += [f'row = dataset["{each[0]}"][0]']
    parts = []
    if len(configs) > 1:
        parts.append(f"Configs: {', '.join(f'`{config}`' for config in configs)}.")
    audio = [
        name
        for name, feature in schema_features(facts.schema).items()
        if isinstance(feature, dict) and feature.get("_type") == "Audio"
    ]
    if not audio:
        return "\n\n".join([*parts, fenced("\n".join(code), "python")])
    code += [f'samples = row["{audio[0]}"].get_all_samples()  # needs torchcodec and FFmpeg']
    bare = ["import io, soundfile", "from datasets import Audio", ""]
    bare += [f'raw = dataset.cast_column("{audio[0]}", Audio(decode=False))']
    bare += [f'clip = raw["{each[0]}"][0]["{audio[0]}"]']
    bare += ['samples, rate_hz = soundfile.read(io.BytesIO(clip["bytes"]))']
    parts += [fenced("\n".join(code), "python"), "Without torchcodec:"]
    return "\n\n".join([*parts, fenced("\n".join(bare), "python")])


def citation(facts: Facts) -> str:
    """BibTeX from CITATION.cff: the dataset, then the works it owes to."""
    if not facts.prose.cff:
        return "Cite the sources above; this dataset has no citation of its own."
    return fenced(bibtex(facts.prose.cff), "bibtex")


BLOCKS: dict[str, tuple[str, Callable[[Facts], str]]] = {
    "splits": ("Splits", splits),
    "columns": ("Columns", columns),
    "distributions": ("Distributions", distributions),
    "samples": ("Sample rows", samples),
    "sources": ("Sources and their licences", sources),
    "funnel": ("Where every row went", funnel),
    "rejections": ("Rejections", rejections),
    "misleads": ("Known failures of the steps", misleads),
    "models": ("Models", models),
    "recipe": ("Recipe", recipe),
    "loading": ("How to load it", loading),
    "citation": ("BibTeX", citation),
}
"""Name in ``card.md`` → heading where the card does not place it, and who writes it."""
