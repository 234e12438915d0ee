"""The YAML head of a card: licence, languages, tasks and size as the Hub knows them."""

from __future__ import annotations

import dataclasses as dc
import difflib
import functools
import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import langcodes
import yaml

from curate.publish.checks.licences import DATA, hub_id, hub_licences
from curate.publish.checks.problem import Problem, error, warning
from curate.yaml_lines import load_yaml

LIMITS = [1_000 * 10**power for power in range(10)]
CATEGORIES = ["n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M"]
CATEGORIES += ["100M<n<1B", "1B<n<10B", "10B<n<100B", "100B<n<1T", "n>1T"]
NO_LANGUAGE = {"code", "multilingual"}  # the Hub takes them where a language is asked for
WORDS = {
    "annotations_creators": {
        "found",
        "crowdsourced",
        "expert-generated",
        "machine-generated",
        "no-annotation",
        "other",
    },
    "language_creators": {
        "found",
        "crowdsourced",
        "expert-generated",
        "machine-generated",
        "other",
    },
    "multilinguality": {"monolingual", "multilingual", "translation", "other"},
}
GATES = (True, False, "auto", "manual")
Spot = tuple[str | int, ...]


@dc.dataclass(frozen=True)
class Head:
    """A mapping in a file, with the line of each value.

    Attributes:
        path: README.md or card.yaml.
        values: What it says.
        lines: Keys that lead to a value → line, counted from 1.
    """

    path: Path
    values: Mapping[str, Any]
    lines: Mapping[Spot, int]

    def where(self, *at: str | int) -> str:
        """``file:line`` of a value, or of the nearest one around it."""
        while at and at not in self.lines:
            at = at[:-1]
        return f"{self.path}:{self.lines.get(at, 1)}"

    @property
    def licence(self) -> str:
        """The licence; empty if there is none, or several."""
        value = self.values.get("license")
        return value if isinstance(value, str) else ""

    def below(self, key: str) -> Head:
        """The mapping under a key, as a head of its own; an empty one if there is none."""
        values = self.values.get(key)
        lines = {spot[1:]: line for spot, line in self.lines.items() if spot[:1] == (key,)}
        return Head(self.path, values if isinstance(values, dict) else {}, lines)

    def listed(self, key: str) -> list[tuple[str, str]]:
        """``file:line`` and text of each value under a key, one or many."""
        value = self.values.get(key)
        if isinstance(value, list):
            return [(self.where(key, index), str(each)) for index, each in enumerate(value)]
        return [] if value is None else [(self.where(key), str(value))]


def read_head(path: Path) -> Head | Problem:
    """The YAML between the ``---`` lines of a README.md, or a whole YAML file."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as fault:
        return error(path, f"cannot be read: {fault}", "run `curate card` on the folder")
    first = 0
    if path.suffix == ".md":
        parts = text.split("\n---", 1)
        if not text.startswith("---\n") or len(parts) < 2:
            return error(f"{path}:1", "has no YAML head", "run `curate card` on the folder")
        text, first = parts[0][4:], 1
    try:
        values = load_yaml(text)
        root = yaml.compose(text, yaml.SafeLoader)
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        where = f"{path}:{mark.line + 1 + first}" if mark else str(path)
        return error(where, "is not YAML", f"mend it: {getattr(fault, 'problem', fault)}")
    if not isinstance(values, dict):
        return error(f"{path}:1", "is no mapping", "write it as 'key: value' lines")
    return Head(path, values, dict(_lines(root, (), first)))


def _lines(node: yaml.Node | None, at: Spot, first: int) -> Iterator[tuple[Spot, int]]:
    if node is None:
        return
    yield at, node.start_mark.line + 1 + first
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _lines(value, (*at, key.value), first)
            yield (*at, key.value), key.start_mark.line + 1 + first
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _lines(value, (*at, index), first)


def head_problems(
    head: Head, rows: int | None = None, card: str = "", *, may_be_open: bool = False
) -> Iterator[Problem]:
    """What the Hub would refuse or misunderstand.

    Args:
        head: Of README.md or card.yaml.
        rows: How many the dataset has; None where that is not known yet.
        card: Which file to write, if there is no card at all.
        may_be_open: Whether it need not state a licence.
    """
    if "license" in head.values or not may_be_open:
        yield from _licence(head, card)
    yield from _languages(head)
    yield from _tasks(head)
    for key, words in WORDS.items():
        for where, value in head.listed(key):
            if value not in words:
                yield error(where, f"{key} {value!r} is unknown", _nearest(value, words))
    if "gated" in head.values and head.values["gated"] not in GATES:
        what = f"gated {head.values['gated']!r} is unknown"
        yield error(head.where("gated"), what, "write auto, manual or false")
    if rows is not None:
        right = size_category(rows)
        for where, value in head.listed("size_categories"):
            if value != right:
                way_out = f"write {right}, or run `curate card` on the folder"
                what = f"size_categories says {value}, there are {rows:,} rows"
                yield error(where, what, way_out)


def size_category(rows: int) -> str:
    """The Hub's word for a number of rows."""
    place: int = sum(rows >= limit for limit in LIMITS)
    return CATEGORIES[place]


def _licence(head: Head, card: str) -> Iterator[Problem]:
    name = head.values.get("license")
    if not name:
        way_out = f"say 'license: cc-by-4.0' or another in {card or head.path}"
        yield warning(head.where(), "states no licence, so nobody may use the data", way_out)
        return
    for where, value in head.listed("license"):
        if value not in hub_licences():
            meant = hub_id(value)
            way_out = f"write {meant}" if meant else _nearest(value, hub_licences())
            other = " else license: other, with license_name and license_link"
            yield error(where, f"the Hub knows no licence {value!r}", way_out + other)
    if name == "other":
        for key, example in (("license_name", "my-licence-1.0"), ("license_link", "LICENSE")):
            if not head.values.get(key):
                way_out = f"add {key}: {example}"
                yield error(head.where("license"), f"license: other needs a {key}", way_out)


def _languages(head: Head) -> Iterator[Problem]:
    for key in ("language", "language_details"):
        for where, value in head.listed(key):
            for tag in [part.strip() for part in value.split(",")]:
                if tag in NO_LANGUAGE and key == "language":
                    continue
                if not langcodes.tag_is_valid(tag):
                    way_out = "write an ISO 639 code such as ks, or a BCP-47 tag such as ks-Arab"
                    yield error(where, f"{key} {tag!r} is no language", way_out)
                    continue
                right = langcodes.standardize_tag(tag)
                if right != tag:
                    yield error(where, f"{key} {tag!r} is not how it is written", f"write {right}")
                elif key == "language" and "-" in tag:
                    way_out = f"write {tag.split('-')[0]} here and {tag} under language_details"
                    yield error(where, f"language {tag!r} is more than a language", way_out)


def _tasks(head: Head) -> Iterator[Problem]:
    for key in ("task_categories", "task_ids"):
        for where, value in head.listed(key):
            if value not in _tables()[key]:
                way_out = _nearest(value, _tables()[key])
                yield error(where, f"the Hub knows no {key} {value!r}", way_out)


@functools.cache
def _tables() -> dict[str, list[str]]:
    tables: dict[str, list[str]] = json.loads((DATA / "tasks.json").read_text(encoding="utf-8"))
    return tables


def _nearest(value: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(value.lower(), sorted(known), 3, 0.5)
    return (
        f"did you mean {' or '.join(near)}?"
        if near
        else f"it knows {', '.join(sorted(known)[:8])} …"
    )
