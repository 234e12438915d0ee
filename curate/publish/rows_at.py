"""Some rows of a Parquet file by their places, without decoding the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

BATCH_ROWS = 256  # decoded at once: what lies behind the last row wanted is never decompressed


def rows_at(
    path: Path, places: Sequence[int], columns: Set[str] | None = None
) -> Iterator[pa.RecordBatch]:
    """The rows at ascending places, some in each batch.

    Args:
        path: The file.
        places: Numbers of rows, from 0.
        columns: Those that are read where the file has them; all by default.
    """
    parquet = pq.ParquetFile(path)
    there = [name for name in parquet.schema_arrow.names if columns is None or name in columns]
    start = 0
    for group in range(parquet.num_row_groups):
        end = start + parquet.metadata.row_group(group).num_rows
        mine = [place for place in places if start <= place < end]
        batches = parquet.iter_batches(BATCH_ROWS, [group], there, use_threads=False)
        while mine:
            batch = next(batches)
            here = [place - start for place in mine if place < start + len(batch)]
            if here:
                yield batch.take(np.array(here, np.int64))
            mine, start = mine[len(here) :], start + len(batch)
        start = end
