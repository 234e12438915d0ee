"""The last pass: shards into a dataset folder, by config and split, and rejected rows by step.

Rows keep the order of the sources and shards are appended whole, so that a grown corpus leaves
earlier files as they were and the Hub stores only what is new.
"""

from __future__ import annotations

import dataclasses as dc
import os
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from curate.arrow import digest_of, fit_schema
from curate.engine.outcome import Outcome
from curate.engine.parquet_file import ParquetFile
from curate.engine.run import FORMAT, Runner
from curate.engine.shard import NO_CONFIG, NO_SPLIT, REJECTED, SPLIT, Kept, part_names
from curate.engine.store import WORK, Receipt, commit, find_receipt, mark_of
from curate.engine.texts import Tally, is_text, write_tallies
from curate.errors import PublishError

P = TypeVar("P")
SPLITS = ("train", "validation", "test")
DATA = "data"
TAKEN = {DATA, "rejected", "default"}  # folders of their own, and what the only config is called
TAKEN |= {"readme.md", "license", "citation.cff", "croissant.json", "report.html", "run.json"}
CONFIG_NAME = re.compile(r"\w[\w.-]*")
CONFIG_BYTES = 100  # a file's name, of which it is a part, may have 255
SPLIT_NAME = re.compile(r"(?!all\Z)\w+(\.\w+)*")  # "all" means every split of a dataset
FIRST_BYTES = 32 * 2**20  # of the first file; the next are twice, three times … as large, up to
FILE_BYTES = 400 * 2**20  # this: a shard on the Hub should stay under 500 MB
FLUSH_BYTES = 16 * 2**20  # rows gathered before a row group is written
BY = "rejected_by"
FILES, TEXTS = "files", "texts"  # in the work folder: receipts, and beside them what was counted


@dc.dataclass(frozen=True)
class FileJob:
    """One file of the dataset: which rows of which shard files it holds.

    Attributes:
        name: Of the receipt.
        folder: Of the receipt.
        fingerprint: Hash over the content of all parts.
        path: The file.
        parts: Rows of shards, in order.
        schema: Of the file.
        part: ``config/split`` of the rows it takes; empty takes every row.
        configs: The column that names the config; empty: there is one.
        rejected_by: The step whose rejected rows it takes; empty for a file of kept rows.
        size: About how many bytes its rows take in the work folder.
    """

    name: str
    folder: Path
    fingerprint: str
    path: Path
    parts: tuple[Kept, ...]
    schema: pa.Schema
    part: str = ""
    configs: str = ""
    rejected_by: str = ""
    size: float = 0.0


def write_file(job: FileJob) -> Receipt:
    """Write one file of the dataset, unless its receipt says that it is there."""
    if receipt := find_receipt(job.folder, job.name, job.fingerprint):
        return receipt
    started = time.perf_counter()
    texts = [] if job.rejected_by else [field for field in job.schema if is_text(field.type)]
    tallies = {field.name: Tally() for field in texts}
    with ParquetFile(job.path, job.schema, is_published=True) as out:
        for table in _gathered(job, tallies):
            out.write(table)
    # The receipt stays in the work folder; the path leads from there to the file.
    files = {os.path.relpath(job.path, job.folder): out.mark()}
    if tallies:
        name = _tallies_of(job.name)
        write_tallies(job.folder / name, tallies)
        files[name] = mark_of(job.folder / name)
    seconds = round(time.perf_counter() - started, 4)
    done = Receipt(job.name, job.fingerprint, out.rows, out.rows, [], files, {}, seconds)
    return commit(job.folder, done)


def tallied_texts(files: Mapping[str, Receipt], out: Path) -> dict[str, Path]:
    """Path in the folder → where its texts were tallied, for files of which that is known."""
    names = {path: _tallies_of(receipt.name) for path, receipt in files.items()}
    return {
        path: out / WORK / FILES / name for path, name in names.items() if name in files[path].files
    }


def _tallies_of(name: str) -> str:
    return f"{TEXTS}/{name}.json"


def _gathered(job: FileJob, tallies: Mapping[str, Tally]) -> Iterator[pa.Table]:
    """The rows of a file, as many at a time as make a row group, with their texts counted."""
    waiting: list[pa.Table] = []
    size = 0
    for table in _rejected(job) if job.rejected_by else _kept(job):
        waiting.append(fit_schema(table, job.schema))
        size += waiting[-1].nbytes
        if size >= FLUSH_BYTES:
            yield _tallied(waiting, tallies)
            waiting, size = [], 0
    if waiting:
        yield _tallied(waiting, tallies)


