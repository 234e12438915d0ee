"""A barrier's decision bucket by bucket, for keys that outgrow one process.

Where a decision is separable (``Barrier.separable_by``), rows that share a key are judged without
looking at any other. Three rounds of jobs, on whatever workers there are:

1. *scatter*: the keys of consecutive shards, a *group*, are sorted into buckets by the hash of what
   parts them; one file a group, a batch a bucket.
2. *judge*: a bucket's batches of all groups, in order, are decided by the barrier as if they were
   all there is; one file a bucket, a batch a group.
3. *gather*: a group's batches of all buckets are put back into row order, and cut into a decision
   file for each shard: the same bytes as if all keys had been judged at once.

Groups and buckets are about as many, so that files are few: of 10 million rows 39 + 39, of a
billion 1024 + 1024 of a million rows. Only names and counts pass through the driver.
"""

from __future__ import annotations

import dataclasses as dc
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from curate.arrow import digest_of
from curate.contract import Barrier
from curate.engine.decision import decision_table, read_keys, write_decisions
from curate.engine.store import FileMark, Receipt, commit, find_receipt, mark_of, replacing

if TYPE_CHECKING:
    from curate.engine.run import Runner

BUCKET_ROWS = 2**18  # dedup_exact takes 110 bytes a row and the id: 40 MB, a tenth of a worker
MOST_BUCKETS = 1024  # beyond 268 million rows buckets grow, lest batches shrink to a few rows
POSITION = "position of the row in its group"


class Group(NamedTuple):
    """Consecutive shards: names of their key files, without ending, and rows of each."""

    names: tuple[str, ...]
    rows: tuple[int, ...]


NO_GROUP = Group((), ())


@dc.dataclass(frozen=True)
class BucketJob:
    """One job of the three rounds.

    Attributes:
        name: Of its file and receipt.
        folder: Where both go.
        fingerprint: Of what is done.
        barrier: Who decides.
        keys: Folder of the key files.
        place: Number of the group or bucket.
        others: How many buckets or groups it deals with.
        group: The shards of the group; of a bucket none.
    """

    name: str
    folder: Path
    fingerprint: str
    barrier: Barrier
    keys: Path
    place: int
    others: int
    group: Group = NO_GROUP


