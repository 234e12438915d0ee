"""One shard through one pass: read, run the steps, write kept and rejected rows, leave a receipt.

Batches stream: a worker holds one batch at a time, however large the shard is.
"""

from __future__ import annotations

import dataclasses as dc
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from curate.arrow import fit_schema
from curate.contract import (
    Applied,
    Barrier,
    Filter,
    Transform,
    Verdict,
    apply,
    is_heavy,
    set_aside_defects,
    settle,
)
from curate.engine.parquet_file import ParquetFile
from curate.engine.reading import Shard
from curate.engine.store import Amount, Receipt, StepCount, commit, find_receipt, mark_of, replacing
from curate.errors import StepError

KEPT, REJECTED, DECISION = ".parquet", ".rejected.parquet", ".decision.parquet"
KEYS = ".keys.arrow"
SPLIT, NO_SPLIT = "split", "train"
NO_CONFIG = "default"


class Kept(NamedTuple):
    """The rows that came through a pass: a file, and a decision still to be applied to it.

    The rows of a pass that only applies a barrier's decision are not written again: they are this
    view of the file before, until the dataset is assembled.
    """

    file: Path
    barrier: Barrier | None = None
    decision: Path | None = None

    def step(self) -> Barrier | None:
        """The step that may reject rows on entry."""
        return self.barrier

    def read(self, columns: list[str] | None = None) -> Iterator[tuple[pa.Table, Applied]]:
        """Row group by row group: as stored, and what is kept and rejected of it."""
        decision = pq.read_table(self.decision) if self.decision else None
        file = pq.ParquetFile(self.file)
        start = 0
        for group in range(file.num_row_groups):
            batch = file.read_row_group(group, columns=columns, use_threads=False)
            if decision is None or self.barrier is None:
                yield batch, Applied(batch, batch.slice(0, 0))
                continue
            rows = decision.slice(start, batch.num_rows)
            start += batch.num_rows
            found = {name: rows[name].combine_chunks() for name in rows.column_names}
            verdict = Verdict(found.pop("keep"), found.pop("reason"), found)
            yield batch, settle(self.barrier, batch, verdict)


@dc.dataclass(frozen=True, slots=True)
class Job:
    """Everything a worker must know to do one shard of one pass; small, and made of plain values.

    Attributes:
        name: The shard's name, also of its files.
        folder: Where its files and its receipt go.
        fingerprint: Hash of what is done and of what it is done to.
        entry: Where the rows come from.
        steps: The chain of row-local steps.
        schema_in: Schema of the rows before the first step.
        schema_out: Schema after the last step.
        rejected_schema: Light columns of the whole run, and why a row was rejected.
        view: Write only what is rejected; what is kept stays a view of the entry.
        configs: The column whose values name configs; empty: there is one.
    """

    name: str
    folder: Path
    fingerprint: str
    entry: Shard | Kept
    steps: tuple[Transform | Filter, ...]
    schema_in: pa.Schema
    schema_out: pa.Schema
    rejected_schema: pa.Schema
    view: bool = False
    configs: str = ""


def run_shard(job: Job) -> Receipt:
    """Do one shard, unless its receipt says that it is done.

    Raises:
        StepError: A step failed; names the step and the shard.
    """
    if receipt := find_receipt(job.folder, job.name, job.fingerprint):
        return receipt
    started = time.perf_counter()
    head = job.entry.step()
    counts = [StepCount(step.step_name()) for step in (*([head] if head else []), *job.steps)]
    parts: Counter[str] = Counter()
    rows_in = rows_out = 0
    path = job.folder / job.name
    kept = ParquetFile(Path(f"{path}{KEPT}"), job.schema_out, even_if_empty=not job.view)
    rejected_path = Path(f"{path}{REJECTED}")
    with kept, ParquetFile(rejected_path, job.rejected_schema, even_if_empty=False) as rejected:
        for rows, batch, dropped in _chain(job, counts):
            rows_in, rows_out = rows_in + rows, rows_out + batch.num_rows
            for table in dropped:
                rejected.write(fit_schema(table, job.rejected_schema))
            if not job.view:
                kept.write(batch)
            for part in pc.value_counts(part_names(batch, job.configs)):
                parts[part["values"].as_py()] += part["counts"].as_py()
    made = sum(count.made for count in counts)
    if rows_in + made != rows_out + rejected.rows:
        lost = f"{rows_in} rows in, {made} made, {rows_out} kept + {rejected.rows} rejected"
        raise StepError("engine", f"rows were lost: {lost}", job.name)
    files = {file.path.name: file.mark() for file in (kept, rejected) if file.sha256}
    seconds = round(time.perf_counter() - started, 4)
    done = Receipt(
        job.name, job.fingerprint, rows_in, rows_out, counts, files, dict(parts), seconds
    )
    return commit(job.folder, done)