def _tallied(tables: Sequence[pa.Table], tallies: Mapping[str, Tally]) -> pa.Table:
    table = pa.concat_tables(tables)
    for name, tally in tallies.items():
        tally.add(table[name])
    return table


def _kept(job: FileJob) -> Iterator[pa.Table]:
    for part in job.parts:
        for _, applied in part.read():
            table = applied.kept
            if job.part:
                table = table.filter(pc.equal(part_names(table, job.configs), job.part))
            if table.num_rows:
                yield table


def _rejected(job: FileJob) -> Iterator[pa.Table]:
    """The rows that one step rejected; a row group mostly has those of one step only."""
    for part in job.parts:
        file = pq.ParquetFile(part.file)
        for group in range(file.num_row_groups):
            steps = file.read_row_group(group, columns=[BY], use_threads=False)[BY]
            mine = pc.equal(steps, job.rejected_by)
            if pc.any(mine).as_py():
                yield file.read_row_group(group, use_threads=False).filter(mine)


def assemble(outcome: Outcome, out: Path, work: Path, runner: Runner) -> dict[str, Receipt]:
    """Write the configs and ``rejected/``, and take away files of an earlier run that are no more.

    The only config is in ``data/``; several, named by a column, are folders of their own.

    Returns:
        Path in the folder → receipt, kept files first.

    Raises:
        Exception: Whatever kept a file from being written.
    """
    jobs = [*_kept_jobs(outcome, out, work), *_rejected_jobs(outcome, out, work)]
    # The largest first, so that workers end together.
    jobs_by_size = sorted(jobs, key=lambda job: -job.size)
    found, failed, fresh = runner.run(write_file, jobs_by_size, "assemble")
    for error in failed.values():
        raise error
    outcome.fresh += fresh
    receipts = {receipt.name: receipt for receipt in found}
    wanted = {job.path for job in jobs} | {work / FILES / _tallies_of(job.name) for job in jobs}
    for stale in (_written_before(out, work / FILES) | _own_files(out)) - wanted:
        stale.unlink(missing_ok=True)
    return {job.path.relative_to(out).as_posix(): receipts[job.name] for job in jobs}


def _own_files(out: Path) -> set[Path]:
    return {path for name in (DATA, "rejected") for path in (out / name).glob("*.parquet")}


def _written_before(out: Path, folder: Path) -> set[Path]:
    """Files that receipts of this and of earlier runs vouch for."""
    found = set()
    for path in folder.glob("*.json"):
        try:
            receipt = Receipt.from_json(path.read_text(encoding="utf-8"))
        except (ValueError, KeyError, TypeError):
            continue
        found |= {out / os.path.relpath(folder / name, out) for name in receipt.files}
    return found


def _kept_jobs(outcome: Outcome, out: Path, work: Path) -> list[FileJob]:
    plan = outcome.plan
    last = plan.passes[-1]
    schema = pa.schema([field for field in last.schema_out if field.name != SPLIT])
    found: dict[str, list[Receipt]] = {}
    for receipt in outcome.receipts[-1]:
        for part in receipt.parts:
            found.setdefault(part, []).append(receipt)
    _check_names(found, plan.configs)
    _check_case(found, plan.configs)
    found = found or {f"{NO_CONFIG}/{NO_SPLIT}": []}
    whole = not plan.configs and SPLIT not in last.schema_out.names
    jobs = []
    for part in sorted(found, key=_place):
        config, split = part.split("/")
        chunks = list(_cut(found[part], _shares(outcome, found[part], part)))
        for number, (chunk, size) in enumerate(chunks):
            file = f"{split}-{number:05d}-of-{len(chunks):05d}"
            name = f"{config}-{file}" if plan.configs else file
            parts = tuple(outcome.kept[one.name].rows for one in chunk)
            digests = [outcome.kept[one.name].digest for one in chunk]
            what = digest_of(FORMAT, digests, part, str(schema))
            # No row at all has no config either.
            folder = config if plan.configs and config != NO_CONFIG else DATA
            path = out / folder / f"{file}.parquet"
            only = "" if whole else part
            job = FileJob(name, work / FILES, what, path, parts, schema, only, plan.configs)
            jobs.append(dc.replace(job, size=size))
    return jobs


