"""Several rows made of one: ids, and which columns are repeated or spent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from curate.korean.triplets import companions
from curate.text.utf8 import mended

Row = Mapping[str, Any]
Makes = Callable[[Row], "tuple[list[dict[str, Any]], str | None]"]
"""A row → what its pieces add, and why it has none (then one piece stands for the row itself)."""


def spent(text: str, columns: Iterable[str]) -> set[str]:
    """Columns whose content goes into the pieces."""
    found = {text}
    for column in columns:
        stem = column.removesuffix("s")
        found |= {column, *companions(column).values(), f"{column}_missing", f"{stem}_missing"}
    return found


def split_rows(
    batch: pa.Table,
    schema: pa.Schema,
    adds: Mapping[str, pa.DataType],
    make: Makes,
    defect: pa.Field,
) -> pa.Table:
    """The batch with the pieces of each row in its place, called ``<id>#1``, ``<id>#2``, ….

    Args:
        batch: Any rows.
        schema: Columns of the result, those of ``adds`` included.
        adds: Columns of a piece; ``document_id`` is the id of its row.
        make: What becomes of a row.
        defect: The field that says why a row has no pieces.
    """
    ids = batch["id"].to_pylist()
    rows: list[int] = []
    names: list[str] = []
    pieces: list[dict[str, Any]] = []
    lost: list[str | None] = []
    for at, row in enumerate(mended(batch)[0].to_pylist()):
        made, why = make(row)
        for number, piece in enumerate(made, 1):
            rows.append(at)
            names.append(ids[at] if why else f"{ids[at]}#{number}")
            pieces.append({**piece, "document_id": ids[at]})
            lost.append(why)
    taken = batch.take(pa.array(rows, pa.int64()))
    columns = [
        _column(field, adds, names, pieces, taken) for field in schema if field.name != defect.name
    ]
    table = pa.table(columns, schema=pa.schema([one for one in schema if one.name != defect.name]))
    return table.append_column(defect, pa.array(lost, defect.type))


def _column(
    field: pa.Field,
    adds: Mapping[str, pa.DataType],
    names: Sequence[str],
    pieces: Sequence[Row],
    taken: pa.Table,
) -> pa.Array | pa.ChunkedArray:
    if field.name == "id":
        return pa.array(names, pa.string())
    if field.name in adds:
        return pa.array([piece.get(field.name) for piece in pieces], field.type)
    return taken[field.name]