def split_names(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The split of each row; one without (null, or an empty field of a CSV file) is for training.

    Example:
        >>> split_names(pa.chunked_array([["test", "", None]])).to_pylist()
        ['test', 'train', 'train']
    """
    names = pc.fill_null(column, NO_SPLIT)
    return pc.if_else(pc.equal(names, ""), NO_SPLIT, names)


def part_names(batch: pa.Table, configs: str) -> pa.ChunkedArray:
    """``config/split`` of each row; without columns for them all are ``default/train``.

    Example:
        >>> rows = pa.table({"split": ["test", None], "lang": ["mt", "ks"]})
        >>> part_names(rows, "lang").to_pylist()
        ['mt/test', 'ks/train']
    """
    config = pc.fill_null(batch[configs], "") if configs else NO_CONFIG
    if SPLIT in batch.column_names:
        return pc.binary_join_element_wise(config, split_names(batch[SPLIT]), "/")
    if configs:
        return pc.binary_join_element_wise(config, NO_SPLIT, "/")
    return pa.chunked_array([pa.repeat(f"{NO_CONFIG}/{NO_SPLIT}", batch.num_rows)])


def _chain(job: Job, counts: list[StepCount]) -> Iterator[tuple[int, pa.Table, list[pa.Table]]]:
    """Rows read, batch after all steps, and the tables of rows dropped on the way; per batch."""
    if isinstance(job.entry, Shard):
        batches = _read_source(job, job.entry, counts[0])
    else:
        batches = _read_pass(job, job.entry, counts)
    for rows, applied in batches:
        batch, dropped = applied.kept, [applied.rejected]
        for step, count in zip(job.steps, counts[-len(job.steps) :], strict=False):
            started = time.perf_counter()
            applied = apply(step, batch, job.name)
            _tally(count, batch, applied, time.perf_counter() - started)
            batch = applied.kept
            if applied.rejected.num_rows:
                dropped.append(applied.rejected)
        yield rows, batch, dropped


def _read_source(job: Job, entry: Shard, count: StepCount) -> Iterator[tuple[int, Applied]]:
    source = entry.source
    started = time.perf_counter()
    for table in entry.read():
        ids = table["id"]
        if ids.null_count or pc.count_distinct(ids).as_py() != table.num_rows:
            raise StepError(source.step_name(), "gave a row without an id of its own", job.name)
        applied = set_aside_defects(source, table, entry.schema)
        _tally(count, table, applied, time.perf_counter() - started)
        yield table.num_rows, applied._replace(kept=fit_schema(applied.kept, job.schema_in))
        started = time.perf_counter()


def _read_pass(job: Job, entry: Kept, counts: list[StepCount]) -> Iterator[tuple[int, Applied]]:
    schema = job.schema_in
    if job.view:
        schema = pa.schema([field for field in schema if not is_heavy(field.type)])
    there = set(pq.read_schema(entry.file).names)
    stored = [name for name in schema.names if name in there]
    started = time.perf_counter()
    for batch, applied in entry.read(stored):
        if entry.barrier:
            _tally(counts[0], batch, applied, time.perf_counter() - started)
        yield batch.num_rows, applied._replace(kept=fit_schema(applied.kept, schema))
        started = time.perf_counter()


def _tally(count: StepCount, entered: pa.Table, applied: Applied, seconds: float) -> None:
    rejected = applied.rejected
    count.entered = count.entered.plus(_amount(entered))
    count.kept = count.kept.plus(_amount(applied.kept))
    count.seconds = round(count.seconds + seconds, 6)
    count.made += applied.kept.num_rows + rejected.num_rows - entered.num_rows
    if rejected.num_rows:
        for reason in pc.unique(rejected["reason"]).to_pylist():
            amount = _amount(rejected.filter(pc.equal(rejected["reason"], reason)))
            count.rejected[reason] = count.rejected.get(reason, Amount()).plus(amount)


def _amount(batch: pa.Table) -> Amount:
    at = batch.schema.get_field_index("duration")
    if at < 0 or not pa.types.is_floating(batch.schema.field(at).type):
        return Amount(batch.num_rows)
    return Amount(batch.num_rows, round(pc.sum(batch["duration"]).as_py() or 0.0, 6))


@dc.dataclass(frozen=True, slots=True)
class KeysJob:
    """The light columns that a barrier asks of one shard."""

    name: str
    folder: Path
    fingerprint: str
    barrier: Barrier
    input: Kept
    schema: pa.Schema


def write_keys(job: KeysJob) -> Receipt:
    """Write a shard's keys for a barrier, unless they are there."""
    if receipt := find_receipt(job.folder, job.name, job.fingerprint):
        return receipt
    started = time.perf_counter()
    wanted = {*job.barrier.columns_read(), *job.barrier.columns_if_there()}
    names = [name for name in job.schema.names if name in wanted]
    schema = pa.schema([job.schema.field(name) for name in names])
    keys = [job.barrier.keys(schema.empty_table())]
    keys += [job.barrier.keys(fit_schema(batch, schema)) for batch, _ in job.input.read(names)]
    table = pa.concat_tables(keys)
    path = job.folder / f"{job.name}{KEYS}"
    # Not Parquet: who decides maps the files, and holds no more of them than it looks at.
    with replacing(path) as temporary, pa.ipc.new_file(temporary, table.schema) as out:
        out.write_table(table.combine_chunks())
    files = {path.name: mark_of(path)}
    seconds = round(time.perf_counter() - started, 4)
    rows = table.num_rows
    return commit(
        job.folder, Receipt(job.name, job.fingerprint, rows, rows, [], files, {}, seconds)
    )
