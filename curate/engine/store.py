"""Files of a run: written whole or not at all, and known by a receipt.

Everything is first written under a temporary name, then renamed; Parquet is flushed to disk before.
A receipt is written last, so its existence means that the work is done; it holds the digest of
every file it vouches for. A file that was truncated or edited since no longer matches: the work is
done again.

    OUT/.curate/lock                     held while a run works in the folder
    OUT/.curate/pass-00/<shard>.parquet  rows kept     <shard>.rejected.parquet   rows rejected
    OUT/.curate/pass-00/<shard>.json     the receipt
"""

from __future__ import annotations

import contextlib
import dataclasses as dc
import fcntl
import hashlib
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import pyarrow as pa
import pyarrow.parquet as pq

from curate.arrow import hub_schema, sha256_of
from curate.contract import is_heavy
from curate.errors import CurateError

WORK = ".curate"
TEMPORARY = ".tmp"
# What `datasets` itself writes, so that the Hub's deduplication and viewer work on our shards too.
CHUNKING = {"min_chunk_size": 256 * 1024, "max_chunk_size": 1024 * 1024, "norm_level": 0}
ROW_GROUP_BYTES = 100 * 2**20  # the Hub's viewer refuses row groups above 286 MiB


class Amount(NamedTuple):
    """Rows, and the seconds of audio in them."""

    rows: int = 0
    duration: float = 0.0

    def plus(self, other: Amount) -> Amount:
        """The sum of two amounts."""
        return Amount(self.rows + other.rows, self.duration + other.duration)


@dc.dataclass
class StepCount:
    """What one step did to one shard: rows in, rows kept, rows rejected by reason, seconds."""

    step: str
    entered: Amount = dc.field(default_factory=Amount)
    kept: Amount = dc.field(default_factory=Amount)
    rejected: dict[str, Amount] = dc.field(default_factory=dict)
    seconds: float = 0.0

    def add(self, other: StepCount) -> None:
        """Count another shard's rows in."""
        self.entered = self.entered.plus(other.entered)
        self.kept = self.kept.plus(other.kept)
        self.seconds += other.seconds
        for reason, amount in other.rejected.items():
            self.rejected[reason] = self.rejected.get(reason, Amount()).plus(amount)


class FileMark(NamedTuple):
    """A file as it was when its receipt was written.

    Attributes:
        sha256: Digest of its content.
        stat: Size, mtime, ctime and inode; while they stand the content need not be read again.
    """

    sha256: str
    stat: tuple[int, int, int, int]


