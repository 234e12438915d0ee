"""What a shard is, and its rows as the source gives them: small pieces together, or a fraction.

A source says how its input can be cut; a task takes one piece, or, of very many small ones (a file
for each document, say), as many as make it worth the few milliseconds that a task costs. Of a
fraction (``--fraction``) the other rows are read and passed over, as if they were not there.
"""

from __future__ import annotations

import dataclasses as dc
import hashlib
from collections.abc import Iterator, Sequence

import pyarrow as pa

from curate.contract import ShardRef, Source, is_heavy
from curate.errors import StepError

MANY_PIECES = 1000  # up to these a source's own cuts stand: their tasks cost 5 s in all
SMALL_ROWS = 1000  # put together up to this; a task over them takes ten times what starting it does
SMALL_CLIPS = 32  # the same for rows with media or vectors


@dc.dataclass(frozen=True, slots=True)
class Shard:
    """One shard of the whole run; names sort in reading order.

    Attributes:
        name: Unique in the run; names files.
        source: Where it is read.
        refs: What the source calls its pieces; mostly one.
        schema: Of all that this source reads.
        fraction: Share of the rows that is taken, by their ids; None for all.
    """

    name: str
    source: Source
    refs: tuple[ShardRef, ...]
    schema: pa.Schema
    fraction: float | None = None

    def step(self) -> Source:
        """The step that may reject rows on entry."""
        return self.source

    def rows(self) -> int:
        """Rows that reading it gives; of a fraction about so many."""
        rows = sum(rows_of(ref) for ref in self.refs)
        return rows if self.fraction is None else round(rows * self.fraction)

    def read(self) -> Iterator[pa.Table]:
        """Its rows, batch by batch.

        Raises:
            StepError: The source gave more or fewer rows than it announced.
        """
        tables = self._announced()
        if len(self.refs) > 1:
            tables = _gathered(tables, _small(self.schema))
        for table in tables:
            yield (
                table if self.fraction is None else table.filter(in_fraction(table, self.fraction))
            )

    def _announced(self) -> Iterator[pa.Table]:
        for ref in self.refs:
            rows, expected = 0, rows_of(ref)
            for table in self.source.read(ref):
                rows += table.num_rows
                yield table
            if rows != expected:
                what = f"announced {expected} rows but read {rows}"
                raise StepError(self.source.step_name(), what, self.name)


def rows_of(ref: ShardRef) -> int:
    """Rows that reading a piece gives."""
    return ref.rows if ref.limit is None else min(ref.rows, ref.limit)


def in_fraction(table: pa.Table, fraction: float) -> pa.BooleanArray:
    """Which rows belong to a fraction: the same ids every time, and among those of a larger one.

    Example:
        >>> table = pa.table({"id": [str(number) for number in range(1000)]})
        >>> in_fraction(table, 0.1).true_count
        98
    """
    bound = round(fraction * 2**64)
    # A hash of its own: by that of assign_split a fraction would be of one split.
    places = [
        hashlib.blake2b(name.encode(), digest_size=8, person=b"fraction").digest()
        for name in table["id"].to_pylist()
    ]
    return pa.array([int.from_bytes(place) < bound for place in places], pa.bool_())


def put_together(pieces: Sequence[ShardRef], schema: pa.Schema) -> Iterator[tuple[ShardRef, ...]]:
    """Pieces for each task: one, or several small ones where a source has very many.

    What is put together depends on what stands before, so that pieces added at the end change
    the last shard only.
    """
    most = _small(schema) if len(pieces) > MANY_PIECES else 0
    held: list[ShardRef] = []
    rows = 0
    for piece in pieces:
        if held and rows + rows_of(piece) > most:
            yield tuple(held)
            held, rows = [], 0
        held.append(piece)
        rows += rows_of(piece)
    if held:
        yield tuple(held)


def _small(schema: pa.Schema) -> int:
    return SMALL_CLIPS if is_heavy(pa.struct(schema)) else SMALL_ROWS


def _gathered(tables: Iterator[pa.Table], rows: int) -> Iterator[pa.Table]:
    """The same rows in batches of at least so many, the last one of what is left."""
    held: list[pa.Table] = []
    count = 0
    for table in tables:
        if held and table.schema != held[0].schema:  # some have defects, others no such column
            yield pa.concat_tables(held)
            held, count = [], 0
        held.append(table)
        count += table.num_rows
        if count >= rows:
            yield pa.concat_tables(held)
            held, count = [], 0
    if held:
        yield pa.concat_tables(held)
