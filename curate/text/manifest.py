"""Manifests and other line files as Arrow columns: ``a|b|c`` lists, CSV, TSV, JSON lines.

What one record means is decided here and nowhere else, both when rows are counted and when they
are read. A record that cannot be used keeps its place and gets a defect:

- "line too long", "not UTF-8", "NUL byte in line" in any format;
- "line has no |", "too few | in line", "too many | in line" in lists;
- "wrong number of fields", "unclosed quote", "not CSV" in CSV and TSV;
- "not JSON", "not an object", "nested too deeply", "wrong type" in JSON lines.

CSV follows Python's ``csv`` module, quoted line breaks included. JSON is not read by pyarrow: with
it a line ``null`` ends the process (26.0: segmentation fault), and strings that look like dates
become timestamps.
"""

from __future__ import annotations

import csv
import dataclasses as dc
import itertools
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Literal

import pyarrow as pa

from curate.errors import SourceError
from curate.text.columns import refuse_many, strings
from curate.text.json_rows import json_columns
from curate.text.lines import Record, lines, opened, skip_mark

Kind = Literal["list", "csv", "jsonl"]
MOST_QUOTED_LINES = 100
"""A longer record that does not fit the header is taken for a quote that was never closed."""

csv.field_size_limit(2**30)  # the limit on a record is ours; the module's 128 KiB is per process


@dc.dataclass(frozen=True)
class Layout:
    """How the rows of one file are written.

    Attributes:
        kind: ``list`` (separator, no quotes, no header), ``csv`` (also TSV) or ``jsonl``.
        names: Columns, in order; none for JSON lines.
        separator: Between fields.
        quote: Round fields that hold separators or line breaks; none if empty.
        most_bytes: Longest record.
        start: Offset of the first row.
        line: Line number there.
    """

    kind: Kind
    names: tuple[str, ...] = ()
    separator: str = ""
    quote: str = ""
    most_bytes: int = 2**20
    start: int = 0
    line: int = 1


def layout_of(
    path: Path,
    kind: Kind,
    names: Sequence[str] = (),
    separator: str = "",
    quote: str = "",
    most_bytes: int = 2**20,
) -> Layout:
    """How a file is written, its header read if it has one.

    Raises:
        SourceError: The file cannot be opened, or its header cannot be used.
    """
    plain = Layout(kind, tuple(names), separator, quote, most_bytes)
    with opened(path) as file:
        start = skip_mark(file)
        plain = dc.replace(plain, start=start)
        if kind != "csv":
            return plain
        header = next(_csv_records(file, plain, start, 1, None), None)
        if header is None:
            raise SourceError(f"{path} is empty; a CSV or TSV file begins with its column names")
        if header.defect:
            raise SourceError(f"{path}:{header.line}: the line of column names: {header.defect}")
        found = [name.strip() or f"column_{at}" for at, name in enumerate(header.fields, 1)]
        refuse_many(found, path)
        if twice := {name for name in found if found.count(name) > 1}:
            where = f"{path}:{header.line}"
            way_out = "the first line must be the column names, each another"
            raise SourceError(f"{where}: two columns are called {min(twice)!r}; {way_out}")
        body = header.stop
        file.seek(body)
        ending = file.read(2)
        after = 2 if ending == b"\r\n" else len(ending[:1])
        line = header.line + 1 + header.raw.count(b"\n")
    return dc.replace(plain, names=tuple(found), start=body + after, line=line)


def records(
    file: BinaryIO, layout: Layout, start: int, line: int, stop: int | None = None
) -> Iterator[Record]:
    """The rows of an open file from an offset on; see ``lines`` for the arguments."""
    file.seek(start)
    if layout.kind == "csv":
        return _csv_records(file, layout, start, line, stop)
    found = lines(file, layout.most_bytes, start, line, stop)
    if layout.kind == "jsonl":
        return found
    return (_list_record(record, layout) for record in found)


def columns_of(
    rows: Sequence[Record], layout: Layout, schema: pa.Schema
) -> tuple[list[pa.Array], list[str | None]]:
    """Records of a list or of CSV as columns of this schema, one the file has not being null.

    Their defects come with them.
    """
    padded = itertools.zip_longest(layout.names, *[record.fields for record in rows])
    values = {name: column for name, *column in padded if name is not None}
    empty = [None] * len(rows)
    columns = [pa.array(values.get(field.name, empty), field.type) for field in schema]
    return columns, [record.defect for record in rows]


def texts_of(
    rows: Sequence[Record], layout: Layout, schema: pa.Schema, name: str
) -> list[str | None]:
    """One column as text, quickly; none for rows that cannot be used."""
    if layout.kind != "jsonl" and name in layout.names:
        at = layout.names.index(name)
        return [None if record.defect else record.fields[at] for record in rows]
    if layout.kind == "jsonl":
        (column,), defects = json_columns(rows, schema, name)
    else:
        columns, defects = columns_of(rows, layout, schema)
        column = columns[schema.get_field_index(name)]
    return usable_texts(column, defects)


