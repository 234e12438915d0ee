"""Columns of programs as bytes, each with the language it is written in."""

from __future__ import annotations

import pyarrow as pa

from curate.langid.code_labels import label_of


def programs(column: pa.Array | pa.ChunkedArray) -> list[bytes | None]:
    """The bytes of each text, whether or not they are UTF-8."""
    texts: list[bytes | None] = column.cast(pa.large_binary()).to_pylist()
    return texts


def languages(batch: pa.Table, column: str, default: str) -> list[str]:
    """The label of each row's language.

    Args:
        batch: Rows.
        column: Column with names of languages; empty for none.
        default: The language of all rows without a name.

    Example:
        >>> languages(pa.table({"lang": ["C++", None]}), "lang", "rust")
        ['cpp', 'rust']
    """
    if not column:
        return [label_of(default)] * batch.num_rows
    raw = batch[column].cast(pa.large_binary()).to_pylist()
    names = [default if one is None else one.decode("utf-8", "replace") for one in raw]
    labels = {name: label_of(name) for name in set(names)}
    return [labels[name] for name in names]


def as_text(texts: list[bytes | None], kind: pa.DataType) -> pa.Array:
    """Bytes as a column of strings of a kind, as they are, UTF-8 or not."""
    if kind == pa.large_string():
        return pa.array(texts, pa.large_binary()).view(kind)
    return pa.array(texts, pa.binary()).view(pa.string())
