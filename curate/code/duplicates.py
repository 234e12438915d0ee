"""Which programs are copies of each other: equal, equal but for comments, or near duplicates.

Rows are put in the order of their ids before anything is decided, so that which copy stays does
not depend on the order in which they were read.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from curate.code.fingerprint import KEY_BYTES, fingerprint
from curate.text.minhash import Bands, as_columns, signatures_and_sketches
from curate.text.near_duplicates import Clusters, candidates, clusters, sketches
from curate.text.shingles import Shingling

Rows = npt.NDArray[np.int64]
_STATEMENTS = Shingling(1, "word", ())


class Copies(NamedTuple):
    """For each row the row of which it is a copy.

    Attributes:
        of: int64, shape (rows,): the row kept of its cluster; its own number for a row kept.
        kind: 0 for a row kept, 1 equal, 2 equal in normal form, 3 near duplicate.
        similarity: float32, Jaccard similarity of statements with the row kept.
    """

    of: Rows
    kind: npt.NDArray[np.int8]
    similarity: npt.NDArray[np.float32]


def keys(
    texts: list[bytes | None], labels: list[str], permutations: int, bands: Bands, most: int
) -> dict[str, pa.Array]:
    """What rows are compared by: two hashes, bands, and a sketch of the statements.

    Args:
        texts: Programs; null and empty ones are like no other.
        labels: Their languages.
        permutations: Values in a MinHash signature.
        bands: How it is cut.
        most: Statements that a sketch holds at most.
    """
    found = [
        fingerprint(text, label) if text else None
        for text, label in zip(texts, labels, strict=True)
    ]
    skeletons = pa.array([one.skeleton if one else b"" for one in found], pa.large_binary())
    signature, known = signatures_and_sketches(
        skeletons.cast(pa.large_string()), _STATEMENTS, permutations, most
    )
    hashes, sketch = as_columns(signature, known, bands)
    return {
        "exact": pa.array([one and one.exact for one in found], pa.binary(KEY_BYTES)),
        "normal": pa.array([one and one.normal for one in found], pa.binary(KEY_BYTES)),
        "bands": hashes,
        "statements": pa.array(known.shingles),
        "sketch": sketch,
    }


def copies(table: pa.Table, bands: Bands, most: int, threshold: float) -> Copies:
    """Find the copies among rows of ``keys`` with their ``id``; the smallest id of each stays."""
    order = pc.sort_indices(table["id"]).to_numpy()
    table = table.take(pa.array(order)).combine_chunks()
    rows = np.arange(table.num_rows)
    exact, normal = first_equal(table["exact"]), first_equal(table["normal"])
    of, kind = normal.copy(), np.where(normal == rows, 0, 2).astype(np.int8)
    similarity = np.ones(len(rows), np.float32)
    near = _near(table, normal == rows, bands, most, threshold)
    is_copy = near.rows != near.kept
    copied = near.rows[is_copy]
    of[copied], kind[copied], similarity[copied] = near.kept[is_copy], 3, near.jaccard[is_copy]
    through = of[of]  # a copy of what is itself a copy: of the row that stays
    further = through != of
    kind[further], similarity[further] = 3, similarity[of[further]]
    kind[(exact == through) & (exact != rows)] = 1
    back = np.empty_like(order)
    back[order] = rows
    return Copies(order[through[back]], kind[back], similarity[back])


def first_equal(column: pa.ChunkedArray) -> Rows:
    """Number of the first row with the same value, shape (rows,); its own for a null.

    Example:
        >>> first_equal(pa.chunked_array([["b", "a", None, "b", None]])).tolist()
        [0, 1, 2, 0, 4]
    """
    codes = column.combine_chunks().dictionary_encode().indices
    first = np.arange(len(codes))
    there = np.flatnonzero(np.asarray(codes.is_valid()))
    values = codes.drop_null().to_numpy()
    _, firsts, which = np.unique(values, return_index=True, return_inverse=True)
    first[there] = there[firsts[which]]
    return first


def _near(
    table: pa.Table, compared: npt.NDArray[np.bool_], bands: Bands, most: int, threshold: float
) -> Clusters:
    hashes = pc.if_else(pa.array(compared), table["bands"], None)
    found = candidates(hashes, bands.number)
    members = np.unique(found.rows)
    known = sketches(table["sketch"], table["statements"], members)
    return clusters(found, members, known, most, threshold)
