"""Files of JSON lines in one pass: their columns, their shards, and the ids that occur twice.

Which rows a column's type turns away is known at the end only. While every row is flat and every
cell is of a kind that its column has in the end, none is, and one pass is enough; else the ids are
read once more, by the types that were found.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from curate.errors import SourceError
from curate.text.columns import Repeats, plan
from curate.text.json_lines import JsonBlock
from curate.text.json_rows import block_columns, join_block, settled
from curate.text.line_source import Input, block_spans, cuts, numbered, states_of
from curate.text.lines import Span, opened
from curate.text.manifest import usable_texts
from curate.text.shard_rows import Cut, Naming

if TYPE_CHECKING:
    from curate.text.json_cells import Cells


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
def _survey(states: tuple[tuple[Input, int, int], ...], key: str, rows: int) -> Survey:
    """One pass over the files; not again while their sizes and times are the same."""
    kinds: dict[str, pa.DataType] = {}
    ids = _Ids(key)
    spans = []
    try:
        for one, _, _ in states:
            some = []
            for span, blocks in _spans(one, rows):
                some.append(span)
                for block in blocks:
                    ids.add(block, join_block(kinds, block))
            spans.append(some)
    except SourceError as error:
        raise SourceError(f"{states[0][0].path}: {error}") from error
    schema = settled(kinds)
    return Survey(schema, spans, ids.repeats if ids.fit(schema) else None)


def _spans(one: Input, rows: int) -> Iterator[tuple[Span, list[JsonBlock]]]:
    assert one.layout is not None
    with opened(one.path) as file:
        yield from block_spans(file, one.layout, rows)


class _Ids:
    """The ids of all rows, as long as there is no doubt which rows can be used."""

    def __init__(self, key: str) -> None:
        self.repeats = Repeats()
        self._key, self._rows, self._certain = key, 0, True
        self._seen: dict[str, set[int]] = {}

    def add(self, block: JsonBlock, cells: Cells | None) -> None:
        """Take in the rows of a block."""
        if cells is None or not cells.flat.all():
            self._certain = False
        if cells is None or not self._certain:
            return
        from curate.text.json_cells import column_of

        texts: list[str | None] = [None] * len(block.line)
        for at, name in enumerate(cells.names):
            counts = np.bincount(cells.kind[:, at], minlength=8)
            self._seen.setdefault(name, set()).update(np.flatnonzero(counts).tolist())
            if name == self._key:
                texts = column_of(block, pa.string(), cells, at).to_pylist()
        self.repeats.add(texts, self._rows)
        self._rows += len(block.line)

    def fit(self, schema: pa.Schema) -> bool:
        """Whether no row has a value that does not fit these columns, and ids are text."""
        if not self._certain:
            return False
        from curate.text.json_cells import fitting

        if self._key in schema.names and schema.field(self._key).type != pa.string():
            return False
        return all(
            self._seen.get(field.name, set()) <= set(fitting(field.type)) for field in schema
        )