def decide_in_buckets(
    barrier: Barrier,
    folder: Path,
    keys: Sequence[Receipt],
    what: str,
    runner: Runner,
    bucket_rows: int = BUCKET_ROWS,
) -> dict[str, FileMark]:
    """Write the decision files; gives their marks.

    Args:
        barrier: One whose decision is separable.
        folder: Where the key files are, and where the decisions go.
        keys: A receipt for each shard's keys, in shard order.
        what: Fingerprint of the decision.
        runner: Who does the jobs.
        bucket_rows: Rows in a bucket.

    Raises:
        Exception: What kept the first job that failed from being done.
    """
    work = folder / "buckets"
    rows = sum(key.rows_out for key in keys)
    buckets = min(MOST_BUCKETS, -(-rows // bucket_rows))
    groups = list(_groups(keys, -(-rows // buckets)))

    def job(kind: str, place: int, others: int, group: Group = NO_GROUP) -> BucketJob:
        fingerprint = digest_of(kind, what, place, others, group)
        return BucketJob(
            f"{kind}-{place:04d}", work, fingerprint, barrier, folder, place, others, group
        )

    short = barrier.step_name().rsplit(".", 1)[-1]
    every = list(enumerate(groups))
    _all(runner, scatter, [job("scatter", at, buckets, one) for at, one in every], f"{short}: sort")
    judged = [job("judge", at, len(groups)) for at in range(buckets)]
    _all(runner, judge, judged, f"{short}: decide")
    gathered = [job("gather", at, buckets, one) for at, one in every]
    done = _all(runner, gather, gathered, f"{short}: decisions")
    return {Path(name).name: mark for one in done for name, mark in one.files.items()}


def clear(folder: Path) -> None:
    """Take away what the rounds left, once the decision has a receipt of its own."""
    shutil.rmtree(folder / "buckets", ignore_errors=True)


def _all(runner: Runner, work: Any, jobs: Sequence[BucketJob], title: str) -> list[Receipt]:
    done, failed, _ = runner.run(work, jobs, title)
    for error in failed.values():
        raise error
    return done


def _groups(keys: Sequence[Receipt], rows: int) -> Iterator[Group]:
    held: list[Receipt] = []
    count = 0
    for key in keys:
        held.append(key)
        count += key.rows_out
        if count >= rows or key is keys[-1]:
            yield Group(tuple(one.name for one in held), tuple(one.rows_out for one in held))
            held, count = [], 0


def scatter(job: BucketJob) -> Receipt:
    """Sort the keys of a group into buckets."""
    if receipt := find_receipt(job.folder, job.name, job.fingerprint):
        return receipt
    started = time.perf_counter()
    table = read_keys(job.keys, job.group.names)
    bucket = _buckets(table, job.barrier.separable_by(), job.others)
    order = np.argsort(bucket, kind="stable")
    bounds = np.searchsorted(bucket[order], np.arange(job.others + 1))
    table = table.append_column(POSITION, pa.array(np.arange(table.num_rows)))
    return _write(job, table.take(pa.array(order)), bounds, started)


def _buckets(table: pa.Table, columns: Sequence[str], buckets: int) -> npt.NDArray[np.int64]:
    """Bucket of each row: by a hash that is the same in every process; nulls go everywhere."""
    hashes = [0] * table.num_rows
    lonely = np.zeros(table.num_rows, np.bool_)
    for name in columns:
        column = table[name]
        lonely |= np.asarray(column.is_null())
        is_binary = pa.types.is_fixed_size_binary(column.type) or pa.types.is_binary(column.type)
        values = column.cast(pa.large_binary() if is_binary else pa.large_string())
        values = values.cast(pa.large_binary()).fill_null(b"").to_pylist()
        hashes = [crc32(value, before) for value, before in zip(values, hashes, strict=True)]
    found = np.array(hashes, np.int64) % buckets
    found[lonely] = np.flatnonzero(lonely) % buckets
    return found


def judge(job: BucketJob) -> Receipt:
    """Decide one bucket."""
    if receipt := find_receipt(job.folder, job.name, job.fingerprint):
        return receipt
    started = time.perf_counter()
    parts = [_read(job, "scatter", group) for group in range(job.others)]
    bounds = np.cumsum([0, *(part.num_rows for part in parts)])
    table = pa.concat_tables(parts)
    parts.clear()
    decision = decision_table(job.barrier, table.drop_columns([POSITION]))
    return _write(job, decision.append_column(POSITION, table[POSITION]), bounds, started)


def gather(job: BucketJob) -> Receipt:
    """Write the decision files of a group's shards."""
    if receipt := find_receipt(job.folder, job.name, job.fingerprint):
        return receipt
    started = time.perf_counter()
    table = pa.concat_tables([_read(job, "judge", bucket) for bucket in range(job.others)])
    order = np.argsort(table[POSITION].to_numpy(), kind="stable")
    table = table.drop_columns([POSITION]).take(pa.array(order))
    marks = write_decisions(job.keys, zip(*job.group, strict=True), table)
    files = {f"../{name}": mark for name, mark in marks.items()}
    return _done(job, table.num_rows, files, started)


def _write(
    job: BucketJob, table: pa.Table, bounds: npt.NDArray[np.int64], started: float
) -> Receipt:
    """One Arrow file with a batch for each range of rows, empty ones too."""
    empty = pa.RecordBatch.from_pylist([], table.schema)
    path = job.folder / f"{job.name}.arrow"
    with replacing(path) as temporary, pa.ipc.new_file(temporary, table.schema) as file:
        for start, stop in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
            batches = table.slice(start, stop - start).combine_chunks().to_batches()
            file.write_batch(batches[0] if batches else empty)
    return _done(job, table.num_rows, {path.name: mark_of(path)}, started)


def _read(job: BucketJob, kind: str, number: int) -> pa.Table:
    with pa.OSFile(str(job.folder / f"{kind}-{number:04d}.arrow")) as file:
        return pa.Table.from_batches([pa.ipc.open_file(file).get_batch(job.place)])


def _done(job: BucketJob, rows: int, files: dict[str, FileMark], started: float) -> Receipt:
    seconds = round(time.perf_counter() - started, 4)
    done = Receipt(job.name, job.fingerprint, rows, rows, [], files, {}, seconds)
    return commit(job.folder, done)
