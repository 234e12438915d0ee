"""The dataset card: people's prose, the run's numbers, and the YAML head that the Hub reads.

Prose and people come from ``cards/<name>/``; every number comes from receipts or is counted in the
published files (``publish/statistics.py``) and stands in ``run.json``. A recipe without a card gets
a plain one, so that a folder always loads and always says what was done.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import jinja2
import jinja2.meta
import jinja2.nodes
import pyarrow as pa

from curate.errors import PublishError
from curate.publish.card_blocks import BLOCKS, Facts
from curate.publish.card_head import head
from curate.publish.prose import Prose, load_prose
from curate.publish.splits import config_folder, whole_splits
from curate.publish.template import fill, fill_apart

__all__ = ["Prose", "check_slots", "config_folder", "load_prose", "render_card", "whole_splits"]

SLOTS = (
    "rows",
    "hours",
    "length",
    "tokens",
    "characters",
    "splits",
    "configs",
    "statistics",
    "rejected",
    "columns",
    "steps",
    "input",
    "name",
    "title",
    "licence",
    "languages",
    "version",
    "about",
    "blocks",
)
ELSEWHERE = (
    *(jinja2.nodes.Include, jinja2.nodes.Import),
    *(jinja2.nodes.FromImport, jinja2.nodes.Extends),
)
PLAIN = """\
# {{ title }}

## Summary

{{ "{:,}".format(rows.total) }} rows, made by the recipe `{{ name }}`. Of {{ "{:,}".format(rows.read) }} rows that were read, {{ "{:,}".format(rows.rejected) }} were rejected; each of them is kept in `rejected/` with its reason.
"""  # noqa: E501


def render_card(
    record: Mapping[str, Any],
    prose: Prose,
    schema: pa.Schema,
    rows: Sequence[Mapping[str, Any]] = (),
) -> str:
    """README.md of a dataset folder.

    Args:
        record: What ``run.json`` will hold.
        prose: What people wrote, made to fit the run (``fit_prose``).
        schema: Columns of the published Parquet.
        rows: A few rows to show.

    Raises:
        PublishError: The prose has a slot that no number fills.
    """
    facts = Facts(record, prose, schema, rows)
    template = prose.text.strip() or PLAIN
    marks = {name: f"\0{name}\0" for name in BLOCKS}  # so that no data pass through the template
    slots = {**slots_of(record, prose), "columns": schema.names, "blocks": marks}
    text = (fill_apart if prose.is_given else fill)(template, slots).strip()
    text = re.sub(r"\n{3,}", "\n\n", text)  # of conditions without an else
    rest = [
        f"## {heading}\n\n{write(facts)}"
        for name, (heading, write) in BLOCKS.items()
        if marks[name] not in text
    ]
    parts = text.split("\0")  # the block's names stand at odd places
    if len(parts) % 2 == 0 or not {*parts[1::2]} <= BLOCKS.keys():
        raise PublishError("card.md: a block stands for itself: no filter, no NUL characters")
    parts[1::2] = [BLOCKS[name][1](facts) for name in parts[1::2]]
    text = "".join(parts)
    return "\n\n".join([f"---\n{head(record, prose, schema)}---", text, *rest]) + "\n"


def check_slots(text: str, where: str = "card.md") -> None:
    """Find what would stop ``render_card`` at the end of a run, before there is one.

    Raises:
        PublishError: ``card.md`` is no template, or names a slot or block that there is not.
    """
    try:
        tree = jinja2.Environment().parse(text)
    except jinja2.TemplateSyntaxError as error:
        raise PublishError(f"{where}:{error.lineno}: {error.message}") from None
    if others := next(tree.find_all(ELSEWHERE), None):
        raise PublishError(f"{where}:{others.lineno}: takes in another file; write its text here")
    known = {"blocks": [*BLOCKS], "slots": [*SLOTS]}
    placed = [node.attr for node in tree.find_all(jinja2.nodes.Getattr) if _is_block(node)]
    named = jinja2.meta.find_undeclared_variables(tree)
    for kind, names in (("blocks", placed), ("slots", sorted(named))):
        if wrong := [name for name in names if name not in known[kind]]:
            there = ", ".join(known[kind])
            raise PublishError(f"{where}: {wrong[0]!r} is undefined; {kind} are {there}")


def _is_block(node: jinja2.nodes.Getattr) -> bool:
    return isinstance(node.node, jinja2.nodes.Name) and node.node.name == "blocks"


def slots_of(record: Mapping[str, Any], prose: Prose) -> dict[str, Any]:
    """What ``card.md`` may name, beside ``columns`` and ``blocks``."""
    splits = whole_splits(record)
    hours = {name: f"{split['duration'] / 3600:.2f}" for name, split in splits.items()}
    total = sum(split["duration"] for split in splits.values())
    rows = {**{name: split["rows"] for name, split in splits.items()}, **record["rows"]}
    figures = [split for each in record["statistics"].values() for split in each.values()]
    return {
        "rows": {**rows, "total": record["rows"]["kept"]},
        "hours": {**hours, "total": f"{total / 3600:.2f}"},
        "length": {name: _length(split["duration"]) for name, split in splits.items()}
        | {"total": _length(total)},
        "tokens": sum(split.get("tokens", 0) for split in figures),
        "characters": sum(split.get("characters", 0) for split in figures),
        "splits": list(splits),
        "configs": list(record["configs"]),
        "statistics": record["statistics"],
        "rejected": record.get("rejected_by_config", {}),
        "input": record.get("input", "recipe"),
        "steps": {step["step"]: step["options"] for step in record.get("steps", [])},
        "name": record["name"],
        "title": prose.about.get("pretty_name", record["name"]),
        "licence": prose.about.get("license", ""),
        "languages": prose.about.get("language") or [],
        "version": str(prose.cff.get("version", "")),
        "about": prose.about,
    }


def _length(seconds: float) -> str:
    """Seconds, minutes or hours, whichever people would say."""
    if seconds < 120:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.1f} minutes" if seconds < 7200 else f"{seconds / 3600:,.2f} hours"
