"""The rows of a dataset folder, split by split, a row group in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from curate.errors import PublishError
from curate.publish.card import config_folder, whole_splits
from curate.publish.record import finished_record


class Options(NamedTuple):
    """What a user may say to a form.

    Attributes:
        most: Most items listed by ``review``.
        corrections: A review that a human filled in; empty for none.
        mode: How ``prompts`` ask for the language of the answer.
        languages: Languages of parallel questions; empty for all.
    """

    most: int = 200
    corrections: Path | None = None
    mode: str = "target"
    languages: tuple[str, ...] = ()


def split_files(folder: Path) -> dict[str, list[Path]]:
    """Parquet files of each split, those of all configs.

    Raises:
        PublishError: Not a finished dataset folder.
    """
    record = finished_record(folder)
    return {
        split: sorted(
            path
            for config in record["configs"]
            for path in (folder / config_folder(config)).glob(f"{split}-*.parquet")
        )
        for split in whole_splits(record)
    }


def need(paths: Sequence[Path], columns: Sequence[str]) -> None:
    """Check that files have columns.

    Raises:
        PublishError: A file lacks one.
    """
    for path in paths:
        names = pq.read_schema(path).names
        if missing := [name for name in columns if name not in names]:
            these = ", ".join(columns)
            message = f"has no column {missing[0]!r}; this form needs {these}"
            raise PublishError(f"{path}: {message}")


def rows_of(
    paths: Sequence[Path], needed: Sequence[str], wanted: Sequence[str] = ()
) -> Iterator[dict[str, Any]]:
    """Rows of some files, with the columns ``needed``, and those ``wanted`` where they are there.

    Raises:
        PublishError: A file lacks a column that is needed.
    """
    need(paths, needed)
    for path in paths:
        with pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
            columns = [*needed, *(name for name in wanted if name in names)]
            for group in range(file.num_row_groups):
                yield from _rows(file.read_row_group(group, columns=columns))


def _rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    for batch in table.to_batches(max_chunksize=1024):
        yield from batch.to_pylist()
