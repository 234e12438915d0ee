"""Counts of the report: exact, however files are cut, and equal to what a run would really keep."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.contract import apply
from curate.filters.duration import Duration
from curate.pipeline import run_recipe
from curate.publish.record import describe_step, read_record
from curate.publish.report.axis import Axis, choose_axis
from curate.publish.report.measure import (
    Measured,
    Moved,
    RowGroup,
    RowsFile,
    as_floats,
    count_moved,
    measure,
    rows_files,
    thresholds_of,
)
from curate.recipe import load_recipe

RECIPE = """\
name: rows
source:
  sources.parquet: {{path: rows.parquet}}
steps:
  - filters.duration: {{least: {least}, most: {most}}}
  - filters.quality_rules: {{presets: [], least_word_count: {words}, least_mean_word_length: 2}}
"""


def run(folder: Path, rows: dict[str, Any], **options: float) -> tuple[Path, Measured]:
    values = {"least": 1, "most": 9, "words": 3} | options
    folder.mkdir(exist_ok=True)
    (folder / "rows.yaml").write_text(RECIPE.format(**values))
    pq.write_table(pa.table(rows), folder / "rows.parquet", row_group_size=7)
    run_recipe(load_recipe(folder / "rows.yaml"), folder / "out", workers=1)
    record = read_record(folder / "out")
    return folder / "out", measure(rows_files(folder / "out", record), thresholds_of(record))


def corpus() -> dict[str, Any]:
    rng = np.random.default_rng(3)
    count = 60
    texts = [
        " ".join(["a" * rng.integers(1, 5) for _ in range(rng.integers(1, 8))])
        for _ in range(count)
    ]
    durations = np.round(rng.uniform(0.2, 12, count), 1).tolist()
    durations[5] = None
    return {"id": [f"{n:02d}" for n in range(count)], "text": texts, "duration": durations}


@pytest.mark.parametrize(
    ("option", "name", "moved_to"),
    [
        ("least", "least", 4.0),
        ("least", "least", 0.5),
        ("most", "most", 5.0),
        ("most", "most", 11.0),
        ("words", "least_word_count", 5),
        ("words", "least_word_count", 2),
    ],
)
def test_a_moved_threshold_keeps_what_a_run_with_it_keeps(
    tmp_path: Path, option: str, name: str, moved_to: float
) -> None:
    _, measured = run(tmp_path / "a", corpus())
    moved = next(
        one for d in measured.distributions for one in d.moved if one.threshold.option == name
    )
    at = int(np.abs(moved.grid - moved_to).argmin())
    out, _ = run(tmp_path / "b", corpus(), **{option: float(moved.grid[at])})
    line = next(
        line for line in read_record(out)["funnel"] if line["step"] == moved.threshold.step_name
    )
    assert moved.kept[at] + moved.later[at] + moved.freed[at] == line["kept"]


def test_a_threshold_where_it_is_keeps_what_was_kept(tmp_path: Path) -> None:
    out, measured = run(tmp_path / "a", corpus())
    kept = {line["step"]: (line["rows"], line["kept"]) for line in read_record(out)["funnel"]}
    for one in (moved for d in measured.distributions for moved in d.moved):
        at = int(np.flatnonzero(one.grid == one.threshold.value)[0])
        now = int(one.kept[at] + one.later[at])
        assert (one.judged, now) == kept[one.threshold.step_name]
        assert one.freed[at] == 0


NUMBERS = st.one_of(st.none(), st.sampled_from([0.0, 0.5, 1.0, 2.0, 2.5]), st.floats(0, 5))


@given(
    st.lists(NUMBERS, min_size=1, max_size=40),
    st.sampled_from([0.5, 1.0]),
    st.sampled_from([2.0, 2.5, None]),
    st.sampled_from([pa.float32(), pa.float64()]),
)
@settings(max_examples=150)
def test_every_point_of_a_slider_keeps_what_the_filter_keeps_there(
    values: list[float | None], least: float, most: float | None, kind: pa.DataType
) -> None:
    ids = [str(place) for place in range(len(values))]
    batch = pa.table({"id": ids, "duration": pa.array(values, pa.float64()).cast(kind)})
    step = Duration(least=least, most=most)
    done = apply(step, batch)
    limits = thresholds_of({"steps": [describe_step(step)]})
    for limit in limits:
        grid = np.unique([0.25, least, 0.75, 1.5, 2.0, 2.5, 4.0])
        moved = Moved(limit, grid, *(np.zeros(len(grid), np.int64) for _ in range(3)))
        for rows, place, kept in ((done.kept, 1, True), (done.rejected, 0, False)):
            reasons = None if kept else rows["reason"].to_numpy()
            file = RowsFile(Path(), place, kept)
            values = {"duration": as_floats(rows["duration"])}
            count_moved(moved, RowGroup(file, len(rows), values, reasons), limits)
        for at, point in enumerate(grid):
            options = {"least": least, "most": most} | {limit.option: float(point)}
            wanted = apply(Duration(**options), batch).kept.num_rows
            assert moved.kept[at] + moved.freed[at] == wanted, (limit.option, point)


def test_a_threshold_without_end_has_no_slider() -> None:
    step = describe_step(Duration(least=0.0, most=float("inf")))
    assert [limit.option for limit in thresholds_of({"steps": [step]})] == ["least"]


def test_bars_hold_every_row_that_was_measured(tmp_path: Path) -> None:
    out, measured = run(tmp_path / "a", corpus())
    duration = next(one for one in measured.distributions if one.column == "duration")
    assert duration.measured.sum() == 59
    assert duration.kept.sum() == read_record(out)["rows"]["kept"]


@given(
    st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=60),
    st.lists(st.floats(-1e6, 1e6, width=32), max_size=3),
)
@settings(max_examples=200)
def test_an_axis_counts_each_value_once(values: list[float], thresholds: list[float]) -> None:
    numbers = np.array(values, np.float64)
    axis = choose_axis(numbers, numbers.min(), numbers.max(), False, thresholds)
    assert (np.diff(axis.edges) > 0).all()
    assert axis.tally(numbers).sum() == len(values)
    assert (np.diff(axis.grid()) > 0).all()


def test_whole_numbers_get_a_bin_each() -> None:
    axis = choose_axis(np.array([0.0, 1, 3]), 0, 3, True, [2])
    assert axis.tally(np.array([0.0, 1, 1, 3])).tolist() == [1, 2, 0, 1]
    assert axis.grid().tolist() == [0, 1, 2, 3]


def test_a_far_threshold_does_not_squeeze_the_values() -> None:
    axis = choose_axis(np.linspace(50, 150, 100), 50, 150, False, [100_000])
    assert axis.edges[-1] == 150


def test_an_axis_over_decades_is_logarithmic() -> None:
    values = np.geomspace(0.001, 1000, 500)
    assert choose_axis(values, values.min(), values.max(), False, []).log


def test_a_far_tail_ends_in_the_last_bin() -> None:
    values = np.append(np.linspace(0, 1, 1000), 1e6)
    axis = choose_axis(values, 0, 1e6, False, [])
    assert axis.cut_high
    assert axis.edges[-1] < 3
    assert axis.tally(values).sum() == 1001


def test_axis_of_another_run_is_kept() -> None:
    axis = Axis(np.array([0.0, 1.0, 2.0]))
    assert axis.tally(np.array([-5.0, 0.5, 7.0])).tolist() == [2, 1]
