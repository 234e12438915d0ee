r"""Lines, paragraphs and whole files as records that can be read again by their offset.

Unlike ``lines``, blank lines are records here: in a set of line-aligned files the place of a line
is its meaning. Only ``\n`` ends a line, and a ``\r`` before it is dropped; a byte order mark at the
start of a file is passed over. Both are damage elsewhere, and ``text_of`` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO

from curate.text.lines import Record, skip_mark

TOO_LONG = "text too long"
DAMAGE = (TOO_LONG, "not UTF-8", "NUL byte", "byte order mark inside", "stray carriage return")
SHOWN_CHARACTERS = 500
"""How much of a text that cannot be used stays as evidence."""

Read = Callable[[BinaryIO, int, int, int | None], Iterator[Record]]
"""Records of an open file: from this offset, which has this line number, up to this offset."""


def every_line(
    file: BinaryIO, most_bytes: int, start: int = 0, line: int = 1, stop: int | None = None
) -> Iterator[Record]:
    r"""Each line, blank ones too; ``stop`` of a record lies behind its line end.

    Args:
        file: Open at any offset.
        most_bytes: A longer line gets the defect "text too long" and only its head as ``raw``.
        start: Offset of the first byte; at 0 a byte order mark is passed over.
        line: Number of the first line.
        stop: Read no line that begins at or after this offset.

    Example:
        >>> import io
        >>> [(one.line, one.raw) for one in every_line(io.BytesIO(b"a\r\n\nb"), 100)]
        [(1, b'a'), (2, b''), (3, b'b')]
    """
    file.seek(start)
    position = start or skip_mark(file)
    number = line
    while (stop is None or position < stop) and (raw := file.readline(most_bytes + 2)):
        begin, content, defect = position, raw.removesuffix(b"\n").removesuffix(b"\r"), None
        position += len(raw)
        if len(content) > most_bytes:
            content, defect = content[:most_bytes], TOO_LONG
            while raw and not raw.endswith(b"\n"):
                raw = file.readline(2**20)
                position += len(raw)
        yield Record(number, begin, position, content, (), defect)
        number += 1


def paragraphs(
    file: BinaryIO, most_bytes: int, start: int = 0, line: int = 1, stop: int | None = None
) -> Iterator[Record]:
    r"""Runs of lines between blank ones, joined by ``\n``.

    Example:
        >>> import io
        >>> [(one.line, one.raw) for one in paragraphs(io.BytesIO(b"a\r\nb\n\n\nc"), 100)]
        [(1, b'a\nb'), (5, b'c')]
    """
    yield from grouped(every_line(file, most_bytes, start, line, stop), most_bytes, is_blank)


def grouped(
    found: Iterator[Record], most_bytes: int, separates: Callable[[bytes], bool]
) -> Iterator[Record]:
    """Runs of lines between those that separate, as one record each.

    What is longer than ``most_bytes`` gets the defect "text too long" and only its head as ``raw``.
    """
    held: list[Record] = []
    size, stop = 0, 0
    for one in found:
        if separates(one.raw):
            if held:
                yield join_lines(held, stop, most_bytes)
            held, size = [], 0
            continue
        if size <= most_bytes:
            held.append(one)
        size += len(one.raw) + 1
        stop = one.stop
    if held:
        yield join_lines(held, stop, most_bytes)


def join_lines(held: list[Record], stop: int, most_bytes: int) -> Record:
    """Consecutive lines as one record that ends at ``stop``."""
    raw = b"\n".join([one.raw for one in held])
    defect = next((one.defect for one in held if one.defect), None)
    if len(raw) > most_bytes:
        raw, defect = raw[:most_bytes], TOO_LONG
    return Record(held[0].line, held[0].start, stop, raw, (), defect)


def whole_file(
    file: BinaryIO, most_bytes: int, start: int = 0, line: int = 1, stop: int | None = None
) -> Iterator[Record]:
    r"""The file as one record, ``\r\n`` as ``\n``; the line end after its last line is dropped."""
    del stop  # there is nothing after it
    file.seek(start)
    begin = start or skip_mark(file)
    raw = file.read(most_bytes + 1)
    size, defect = len(raw), None
    if size > most_bytes:
        raw, defect = raw[:most_bytes], TOO_LONG
        while piece := file.read(2**20):
            size += len(piece)
    raw = raw.replace(b"\r\n", b"\n").removesuffix(b"\n")
    yield Record(line, begin, begin + size, raw, (), defect)


def is_blank(raw: bytes) -> bool:
    r"""Whether a line holds white space only, that of Unicode included.

    Example:
        >>> is_blank(b" "), is_blank("\u3000".encode()), is_blank(b"\xff")
        (True, True, False)
    """
    return not raw or raw.isspace() or not raw.decode("utf-8", "replace").strip()


def text_of(record: Record) -> tuple[str, str | None]:
    r"""The text of a record and what is wrong with it; of one that is too long, its head.

    Example:
        >>> text_of(Record(1, 0, 3, b"a\xff"))
        ('a\ufffd', 'not UTF-8')
    """
    if record.defect:
        head = record.raw[: 4 * SHOWN_CHARACTERS].decode("utf-8", "replace")
        return head[:SHOWN_CHARACTERS], record.defect
    try:
        text = record.raw.decode()
    except UnicodeDecodeError:
        return record.raw.decode("utf-8", "replace")[:SHOWN_CHARACTERS], "not UTF-8"
    if "\0" in text:
        return text[:SHOWN_CHARACTERS], "NUL byte"
    if text.startswith("\ufeff"):
        return text[:SHOWN_CHARACTERS], "byte order mark inside"
    if "\r" in text:
        return text[:SHOWN_CHARACTERS], "stray carriage return"
    return text, None