def usable_texts(column: pa.Array, defects: Sequence[str | None]) -> list[str | None]:
    """A column as text; none for rows with a defect."""
    texts = strings(column).to_pylist()
    return [None if bad else text for text, bad in zip(texts, defects, strict=True)]


def _text(raw: bytes) -> tuple[str, str | None]:
    """The text of a line, and what is wrong with it."""
    try:
        text, defect = raw.decode(), None
    except UnicodeDecodeError:
        text, defect = raw.decode("utf-8", "replace"), "not UTF-8"
    if defect is None and "\0" in text:
        defect = "NUL byte in line"
    return text, defect


def _list_record(record: Record, layout: Layout) -> Record:
    """A line that cannot be told apart stands whole in the last column, as evidence."""
    line, start, stop, raw, _, defect = record
    text, damage = _text(raw)
    defect = defect or damage
    fields = text.split(layout.separator)
    wrong = len(fields) - len(layout.names)
    if not defect and not wrong:
        return Record(line, start, stop, raw, tuple(fields))
    if not defect:
        mark = layout.separator
        few = f"line has no {mark}" if len(fields) == 1 else f"too few {mark} in line"
        defect = few if wrong < 0 else f"too many {mark} in line"
    evidence = ("",) * (len(layout.names) - 1) + (text[:500],)
    return Record(line, start, stop, raw, evidence, defect)


def _csv_records(
    file: BinaryIO, layout: Layout, start: int, line: int, stop: int | None
) -> Iterator[Record]:
    """Rows by Python's csv reader, fed line by line so that the place of each is known."""
    feed = _Feed(file, layout.most_bytes, start, line, stop)
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if layout.quote else csv.QUOTE_NONE
    width = len(layout.names)
    while True:
        reader = csv.reader(
            feed, delimiter=layout.separator, quotechar=layout.quote or None, quoting=quoting
        )
        for record in _read(reader, feed, width):
            if record is None:  # begin again after the line with the stray quote
                break
            yield record
        else:
            return


def _read(reader: Iterator[list[str]], feed: _Feed, width: int) -> Iterator[Record | None]:
    while True:
        feed.begin()
        try:
            fields, defect = tuple(next(reader)), None
        except StopIteration:
            return
        except csv.Error:
            fields, defect = (), "not CSV"
        if not fields and not defect:
            continue
        ragged = width > 0 and len(fields) != width
        if feed.broken or (ragged and len(feed.taken) > MOST_QUOTED_LINES):
            yield feed.first_only("unclosed quote")
            yield None
            return
        defect = feed.defect or defect or ("wrong number of fields" if ragged else None)
        yield feed.record(fields[:width] if width else fields, defect)


class _Feed:
    """Lines for a csv reader, remembering which of them the current record has taken."""

    def __init__(
        self, file: BinaryIO, most_bytes: int, start: int, line: int, stop: int | None
    ) -> None:
        self._file, self._most, self._stop = file, most_bytes, stop
        self._position, self._line = start, line
        self._again: deque[tuple[int, int, bytes]] = deque()
        self.begin()

    def begin(self) -> None:
        """A new record begins."""
        self.taken: list[tuple[int, int, bytes]] = []
        self.defect: str | None = None
        self.broken = False
        self._size = 0

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        if self._size > self._most:  # the reader wants still more: end its record here
            self.broken = True
            raise StopIteration
        if self._again:
            line, start, raw = self._again.popleft()
        else:
            line, start = self._line, self._position
            beyond = self._stop is not None and start >= self._stop
            raw = b"" if beyond else self._file.readline(self._most + 2)
            if not raw:
                self.broken = bool(self.taken)
                raise StopIteration
            self._line += 1
            self._position += len(raw)
            if len(raw.rstrip(b"\r\n")) > self._most:
                self._skip_rest(raw)
        self.taken.append((line, start, raw))
        self._size += len(raw)
        if len(raw.rstrip(b"\r\n")) > self._most:
            self.defect = self.defect or "line too long"
            return "line too long\n"
        text, defect = _text(raw)
        self.defect = self.defect or defect
        return text

    def _skip_rest(self, raw: bytes) -> None:
        while raw and not raw.endswith(b"\n"):
            raw = self._file.readline(2**20)
            self._position += len(raw)

    def record(self, fields: tuple[str, ...], defect: str | None) -> Record:
        """The record made of the lines taken."""
        line, start, _ = self.taken[0]
        raw = b"".join(piece for _, _, piece in self.taken)
        content = raw.rstrip(b"\r\n")
        return Record(line, start, start + len(content), content, fields, defect)

    def first_only(self, defect: str) -> Record:
        """The first line taken as a record of its own; the others are read again."""
        self._again.extendleft(reversed(self.taken[1:]))
        self.taken = self.taken[:1]
        return self.record((), self.defect or defect)
