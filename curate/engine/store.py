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
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from curate.arrow import sha256_of
from curate.errors import CurateError

WORK = ".curate"
TEMPORARY = ".tmp"
SCRATCH = "dask"
OURS = re.compile(rf"\.\d+{re.escape(TEMPORARY)}\Z")


class Amount(NamedTuple):
    """Rows, and the seconds of audio in them."""

    rows: int = 0
    duration: float = 0.0

    def plus(self, other: Amount) -> Amount:
        """The sum of two amounts."""
        return Amount(self.rows + other.rows, self.duration + other.duration)


@dc.dataclass(slots=True)
class StepCount:
    """What one step did to one shard: rows in, rows kept, rows rejected by reason, seconds.

    ``made`` is how many rows it made beyond those that entered, by splitting some.
    """

    step: str
    entered: Amount = dc.field(default_factory=Amount)
    kept: Amount = dc.field(default_factory=Amount)
    rejected: dict[str, Amount] = dc.field(default_factory=dict)
    seconds: float = 0.0
    made: int = 0

    def add(self, other: StepCount) -> None:
        """Count another shard's rows in."""
        self.entered = self.entered.plus(other.entered)
        self.kept = self.kept.plus(other.kept)
        self.seconds += other.seconds
        self.made += other.made
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


@dc.dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that one piece of work is done, and what it did."""

    name: str
    fingerprint: str
    rows_in: int
    rows_out: int
    steps: list[StepCount]
    files: dict[str, FileMark]
    parts: dict[str, int]
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
    return StepCount(plain["step"], *amounts, rejected, plain["seconds"], plain.get("made", 0))


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


@contextlib.contextmanager
def locked(out: Path) -> Iterator[Path]:
    """Hold the run folder; gives its work folder, cleared of what a killed run left half-written.

    Raises:
        CurateError: Another run is working there, or something there is no file.
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
        shutil.rmtree(work / SCRATCH, ignore_errors=True)
        _refuse_pipes(out, work)
        for stale in _half_written(out, work):
            stale.unlink(missing_ok=True)
        yield work


def _half_written(out: Path, work: Path) -> Iterator[Path]:
    yield from work.rglob(f"*{TEMPORARY}")
    for pattern in (f"*.*{TEMPORARY}", f"*/*.*{TEMPORARY}"):  # the dataset's files; one folder deep
        yield from (path for path in out.glob(pattern) if OURS.search(path.name))


def _refuse_pipes(out: Path, work: Path) -> None:
    """Opening a pipe waits for whoever is at its other end."""
    for folder in (*out.glob("*/"), out, work, *work.rglob("*/")):
        with os.scandir(folder) as entries:
            for entry in entries:
                if not (entry.is_file() or entry.is_dir() or entry.is_symlink()):
                    what = "is a pipe or device; take it away, or use another --out"
                    raise CurateError(f"{entry.path} {what}")
