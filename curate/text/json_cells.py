"""The cells of flat JSON lines as Arrow columns, without a Python object for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from curate.text.json_lines import JsonBlock
from curate.text.json_scan import (
    ABSENT,
    ESCAPED,
    FALSE,
    FLOAT,
    INT,
    NULL,
    STRING,
    TRUE,
    fill,
    scan,
)
from curate.text.utf8 import is_sound

MOST_COLUMNS = 64  # keys are looked for one after the other

_HELD = {
    pa.string(): [STRING, ESCAPED],
    pa.int64(): [INT],
    pa.float64(): [FLOAT],
    pa.bool_(): [FALSE, TRUE],
}
_TAKEN = {**_HELD, pa.float64(): [INT, FLOAT]}


class Cells(NamedTuple):
    """The cells of some rows.

    Attributes:
        names: Of the columns.
        flat: Which rows are flat; the cells of others mean nothing, shape (rows,).
        kind: ``ABSENT`` to ``TRUE``, shape (rows, columns).
        low, high: Where a string or fraction stands in the block; ``low`` of an ``INT`` is its
            value, shape (rows, columns).
    """

    names: tuple[str, ...]
    flat: npt.NDArray[np.bool_]
    kind: npt.NDArray[np.uint8]
    low: npt.NDArray[np.int64]
    high: npt.NDArray[np.int64]


def cells_of(block: JsonBlock, names: Sequence[str]) -> Cells:
    """The cells of the columns of these names."""
    shape = len(block.line), len(names)
    cells = Cells(
        tuple(names),
        np.zeros(shape[0], np.bool_),
        np.zeros(shape, np.uint8),
        np.zeros(shape, np.int64),
        np.zeros(shape, np.int64),
    )
    if block.too_long or not 0 < len(names) <= MOST_COLUMNS:
        return cells
    encoded = [name.encode("utf-8", "surrogatepass") for name in names]
    key_ends = np.cumsum([len(name) for name in encoded])
    keys = np.frombuffer(b"".join(encoded) or b"\0", np.uint8)
    data = np.frombuffer(block.data, np.uint8)
    words = data[: len(data) // 8 * 8].view(np.uint64)
    scan(data, words, _is_sound(block.data), block.begin, block.end, keys, key_ends, *cells[1:])
    return cells


def _is_sound(data: bytes) -> bool:
    bounds = pa.py_buffer(np.array([0, len(data)], np.int64))
    buffers = [None, bounds, pa.py_buffer(data)]
    return is_sound(pa.Array.from_buffers(pa.large_string(), 1, buffers))


def first_of_each_kind(cells: Cells) -> dict[int, list[tuple[str, pa.DataType]]]:
    """Flat row → (column, type) of the cells that are the first of their type in their column."""
    found: dict[int, list[tuple[str, pa.DataType]]] = {}
    for at, name in enumerate(cells.names):
        kind = np.where(cells.flat, cells.kind[:, at], np.uint8(ABSENT))
        for type_, held in _HELD.items():
            mask = np.isin(kind, held)
            if mask.any():
                found.setdefault(int(mask.argmax()), []).append((name, type_))
    return found


def kinds_of(cells: Cells) -> dict[str, set[pa.DataType]]:
    """Every type that each column has, of rows that are all flat."""
    found = {}
    for at, name in enumerate(cells.names):
        there = np.flatnonzero(np.bincount(cells.kind[:, at], minlength=TRUE + 1)).tolist()
        types = {pa.null(): [NULL], **_HELD}
        found[name] = {kind for kind, held in types.items() if not {*held}.isdisjoint(there)}
    return found


def flat_columns(
    block: JsonBlock, schema: pa.Schema, wanted: str | None = None
) -> tuple[npt.NDArray[np.bool_], list[pa.Array]]:
    """Which rows are flat and fit the schema, shape (rows,), and the columns of these rows.

    Args:
        block: The rows.
        schema: What they are expected to hold.
        wanted: Make only this column.
    """
    cells = cells_of(block, schema.names)
    fits = cells.flat.copy()
    for at, field in enumerate(schema):
        fits &= np.isin(cells.kind[:, at], fitting(field.type))
    columns = []
    for at, field in enumerate(schema):
        if wanted is None or wanted == field.name:
            kind = np.where(fits, cells.kind[:, at], np.uint8(NULL))
            columns.append(_column(block, field.type, kind, cells.low[:, at], cells.high[:, at]))
    return fits, columns


def fitting(kind_of: pa.DataType) -> list[int]:
    """The kinds of cells that a column of this type takes."""
    return [ABSENT, NULL, *_TAKEN.get(kind_of, [])]


def column_of(block: JsonBlock, kind_of: pa.DataType, cells: Cells, at: int) -> pa.Array:
    """One column of rows that are all flat; null where the cell is of another kind."""
    return _column(block, kind_of, cells.kind[:, at], cells.low[:, at], cells.high[:, at])


def _column(
    block: JsonBlock,
    kind_of: pa.DataType,
    kind: npt.NDArray[np.uint8],
    low: npt.NDArray[np.int64],
    high: npt.NDArray[np.int64],
) -> pa.Array:
    data = np.frombuffer(block.data, np.uint8)
    if kind_of == pa.string():
        return _strings(data, kind, low, high)
    if kind_of == pa.int64():
        return pa.array(low, mask=kind != INT)
    if kind_of == pa.bool_():
        return pa.array(kind == TRUE, mask=kind < FALSE)
    if kind_of == pa.float64():
        fractions = _strings(
            data, np.where(kind == FLOAT, STRING, NULL).astype(np.uint8), low, high
        )
        whole = pa.array(low.astype(np.float64), mask=kind != INT)
        return pc.coalesce(fractions.cast(pa.float64()), whole)
    return pa.nulls(len(kind), kind_of)


def _strings(
    data: npt.NDArray[np.uint8],
    kind: npt.NDArray[np.uint8],
    low: npt.NDArray[np.int64],
    high: npt.NDArray[np.int64],
) -> pa.StringArray:
    offsets, valid = np.zeros(len(kind) + 1, np.int32), (kind == STRING) | (kind == ESCAPED)
    out = np.empty(int((high - low)[valid].sum()), np.uint8)  # an escape is never shorter
    used = fill(data, kind, low, high, offsets, out)
    bits = pa.py_buffer(np.packbits(valid, bitorder="little")) if not valid.all() else None
    buffers = [bits, pa.py_buffer(offsets), pa.py_buffer(out[:used])]
    return pa.Array.from_buffers(pa.string(), len(kind), buffers)
