r"""Blocks of JSON lines: whole lines as they stand in the file, not touched one by one.

What a line is, is what ``lines.lines`` says it is: it ends at ``\n``, blank ones are no rows, one
above ``most_bytes`` is cut off and has a defect.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

from curate.text.lines import SPAN_BYTES, Record, Span, lines

BLOCK_BYTES = 4 * 2**20
_SPACES = np.isin(np.arange(256), list(b" \t\r\x0b\x0c"))


class JsonBlock(NamedTuple):
    """Consecutive rows of a file.

    Attributes:
        data: Their bytes, and what stands between them; a line feed behind the last.
        offset: Where ``data`` begins in the file.
        begin, end: Of each row in ``data``, line end excluded, shape (rows,).
        line: Number of each row's line, shape (rows,).
        too_long: The record of the only row, if it is too long to be held.
    """

    data: bytes
    offset: int
    begin: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]
    line: npt.NDArray[np.int64]
    too_long: Record | None = None

    def rows(self, start: int, stop: int | None = None) -> JsonBlock:
        """Some of the rows."""
        some = slice(start, stop)
        return self._replace(begin=self.begin[some], end=self.end[some], line=self.line[some])

    def records(self, at: Sequence[int] | npt.NDArray[np.int64]) -> list[Record]:
        """Those rows on their own."""
        if self.too_long:
            return [self.too_long for _ in at]
        places = zip(*(one[at].tolist() for one in (self.line, self.begin, self.end)), strict=True)
        return [
            Record(line, self.offset + begin, self.offset + end, self.data[begin:end])
            for line, begin, end in places
        ]

    def joined(self) -> bytes | memoryview:
        """The rows with one line feed between them."""
        if self.too_long:
            return self.too_long.raw
        if (self.begin[1:] == self.end[:-1] + 1).all():
            return memoryview(self.data)[self.begin[0] : self.end[-1]]
        places = zip(self.begin.tolist(), self.end.tolist(), strict=True)
        return b"\n".join([self.data[begin:end] for begin, end in places])

    def place(self, row: int) -> tuple[int, int]:
        """Where a row begins and ends in the file."""
        if self.too_long:
            return self.too_long.start, self.too_long.stop
        return self.offset + int(self.begin[row]), self.offset + int(self.end[row])


def json_blocks(
    file: BinaryIO,
    most_bytes: int,
    start: int,
    line: int,
    stop: int | None = None,
    block_bytes: int | None = None,
) -> Iterator[JsonBlock]:
    """The rows of a file from a line on, some megabytes at a time.

    Args:
        file: Open; it need not stand at ``start``.
        most_bytes: A longer line is a block of its own, with a defect.
        start: Offset of the first line.
        line: Its number.
        stop: Where the last row ends.
        block_bytes: Bytes of a block; ``BLOCK_BYTES`` by default.
    """
    size = block_bytes or BLOCK_BYTES
    file.seek(start)
    held, offset, ended = b"", start, False
    while not ended:
        left = size if stop is None else min(size, stop - offset - len(held))
        piece = file.read(left) if left > 0 else b""
        data = held + piece
        ended = not piece or offset + len(data) == stop
        cut = len(data) if ended else data.rfind(b"\n") + 1
        if not cut and len(data) > most_bytes + 2:
            file.seek(offset)
            record = next(lines(file, most_bytes, offset, line), None)
            offset, line, held = file.tell(), line + 1, b""
            if record:
                yield _one(record)
            continue
        held = data[cut:]
        whole = data + b"\n" if ended else data[:cut]
        block, passed = _block(whole, offset, line)
        yield from _without_long(block, most_bytes)
        offset, line = offset + cut, line + passed


def _block(data: bytes, offset: int, line: int) -> tuple[JsonBlock, int]:
    """All rows in some bytes that end with a line feed, and how many lines there are."""
    codes = np.frombuffer(data, np.uint8)
    feeds = np.flatnonzero(codes == ord("\n"))
    begin, end = np.append(0, feeds[:-1] + 1), feeds
    while (returns := (end > begin) & (codes[end - 1] == ord("\r"))).any():
        end = end - returns
    blank = begin == end
    for at in np.flatnonzero(~blank)[_SPACES[codes[begin[~blank]]]].tolist():
        blank[at] = data[begin[at] : end[at]].isspace()
    number = line + np.arange(len(begin))
    full = ~blank
    return JsonBlock(data, offset, begin[full], end[full], number[full]), len(feeds)


def _without_long(block: JsonBlock, most_bytes: int) -> Iterator[JsonBlock]:
    """The block in parts, those rows that are too long apart."""
    start = 0
    for at in np.flatnonzero(block.end - block.begin > most_bytes).tolist():
        if at > start:
            yield block.rows(start, at)
        record = block.records([at])[0]
        yield _one(record._replace(raw=record.raw[:most_bytes], defect="line too long"))
        start = at + 1
    if start < len(block.line):
        yield block.rows(start)


def _one(record: Record) -> JsonBlock:
    begin, end, line = (np.array([one]) for one in (0, len(record.raw), record.line))
    return JsonBlock(record.raw, record.start, begin, end, line, record)


def some_rows(
    blocks: Iterator[JsonBlock], most_rows: int, limit: int | None = None
) -> Iterator[JsonBlock]:
    """The blocks in parts of at most so many rows, up to the limit of them all."""
    left = limit
    for block in blocks:
        if left is not None:
            if left <= 0:
                return
            block = block.rows(0, left)
            left -= len(block.line)
        for start in range(0, len(block.line), most_rows):
            yield block.rows(start, start + most_rows)


def json_spans(blocks: Iterable[JsonBlock], rows: int) -> Iterator[tuple[JsonBlock, Span | None]]:
    """Cut blocks into spans as ``lines.spans`` cuts records: by rows, or at 32 MiB.

    Gives the blocks in parts, each as the next one comes, and with the last part of a span the
    span: none is held for longer.
    """
    so_far, last = _Span(), None
    for block in blocks:
        while len(block.line):
            if last:
                yield last, None
            sizes = so_far.size + np.cumsum(block.end - block.begin)
            most = int(np.searchsorted(sizes, SPAN_BYTES)) + 1
            last = block.rows(0, min(rows - so_far.rows, most))
            block = block.rows(len(last.line))
            so_far.add(last)
            if so_far.rows == rows or so_far.size >= SPAN_BYTES:
                yield last, so_far.ended()
                so_far, last = _Span(), None
    if last:
        yield last, so_far.ended()


class _Span:
    """A span that is not at its end yet."""

    def __init__(self) -> None:
        self.rows, self.size = 0, 0
        self._digest: Any = hashlib.sha256()
        self._lines: list[npt.NDArray[np.int64]] = []
        self._start, self._stop = 0, 0

    def add(self, block: JsonBlock) -> None:
        """Take in rows that follow."""
        if self.rows:
            self._digest.update(b"\n")
        else:
            self._start = block.place(0)[0]
        self._digest.update(block.joined())
        self._stop = block.place(-1)[1]
        self._lines.append(block.line)
        self.rows += len(block.line)
        self.size += int((block.end - block.begin).sum())

    def ended(self) -> Span:
        """The span, now that nothing follows."""
        line = np.concatenate(self._lines)
        first, last = int(line[0]), int(line[-1])
        if last - first == self.rows - 1:
            self._digest.update(b"\n@%d" % first)
        else:
            self._digest.update(repr(line.tolist()).encode())
        return Span(self._start, self._stop, first, self.rows, self._digest.hexdigest())
