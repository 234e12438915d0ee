"""The keys of shards, and what a barrier decided, as a table and as a file for each shard."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa

from curate.contract import Barrier
from curate.engine.parquet_file import ParquetFile
from curate.engine.shard import DECISION, KEYS
from curate.engine.store import FileMark
from curate.errors import StepError

MOST_MAPS = 30_000  # of the 65,530 that Linux grants a process


def read_keys(folder: Path, names: Sequence[str]) -> pa.Table:
    """Keys of these shards, in order; mapped, so that columns take memory where they are read."""
    opened = pa.memory_map if len(names) <= MOST_MAPS else pa.OSFile
    tables = []
    for name in names:
        with opened(str(folder / f"{name}{KEYS}")) as file:  # what is mapped stays so when closed
            tables.append(pa.ipc.open_file(file).read_all())
    return pa.concat_tables(tables)


def decision_table(barrier: Barrier, keys: pa.Table) -> pa.Table:
    """``keep``, ``reason`` and the evidence of each row, in the order of the keys.

    Raises:
        StepError: The barrier failed, or did not judge every row.
    """
    try:
        verdict = barrier.decide(keys)
        rows, reason = len(verdict.keep), verdict.reason
        why = pa.repeat(reason, rows) if isinstance(reason, str) else reason
        columns = {"keep": verdict.keep, "reason": why.cast(pa.string())}
        for name, kind in barrier.adds.items():
            columns[name] = verdict.measured[name].cast(
                kind.type if isinstance(kind, pa.Field) else kind
            )
        table = pa.table(columns)
    except Exception as error:  # the boundary that names the step
        raise StepError(barrier.step_name(), f"{type(error).__name__}: {error}") from error
    if table.num_rows != keys.num_rows:
        counts = f"{table.num_rows} of {keys.num_rows}"
        raise StepError(barrier.step_name(), f"judged {counts} rows")
    return table


def write_decisions(
    folder: Path, shards: Iterable[tuple[str, int]], decision: pa.Table
) -> dict[str, FileMark]:
    """Cut a decision into a file for each shard; names and rows of these, in order."""
    decision = decision.combine_chunks()  # where chunks end would show in the bytes
    files, start = {}, 0
    for name, rows in shards:
        with ParquetFile(folder / f"{name}{DECISION}", decision.schema) as file:
            file.write(decision.slice(start, rows))
        start += rows
        files[file.path.name] = file.mark()
    return files
