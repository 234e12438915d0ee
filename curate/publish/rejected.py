"""Rejected rows of each config: which languages a filter was hard on, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

REASON = "reason"


def rejected_by_config(files: Iterable[Path], column: str) -> dict[str, dict[str, int]]:
    """How many rows were rejected for each reason, by the config that they would have been of.

    Args:
        files: Parquet of rejected rows; one without the column is passed over, as is a null.
        column: The column that names configs.

    Returns:
        Config → reason → rows; configs by name, reasons by rows.
    """
    counts: dict[str, Counter[str]] = {}
    for path in files:
        file = pq.ParquetFile(path)
        if not {column, REASON} <= set(file.schema_arrow.names):
            continue
        for batch in file.iter_batches(columns=[column, REASON]):
            pairs = (
                pa.Table.from_batches([batch])
                .group_by([column, REASON])
                .aggregate([([], "count_all")])
            )
            for config, reason, rows in zip(
                pairs[column].to_pylist(),
                pairs[REASON].to_pylist(),
                pairs["count_all"].to_pylist(),
                strict=True,
            ):
                if config:
                    counts.setdefault(config, Counter())[reason] += rows
    return {
        config: dict(sorted(each.items(), key=lambda pair: (-pair[1], pair[0])))
        for config, each in sorted(counts.items())
    }
