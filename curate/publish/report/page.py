"""The report's page: all that was measured in the template, style and script inline."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
import numpy as np
from markupsafe import Markup

from curate.publish.card import Prose
from curate.publish.report import account, figures
from curate.publish.report.examples import KEEPS, Example, confusions, examples, text_column
from curate.publish.report.grid import MARKS, question_grid
from curate.publish.report.measure import (
    Distribution,
    Measured,
    Moved,
    RowsFile,
    Threshold,
    measure,
    rows_files,
    thresholds_of,
)
from curate.publish.report.shown_rows import shown_rows
from curate.publish.report.token_labels import shown_labels
from curate.publish.report.words import breakable, number, plain, size, unit_of, visible
from curate.publish.samples import read_samples

HERE = Path(__file__).parent
MOST_FIGURES = 40


class Slider(NamedTuple):
    """A threshold that a reader may move."""

    key: str
    option: str
    step: str
    keeps: str
    value: str
    shown: str
    place: int
    points: int
    drawn: bool


class Panel(NamedTuple):
    """A distribution: the step that limits it, figure, counts and sliders."""

    step: str
    column: str
    unit: str
    figure: Markup
    measured: int
    kept: int
    low: str
    high: str
    sliders: list[Slider]


def render(
    out: Path,
    record: Mapping[str, Any],
    prose: Prose,
    *,
    other: Path | None = None,
    other_record: Mapping[str, Any] | None = None,
    key: str = "",
) -> str:
    """The whole page.

    Args:
        out: The dataset folder.
        record: Its ``run.json``.
        prose: What people wrote about the corpus.
        other: A folder to compare with.
        other_record: Its ``run.json``.
        key: Digest of what the page is made of, kept in its head.
    """
    files, limits = rows_files(out, record), thresholds_of(record)
    measured = measure(files, _movable(limits, record))
    beside = None
    if other is not None and other_record is not None:
        beside = measure(rows_files(other, other_record), [], like=measured)
    panels, moves = _panels(measured, beside)
    samples = read_samples(out)
    found = _examples(files, record, limits)
    why = account.rejections(record, other_record)
    grid = question_grid([one.path for one in files if one.kept], record["steps"])
    return _template().render(
        key=key,
        record=record,
        about=prose.about,
        title=visible(prose.about.get("pretty_name", record["name"])),
        other=other_record,
        other_name=visible(other.resolve().name) if other else "",
        this_name=visible(out.resolve().name),
        funnel=_funnel(record, other_record),
        rejections=why,
        examples={one.key: found.get((one.step, one.reason), []) for one in why},
        limited=[panel for panel in panels if panel.sliders],
        unlimited=[panel for panel in panels if not panel.sliders],
        moves=moves,
        constant=[(visible(name), number(value)) for name, value in measured.constant.items()],
        hidden=[one.column for one in measured.distributions[MOST_FIGURES:]],
        samples=shown_rows(samples.rows, record["steps"], limits),
        note=samples.note,
        labelled=shown_labels([one.path for one in files if one.kept]),
        confusions=confusions(files, record["steps"]),
        splits=account.splits(record),
        steps=account.step_lines(record, other_record),
        differences=account.differences(record, other_record) if other_record else [],
        size=size,
        visible=visible,
        grid=grid,
        marks=MARKS,
        **_assets(["page", "grid"] if grid else ["page"]),
    )


def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = number
    environment.filters["breakable"] = breakable
    return environment.get_template("page.html.j2")


def _assets(names: Sequence[str]) -> dict[str, Any]:
    """Style and script, and the digest by which the page allows this script and no other."""
    script = "".join((HERE / f"{name}.js").read_text(encoding="utf-8") for name in names)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    style = "".join((HERE / f"{name}.css").read_text(encoding="utf-8") for name in names)
    return {"style": Markup(style), "script": Markup(script), "script_digest": digest}


def _movable(limits: Sequence[Threshold], record: Mapping[str, Any]) -> list[Threshold]:
    """Thresholds of steps that stand once in the recipe: rows of a step are known by its name."""
    names = [step["step"] for step in record["steps"]]
    return [limit for limit in limits if names.count(limit.step_name) == 1]


def _examples(
    files: Sequence[RowsFile], record: Mapping[str, Any], limits: Sequence[Threshold]
) -> dict[tuple[str, str], list[Example]]:
    text = text_column(files, record["steps"])
    found: dict[tuple[str, str], list[Example]] = {}
    for file in files:
        if not file.kept:
            for (step, reason), rows in examples(file, text, record["steps"], limits).items():
                found[visible(step), visible(reason)] = rows
    return found


def _funnel(record: Mapping[str, Any], other: Mapping[str, Any] | None) -> Markup:
    rows = record["rows"]
    text = f"Of {rows['read']:,} rows read, {rows['kept']:,} were kept. "
    text += "; ".join(bar.label for bar in account.bars(record, other)[1:-1])
    return figures.funnel(account.bars(record, other), "Where every row went", text)


def _panels(
    measured: Measured, beside: Measured | None
) -> tuple[list[Panel], dict[str, dict[str, Any]]]:
    others = {one.column: one for one in beside.distributions} if beside else {}
    moves: dict[str, dict[str, Any]] = {}
    drawn = measured.distributions[:MOST_FIGURES]
    return [_panel(one, others.get(one.column), moves) for one in drawn], moves


def _panel(
    one: Distribution, other: Distribution | None, moves: dict[str, dict[str, Any]]
) -> Panel:
    rows, kept = int(one.measured.sum()), int(one.kept.sum())
    unit = unit_of(one.column)
    text = f"{rows:,} rows measured, {kept:,} of them kept; "
    text += f"from {number(one.low)} to {number(one.high)}{f' {unit}' if unit else ''}. "
    text += f"Most rows lie near {number(_fullest(one))}."
    for limit in one.thresholds:
        text += f" {limit.option} keeps {KEEPS[limit.keeps]} {number(limit.value)}."
    if other is not None:
        text += f" The other run kept {int(other.kept.sum()):,}."
    title = f"Distribution of {visible(one.column)}"
    sliders = []
    for moved in one.moved:
        key = f"m{len(moves)}"
        moves[key] = _move(moved)
        sliders.append(_slider(moved, key, one))
    figure = figures.histogram(one, other, title, text)
    steps = " and ".join(dict.fromkeys(visible(limit.step_name) for limit in one.thresholds))
    low, high = number(one.low), number(one.high)
    return Panel(steps, visible(one.column), unit, figure, rows, kept, low, high, sliders)


def _fullest(one: Distribution) -> float:
    at = int(one.measured.argmax())
    return float((one.axis.edges[at] + one.axis.edges[at + 1]) / 2)


def _slider(moved: Moved, key: str, one: Distribution) -> Slider:
    limit = moved.threshold
    place = int(np.flatnonzero(moved.grid == limit.value)[0])
    drawn = any(one.axis.edges[0] <= mark <= one.axis.edges[-1] for mark in limit.marks())
    shown = number(limit.value)
    return Slider(
        key, visible(limit.option), visible(limit.step_name), KEEPS[limit.keeps],
        plain(limit.value),
        shown, place, len(moved.grid), drawn,
    )  # fmt: skip


def _move(moved: Moved) -> dict[str, Any]:
    """What the script needs to say how many rows a moved threshold would keep."""
    passing = moved.kept + moved.later + moved.freed
    return {
        "grid": [float(point) for point in moved.grid],
        "pass": [int(count) for count in passing],
        "kept": [int(count) for count in moved.kept],
        "freed": [int(count) for count in moved.freed],
        "judged": moved.judged,
    }
