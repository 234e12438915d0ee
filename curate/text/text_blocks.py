"""Text files as rows of text: what ``sources.text_lines`` reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import BinaryIO, Literal, NamedTuple

import pyarrow as pa

from curate.text.block_source import Where, read_blocks
from curate.text.blocks import Read, every_line, is_blank, paragraphs, text_of, whole_file
from curate.text.columns import plan, planned_schema
from curate.text.lines import Record
from curate.text.shard_rows import UNREADABLE, Naming, Rows, finished

MOST_LINE, MOST_FILE = 2**24, 2**26
"""Longest row in bytes: a line of 16 MiB is no line, and a book has a few MiB."""

COLUMNS = pa.schema([("text", pa.string()), ("file", pa.string()), ("line", pa.int64())])


class TextLayout(NamedTuple):
    """The options of the source: what a row is, what becomes of blank ones, and their names."""

    unit: Literal["line", "paragraph", "file"]
    blank: Literal["reject", "keep", "skip"]
    naming: Naming


def reader(layout: TextLayout) -> Read:
    """The function that takes a file apart as the options say."""

    def read(file: BinaryIO, start: int, line: int, stop: int | None) -> Iterator[Record]:
        if layout.unit == "paragraph":
            return paragraphs(file, MOST_LINE, start, line, stop)
        if layout.unit == "file":
            found = whole_file(file, MOST_FILE, start, line, stop)
        else:
            found = every_line(file, MOST_LINE, start, line, stop)
        if layout.blank == "skip":
            return (one for one in found if not is_blank(one.raw))
        return found

    return read


def text_schema(layout: TextLayout, where: object) -> pa.Schema:
    """Id, source, text, file, line and the constants."""
    return planned_schema(plan(COLUMNS.names, {}, layout.naming.constants, where), COLUMNS)


def text_tables(
    where: Where, layout: TextLayout, batch_rows: int, limit: int | None
) -> Iterator[pa.Table]:
    """The batches of a shard, ``defect`` included."""
    default = PurePosixPath(where.label).name.split(".")[0]
    for block in read_blocks(where, reader(layout), batch_rows, limit):
        rows = _rows(block.records, where.label, layout)
        yield finished(rows, layout.naming, default, where.file)


def _rows(records: Sequence[Record], label: str, layout: TextLayout) -> Rows:
    if not records:
        table = pa.table([[None], [label], [0]], schema=COLUMNS)
        return Rows(table, [UNREADABLE], [f"{label}:0"], [])
    texts, defects = [], []
    blank = f"blank {layout.unit}" if layout.blank == "reject" else None
    for record in records:
        text, defect = text_of(record)
        texts.append(text)
        defects.append(defect or (blank if not text.strip() else None))
    numbers = [record.line for record in records]
    columns = [texts, [label] * len(records), numbers]
    arrays = [pa.array(*one) for one in zip(columns, COLUMNS.types, strict=True)]
    table = pa.table(arrays, schema=COLUMNS)
    return Rows(table, defects, [f"{label}:{number}" for number in numbers], [])
