"""The account of a run: funnel, rejections, splits, steps and what else ``run.json`` says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from curate.publish.report.figures import Bar
from curate.publish.report.words import option, visible


class Rejection(NamedTuple):
    """Rows that one step rejected for one reason.

    Attributes:
        step: Name of the step.
        reason: Why.
        rows: How many.
        share: Of all rows read, in percent.
        hours: Of audio; 0 where that is not known.
        other: Rows in the other run, if two are compared.
        key: Anchor of its examples.
    """

    step: str
    reason: str
    rows: int
    share: float
    hours: float
    other: int | None
    key: str


class StepLine(NamedTuple):
    """A step in the order in which it ran.

    Attributes:
        step: Name.
        device: Where it ran.
        version: Of the step.
        rows_in: Rows that reached it; None if it is in the other run only.
        rows_kept: Rows it left.
        hours: Of audio that it left.
        options: Options and their values, without those that are not set.
        thresholds: Thresholds in force, also those of a preset.
        other: Rows that it left in the other run.
    """

    step: str
    device: str
    version: int
    rows_in: int | None
    rows_kept: int | None
    hours: float
    options: list[tuple[str, str]]
    thresholds: list[tuple[str, str]]
    other: int | None


class Difference(NamedTuple):
    """An option that two runs do not share."""

    step: str
    option: str
    this: str
    other: str


def rejections(record: Mapping[str, Any], other: Mapping[str, Any] | None) -> list[Rejection]:
    """Step × reason, in the order of the steps."""
    read = max(1, record["rows"]["read"] + record["rows"].get("made", 0))
    mine, theirs = _by_reason(record), _by_reason(other) if other else {}
    keys = [*mine, *(key for key in theirs if key not in mine)]
    found = []
    for place, key in enumerate(keys):
        rows, seconds = mine.get(key, (0, 0.0))
        beside = theirs.get(key, (0, 0.0))[0] if other else None
        share = 100 * rows / read
        step, reason = (visible(name) for name in key)
        found.append(Rejection(step, reason, rows, share, seconds / 3600, beside, f"why-{place}"))
    return found


def _by_reason(record: Mapping[str, Any]) -> dict[tuple[str, str], tuple[int, float]]:
    found: dict[tuple[str, str], tuple[int, float]] = {}
    for line in record["funnel"]:
        for reason, amount in line["rejected"].items():
            rows, seconds = found.get((line["step"], reason), (0, 0.0))
            found[line["step"], reason] = rows + amount["rows"], seconds + amount["duration"]
    return found


def bars(record: Mapping[str, Any], other: Mapping[str, Any] | None) -> list[Bar]:
    """What was read, the steps that rejected rows, and what was kept."""
    theirs = {line["step"]: line for line in other["funnel"]} if other else {}
    rows, beside_rows = record["rows"], other["rows"] if other else {}
    found = [Bar(f"read: {rows['read']:,}", rows["read"], 0, beside_rows.get("read"))]
    for line in record["funnel"]:
        beside = theirs.get(line["step"])
        lost = sum(amount["rows"] for amount in line["rejected"].values())
        if lost or (beside and beside["rejected"]):
            said = f"{visible(line['step'])}: {line['kept']:,} kept, {lost:,} rejected"
            found.append(Bar(said, line["kept"], lost, beside and beside["kept"]))
        elif line.get("made"):
            said = f"{visible(line['step'])}: split into {line['kept']:,}"
            found.append(Bar(said, line["kept"], 0, beside and beside["kept"]))
    said = f"in the dataset: {rows['kept']:,}"
    found.append(Bar(said, rows["kept"], 0, beside_rows.get("kept")))
    return found


def step_lines(record: Mapping[str, Any], other: Mapping[str, Any] | None) -> list[StepLine]:
    """Every source and step, with its options."""
    theirs = {line["step"]: line["kept"] for line in other["funnel"]} if other else {}
    described = {step["step"]: step for step in (*record["sources"], *record["steps"])}
    lines = []
    for line in record["funnel"]:
        step = described.get(line["step"], {})
        limits = step.get("limits", {})
        lines.append(
            StepLine(
                visible(line["step"]),
                step.get("device", ""),
                step.get("version", 1),
                line["rows"],
                line["kept"],
                line["duration"] / 3600,
                [(name, option(name, value)) for name, value in _set(step)],
                [(name, option(name, limit["value"])) for name, limit in limits.items()],
                theirs.get(line["step"]) if other else None,
            )
        )
    return lines


def _set(step: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in step.get("options", {}).items() if value is not None]


def differences(record: Mapping[str, Any], other: Mapping[str, Any]) -> list[Difference]:
    """Options, versions and devices that differ; a step that only one run has is named."""
    mine, theirs = _flat(record), _flat(other)
    nothing = "(no such step or option)"
    keys = [*mine, *(key for key in theirs if key not in mine)]
    pairs = [(key, mine.get(key, nothing), theirs.get(key, nothing)) for key in keys]
    return [
        Difference(visible(step), name, here, there)
        for (step, name), here, there in pairs
        if here != there
    ]


def _flat(record: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    found = {("recipe", "sha256"): record["recipe"]["sha256"][:16]}
    found |= {("versions", name): str(version) for name, version in record["versions"].items()}
    for step in (*record["sources"], *record["steps"]):
        name = step["step"]
        found |= {(name, key): option(key, value) for key, value in step["options"].items()}
        found[name, "version"] = str(step["version"])
        found[name, "device"] = step["device"]
    for name, models in record.get("models", {}).items():
        found |= {(name, f"model {model}"): str(digest)[:16] for model, digest in models.items()}
    return found


class Split(NamedTuple):
    """A split of the dataset."""

    config: str
    split: str
    rows: int
    hours: float
    bytes: int


def splits(record: Mapping[str, Any]) -> list[Split]:
    """Every split of every config."""
    return [
        Split(
            visible(config),
            visible(name),
            split["rows"],
            float(split.get("duration") or 0.0) / 3600,
            int(split.get("bytes") or 0),
        )
        for config, found in record["configs"].items()
        for name, split in found.items()
    ]
