"""Compressed text files, read in place: gzip, zstd, bzip2 and xz, known by their first bytes.

None can be entered in the middle, so such a file is one shard; it streams, and takes no more memory
than a plain one. gzip, bzip2 and xz are Python's own, zstd is Arrow's.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, cast

import pyarrow as pa

SUFFIXES = (".gz", ".zst", ".bz2", ".xz")
_MAGIC = {
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
}
DAMAGE = (EOFError, OSError, zlib.error, lzma.LZMAError, pa.ArrowException)
"""What reading a damaged file raises; ``OSError`` where the disk fails, too."""


def or_compressed(names: Sequence[str]) -> tuple[str, ...]:
    """Endings of plain files, and with them those of the same compressed.

    Example:
        >>> or_compressed([".csv"])
        ('.csv', '.csv.gz', '.csv.zst', '.csv.bz2', '.csv.xz')
    """
    return tuple(name + suffix for name in names for suffix in ("", *SUFFIXES))


def plain_name(name: str) -> str:
    """The name of a file without the ending that says how it is compressed.

    Example:
        >>> plain_name("a.jsonl.zst")
        'a.jsonl'
    """
    return next((name[: -len(end)] for end in SUFFIXES if name.lower().endswith(end)), name)


def compression(head: bytes) -> str:
    """How a file that begins like this is compressed; empty if it is not."""
    return next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), "")


def is_compressed(path: Path) -> bool:
    """Whether the file is compressed, by its first bytes."""
    with path.open("rb") as file:
        return bool(compression(file.read(6)))


def unpacked(file: BinaryIO, kind: str) -> BinaryIO:
    """What is in a compressed file, open at its start; ``kind`` is from ``compression``."""
    if kind == "zstd":
        return cast(BinaryIO, io.BufferedReader(_Zstd(file), 2**20))
    opened = {"gzip": gzip.open, "bzip2": bz2.open, "xz": lzma.open}[kind]
    return cast(BinaryIO, opened(file, "rb"))  # type: ignore[operator]


def breaks_off(path: Path) -> bool:
    """Whether a compressed file is cut off or corrupt; costs one pass over it."""
    try:
        with path.open("rb") as file:
            kind = compression(file.read(6))
            file.seek(0)
            with unpacked(file, kind) as inside:
                while inside.read(2**20):
                    pass
    except DAMAGE:
        return True
    return False


class _Zstd(io.RawIOBase):
    """A zstd file as bytes that can be sought in, by reading on or from the start."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._place = file, 0
        self._stream = pa.CompressedInputStream(file, "zstd")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        self._place += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        target = offset + (self._place if whence == io.SEEK_CUR else 0)
        if whence == io.SEEK_END:
            raise io.UnsupportedOperation("a compressed file has no known end")
        if target < self._place:
            self._file.seek(0)
            self._stream, self._place = pa.CompressedInputStream(self._file, "zstd"), 0
        while self._place < target:
            passed = len(self._stream.read(min(2**20, target - self._place)))
            if not passed:
                break
            self._place += passed
        return self._place
