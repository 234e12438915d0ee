"""Which texts are near duplicates of each other, from their bands and sketches.

Texts that share a band are candidates; a pair is joined if the Jaccard similarity of its shingles
reaches the threshold, and joined pairs make up clusters (union-find). The similarity comes from
the sketches of both: exact if neither text has more shingles than a sketch holds, else by the
smallest hashes of both together (Beyer et al. 2007, "On synopses for distinct-value estimation
under multiset operations"), off by sqrt(J (1 - J) / size).

Everything follows the order of the rows alone, so the same rows in the same order give the same
clusters, wherever they were cut into shards. Clusters are transitive: a chain of small edits can
join two texts that are less alike than the threshold.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numba as nb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from curate.text.minhash import Sketches
from curate.text.shingles import Hashes
from curate.text.union_find import root_of, settle

CROWD = 1000
"""In a band shared by more rows than this, a row is compared with the first of each likeness only.

All pairs of 100,000 rows of one template would take hours; a thousand for each row, minutes.
"""

Rows = npt.NDArray[np.int64]


class Buckets(NamedTuple):
    """Rows that share a band.

    Attributes:
        rows: Row numbers, bucket after bucket, ascending inside each.
        bounds: Where each bucket begins and the last one ends, shape (buckets + 1,).
    """

    rows: Rows
    bounds: Rows


class Clusters(NamedTuple):
    """Near duplicates.

    Attributes:
        rows: Rows that have a near duplicate, ascending.
        kept: The row kept of the cluster of each.
        jaccard: float32, similarity of each with the row kept; 1 for that row itself.
    """

    rows: Rows
    kept: Rows
    jaccard: npt.NDArray[np.float32]


def buckets(bands: Iterable[Hashes], rows: Rows) -> Buckets:
    """Buckets of two rows or more.

    Args:
        bands: Hashes of one band after the other, each of shape (rows,).
        rows: The row numbers, ascending, shape (rows,).

    Example:
        >>> buckets([np.array([7, 8, 7], np.uint64)], np.array([0, 1, 2]))
        Buckets(rows=array([0, 2]), bounds=array([0, 2]))
    """
    held, sizes = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for band in bands:
        order = np.argsort(band, kind="stable")
        ranked = band[order]
        same = np.zeros(len(band) + 1, np.bool_)  # as the row before; none before the first
        same[1:-1] = ranked[1:] == ranked[:-1]
        shared = same[:-1] | same[1:]
        begins = np.flatnonzero((shared & ~same[:-1])[shared])
        held.append(rows[order[shared]])
        sizes.append(np.diff(np.append(begins, shared.sum())))
    bounds = np.concatenate([[0], np.cumsum(np.concatenate(sizes))]).astype(np.int64)
    return Buckets(np.concatenate(held), bounds)


def clusters(
    found: Buckets,
    rows: Rows,
    known: Sketches,
    most: int,
    threshold: float,
    is_longest_kept: bool = False,
) -> Clusters:
    """Clusters of rows whose similarity reaches the threshold.

    Args:
        found: Candidates.
        rows: All rows in ``found``, once each, ascending.
        known: Their sketches, in the order of ``rows``.
        most: Values that a sketch holds at most.
        threshold: Least Jaccard similarity of two near duplicates.
        is_longest_kept: Keep the first of those with most shingles, not the first of all.
    """
    members = np.searchsorted(rows, found.rows)
    root = np.arange(len(rows))
    _join(members, found.bounds, *known, most, threshold, CROWD, root)
    is_shared = np.bincount(root, minlength=len(rows))[root] > 1
    ours = np.flatnonzero(is_shared)
    kept = root[ours]
    if is_longest_kept:
        order = np.lexsort((ours, -known.shingles[ours], kept))
        first, which = np.unique(kept[order], return_index=True)
        kept = ours[order[which]][np.searchsorted(first, kept)]
    return Clusters(rows[ours], rows[kept], _against(ours, kept, *known, most))


def candidates(bands: pa.ChunkedArray, count: int) -> Buckets:
    """Buckets of the rows that share a band.

    Args:
        bands: From ``minhash.as_columns``; null for a row that is like no other.
        count: Bands of a row.
    """
    parts, rows, start = [], [np.zeros(0, np.int64)], 0
    for chunk in bands.chunks:
        data = np.frombuffer(chunk.buffers()[1] or b"", np.uint64).reshape(-1, count)
        there = np.flatnonzero(np.asarray(chunk.is_valid()))
        parts.append((data[chunk.offset : chunk.offset + len(chunk)], there))
        rows.append(there + start)
        start += len(chunk)
    # One band at a time takes 16 bytes a row, for it and its order.
    nothing = np.zeros(0, np.uint64)
    one_by_one = (
        np.concatenate([nothing, *(data[there, band] for data, there in parts)])
        for band in range(count)
    )
    return buckets(one_by_one, np.concatenate(rows))


def sketches(
    sketch: pa.ChunkedArray, shingles: pa.ChunkedArray, rows: npt.NDArray[np.int64]
) -> Sketches:
    """Sketches of some rows, chunk by chunk, since a take of all would copy all.

    Args:
        sketch: From ``minhash.as_columns``.
        shingles: Different shingles of each row.
        rows: Ascending.
    """
    values, sizes, start = [np.zeros(0, np.uint32)], [np.zeros(1, np.int64)], 0
    for chunk in sketch.chunks:
        begin, end = np.searchsorted(rows, [start, start + len(chunk)])
        if begin < end:
            taken = chunk.take(pa.array(rows[begin:end] - start))
            bounds = np.frombuffer(taken.buffers()[1], np.int64, len(taken) + 1) // 4
            values.append(np.frombuffer(taken.buffers()[2], np.uint32)[: bounds[-1]])
            sizes.append(np.diff(bounds))
        start += len(chunk)
    offsets = np.cumsum(np.concatenate(sizes))
    return Sketches(np.concatenate(values), offsets, shingles.to_numpy()[rows])


def jaccard(known: Sketches, one: int, other: int, most: int) -> float:
    """Similarity of two rows by their sketches of at most ``most`` values; 0 without shingles.

    Example:
        >>> known = Sketches(np.array([1, 2, 3, 2, 3, 4], np.uint32), np.array([0, 3, 6]),
        ...                  np.array([3, 3], np.int32))
        >>> jaccard(known, 0, 1, most=8)
        0.5
    """
    return float(_jaccard(*known, one, other, most))


@nb.njit(cache=True, nogil=True)
def _jaccard(values, offsets, shingles, one, other, most):  # type: ignore[no-untyped-def]
    at, end = offsets[one], offsets[one + 1]
    to, stop = offsets[other], offsets[other + 1]
    # The smallest hashes of the union are known as far as the sketches go.
    is_cut = shingles[one] > most or shingles[other] > most
    limit = most if is_cut else end - at + stop - to
    seen, shared = 0, 0
    while seen < limit and (at < end or to < stop):
        if to == stop or (at < end and values[at] < values[to]):
            at += 1
        elif at == end or values[to] < values[at]:
            to += 1
        else:
            at += 1
            to += 1
            shared += 1
        seen += 1
    return shared / seen if seen else 0.0


@nb.njit(cache=True, nogil=True)
def _against(ours, kept, values, offsets, shingles, most):  # type: ignore[no-untyped-def]
    out = np.empty(ours.size, np.float32)
    for at in range(ours.size):
        out[at] = _jaccard(values, offsets, shingles, ours[at], kept[at], most)
    return out


@nb.njit(cache=True, nogil=True)
def _are_joined(parent, rows):  # type: ignore[no-untyped-def]
    root = root_of(parent, rows[0])
    for row in rows:  # noqa: SIM110 - numba compiles no generator
        if root_of(parent, row) != root:
            return False
    return True


@nb.njit(cache=True, nogil=True)
def _alike(values, offsets, shingles, one, other, most, threshold):  # type: ignore[no-untyped-def]
    fewer, more = min(shingles[one], shingles[other]), max(shingles[one], shingles[other])
    if fewer < threshold * more:  # J can be no larger than the ratio of the sizes
        return False
    return _jaccard(values, offsets, shingles, one, other, most) >= threshold


@nb.njit(cache=True, nogil=True)
def _join(  # type: ignore[no-untyped-def]
    members, bounds, values, offsets, shingles, most, threshold, crowd, parent
):
    """Join the rows of each bucket that are alike; a root is the first row of its cluster."""
    first_ones = np.empty(crowd, np.int64)
    for bucket in range(bounds.size - 1):
        rows = members[bounds[bucket] : bounds[bucket + 1]]
        if _are_joined(parent, rows):  # most are, from the second band on
            continue
        is_crowd = rows.size > crowd
        kinds = 0
        for at in range(rows.size):
            row = rows[at]
            others = first_ones[:kinds] if is_crowd else rows[:at]
            is_new = True
            for to in range(others.size):
                root, its = root_of(parent, row), root_of(parent, others[to])
                if root == its:
                    is_new = False
                elif _alike(values, offsets, shingles, row, others[to], most, threshold):
                    parent[max(root, its)] = min(root, its)
                    is_new = False
                if is_crowd and not is_new:
                    break
            if is_crowd and is_new and kinds < crowd:
                first_ones[kinds] = row
                kinds += 1
    settle(parent)
