"""Parquet files as shards of whole row groups, and their rows in plain types.

A shard holds consecutive row groups up to so many rows, so that each column chunk is fetched and
decoded once. One large group is parted among a few shards where that is cheap: each decodes what
lies before its rows. Files are opened by the caller: local, or over a network.
"""

from __future__ import annotations

import hashlib
import itertools
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from curate.arrow import AUDIO
from curate.errors import SourceError
from curate.text.columns import Repeats, strings
from curate.text.parquet_footer import DAMAGE, ParquetInput, is_decoders
from curate.text.shard_rows import (
    UNREADABLE,
    Cut,
    Rows,
    decode_schema,
    encode_schema,
    repeated_rows,
    within,
)
from curate.text.utf8 import NOT_UTF8, broken_rows, mended, readable

MOST_UNREADABLE = 2**20
"""Rows of a row group that are set aside one by one if it cannot be decoded; a footer of a hundred
bytes may claim 2^60 of them."""
KEY_ROWS = 2**12  # ids read at once; a few bytes may mean that each has 10 MB
MOST_IDS = 250_000_000
_ROWS_AT_ONCE = 64  # as fast as 4,096: 1.0 and 0.9 microseconds for a row of a kilobyte
_MOST_BATCH = 1 << 28  # bytes


class Piece(NamedTuple):
    """What reading a shard takes; plain values.

    Attributes:
        path, label, facts: The file.
        first, stop: Its row groups.
        begin: Rows of the file before them.
        schema: Columns of the corpus, serialised; no row groups if the file cannot be read.
        repeated: Rows whose id occurred before, counted from the shard's first.
        skip, take: Of one large row group these rows; none stands for all of the groups'.
    """

    path: str
    label: str
    facts: tuple[tuple[str, str], ...]
    first: int
    stop: int
    begin: int
    schema: str
    repeated: tuple[tuple[int, ...], ...]
    skip: int = 0
    take: int = 0


def cut_files(
    inputs: Sequence[ParquetInput],
    schema: pa.Schema,
    rows: int,
    key: str | None,
    keys_of: Callable[[ParquetInput, str], Iterator[list[str | None]]],
    parts: int = 1,
) -> list[Cut]:
    """All shards of the files, in order.

    Args:
        inputs: The files.
        schema: From ``shared_schema``.
        rows: A shard is closed before it grows above this, but holds at least one row group.
        key: Column with the rows' own ids, if any.
        keys_of: Reads that column of a file, batch by batch.
        parts: A large row group becomes at most so many shards; each decodes those before it.

    Raises:
        SourceError: There are more rows with ids of their own than can be compared.
    """
    encoded, repeats, found = encode_schema(schema), Repeats(), []
    begin = 0
    _refuse_many_ids(inputs, key)
    for at, one in enumerate(inputs):
        stem = re.sub(r"[^A-Za-z0-9_-]+", "_", one.label.rpartition("/")[2])[:40]
        if one.groups is None:
            piece = Piece(one.path, one.label, one.facts, 0, 0, 0, encoded, ())
            found.append((f"{at:05d}-{stem}-000000", 1, one.state, piece))
            begin += 1
            continue
        if key and key in one.schema.names:
            try:
                row = begin
                for keys in keys_of(one, key):
                    repeats.add(keys, row)
                    row += len(keys)
            except SourceError as error:
                raise SourceError(f"{one.path}: {error}") from error
        packed = (part for pack in _pack(one.groups, rows) for part in _parts(pack, rows, parts))
        for number, (first, stop, before, skip, count, whole) in enumerate(packed):
            take = 0 if whole else count
            place = (first, stop, before + skip, encoded, (), skip, take)
            piece = Piece(one.path, one.label, one.facts, *place)
            found.append((f"{at:05d}-{stem}-{number:06d}", count, one.state, piece))
        begin += sum(one.groups)
    again = repeated_rows([repeats] if key else [], [count for _, count, _, _ in found])
    cuts = []
    for (name, count, state, piece), inside in zip(found, again, strict=True):
        piece = piece._replace(repeated=inside)
        facts = piece[1:] if piece.take else piece[1:-2]
        digest = hashlib.sha256(repr((state, facts)).encode()).hexdigest()
        cuts.append(Cut(name, count, digest, tuple(piece)))
    return cuts


