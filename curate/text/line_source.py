"""Sources made of line files: cutting them into shards, and reading one shard.

Used by ``sources.jsonl``, ``sources.csv`` and the two audio sources. What a shard needs to be read
(offsets, layout, schema, repeated keys) travels with it, so that no reader looks at another shard.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import pyarrow as pa

from curate.errors import SourceError
from curate.text.columns import Repeats
from curate.text.compressed import breaks_off, is_compressed
from curate.text.json_lines import JsonBlock, json_blocks, json_spans, some_rows
from curate.text.json_rows import block_columns, json_schema
from curate.text.lines import Record, Span, opened, spans
from curate.text.manifest import Layout, columns_of, records
from curate.text.shard_rows import (
    UNREADABLE,
    Cut,
    Rows,
    decode_schema,
    encode_schema,
    repeated_rows,
    within,
)

Inspect = Callable[[Any, "Input"], tuple[list[list[str | None]], str]]
"""One or more lists of keys of some rows, and what else their digest must cover."""
CutFile = Callable[[BinaryIO, Layout, int], Iterator[tuple[Span, Any]]]
"""Spans of an open file, of so many rows, with the rows as ``Inspect`` takes them."""


class Input(NamedTuple):
    """One file: where it is, what rows call it, how it is written; no layout if it is damaged."""

    path: Path
    label: str
    layout: Layout | None


class Where(NamedTuple):
    """What reading a shard takes; plain values.

    Attributes:
        file: Path.
        label: The file's name in ids.
        start, stop, line: The span.
        layout: Values of a ``Layout``; none if the file cannot be read.
        schema: Columns of the corpus under their own names, serialised.
        repeated: For each list of keys, the rows, counted from the shard's first, whose key
            occurred before.
    """

    file: str
    label: str
    start: int
    stop: int
    line: int
    layout: tuple[Any, ...]
    schema: str
    repeated: tuple[tuple[int, ...], ...]


def is_damaged(path: Path) -> bool:
    """Whether a compressed file breaks off or is corrupt; costs one pass over it."""
    there = path.stat()
    return is_compressed(path) and _breaks_off(path, there.st_size, there.st_mtime_ns)


@functools.lru_cache(maxsize=256)
def _breaks_off(path: Path, size: int, time_ns: int) -> bool:
    del size, time_ns  # part of the cache's key
    return breaks_off(path)


def shared_schema(inputs: Sequence[Input]) -> pa.Schema:
    """Columns of all the files, in order of first appearance.

    Raises:
        SourceError: Some are CSV, some JSON, and they do not agree.
    """
    layouts = [one.layout for one in inputs if one.layout]
    names = dict.fromkeys(itertools.chain.from_iterable(layout.names for layout in layouts))
    schema = pa.schema([(name, pa.string()) for name in names])
    jsons = [one for one in inputs if one.layout and one.layout.kind == "jsonl"]
    if not jsons:
        return schema
    for field in _json_schema(states_of(jsons)):
        if field.name not in names:
            schema = schema.append(field)
        elif field.type != pa.string():
            clash = f"the column {field.name!r} is text in CSV files and {field.type} in JSON lines"
            raise SourceError(f"{jsons[0].path}: {clash}; use one format")
    return schema


def states_of(inputs: Sequence[Input]) -> tuple[tuple[Input, int, int], ...]:
    """The files that can be read, each with its size and time."""
    there = [(one, one.path.stat()) for one in inputs if one.layout]
    return tuple((one, stat.st_size, stat.st_mtime_ns) for one, stat in there)


@functools.lru_cache(maxsize=8)
def _json_schema(states: tuple[tuple[Input, int, int], ...]) -> pa.Schema:
    """One pass over the files; not again while their sizes and times are the same."""
    try:
        return json_schema(itertools.chain.from_iterable(_blocks(one) for one, _, _ in states))
    except SourceError as error:
        raise SourceError(f"{states[0][0].path}: {error}") from error


def _blocks(one: Input) -> Iterator[JsonBlock]:
    if one.layout:
        with opened(one.path) as file:
            yield from json_blocks_of(file, one.layout)


def record_spans(file: BinaryIO, layout: Layout, rows: int) -> Iterator[tuple[Span, list[Record]]]:
    """A file in spans of records."""
    return spans(records(file, layout, layout.start, layout.line), rows)


def block_spans(
    file: BinaryIO, layout: Layout, rows: int
) -> Iterator[tuple[Span, list[JsonBlock]]]:
    """A file of JSON lines in spans of blocks."""
    held: list[JsonBlock] = []
    for block, span in json_spans(json_blocks_of(file, layout), rows):
        held.append(block)
        if span:
            yield span, held
            held = []


def json_blocks_of(
    file: BinaryIO, layout: Layout, block_bytes: int | None = None
) -> Iterator[JsonBlock]:
    """The rows of an open file of JSON lines."""
    return json_blocks(file, layout.most_bytes, layout.start, layout.line, None, block_bytes)


def cuts(
    inputs: Sequence[Input],
    schema: pa.Schema,
    rows: int,
    inspect: Inspect | None = None,
    repeats: list[Repeats] | None = None,
    cut_file: CutFile = record_spans,
) -> list[Cut]:
    """All shards of the files, in order; a compressed file is one.

    Args:
        inputs: The files.
        schema: From ``shared_schema``.
        rows: Rows in a shard.
        inspect: Gives each row's keys; rows whose key came before are told to the reader.
        repeats: Filled with the keys, one item for each list of them.
        cut_file: Cuts each of them.
    """
    repeats = [] if repeats is None else repeats

    def spans_of_each() -> Iterator[list[tuple[Span, str]]]:
        begin = 0
        for one in inputs:
            some = list(_spans_of(one, cut_file, rows, inspect, repeats, begin))
            begin += sum(span.rows for span, _ in some)
            yield some

    return numbered(inputs, schema, spans_of_each(), repeats)


def numbered(
    inputs: Sequence[Input],
    schema: pa.Schema,
    spans_of_each: Iterable[list[tuple[Span, str]]],
    repeats: Sequence[Repeats],
) -> list[Cut]:
    """The shards that files were cut into; a compressed file is one.

    Args:
        inputs: The files.
        schema: Of all of them.
        spans_of_each: Of each file, and what else their digests must cover.
        repeats: Keys of all rows, one item for each list of them.
    """
    encoded = encode_schema(schema)
    found = []
    for at, (one, some) in enumerate(zip(inputs, spans_of_each, strict=True)):
        stem = re.sub(r"[^A-Za-z0-9_-]+", "_", Path(one.label).name.split(".")[0])[:40]
        layout = tuple(vars(one.layout).values()) if one.layout else ()
        whole = len(some) > 1 and is_compressed(one.path)
        for number, (span, extra) in enumerate([_merged(some)] if whole else some):
            name = f"{at:05d}-{stem}-{number:06d}"
            place = (span.start, span.stop, span.line)
            where = Where(str(one.path), one.label, *place, layout, encoded, ())
            found.append((name, span.rows, span.sha256 + extra, where))
    return list(_tell_repeats(found, repeats))


def _merged(some: Sequence[tuple[Span, str]]) -> tuple[Span, str]:
    """All spans of a file as one."""
    first, last = some[0][0], some[-1][0]
    digest = hashlib.sha256("".join(span.sha256 for span, _ in some).encode()).hexdigest()
    total = sum(span.rows for span, _ in some)
    extra = "".join(extra for _, extra in some)
    return Span(first.start, last.stop, first.line, total, digest), extra


def _spans_of(
    one: Input,
    cut_file: CutFile,
    rows: int,
    inspect: Inspect | None,
    repeats: list[Repeats],
    begin: int,
) -> Iterator[tuple[Span, str]]:
    """Spans of one file with the digest of what ``inspect`` saw; keys go to ``repeats``."""
    if one.layout is None:
        state = one.path.stat()
        yield Span(0, 0, 0, 1, f"{state.st_size}:{state.st_mtime_ns}"), ""
        return
    with opened(one.path) as file:
        for span, held in cut_file(file, one.layout, rows):
            keys, extra = inspect(held, one) if inspect else ([], "")
            for at, some in enumerate(keys):
                if at == len(repeats):
                    repeats.append(Repeats())
                repeats[at].add(some, begin)
            begin += span.rows
            yield span, extra


def _tell_repeats(
    found: Sequence[tuple[str, int, str, Where]], repeats: Sequence[Repeats]
) -> Iterator[Cut]:
    again = repeated_rows(repeats, [rows for _, rows, _, _ in found])
    for (name, rows, state, where), inside in zip(found, again, strict=True):
        where = where._replace(repeated=inside)
        facts = (state, where.label, where.layout[:5], where.schema, where.repeated)
        yield Cut(name, rows, hashlib.sha256(repr(facts).encode()).hexdigest(), tuple(where))


def read_rows(where: Where, batch_rows: int, limit: int | None) -> Iterator[Rows]:
    """The rows of a shard, batch by batch."""
    schema = decode_schema(where.schema)
    if not where.layout:
        nothing = pa.table([pa.nulls(1, field.type) for field in schema], schema=schema)
        yield Rows(nothing, [UNREADABLE], [f"{where.label}:0"], [])
        return
    layout = Layout(*where.layout)
    again = [np.array(one, np.int64) for one in where.repeated]
    with opened(Path(where.file)) as file:
        begin = 0
        for columns, defects, line in _batches(file, layout, where, schema, batch_rows, limit):
            places = [f"{where.label}:{number}" for number in line]
            repeated = [within(one, begin, len(line)) for one in again]
            yield Rows(pa.table(columns, schema=schema), defects, places, repeated)
            begin += len(line)


def _batches(
    file: BinaryIO,
    layout: Layout,
    where: Where,
    schema: pa.Schema,
    batch_rows: int,
    limit: int | None,
) -> Iterator[tuple[list[pa.Array], list[str | None], list[int]]]:
    """Columns, defects and line numbers of some rows at a time."""
    place = where.start, where.line, where.stop
    if layout.kind == "jsonl":
        blocks = json_blocks(file, layout.most_bytes, *place)
        for block in some_rows(blocks, batch_rows, limit):
            yield *block_columns(block, schema), block.line.tolist()
        return
    held = itertools.islice(records(file, layout, *place), limit)
    while batch := list(itertools.islice(held, batch_rows)):
        yield *columns_of(batch, layout, schema), [record.line for record in batch]
