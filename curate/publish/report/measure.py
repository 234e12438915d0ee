"""Exact counts behind the report's figures: histograms, and what a moved threshold would keep.

Parquet is read twice, row group by row group and only its numeric columns: once for the range of
each column, once to count. So memory does not grow with the corpus, and no count is an estimate;
only how an axis is cut is decided on a sample.
"""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from curate.publish.report.axis import Axis, choose_axis

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
REJECTED = "rejected/"
SAMPLES, SAMPLE_ROWS = 64, 2_000  # row groups, values: for how an axis is cut, never for a count
MOST_IN_SIZE = 1e300  # beyond it differences are infinite
SAME = 1e-6  # float32 holds 0.3 as 0.30000001: nearer than this to a threshold is on it


class RowsFile(NamedTuple):
    """One Parquet file of a dataset folder.

    Attributes:
        path: The file.
        step: Place of the step that rejected its rows; the number of steps if they were kept, -1
            if a source rejected them.
        kept: Whether its rows were kept.
    """

    path: Path
    step: int
    kept: bool


class Threshold(NamedTuple):
    """A threshold in force: the option of a step, its value, and the column it limits.

    Attributes:
        step: Place among the steps.
        step_name: Name of the step.
        option: Name of the option.
        column: What it limits.
        keeps: Which side is kept: ``least``, ``most`` or ``most in size``.
        value: The option's value.
        reasons: Why a row beyond it is rejected.
    """

    step: int
    step_name: str
    option: str
    column: str
    keeps: str
    value: float
    reasons: tuple[str, ...]

    def marks(self) -> tuple[float, ...]:
        """Where it stands on the axis of its column."""
        return (-self.value, self.value) if self.keeps == "most in size" else (self.value,)

    def beyond(self, values: Floats) -> npt.NDArray[np.bool_]:
        """Which values lie beyond it; null does not."""
        if self.keeps == "least":
            return values < self.value
        return (np.abs(values) if self.keeps == "most in size" else values) > self.value


@dc.dataclass
class Range:
    """What is known of a column before it is counted."""

    low: float = np.inf
    high: float = -np.inf
    whole: bool = True
    samples: list[Floats] = dc.field(default_factory=list)


@dc.dataclass
class Moved:
    """Rows that a step would keep if its threshold stood at each point of a grid.

    Attributes:
        threshold: The threshold.
        grid: Where it could stand, ascending; its value is one of the points.
        kept: Rows of the dataset that would still pass, at each point.
        later: Rows that later steps rejected and that would still pass.
        freed: Rows that it rejected and that would pass.
        judged: Rows that reached the step.
    """

    threshold: Threshold
    grid: Floats
    kept: Counts
    later: Counts
    freed: Counts
    judged: int = 0

    def add(self, values: Floats, reasons: npt.NDArray[Any] | None, file: RowsFile) -> None:
        """Count the rows of one file that reached the step."""
        limit = self.threshold
        if file.step < limit.step:
            return
        self.judged += len(values)
        if file.step == limit.step:
            if reasons is not None:
                mine = values[np.isin(reasons, limit.reasons)]
                # On the passing side already: another option decided, so this one frees nothing.
                self.freed += self._passing(mine[_beyond_or_on(limit, mine)], on_it=False)
            return
        counts = self.kept if file.kept else self.later
        there = ~np.isnan(values)
        exempt = ~there | (limit.beyond(values) & ~_on(limit, values))  # passed all the same
        counts += exempt.sum()
        counts += self._passing(values[~exempt], on_it=True)

    def _passing(self, values: Floats, on_it: bool) -> Counts:
        """How many values would pass at each point of the grid.

        Values on the threshold count as inside if ``on_it``: those rows passed it.
        """
        limit = self.threshold
        size = np.abs(values) if limit.keeps == "most in size" else values
        near = _on(limit, values)
        towards = np.inf if (limit.keeps == "least") == on_it else -np.inf
        size = np.where(near, limit.value if on_it else np.nextafter(limit.value, towards), size)
        size = np.sort(size)
        if limit.keeps == "least":
            return len(size) - np.searchsorted(size, self.grid, side="left")
        return np.searchsorted(size, self.grid, side="right")