@dc.dataclass(frozen=True)
class Receipt:
    """Proof that one piece of work is done, and what it did."""

    name: str
    fingerprint: str
    rows_in: int
    rows_out: int
    steps: list[StepCount]
    files: dict[str, FileMark]
    splits: dict[str, int]
    seconds: float

    def sha256(self, suffix: str) -> str:
        """Digest of the file of this receipt with the given suffix; empty if there is none."""
        mark = self.files.get(f"{self.name}{suffix}")
        return mark.sha256 if mark else ""

    def to_json(self) -> str:
        """The receipt as it is kept on disk."""
        return json.dumps(dc.asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Receipt:
        """Read one back; raises ``ValueError``, ``KeyError`` or ``TypeError`` if it is damaged."""
        plain = json.loads(text)
        plain["files"] = {
            name: FileMark(digest, tuple(stat)) for name, (digest, stat) in plain["files"].items()
        }
        plain["steps"] = [_step_count(step) for step in plain["steps"]]
        return cls(**plain)


def _step_count(plain: dict[str, Any]) -> StepCount:
    rejected = {reason: Amount(*amount) for reason, amount in plain["rejected"].items()}
    amounts = Amount(*plain["entered"]), Amount(*plain["kept"])
    return StepCount(plain["step"], *amounts, rejected, plain["seconds"])


def mark_of(path: Path, sha256: str | None = None) -> FileMark:
    """The mark of a file in its final place."""
    stat = path.stat()
    identity = (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)
    return FileMark(sha256 or sha256_of(path), identity)


def commit(folder: Path, receipt: Receipt) -> Receipt:
    """Write the receipt of files that are in place."""
    write_text(folder / f"{receipt.name}.json", receipt.to_json())
    return receipt


def find_receipt(folder: Path, name: str, fingerprint: str) -> Receipt | None:
    """The receipt of finished work, or None if it has to be done (again)."""
    try:
        receipt = Receipt.from_json((folder / f"{name}.json").read_text(encoding="utf-8"))
        if receipt.fingerprint != fingerprint:
            return None
        for file, mark in receipt.files.items():
            now = mark_of(folder / file, mark.sha256)
            if now.stat != mark.stat and sha256_of(folder / file) != mark.sha256:
                return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return receipt


def write_text(path: Path, text: str) -> None:
    """Write a whole text file or nothing.

    Not flushed to disk like data: should a power cut spoil it, a receipt that cannot be read means
    that the work is done again.
    """
    with replacing(path, flush=False) as temporary:
        temporary.write_text(text, encoding="utf-8")


@contextlib.contextmanager
def replacing(path: Path, *, flush: bool = True) -> Iterator[Path]:
    """A temporary path that takes the place of ``path`` when the block ends without an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}{TEMPORARY}")
    try:
        yield temporary
        if flush:
            with temporary.open("rb+") as file:
                os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


class _Sink(io.RawIOBase):
    """Hashes what it writes, and keeps a failure to itself until ``check``.

    With content-defined chunking, pyarrow aborts the whole process when a write fails (a full disk
    would take the run down without a word); so a write never fails from its point of view.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = path.open("wb")
        self._hash, self._size = hashlib.sha256(), 0
        self._error: OSError | None = None

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._size

    def write(self, data: Any) -> int:
        view = memoryview(data)
        self._size += view.nbytes
        if self._error is None:
            try:
                self._file.write(view)
                self._hash.update(view)
            except OSError as error:
                self._error = error
        return view.nbytes

    def check(self) -> None:
        """Raise what went wrong so far."""
        if self._error is not None:
            raise self._error

    def finish(self) -> str:
        """Close the file; gives its sha256."""
        try:
            self._file.close()
        except OSError as error:
            self._error = self._error or error
        self.check()
        return self._hash.hexdigest()


class ParquetFile:
    """A Parquet file in the making, in the form the Hub likes; appears only when complete.

    Media columns are stored as they are (they are compressed already), the rest with snappy and
    dictionaries; page index and content-defined chunking as ``datasets`` writes them.
    """

    def __init__(self, path: Path, schema: pa.Schema, *, even_if_empty: bool = True) -> None:
        """Take the final path, the schema, and whether a file without rows is wanted."""
        self.path, self.rows, self.sha256 = path, 0, ""
        self._schema = hub_schema(schema)
        self._writer: pq.ParquetWriter | None = None
        self._even_if_empty = even_if_empty
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        if self._even_if_empty:
            self._writer = self._open()
        return self

    def _open(self) -> pq.ParquetWriter:
        temporary = self._stack.enter_context(replacing(self.path))
        self._sink = _Sink(temporary)
        media = {field.name for field in self._schema if is_heavy(field.type)}
        leaves = [(field.name, leaf) for field in self._schema for leaf in _leaves(field)]
        return pq.ParquetWriter(
            self._sink,
            self._schema,
            compression={leaf: "none" if name in media else "snappy" for name, leaf in leaves},
            use_dictionary=[leaf for name, leaf in leaves if name not in media],
            column_encoding={leaf: "PLAIN" for name, leaf in leaves if name in media},
            use_content_defined_chunking=CHUNKING,
            write_page_index=True,
        )

    def write(self, table: pa.Table) -> None:
        """Append rows as one row group (or more, if they are too heavy for one)."""
        if table.num_rows:
            if self._writer is None:
                self._writer = self._open()
            rows = max(1, table.num_rows * ROW_GROUP_BYTES // max(1, table.nbytes))
            self._writer.write_table(table.cast(self._schema), row_group_size=rows)
            self._sink.check()
            self.rows += table.num_rows

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._stack:
            if self._writer is not None:
                self._writer.close()
                if kind is None:
                    self.sha256 = self._sink.finish()
            if error is not None:
                raise error

    def mark(self) -> FileMark:
        """The mark of the finished file."""
        return mark_of(self.path, self.sha256)


def _leaves(field: pa.Field, path: str = "") -> Iterator[str]:
    path, kind = path or field.name, field.type
    if pa.types.is_struct(kind):
        for child in kind:
            yield from _leaves(child, f"{path}.{child.name}")
    elif pa.types.is_map(kind):
        yield from _leaves(kind.key_field, f"{path}.key_value.key")
        yield from _leaves(kind.item_field, f"{path}.key_value.value")
    elif (
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    ):
        yield from _leaves(kind.value_field, f"{path}.list.element")
    else:
        yield path


@contextlib.contextmanager
def locked(out: Path) -> Iterator[Path]:
    """Hold the run folder; gives its work folder, cleared of what a killed run left half-written.

    Raises:
        CurateError: Another run is working there.
    """
    work = out / WORK
    work.mkdir(parents=True, exist_ok=True)
    with (work / "lock").open("a+") as file:
        try:
            # The kernel frees the lock when its holder dies, however it dies.
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CurateError(
                f"{out}: another run is working here; wait for it, or use --out"
            ) from None
        for stale in work.rglob(f"*{TEMPORARY}"):
            stale.unlink(missing_ok=True)
        yield work
