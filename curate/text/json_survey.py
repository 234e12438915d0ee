"""Files of JSON lines in one pass: their columns, their shards, and the ids that occur twice.

Which rows a column's type turns away is known at the end only. While every row is flat and every
cell is of a kind that its column has in the end, none is, and one pass is enough; else the ids are
read once more, by the types that were found. Threads share the files: reading, hashing and the
kernels let each other run.
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from curate.errors import SourceError
from curate.text.columns import Repeats, key_hashes, plan
from curate.text.json_lines import JsonBlock, json_spans
from curate.text.json_rows import (
    Parsed,
    block_columns,
    flat_kinds,
    join_block,
    joined_kinds,
    settled,
)
from curate.text.line_source import Input, block_spans, cuts, json_blocks_of, numbered, states_of
from curate.text.lines import Span, opened
from curate.text.manifest import usable_texts
from curate.text.shard_rows import Cut, Naming

if TYPE_CHECKING:
    from curate.text.json_cells import Cells

State = tuple[Input, int, int]
"""A file, its size and its time."""

BLOCK_BYTES = 2 * 2**20
"""Less than a reader takes at a time, since several threads hold a block."""
_NARROWER = {pa.float64(): [pa.int64()]}
PART_BYTES = 16 * 2**20
"""Least that a thread takes: 0.1 s of work."""


class Survey(NamedTuple):
    """What one pass found.

    Attributes:
        schema: Columns of all files under their own names.
        spans: Of each file.
        repeats: The ids; none if they must be read again.
    """

    schema: pa.Schema
    spans: list[list[Span]]
    repeats: Repeats | None


def json_schema_of(inputs: Sequence[Input], naming: Naming, rows: int) -> pa.Schema:
    """Columns of all the files, in order of first appearance.

    Raises:
        SourceError: Over 1000 different keys in one object.
    """
    return _survey(states_of(inputs), _likely_key(naming), rows).schema


def json_cuts(inputs: Sequence[Input], naming: Naming, rows: int) -> list[Cut]:
    """All shards of the files."""
    likely = _likely_key(naming)
    found = _survey(states_of(inputs), likely, rows)
    schema = found.schema
    pairs = plan(schema.names, naming.columns, naming.constants, inputs[0].path).pairs
    key = dict(pairs).get("id")
    readable = all(one.layout for one in inputs)
    if readable and (key is None or (key == likely and found.repeats)):
        repeats = [found.repeats] if key and found.repeats else []
        return numbered(
            inputs, schema, [[(span, "") for span in one] for one in found.spans], repeats
        )
    if key is None:
        return cuts(inputs, schema, rows, cut_file=block_spans)

    def inspect(held: Sequence[Any], _: Input) -> tuple[list[list[str | None]], str]:
        some = (block_columns(block, schema, key) for block in held)
        return [[text for (column,), bad in some for text in usable_texts(column, bad)]], ""

    return cuts(inputs, schema, rows, inspect, cut_file=block_spans)


def _likely_key(naming: Naming) -> str:
    return naming.columns.get("id", "id")


@functools.lru_cache(maxsize=4)
def _survey(states: tuple[State, ...], key: str, rows: int) -> Survey:
    """One pass over the files; not again while their sizes and times are the same."""
    parts = list(_parts(states))
    found = _in_threads(parts, key, rows) if len(parts) > 1 else []
    try:
        kinds = _all_kinds(found)
    except SourceError as error:
        raise SourceError(f"{states[0][0].path}: {error}") from error
    if kinds is None:  # types that clash: which one a column has depends on all rows before
        found = [_Part(states, key, rows)]
        kinds = found[0].kinds
    schema = settled(kinds)
    spans = [some for part in found for some in part.spans]
    if not all(part.fits(schema) for part in found):
        return Survey(schema, spans, None)
    repeats, begin = Repeats(), 0
    for part in found:
        for hashes in part.hashes:
            repeats.add_hashes(hashes, begin)
            begin += len(hashes) // 8
        part.hashes.clear()
    return Survey(schema, spans, repeats)


def _parts(states: Sequence[State]) -> Iterator[list[State]]:
    """Consecutive files, in a few parts for each thread."""
    most = max(PART_BYTES, sum(size for _, size, _ in states) // (4 * _threads()))
    part: list[State] = []
    held = 0
    for state in states:
        if held >= most:
            yield part
            part, held = [], 0
        part.append(state)
        held += state[1]
    if part:
        yield part


def _threads() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _in_threads(parts: Sequence[Sequence[State]], key: str, rows: int) -> list[_Part]:
    """A part a thread; the first error in the order of the files ends them all."""
    stop = threading.Event()
    with ThreadPoolExecutor(_threads()) as pool:
        try:
            return list(pool.map(lambda part: _Part(part, key, rows, stop), parts))
        finally:  # Ctrl-C, too
            stop.set()


def _all_kinds(found: Sequence[_Part]) -> dict[str, pa.DataType] | None:
    """Kinds of the columns of all parts; None if two do not go together."""
    if not found:
        return None
    kinds: dict[str, pa.DataType] = {}
    for part in found:
        joined = joined_kinds(kinds, part.kinds)
        if joined is None:
            return None
        kinds = joined
    return kinds


class _Part:
    """Some files, read once.

    Attributes:
        kinds: Of their columns.
        spans: Of each file.
        hashes: Of the ids of all rows, as long as there is no doubt which rows can be used.
    """

    def __init__(
        self, states: Sequence[State], key: str, rows: int, stop: threading.Event | None = None
    ) -> None:
        self.kinds: dict[str, pa.DataType] = {}
        self.spans: list[list[Span]] = []
        self.hashes: list[bytes] = []
        self._key, self._certain = key, True
        self._seen: dict[str, set[pa.DataType]] = {}
        for one, _, _ in states:
            try:
                self.spans.append(list(self._spans(one, rows, stop)))
            except SourceError as error:
                raise SourceError(f"{one.path}: {error}") from error

    def _spans(self, one: Input, rows: int, stop: threading.Event | None) -> Iterator[Span]:
        assert one.layout is not None
        with opened(one.path) as file:
            for block, span in json_spans(json_blocks_of(file, one.layout, BLOCK_BYTES), rows):
                found = join_block(self.kinds, block)
                if self._certain:
                    self._add(block, found)
                if span:
                    yield span
                if stop and stop.is_set():
                    return

    def _add(self, block: JsonBlock, found: Cells | list[Parsed]) -> None:
        """Take in the ids of a block."""
        if isinstance(found, list):
            kinds = flat_kinds(found)
            values = [row.get(self._key) for row, _ in found]
            ids = [value if isinstance(value, str) else None for value in values]
        elif not found.flat.all():
            kinds = None
        else:
            from curate.text.json_cells import column_of, kinds_of

            kinds = kinds_of(found)
            at = found.names.index(self._key) if self._key in found.names else None
            keys = None if at is None else column_of(block, pa.string(), found, at)
            ids = [None] * len(block.line) if keys is None else keys.to_pylist()
        if kinds is None:
            self._certain = False
            self.hashes.clear()
            return
        for name, some in kinds.items():
            self._seen.setdefault(name, set()).update(some)
        self.hashes.append(key_hashes(ids))

    def fits(self, schema: pa.Schema) -> bool:
        """Whether no row has a value that does not fit these columns, and ids are text."""
        if self._key in schema.names and schema.field(self._key).type != pa.string():
            return False
        for field in schema:
            fitting = {pa.null(), field.type, *_NARROWER.get(field.type, ())}
            if not self._seen.get(field.name, set()) <= fitting:
                return False
        return self._certain
