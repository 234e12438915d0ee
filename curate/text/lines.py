r"""Lines of a file as byte ranges that can be read again on their own.

A file is cut at line ends into spans of so many rows; each is found again by its offset, so that
shards of one large file are read independently. Only ``\n`` ends a line (``\r\n`` too, and the
``\r`` is dropped); the other Unicode line breaks are ordinary text. Blank lines are not rows, but
they count in line numbers. Memory stays within one span, whatever the length of a line.
"""

from __future__ import annotations

import contextlib
import hashlib
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from curate.errors import SourceError
from curate.text.compressed import compression, unpacked

SPAN_BYTES = 32 * 2**20
"""A span is closed at this size, whatever its rows, so that one shard always fits in memory."""

_MAGIC = {
    b"\xff\xfe": "is UTF-16; convert it: iconv -f UTF-16 -t UTF-8",
    b"\xfe\xff": "is UTF-16; convert it: iconv -f UTF-16 -t UTF-8",
    b"PAR1": "is a Parquet file; read it with sources.parquet",
    b"PK\x03\x04": "is a zip archive; unpack it first",
    b"\x04\x22\x4d\x18": "is compressed with lz4; unpack it first (gzip, zstd, bzip2, xz are read)",
    b"7z\xbc\xaf\x27\x1c": "is a 7z archive; unpack it first",
    b"RIFF": "is a sound file, not a list of them",
}


class Record(NamedTuple):
    """One row of a line file.

    Attributes:
        line: Number of its first line, from 1.
        start: Offset of its first byte.
        stop: Offset after its last byte, line end excluded.
        raw: Its bytes, or the head of them if it is too long.
        fields: Its fields, where the format tells them apart without knowing their types.
        defect: Why it cannot be used.
    """

    line: int
    start: int
    stop: int
    raw: bytes
    fields: tuple[str, ...] = ()
    defect: str | None = None


class Span(NamedTuple):
    """Consecutive rows of a file: where they lie and what they are."""

    start: int
    stop: int
    line: int
    rows: int
    sha256: str


@contextlib.contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """A text file for reading bytes, decompressed if need be, and past its byte order mark.

    Raises:
        SourceError: It cannot be opened, or is plainly something other than UTF-8 text.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for
            raise SourceError(f"{path} is no file, but a pipe, device or folder")
        with path.open("rb") as raw:
            head = raw.read(6)
            raw.seek(0)
            for magic, problem in _MAGIC.items():
                if head.startswith(magic):
                    raise SourceError(f"{path} {problem}")
            if kind := compression(head):
                with unpacked(raw, kind) as inside:
                    yield inside
            else:
                yield raw
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise SourceError(f"cannot open {path}: {error.strerror}") from error


def skip_mark(file: BinaryIO) -> int:
    """Move past a UTF-8 byte order mark, if any, and return the offset of the first character."""
    if file.read(3) == b"\xef\xbb\xbf":
        return 3
    file.seek(0)
    return 0


def lines(
    file: BinaryIO, most_bytes: int, start: int = 0, line: int = 1, stop: int | None = None
) -> Iterator[Record]:
    r"""Each line that is not blank, without its line end.

    Args:
        file: Open at offset ``start``.
        most_bytes: A longer line gets the defect "line too long" and only its head as ``raw``.
        start: Offset of the first byte.
        line: Number of the first line.
        stop: Read no line that begins at or after this offset.

    Example:
        >>> import io
        >>> [(one.line, one.raw) for one in lines(io.BytesIO(b"a\r\n\nb"), 100)]
        [(1, b'a'), (3, b'b')]
    """
    number, position = line, start
    while (stop is None or position < stop) and (raw := file.readline(most_bytes + 2)):
        begin, content, defect = position, raw.rstrip(b"\r\n"), None
        position += len(raw)
        end = begin + len(content)
        if len(raw) > most_bytes and len(content) > most_bytes:
            content, defect = content[:most_bytes], "line too long"
            while raw and not raw.endswith(b"\n"):
                raw = file.readline(2**20)
                position += len(raw)
            end = position - raw.endswith(b"\n")
        if defect or (content and not content.isspace()):
            yield Record(number, begin, end, content, (), defect)
        number += 1


def spans(records: Iterable[Record], rows: int) -> Iterator[tuple[Span, list[Record]]]:
    """Cut records into spans of ``rows`` rows, the last one shorter, none above 32 MiB.

    Where a span ends depends only on what stands before, so rows added at the end of a file
    change no span but the last.
    """
    held: list[Record] = []
    size = 0
    for record in records:
        held.append(record)
        size += len(record.raw)
        if len(held) == rows or size >= SPAN_BYTES:
            yield _span(held), held
            held, size = [], 0
    if held:
        yield _span(held), held


def _span(records: list[Record]) -> Span:
    """The digest is over the rows' bytes and their line numbers, from which ids are made."""
    first, last = records[0], records[-1]
    digest = hashlib.sha256(b"\n".join([record.raw for record in records]))
    if last.line - first.line == len(records) - 1:
        digest.update(b"\n@%d" % first.line)
    else:
        digest.update(repr([record.line for record in records]).encode())
    return Span(first.start, last.stop, first.line, len(records), digest.hexdigest())