@dc.dataclass
class Distribution:
    """One numeric column: all rows that were measured, and those that were kept.

    Attributes:
        column: Its name.
        axis: How it is cut into bins.
        measured: Rows in each bin, kept and rejected.
        kept: Rows kept in each bin.
        thresholds: What limits it.
        moved: What moving each of them would do.
        low: Smallest value.
        high: Largest value.
    """

    column: str
    axis: Axis
    measured: Counts
    kept: Counts
    thresholds: tuple[Threshold, ...]
    moved: list[Moved]
    low: float
    high: float

    def add(self, values: Floats, kept: bool) -> None:
        """Count the values of one file."""
        counts = self.axis.tally(values[~np.isnan(values)])
        self.measured += counts
        if kept:
            self.kept += counts


@dc.dataclass
class Measured:
    """All distributions of a folder.

    Attributes:
        distributions: Columns that vary or are limited, those with thresholds first.
        constant: Columns that hold one number in all rows, and the number.
    """

    distributions: list[Distribution]
    constant: dict[str, float]


def rows_files(out: Path, record: Mapping[str, Any]) -> list[RowsFile]:
    """The Parquet files that the record names, kept rows first."""
    names = [step["step"] for step in record["steps"]]
    place = {name.replace(":", "."): index for index, name in reversed([*enumerate(names)])}
    found = []
    for path in record["files"]:
        kept = not path.startswith(REJECTED)
        name = Path(path).name.rsplit("-", 3)[0]
        found.append(RowsFile(out / path, len(names) if kept else place.get(name, -1), kept))
    return found


def thresholds_of(record: Mapping[str, Any]) -> list[Threshold]:
    """Every finite threshold in force, in the order of the steps."""
    return [
        Threshold(
            index,
            step["step"],
            option,
            limit["column"],
            limit["keeps"],
            float(limit["value"]),
            tuple(limit["reasons"]),
        )
        for index, step in enumerate(record["steps"])
        for option, limit in step.get("limits", {}).items()
        if np.isfinite(limit["value"])
    ]


def measure(
    files: Sequence[RowsFile], limits: Sequence[Threshold], like: Measured | None = None
) -> Measured:
    """Count every numeric column of the files.

    Args:
        files: Files with kept and rejected rows.
        limits: Thresholds that may be moved.
        like: Cut axes as in these, so that two runs can be laid over each other.
    """
    axes = {one.column: one.axis for one in like.distributions} if like else {}
    made: dict[str, Distribution] = {}
    constant: dict[str, float] = {}
    for column, known in _ranges(files).items():
        mine = tuple(limit for limit in limits if limit.column == column)
        if known.low == known.high and column not in axes:
            constant[column] = known.low
            continue
        axis = axes.get(column) or choose_axis(
            np.concatenate(known.samples), known.low, known.high, known.whole,
            [value for limit in mine for value in limit.marks()],
        )  # fmt: skip
        made[column] = _empty(column, axis, mine, known)
    for group in _row_groups(files, {*made}):
        for column, numbers in group.values.items():
            made[column].add(numbers, group.file.kept)
        for one in made.values():
            for moved in one.moved:
                count_moved(moved, group, limits)
    by_step = {limit.column: place for place, limit in reversed([*enumerate(limits)])}
    order = sorted(made, key=lambda name: by_step.get(name, len(limits)))
    return Measured([made[name] for name in order], constant)


def _empty(column: str, axis: Axis, limits: tuple[Threshold, ...], known: Range) -> Distribution:
    bins = len(axis.edges) - 1
    moved = []
    for limit in limits:
        ends = np.array([known.low, known.high, limit.value])
        grid = axis.grid()
        if limit.keeps == "most in size":
            grid, ends = np.abs(grid), np.abs(ends)
        grid = np.unique(np.append(grid, ends))
        moved.append(Moved(limit, grid, _zeros(len(grid)), _zeros(len(grid)), _zeros(len(grid))))
    low, high = known.low, known.high
    return Distribution(column, axis, _zeros(bins), _zeros(bins), limits, moved, low, high)


