"""What all sources of tables, texts and clip lists share: shards, and rows under our names.

A source reads rows under the corpus's own names; here they get ids, ``source``, our names and
``defect``. Which rows repeat an earlier key is told to each shard when the shards are listed.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from curate.text.columns import Repeats, arrange, plain_ids, plan, row_ids, strings

UNREADABLE = "file unreadable"
DUPLICATE_ID = "duplicate id"


class Cut(NamedTuple):
    """A shard: the fields of a ``ShardRef``."""

    name: str
    rows: int
    digest: str
    where: tuple[Any, ...]


class Rows(NamedTuple):
    """Some rows of a shard under the corpus's own names.

    Attributes:
        table: Their columns.
        defects: Why a row cannot be used, or None.
        places: ``<file>:<number>`` of each row, from which ids are made.
        repeated: For each list of keys, the rows whose key occurred before, counted from 0 here.
    """

    table: pa.Table
    defects: list[str | None]
    places: list[str]
    repeated: list[list[int]]


class Naming(NamedTuple):
    """The options that every source has.

    Attributes:
        name: Value of ``source`` and prefix of ids; may be empty.
        columns: Our column → theirs.
        constants: Columns with one value for all rows.
    """

    name: str
    columns: Mapping[str, str]
    constants: Mapping[str, str]


def repeated_rows(
    repeats: Sequence[Repeats], rows: Sequence[int]
) -> Iterator[tuple[tuple[int, ...], ...]]:
    """For shards of so many rows each, the repeated rows of each list of keys."""
    again = [one.rows() for one in repeats]
    begin = 0
    for count in rows:
        yield tuple(tuple(within(one, begin, count)) for one in again)
        begin += count


def within(positions: npt.NDArray[np.int64], begin: int, rows: int) -> list[int]:
    """Those of the ascending ``positions``, shape (positions,), in ``[begin, begin + rows)``.

    They are counted from ``begin``.
    """
    low, high = np.searchsorted(positions, [begin, begin + rows])
    inside: list[int] = (positions[low:high] - begin).tolist()
    return inside


def finished(rows: Rows, naming: Naming, default: str, where: object) -> pa.Table:
    """Rows under our names, with ids, source and ``defect``.

    Args:
        rows: The rows under the corpus's names.
        naming: Name, columns and constants.
        default: Value of ``source`` if there is no name.
        where: The file, for messages.
    """
    table, defects, places, repeated = rows
    layout = plan(table.column_names, naming.columns, naming.constants, where)
    key = dict(layout.pairs).get("id")
    keys = strings(table[key]) if key else None
    prefix = f"{naming.name}/" if naming.name else ""
    spoilt = unusable(defects, repeated)
    ids = plain_ids(keys, prefix) if keys is not None and not spoilt else None
    if ids is None:
        ids = row_ids(None if keys is None else keys.to_pylist(), places, spoilt, prefix)
    mark_defects(defects, repeated, (DUPLICATE_ID,))
    out = arrange(layout, table, ids, naming.name, default)
    return out.append_column("defect", pa.array(defects, pa.string()))


def encode_schema(schema: pa.Schema) -> str:
    """A schema as plain text, to travel with a shard."""
    return base64.b64encode(schema.serialize().to_pybytes()).decode()


def decode_schema(text: str) -> pa.Schema:
    """The reverse of ``encode_schema``."""
    return pa.ipc.read_schema(pa.py_buffer(base64.b64decode(text)))


def unusable(defects: Sequence[str | None], repeated: Sequence[Sequence[int]]) -> set[int]:
    """Rows whose own id is not theirs alone: damaged ones, which claim none, and repeated ones."""
    again = {row for rows in repeated for row in rows}
    return again.union(at for at, defect in enumerate(defects) if defect)


def mark_defects(
    defects: list[str | None], repeated: Sequence[Sequence[int]], reasons: Sequence[str]
) -> None:
    """Write a reason for each list of repeated rows, where there is none yet."""
    for rows, reason in zip(repeated, reasons, strict=False):
        for at in rows:
            defects[at] = defects[at] or reason
