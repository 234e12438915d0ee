"""Rows of a JSON-lines file (``.gz`` too) or a Parquet file, to train a model on."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

from curate.errors import SourceError


def rows_of(path: Path) -> Iterator[dict[str, object]]:
    """One mapping a row; empty lines are passed over.

    Raises:
        SourceError: There is no such file, or a line is no JSON object.
    """
    if not path.is_file():
        raise SourceError(f"there is no file {path}; give a JSON-lines or Parquet file")
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        for batch in pq.ParquetFile(path).iter_batches():
            yield from batch.to_pylist()
        return
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            if not raw.strip():
                continue
            try:
                row = json.loads(raw)
            except ValueError as error:
                raise SourceError(f"{path}:{number}: not JSON ({error}); mend the line") from error
            if not isinstance(row, dict):
                raise SourceError(f'{path}:{number}: not an object; write {{"text": …}}')
            yield row
