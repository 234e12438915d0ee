"""Decisions over all rows: keys from every shard, one verdict, a decision file for each shard.

Keys are small (an id and a few numbers a row), so the verdict is made in the driver; a decision is
itself Parquet, vouched for by a receipt whose fingerprint covers the keys of every shard.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from curate.arrow import digest_of
from curate.contract import Barrier, Verdict
from curate.engine.parquet_file import ParquetFile
from curate.engine.shard import DECISION, KEPT
from curate.engine.store import Receipt, commit, find_receipt
from curate.errors import StepError


def decide(barrier: Barrier, folder: Path, keys: Sequence[Receipt]) -> Receipt:
    """Judge the keys of all shards together, unless that verdict is there.

    Args:
        barrier: Who decides.
        folder: Where the key files are, and where the decisions go.
        keys: A receipt for each shard's keys, in shard order.

    Raises:
        StepError: The barrier failed, or did not judge every row.
    """
    digests = [(key.name, key.sha256(KEPT)) for key in keys]
    fingerprint = digest_of("decide", barrier.fingerprint(), digests)
    if receipt := find_receipt(folder, "decision", fingerprint):
        return receipt
    started = time.perf_counter()
    tables = [pq.read_table(folder / f"{key.name}{KEPT}") for key in keys]
    table = pa.concat_tables(tables)
    try:
        decision = _table(barrier, barrier.decide(table))
    except Exception as error:  # the boundary that names the step
        raise StepError(barrier.step_name(), f"{type(error).__name__}: {error}") from error
    if decision.num_rows != table.num_rows:
        counts = f"{decision.num_rows} of {table.num_rows}"
        raise StepError(barrier.step_name(), f"judged {counts} rows")
    files, start = {}, 0
    for key, part in zip(keys, tables, strict=True):
        with ParquetFile(folder / f"{key.name}{DECISION}", decision.schema) as file:
            file.write(decision.slice(start, part.num_rows))
        start += part.num_rows
        files[file.path.name] = file.mark()
    rows, seconds = table.num_rows, round(time.perf_counter() - started, 4)
    return commit(folder, Receipt("decision", fingerprint, rows, rows, [], files, {}, seconds))


def _table(barrier: Barrier, verdict: Verdict) -> pa.Table:
    rows = len(verdict.keep)
    reason = verdict.reason
    why = pa.array([reason] * rows, pa.string()) if isinstance(reason, str) else reason
    columns = {"keep": verdict.keep, "reason": why}
    for name, kind in barrier.adds.items():
        columns[name] = verdict.measured[name].cast(
            kind.type if isinstance(kind, pa.Field) else kind
        )
    return pa.table(columns)
