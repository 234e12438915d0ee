"""Strings of Arrow that are no UTF-8: found, and made readable.

Arrow takes any bytes for a string, and Parquet files hold them; its own functions for text, Python
and ``datasets`` then fail on a whole column for one bad row.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

NOT_UTF8 = "not UTF-8"
_Column = TypeVar("_Column", pa.Array, pa.ChunkedArray)


def readable(texts: _Column) -> _Column:
    """The texts with U+FFFD in place of bytes that are no UTF-8; as they are if there are none.

    Args:
        texts: A column of strings of any kind.
    """
    if is_sound(texts):
        return texts
    raw = texts.cast(pa.large_binary()).to_pylist()
    mended = [one if one is None else one.decode("utf-8", "replace") for one in raw]
    array = pa.array(mended, texts.type)
    return pa.chunked_array([array]) if isinstance(texts, pa.ChunkedArray) else array


def is_sound(column: pa.Array | pa.ChunkedArray) -> bool:
    """Whether all strings of a column, those in lists and structs included, are UTF-8."""
    try:
        column.validate(full=True)  # 3 GB of text a second
    except pa.ArrowInvalid:
        return False
    return True


def broken_rows(column: pa.Array | pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    """Which rows hold a string that is no UTF-8, shape (rows,)."""
    if is_sound(column):
        return np.zeros(len(column), np.bool_)
    # take, not slice: a slice of a list is checked with the values of all its neighbours
    return np.array([not is_sound(column.take(pa.array([at]))) for at in range(len(column))])


def mended(table: pa.Table) -> tuple[pa.Table, npt.NDArray[np.bool_]]:
    """The table with nothing but UTF-8 in it, and which rows were changed, shape (rows,).

    A text gets U+FFFD for what is wrong, a list or struct becomes null.
    """
    changed = np.zeros(table.num_rows, np.bool_)
    for at, field in enumerate(table.schema):
        column = table.column(at)
        broken = broken_rows(column)
        if not broken.any():
            continue
        changed |= broken
        if pa.types.is_nested(field.type):
            whole = pa.array([None if bad else row for row, bad in enumerate(broken)], pa.int64())
            column = column.take(whole)
        else:
            column = readable(column)
        table = table.set_column(at, field, column)
    return table, changed
