"""Arrow columns of texts and vectors, as mining takes them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from curate.embedding.negatives import NOTHING, Rows, positive_scores
from curate.embedding.search import Floats, Integers


def whole(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    """A column in one piece."""
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def column(batch: pa.Table, name: str) -> pa.Array:
    """A column in one piece; nulls where there is none of that name."""
    if not name or name not in batch.column_names:
        return pa.nulls(batch.num_rows)
    return whole(batch[name])


def listed(texts: pa.Array) -> pa.Array:
    """Texts, or lists of texts, as lists; null becomes a list of none."""
    if pa.types.is_list(texts.type) or pa.types.is_large_list(texts.type):
        return texts.cast(pa.list_(pa.large_string()))
    there = np.asarray(texts.is_valid()).astype(np.int32)
    offsets = pa.array(np.concatenate([[0], np.cumsum(there)]), pa.int32())
    return pa.ListArray.from_arrays(offsets, texts.drop_null().cast(pa.large_string()))


def vectors(values: pa.Array) -> Floats:
    """Fixed-size lists as a matrix of float32, NaN for null; of no columns where all is null.

    >>> vectors(pa.array([[1.0, 0.0], None], pa.list_(pa.float32(), 2))).tolist()
    [[1.0, 0.0], [nan, nan]]
    """
    if pa.types.is_null(values.type):
        return np.full((len(values), 1), np.nan, np.float32)
    if not pa.types.is_fixed_size_list(values.type):
        values = _fixed(values)
    size = values.type.list_size
    numbers = np.asarray(values.values)[values.offset * size : (values.offset + len(values)) * size]
    matrix = numbers.astype(np.float32).reshape(len(values), size)
    matrix[np.asarray(values.is_null())] = np.nan
    return matrix


def _fixed(values: pa.Array) -> pa.FixedSizeListArray:
    """Lists of one length, as Parquet of other makers has them, as fixed-size lists."""
    size = max((len(one) for one in values if one.is_valid), default=1)
    return values.cast(pa.list_(values.type.value_type, size))


def limits(own: pa.Array, positives: pa.Array, *, farthest: bool) -> Integers:
    """The cosine of each vector with its farthest or nearest positive, in fixed point."""
    anchors = vectors(own)
    nested = pa.types.is_list(positives.type) and not pa.types.is_floating(
        positives.type.value_type
    )
    if not nested:
        each = [one[None] for one in vectors(positives)]
    else:
        flat = vectors(positives.flatten())
        sizes = positives.value_lengths().fill_null(0).to_numpy()
        each = np.split(flat, np.cumsum(sizes)[:-1]) if len(sizes) else []
    return positive_scores(anchors, each, farthest)


def rows(keys: pa.Table) -> Rows:
    """What the keys of all shards say."""
    positives = keys["positives"].to_pylist()
    return Rows(
        keys["id"].to_pylist(),
        keys["text"].to_pylist(),
        [[text for text in one or () if text] for one in positives],
        keys["group"].to_pylist(),
        vectors(whole(keys["vector"])),
        keys["positive_score"].fill_null(NOTHING).to_numpy(),
    )