def _pack(groups: Sequence[int], rows: int) -> Iterator[tuple[int, int, int, int]]:
    """(first group, last group + 1, rows before, rows) of each shard."""
    first, before, held = 0, 0, 0
    for at, count in enumerate(groups):
        if held and held + count > rows:
            yield first, at, before, held
            first, before, held = at, before + held, 0
        held += count
    if held:
        yield first, len(groups), before, held


def _parts(
    pack: tuple[int, int, int, int], rows: int, most: int
) -> Iterator[tuple[int, int, int, int, int, bool]]:
    """(first group, last + 1, rows before, rows skipped, rows, whether that is all) of each."""
    first, stop, before, held = pack
    count = max(1, min(most, held // (2 * rows))) if stop - first == 1 else 1
    edges = [held * part // count for part in range(count + 1)]
    for begin, end in itertools.pairwise(edges):
        yield first, stop, before, begin, end - begin, count == 1


def _refuse_many_ids(inputs: Sequence[ParquetInput], key: str | None) -> None:
    """Few bytes may claim billions of rows; each id takes 16 bytes and half a microsecond."""
    held = [one for one in inputs if one.groups and key and key in one.schema.names]
    rows = sum(sum(one.groups or ()) for one in held)
    if rows > MOST_IDS:
        way_out = f"call the column something else: --set 'source.columns={{own_id: {key}}}'"
        claim = f"{rows:,} rows have ids of their own, and {MOST_IDS:,} can be compared"
        raise SourceError(f"{held[0].path}: {claim}; {way_out}")


def read_keys(file: Any, column: str) -> Iterator[list[str | None]]:
    """One column of a file as text, batch by batch; null where a value is no UTF-8 or damaged."""
    reader = pq.ParquetFile(file)
    for group in range(reader.num_row_groups):
        left = reader.metadata.row_group(group).num_rows
        try:
            for batch in reader.iter_batches(
                KEY_ROWS, row_groups=[group], columns=[column], use_threads=False
            ):
                found = strings(pa.chunked_array([batch.column(0)])).slice(0, left)
                left -= len(found)
                bad = broken_rows(found)
                texts = readable(found).to_pylist()
                yield [None if one else text for one, text in zip(bad, texts, strict=True)]
        except DAMAGE as error:
            if not is_decoders(error):
                raise
        yield [None] * _few(left, f"row group {group}")


def _step(most_rows: int) -> int:
    """Rows to decode at once; steps of one length make up ``most_rows``.

    A dictionary lets a kilobyte stand for any number of values of 10 MB. How long they are is not
    asked before: pyarrow ends the process over damaged metadata of columns.
    """
    return math.ceil(most_rows / math.ceil(most_rows / _ROWS_AT_ONCE))


def _few(rows: int, where: str) -> int:
    """So many rows to be set aside, if they are not too many."""
    if rows <= MOST_UNREADABLE:
        return rows
    raise SourceError(f"{where} cannot be decoded and claims {rows} rows more; get the file again")


def read_piece(
    file: Any, piece: Piece, batch_rows: int, limit: int | None, is_local: bool
) -> Iterator[Rows]:
    """The rows of a shard, batch by batch.

    Args:
        file: The open file; not used if it cannot be read.
        piece: From the shard.
        batch_rows: Rows in a batch.
        limit: Read no more rows than this.
        is_local: Whether small reads are cheap; else each row group is fetched at once.

    Raises:
        SourceError: A row group with millions of rows cannot be decoded.
    """
    schema = decode_schema(piece.schema)
    if piece.first == piece.stop:
        nothing = pa.table([pa.nulls(1, field.type) for field in schema], schema=schema)
        yield Rows(nothing, [UNREADABLE], [f"{piece.label}@:0"], [])
        return
    reader = pq.ParquetFile(file, pre_buffer=not is_local)
    done = 0
    facts = dict(piece.facts)
    for table, defect in _window(_batches(reader, piece, schema, batch_rows), piece):
        if limit is not None:
            table = table.slice(0, limit - done)
        if table.num_rows == 0:
            return
        rows, at = table.num_rows, piece.begin + done
        there = dict(zip(table.column_names, table.columns, strict=True))  # by name it walks all
        columns = [_column(there.get(field.name), field, facts, rows) for field in schema]
        if not is_local:
            columns = [_embedded(column) for column in columns]
        places = [f"{piece.label}:{at + row}" for row in range(rows)]
        repeated = [_within(one, done, rows) for one in piece.repeated]
        found, changed = mended(pa.table(columns, schema=schema))
        defects = [defect or (NOT_UTF8 if one else None) for one in changed]
        yield Rows(found, defects, places, repeated)
        done += rows


def _within(rows: Sequence[int], begin: int, count: int) -> list[int]:
    """The rows in ``[begin, begin + count)``, counted from ``begin``."""
    return within(np.array(rows, np.int64), begin, count)


def _window(
    batches: Iterator[tuple[pa.Table, str | None]], piece: Piece
) -> Iterator[tuple[pa.Table, str | None]]:
    """Those rows that are the piece's."""
    if not piece.take:
        yield from batches
        return
    skip, left = piece.skip, piece.take
    for table, defect in batches:
        mine = table.slice(skip, left)
        skip, left = max(0, skip - table.num_rows), left - mine.num_rows
        if mine.num_rows:
            yield mine, defect
        if not left:
            return


def _batches(
    reader: pq.ParquetFile, piece: Piece, schema: pa.Schema, batch_rows: int
) -> Iterator[tuple[pa.Table, str | None]]:
    there = set(reader.schema_arrow.names)
    wanted = [name for name in schema.names if name in there]
    for group in range(piece.first, piece.stop):
        left = reader.metadata.row_group(group).num_rows
        step = _step(batch_rows)
        held: list[pa.RecordBatch] = []
        room, size = batch_rows, 0
        try:
            for batch in reader.iter_batches(
                step, row_groups=[group], columns=wanted, use_threads=False
            ):
                for column in batch.columns:
                    if "dictionary" in str(column.type):  # Arrow reads codes beyond it all the same
                        column.validate(full=True)
                if found := _dense(batch.slice(0, left)):
                    left -= found.num_rows
                    held.append(found)
                    room, size = room - found.num_rows, size + found.nbytes
                    if room < step or size > _MOST_BATCH:
                        yield pa.Table.from_batches(held).combine_chunks(), None
                        held, room, size = [], batch_rows, 0
        except DAMAGE as error:
            if not is_decoders(error):
                raise
        if held:
            yield pa.Table.from_batches(held).combine_chunks(), None
        left = _few(left, f"{piece.path}: row group {group}")
        while left:  # fewer than it claims
            rows = min(left, batch_rows)
            left -= rows
            yield pa.table({"": pa.nulls(rows)}), UNREADABLE


def _dense(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Values in the place of codes, so that bytes can be counted."""
    coded = [pa.types.is_dictionary(one.type) for one in batch.columns]
    if not any(coded):  # without any column a batch made anew would have lost its rows
        return batch
    columns = [
        one.dictionary_decode() if is_coded else one
        for one, is_coded in zip(batch.columns, coded, strict=True)
    ]
    return pa.record_batch(columns, names=batch.schema.names)


def _column(
    column: pa.ChunkedArray | None, field: pa.Field, facts: Mapping[str, str], rows: int
) -> pa.ChunkedArray:
    if column is None:
        if field.name in facts:
            return pa.array([facts[field.name]] * rows, pa.string())
        return pa.nulls(rows, field.type)
    if column.type == field.type:
        return column
    if isinstance(column.type, pa.BaseExtensionType):
        column = pa.chunked_array(
            [chunk.storage for chunk in column.chunks], column.type.storage_type
        )
    if pa.types.is_struct(field.type) and pa.types.is_struct(column.type):
        return _struct(column.combine_chunks(), field.type)
    try:
        return column.cast(field.type)
    except pa.ArrowInvalid as error:  # whole numbers above 2^53 beside fractions of another file
        way_out = "read the files as two sources"
        raise SourceError(f"the column {field.name!r}: {error}; {way_out}") from None


def _embedded(column: pa.Array) -> pa.Array:
    """Clips with their bytes; a bare path from elsewhere must not name a file of this machine."""
    if column.type != AUDIO:
        return column
    cells = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    held = pc.struct_field(cells, "bytes")
    children = [held, pc.struct_field(cells, "path")]
    return pa.StructArray.from_arrays(children, fields=list(AUDIO), mask=held.is_null())


def _struct(column: pa.StructArray, kind: pa.StructType) -> pa.StructArray:
    """A struct with its children by name, since a cast goes by position."""
    if isinstance(column, pa.ChunkedArray):
        column = column.chunk(0) if column.num_chunks else pa.nulls(0, column.type)
    names = [field.name for field in column.type]
    children = [
        column.field(names.index(child.name)).cast(child.type)
        if child.name in names
        else pa.nulls(len(column), child.type)
        for child in kind
    ]
    return pa.StructArray.from_arrays(children, fields=list(kind), mask=column.is_null())