def _zeros(count: int) -> Counts:
    return np.zeros(count, np.int64)


def count_moved(moved: Moved, group: RowGroup, limits: Sequence[Threshold]) -> None:
    """Count a row group; a rejected row that also breaks another limit of its step stays so."""
    limit, values = moved.threshold, group.values
    numbers = values.get(limit.column)
    if numbers is None:
        numbers = np.full(group.rows, np.nan)
    if group.file.step == limit.step and group.reasons is not None:
        for other in limits:
            there = other.step == limit.step and other.option != limit.option
            if there and other.column in values:
                broken = other.beyond(values[other.column]) & ~_on(other, values[other.column])
                numbers = np.where(broken, np.nan, numbers)
    moved.add(numbers, group.reasons, group.file)


def _ranges(files: Sequence[RowsFile]) -> dict[str, Range]:
    """The range of each numeric column, and a few of its values."""
    ranges: dict[str, Range] = {}
    whole = _whole_columns(files)
    for group in _row_groups(files):
        for name, numbers in group.values.items():
            there = numbers[~np.isnan(numbers)]
            if not there.size:
                continue
            known = ranges.setdefault(name, Range(whole=name in whole))
            known.low = min(known.low, float(there.min()))
            known.high = max(known.high, float(there.max()))
            if len(known.samples) < SAMPLES:
                few = there[:: max(1, len(there) // SAMPLE_ROWS)]
                known.samples.append(few.copy())  # a view would hold the whole row group
    return ranges


def _whole_columns(files: Sequence[RowsFile]) -> set[str]:
    schemas = [pq.read_schema(file.path) for file in files]
    kinds = {(field.name, pa.types.is_integer(field.type)) for one in schemas for field in one}
    return {name for name, whole in kinds if whole and (name, False) not in kinds}


class RowGroup(NamedTuple):
    """Some rows of a file.

    Attributes:
        file: The file.
        rows: How many.
        values: Numeric columns that hold any number, null and infinity as NaN.
        reasons: Why the rows were rejected, or None.
    """

    file: RowsFile
    rows: int
    values: dict[str, Floats]
    reasons: npt.NDArray[Any] | None


def _row_groups(files: Sequence[RowsFile], wanted: Set[str] | None = None) -> Iterator[RowGroup]:
    """The row groups of the files, with the columns that are wanted or all that are numeric."""
    for file in files:
        parquet = pq.ParquetFile(file.path)
        names = [field.name for field in parquet.schema_arrow if is_number(field.type)]
        names = [name for name in names if wanted is None or name in wanted]
        why = [] if file.kept or wanted is None else ["reason"]
        for group in range(parquet.num_row_groups):
            table = parquet.read_row_group(group, columns=[*names, *why])
            there = [name for name in names if table[name].null_count < len(table)]
            values = {name: as_floats(table[name]) for name in there}
            reasons = table["reason"].to_numpy() if why else None
            yield RowGroup(file, len(table), values, reasons)


def is_number(kind: pa.DataType) -> bool:
    """Whether a column of this type has a distribution."""
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def as_floats(column: pa.ChunkedArray) -> Floats:
    """The column as float64; null and infinity become NaN, and what has no finite range."""
    numbers: Floats = column.cast(pa.float64(), safe=False).to_numpy()
    finite = np.abs(numbers) < MOST_IN_SIZE
    return numbers if finite.all() else np.where(finite, numbers, np.nan)


def _on(limit: Threshold, values: Floats) -> npt.NDArray[np.bool_]:
    size = np.abs(values) if limit.keeps == "most in size" else values
    on: npt.NDArray[np.bool_] = np.abs(size - limit.value) <= SAME * abs(limit.value)
    return on


def _beyond_or_on(limit: Threshold, values: Floats) -> npt.NDArray[np.bool_]:
    return limit.beyond(values) | _on(limit, values)