def _place(part: str) -> tuple[str, int, str]:
    config, split = part.split("/")
    return config, SPLITS.index(split) if split in SPLITS else len(SPLITS), split


def _check_names(parts: Iterable[str], configs: str) -> None:
    """Whether `datasets` takes the values of the columns for names."""
    for part in parts:
        config, _, split = part.rpartition("/") if configs else part.partition("/")
        fits = CONFIG_NAME.fullmatch(config) and len(config.encode()) <= CONFIG_BYTES
        if not fits or (config.lower() in TAKEN and configs):
            said = (
                f"{config!r} in the column {configs!r} cannot name a config"
                if config
                else (f"rows without a {configs!r} have no config")
            )
            hint = (
                f"a config is a word of letters, digits, ., _ and - of up to {CONFIG_BYTES} bytes"
            )
            hint += ", and not 'default' or the name of another file or folder there"
            way_out = f"mend the column {configs!r}, or take publish.configs out of the recipe"
            raise PublishError(f"{said}; {hint}; {way_out}")
        if not SPLIT_NAME.fullmatch(split):
            hint = "a split is a word of letters, digits, _ and ., and not 'all'"
            way_out = (
                "if the column 'split' is no split, rename it in the source: columns: {fold: split}"
            )
            raise PublishError(f"{split!r} cannot name a split; {hint}; {way_out}")


def _check_case(parts: Iterable[str], configs: str) -> None:
    """Whether the files keep apart on disks that tell no ``Train`` from ``train``."""
    known: dict[str, str] = {}
    for part in sorted(parts):
        config, _, split = part.rpartition("/")
        for place, name, column in ((f"{config}/", config, configs), (part, split, SPLIT)):
            other = known.setdefault(place.casefold(), place)
            if other != place:
                names = f"{other.strip('/').rpartition('/')[2]!r} and {name!r}"
                hint = f"on some disks they are one; spell the column {column!r} one way"
                raise PublishError(f"{names} differ in case only, and {hint}")


def _shares(outcome: Outcome, receipts: Sequence[Receipt], part: str) -> Iterator[float]:
    """About how many bytes of each shard belong to a part."""
    for receipt in receipts:
        share = receipt.parts[part] / max(1, receipt.rows_out)
        yield outcome.kept[receipt.name].rows.file.stat().st_size * share


def _cut(pieces: Iterable[P], sizes: Iterable[float]) -> Iterator[tuple[list[P], float]]:
    """The pieces of each file, and about how many bytes it takes of them.

    Files grow from ``FIRST_BYTES`` to ``FILE_BYTES``, so that several workers have some to write.
    Where one ends depends on nothing but what stands before.
    """
    chunk: list[P] = []
    size, number = 0.0, 1
    for piece, more in zip(pieces, sizes, strict=True):
        chunk.append(piece)
        size += more
        if size >= min(FILE_BYTES, FIRST_BYTES * number):
            yield chunk, size
            chunk, size, number = [], 0.0, number + 1
    if chunk or number == 1:
        yield chunk, size


def _rejected_jobs(outcome: Outcome, out: Path, work: Path) -> list[FileJob]:
    parts: dict[str, list[tuple[Path, str]]] = {}
    sizes: dict[str, list[float]] = {}
    for one, receipts in zip(outcome.plan.passes, outcome.receipts, strict=True):
        for receipt in receipts:
            rows: Counter[str] = Counter()
            for count in receipt.steps:
                rows[count.step] += sum(amount.rows for amount in count.rejected.values())
            name = f"{receipt.name}{REJECTED}"
            for step in filter(rows.get, rows):
                mark = receipt.files[name]
                parts.setdefault(step, []).append((work / one.name / name, mark.sha256))
                sizes.setdefault(step, []).append(mark.stat[0] * rows[step] / rows.total())
    schema = outcome.plan.rejected_schema
    jobs = []
    for step, found in parts.items():
        chunks = list(_cut(found, sizes[step]))
        for number, (chunk, size) in enumerate(chunks):
            name = f"{step.replace(':', '.')}-{number:05d}-of-{len(chunks):05d}"
            what = digest_of(FORMAT, [digest for _, digest in chunk], step, str(schema))
            path = out / "rejected" / f"{name}.parquet"
            files = tuple(Kept(file) for file, _ in chunk)
            job = FileJob(name, work / FILES, what, path, files, schema, rejected_by=step)
            jobs.append(dc.replace(job, size=size))
    return jobs
