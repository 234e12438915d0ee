"""Whether one split holds the rows of another: a mix-up that every other check passes.

In the release of SLTrans the split Fortran/Size has the rows and bytes of D/Perf (7,000 rows,
2,320,830,137 bytes): each file was whole, only in the wrong place. Figures that are already
known (``run.json``) say which splits can be equal; only those are read.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq

from curate.publish.checks.problem import Problem, error
from curate.publish.splits import config_folder, split_name

LONGEST_LABEL = 100
"""Characters; a value that is longer is content, even where all rows of a split have it."""


class _Split(NamedTuple):
    """A split, and what is known of its columns."""

    name: str
    files: tuple[Path, ...]
    columns: Mapping[str, Any]
    rows: int


def equal_split_problems(folder: Path, record: Mapping[str, Any]) -> Iterator[Problem]:
    """Splits whose rows are those of another, ids and labels of the split aside.

    Args:
        folder: The dataset folder.
        record: What ``run.json`` holds.
    """
    for one, other in itertools.combinations(_splits(folder, record), 2):
        names = _compared(one, other)
        if names and _digest(one.files, names) == _digest(other.files, names):
            what = f"the splits {one.name!r} and {other.name!r} hold the same {one.rows:,} rows"
            way_out = "one was made from the other's input, or written in its place: run it again"
            yield error(other.files[0], what, way_out)


def _splits(folder: Path, record: Mapping[str, Any]) -> Iterator[_Split]:
    for config, splits in record.get("statistics", {}).items():
        for split, figures in splits.items():
            start = f"{config_folder(config)}/{split}-"
            files = [folder / name for name in record["files"] if name.startswith(start)]
            files = [file for file in files if file.is_file()]
            if files and figures["rows"]:
                name = split_name(config, split)
                yield _Split(name, tuple(files), figures["columns"], figures["rows"])


def _compared(one: _Split, other: _Split) -> list[str]:
    """Columns that have to be equal; none where figures tell that the splits differ.

    A short value that all rows of a split share (its language, its level) is a label, and may
    differ. Where nothing but labels is there, nothing is compared.
    """
    if one.rows != other.rows or one.columns.keys() != other.columns.keys():
        return []
    names = []
    for name, figures in one.columns.items():
        theirs = other.columns[name]
        if name == "id" or (_label(figures) is not None and _label(theirs) is not None):
            continue
        # What is a closed set in one config may be too many values for another of fewer rows.
        if ("counts" in figures) == ("counts" in theirs) and figures != theirs:
            return []
        names.append(name)
    return names


def _label(figures: Mapping[str, Any]) -> str | None:
    """The only short value of a column in a split; None if there is no such."""
    values = list(figures.get("counts", {}))
    only = len(values) == 1 and not figures.get("nulls") and len(values[0]) <= LONGEST_LABEL
    return values[0] if only else None


def _digest(files: Sequence[Path], names: Sequence[str]) -> str:
    """Of the values of some columns, in their order, however they are cut into files."""
    known = {name: hashlib.sha256() for name in names}
    for file in files:
        for batch in pq.ParquetFile(file).iter_batches(columns=list(names)):
            for name in names:
                for value in batch.column(name).to_pylist():
                    known[name].update(f"{value!r}\0".encode())
    return " ".join(one.hexdigest() for one in known.values())
