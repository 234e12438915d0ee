"""The last pass: shards into the files of a dataset folder, by split, and rejected rows by step.

Rows keep the order of the sources and shards are appended whole, so that a grown corpus leaves
earlier files as they were and the Hub stores only what is new.
"""

from __future__ import annotations

import dataclasses as dc
import os
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from curate.arrow import digest_of, fit_schema
from curate.engine.outcome import Outcome
from curate.engine.parquet_file import ParquetFile
from curate.engine.run import FORMAT, Runner
from curate.engine.shard import NO_SPLIT, REJECTED, SPLIT, Kept, split_names
from curate.engine.store import Receipt, commit, find_receipt
from curate.errors import PublishError

SPLITS = ("train", "validation", "test")
FILE_BYTES = 400 * 2**20  # a shard on the Hub should stay under 500 MB
FLUSH_BYTES = 32 * 2**20  # rows gathered before a row group is written


@dc.dataclass(frozen=True)
class FileJob:
    """One file of the dataset: which rows of which shard files it holds.

    Attributes:
        name: Of the receipt.
        folder: Of the receipt.
        fingerprint: Hash over the content of all parts.
        path: The file.
        parts: Rows of shards, in order.
        column: The column whose value decides ...
        value: ... and the value that a row must have there; None takes every row.
        schema: Of the file.
    """

    name: str
    folder: Path
    fingerprint: str
    path: Path
    parts: tuple[Kept, ...]
    column: str
    value: str | None
    schema: pa.Schema


def write_file(job: FileJob) -> Receipt:
    """Write one file of the dataset, unless its receipt says that it is there."""
    if receipt := find_receipt(job.folder, job.name, job.fingerprint):
        return receipt
    started = time.perf_counter()
    with ParquetFile(job.path, job.schema) as out:
        waiting: list[pa.Table] = []
        size = 0
        for table in _rows(job):
            waiting.append(table)
            size += table.nbytes
            if size >= FLUSH_BYTES:
                out.write(pa.concat_tables(waiting))
                waiting.clear()
                size = 0
        if waiting:
            out.write(pa.concat_tables(waiting))
    # The receipt stays in the work folder; the path leads from there to the file.
    files = {os.path.relpath(job.path, job.folder): out.mark()}
    seconds = round(time.perf_counter() - started, 4)
    done = Receipt(job.name, job.fingerprint, out.rows, out.rows, [], files, {}, seconds)
    return commit(job.folder, done)


def _rows(job: FileJob) -> Iterator[pa.Table]:
    for part in job.parts:
        for _, applied in part.read():
            table = applied.kept
            if job.value is not None:
                value = table[job.column]
                value = split_names(value) if job.column == SPLIT else value
                table = table.filter(pc.equal(value, job.value))
            if table.num_rows:
                yield fit_schema(table, job.schema)


def assemble(outcome: Outcome, out: Path, work: Path, runner: Runner) -> dict[str, Receipt]:
    """Write ``data/`` and ``rejected/``, and take away files of an earlier run that are no more.

    Returns:
        Path in the folder → receipt, kept files first.

    Raises:
        Exception: Whatever kept a file from being written.
    """
    jobs = [*_kept_jobs(outcome, out, work), *_rejected_jobs(outcome, out, work)]
    receipts, failed, fresh = runner.run(write_file, jobs, "assemble")
    for error in failed.values():
        raise error
    outcome.fresh += fresh
    wanted = {job.path for job in jobs}
    for folder in ("data", "rejected"):
        for stale in set((out / folder).glob("*.parquet")) - wanted:
            stale.unlink()
    return {
        job.path.relative_to(out).as_posix(): receipt
        for job, receipt in zip(jobs, receipts, strict=True)
    }


def _kept_jobs(outcome: Outcome, out: Path, work: Path) -> list[FileJob]:
    last = outcome.plan.passes[-1]
    schema = pa.schema([field for field in last.schema_out if field.name != SPLIT])
    has_split = SPLIT in last.schema_out.names
    rows: dict[str, list[Receipt]] = {}
    for receipt in outcome.receipts[-1]:
        for split in receipt.splits if has_split else [NO_SPLIT]:
            rows.setdefault(split, []).append(receipt)
    # What `datasets` takes for the name of a split; "all" means all of them together.
    fit = re.compile(r"(?!all\Z)\w+(\.\w+)*")
    if wrong := [split for split in rows if not fit.fullmatch(split)]:
        hint = "a split is a word of letters, digits, _ and ., and not 'all'"
        way_out = (
            "if the column 'split' is no split, rename it in the source: columns: {fold: split}"
        )
        raise PublishError(f"{wrong[0]!r} cannot name a split; {hint}; {way_out}")
    rows = rows or {NO_SPLIT: []}
    order = sorted(rows, key=lambda split: (SPLITS.index(split) if split in SPLITS else 9, split))
    jobs = []
    for split in order:
        chunks = list(_cut(outcome, rows[split], split if has_split else ""))
        for number, chunk in enumerate(chunks):
            name = f"{split}-{number:05d}-of-{len(chunks):05d}"
            parts = tuple(outcome.kept[one.name].rows for one in chunk)
            digests = [outcome.kept[one.name].digest for one in chunk]
            value = split if has_split else None
            what = digest_of(FORMAT, digests, split, str(schema))
            path = out / "data" / f"{name}.parquet"
            jobs.append(FileJob(name, work / "files", what, path, parts, SPLIT, value, schema))
    return jobs


def _cut(outcome: Outcome, receipts: Sequence[Receipt], split: str) -> Iterator[list[Receipt]]:
    chunk: list[Receipt] = []
    size = 0.0
    for receipt in receipts:
        share = receipt.splits.get(split, 0) / max(1, receipt.rows_out) if split else 1.0
        size += outcome.kept[receipt.name].rows.file.stat().st_size * share
        chunk.append(receipt)
        if size >= FILE_BYTES:
            yield chunk
            chunk, size = [], 0.0
    if chunk or not receipts:
        yield chunk


def _rejected_jobs(outcome: Outcome, out: Path, work: Path) -> list[FileJob]:
    parts: dict[str, list[tuple[Path, str]]] = {}
    for one, receipts in zip(outcome.plan.passes, outcome.receipts, strict=True):
        for receipt in receipts:
            for step in dict.fromkeys(count.step for count in receipt.steps if count.rejected):
                path = work / one.name / f"{receipt.name}{REJECTED}"
                parts.setdefault(step, []).append((path, receipt.sha256(REJECTED)))
    schema = outcome.plan.rejected_schema
    jobs = []
    for step, found in parts.items():
        name = f"{step.replace(':', '.')}-00000-of-00001"
        what = digest_of(FORMAT, [digest for _, digest in found], step, str(schema))
        path = out / "rejected" / f"{name}.parquet"
        files = tuple(Kept(file) for file, _ in found)
        jobs.append(FileJob(name, work / "files", what, path, files, "rejected_by", step, schema))
    return jobs
