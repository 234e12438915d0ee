"""The nearest vectors, exactly, in blocks, and the same on every processor.

Cosines are computed block by block by whichever matrix product there is (torch's, NumPy's, a
GPU's), whose last bits differ. So these only choose candidates, a few more than asked for: a heap
for each query keeps what beats its least, which for most blocks nothing does. The candidates are
scored again in fixed point, where sums do not depend on their order, and a result is taken only if
no vector that was left out could reach it within the product's rounding error; otherwise the query
is searched again with more candidates. Ties go by rank.

Where queries and corpus are the same vectors, each pair is multiplied once: half the work of the
plain product.
"""

from __future__ import annotations

import importlib.util
import itertools
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numba as nb
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
ONE = 1 << 46
"""A score of 1: vectors are rounded to 23 binary digits, so that no sum of 64 bits overflows."""
BLOCK = 1024
"""Rows and columns of a block of scores: 4 MB."""
_SPARE = 8  # candidates beyond those asked for
_STEP = 64  # scores that are looked at together


class Nearest(NamedTuple):
    """What was found, query by query, best first; -1 where there is nothing more.

    Attributes:
        places: Rows of the corpus, shape (queries, k).
        scores: Cosines in units of 1 / ``ONE``, likewise.
    """

    places: npt.NDArray[np.int32]
    scores: Integers


def fixed_point(vectors: Floats) -> npt.NDArray[np.int32]:
    """Vectors as integers: what scores are made of."""
    scaled = np.rint(vectors * np.float32(1 << 23))
    return np.asarray(scaled, np.int32)


def nearest(
    corpus: Floats,
    k: int,
    *,
    queries: npt.NDArray[np.int32] | None = None,
    most: Integers | None = None,
    rank: Integers | None = None,
    device: str = "cpu",
) -> Nearest:
    """The ``k`` nearest vectors of the corpus to some or all of its rows, themselves included.

    Args:
        corpus: Vectors of length 1, shape (rows, dims), C order; up to 2 GB of them are fast.
        k: How many.
        queries: Rows that are asked about; None: all.
        most: For each query the highest score allowed, in units of 1 / ``ONE``; None: any.
        rank: For each row its place among ties; None: its number.
        device: ``"cpu"`` or ``"cuda"``.
    """
    rows = len(corpus)
    asked = np.arange(rows, dtype=np.int32) if queries is None else queries
    high = np.full(len(asked), 2 * ONE) if most is None else most
    order = np.arange(rows) if rank is None else rank
    fixed = fixed_point(corpus)
    found = Nearest(np.full((len(asked), k), -1, np.int32), np.full((len(asked), k), -ONE * 2))
    if not rows or not len(asked):
        return found
    slack = _rounding(corpus.shape[1])
    todo, width = np.arange(len(asked)), min(k + _SPARE, rows)
    while len(todo):
        left = []
        # Few queries at once where each has many candidates: 128 MB of them.
        some = len(todo) if width <= k + _SPARE else max(1, (1 << 24) // width)
        for start in range(0, len(todo), some):
            part = todo[start : start + some]
            limit = (high[part] / ONE + slack).astype(np.float32)
            scores, places = _candidates(corpus, asked[part], width, limit, device)
            unsure = np.zeros(len(part), np.bool_)
            before = fixed, asked[part], high[part], order, places, scores, slack
            after = part, *found, unsure
            ends = np.linspace(0, len(part), 17).astype(int)
            _in_threads(_settle, [(*pair, *before, *after) for pair in itertools.pairwise(ends)])
            left.append(part[unsure & (width < rows)])
        todo, width = np.concatenate(left), min(4 * width, rows)
    return found


def _rounding(dims: int) -> float:
    """How far a product in float32, in any order, and one in fixed point can be apart."""
    return float((dims + 2 * np.sqrt(dims) + 4) * 2.0**-23)


def _candidates(
    corpus: Floats, asked: npt.NDArray[np.int32], width: int, limit: Floats, device: str
) -> tuple[Floats, npt.NDArray[np.int32]]:
    """At least the ``width`` best scores up to each limit, as heaps: the least of them first."""
    if device != "cpu":
        return _candidates_by_torch(corpus, asked, width, limit, device)
    scores = np.full((len(asked), width), -np.inf, np.float32)
    places = np.full((len(asked), width), -1, np.int32)
    # All of them: then the lower half of the scores mirrors the upper.
    both = np.array_equal(asked, np.arange(len(corpus)))
    heaps = scores, places, limit
    locks = [threading.Lock() for _ in range(0, len(corpus), BLOCK)]

    def look(top: int, left: int) -> None:
        some = slice(top, top + BLOCK)
        queries = corpus[some] if both else corpus[asked[some]]
        tile = _product(queries, corpus[left : left + BLOCK].T)
        with locks[top // BLOCK]:
            _scan(tile, top, left, *heaps)
        if both and left > top:
            with locks[left // BLOCK]:
                _scan_down(tile, top, left, *heaps)

    tops = range(0, len(asked), BLOCK)
    pairs = [(a, b) for a in tops for b in range(a if both else 0, len(corpus), BLOCK)]
    _in_threads(look, pairs)
    return scores, places


def _product(one: Floats, other: Floats) -> Floats:
    if importlib.util.find_spec("torch") is None:
        return np.asarray(one @ other)
    import torch

    return np.asarray((torch.from_numpy(one) @ torch.from_numpy(other)).numpy())


def _in_threads(job: Callable[..., None], calls: Sequence[tuple[Any, ...]]) -> None:
    """Make calls in as many threads as torch would use, each of which does its own products.

    Shared among threads one by one, blocks of this size would mostly wait for the slowest.
    """
    threads, alone = 1, None
    if importlib.util.find_spec("torch") is not None:
        import torch

        threads, alone = torch.get_num_threads(), torch.set_num_threads
    if threads == 1 or alone is None:
        for one in calls:
            job(*one)
        return
    with ThreadPoolExecutor(threads, initializer=alone, initargs=(1,)) as pool:
        done = list(pool.map(lambda one: job(*one), calls))
    assert len(done) == len(calls)
    alone(threads)  # threads that torch starts from now on look at the last setting


@nb.njit(cache=True, nogil=True)
def _push(scores: Floats, places: npt.NDArray[np.int32], score: float, place: int) -> None:
    """Put a score in the place of the least one of a heap."""
    size, at = scores.size, 0
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and scores[child + 1] < scores[child]:
            child += 1
        if scores[child] >= score:
            break
        scores[at], places[at] = scores[child], places[child]
        at = child
    scores[at], places[at] = score, place


@nb.njit(cache=True, nogil=True)
def _scan(
    tile: Floats, top: int, left: int,
    scores: Floats, places: npt.NDArray[np.int32], limit: Floats,
) -> None:  # fmt: skip
    """Offer the scores of a block to the heaps of its rows."""
    for row in range(tile.shape[0]):
        heap, where, high = scores[top + row], places[top + row], limit[top + row]
        for start in range(0, tile.shape[1], _STEP):
            some = tile[row, start : start + _STEP]
            low, hits = heap[0], np.int32(0)  # of 32 bits, as the scores: so it is vectorised
            for at in range(some.size):
                hits += np.int32(some[at] > low) & np.int32(some[at] <= high)
            if hits:
                for at in range(some.size):
                    if heap[0] < some[at] <= high:
                        _push(heap, where, some[at], left + start + at)


@nb.njit(cache=True, nogil=True)
def _scan_down(
    tile: Floats, top: int, left: int,
    scores: Floats, places: npt.NDArray[np.int32], limit: Floats,
) -> None:  # fmt: skip
    """Offer the scores of a block to the heaps of its columns."""
    size = tile.shape[1]
    low, high = scores[left : left + size, 0].copy(), limit[left : left + size]
    for row in range(tile.shape[0]):
        for start in range(0, size, _STEP):
            stop = min(start + _STEP, size)
            some, least, most = tile[row, start:stop], low[start:stop], high[start:stop]
            hits = np.int32(0)
            for at in range(some.size):
                hits += np.int32(some[at] > least[at]) & np.int32(some[at] <= most[at])
            if hits:
                for at in range(some.size):
                    if least[at] < some[at] <= most[at]:
                        column = left + start + at
                        _push(scores[column], places[column], some[at], top + row)
                        least[at] = scores[column, 0]


def _candidates_by_torch(
    corpus: Floats, asked: npt.NDArray[np.int32], width: int, limit: Floats, device: str
) -> tuple[Floats, npt.NDArray[np.int32]]:
    """The same on a GPU, which selects as fast as it multiplies."""
    import torch

    torch.backends.cuda.matmul.allow_tf32 = False  # ten bits less than the slack allows for
    there = torch.from_numpy(corpus).to(device)
    found = []
    for top in range(0, len(asked), 4 * BLOCK):
        rows = torch.from_numpy(asked[top : top + 4 * BLOCK]).long().to(device)
        high = torch.from_numpy(limit[top : top + 4 * BLOCK]).to(device)[:, None]
        best = torch.full((len(rows), width), -torch.inf, device=device)
        where = torch.full((len(rows), width), -1, dtype=torch.long, device=device)
        for left in range(0, len(corpus), 16 * BLOCK):
            tile = there[rows] @ there[left : left + 16 * BLOCK].T
            tile.masked_fill_(tile > high, -torch.inf)
            score, place = tile.topk(min(width, tile.shape[1]))
            place = (place + left).masked_fill(score == -torch.inf, -1)
            best, chosen = torch.cat([best, score], 1).topk(width)
            where = torch.cat([where, place], 1).gather(1, chosen)
        found.append((best.flip(1).cpu().numpy(), where.flip(1).cpu().numpy().astype(np.int32)))
    scores, places = zip(*found, strict=True)
    return np.concatenate(scores), np.concatenate(places)


@nb.njit(cache=True, nogil=True)
def dot(one: npt.NDArray[np.int32], other: npt.NDArray[np.int32]) -> int:
    """The score of two vectors in fixed point, in units of 1 / ``ONE``."""
    total = np.int64(0)
    for at in range(one.size):
        total += np.int64(one[at]) * np.int64(other[at])
    return total  # type: ignore[return-value]


@nb.njit(cache=True, nogil=True)
def _settle(
    begin: int, end: int, fixed: npt.NDArray[np.int32], asked: npt.NDArray[np.int32],
    high: Integers, rank: Integers, places: npt.NDArray[np.int32], scores: Floats, slack: float,
    rows: Integers, out_places: npt.NDArray[np.int32], out_scores: Integers,
    unsure: npt.NDArray[np.bool_],
) -> None:  # fmt: skip
    """Score candidates again, order them, and tell where one that was left out may belong."""
    k, width = out_places.shape[1], places.shape[1]
    exact = np.empty(width, np.int64)
    for at in range(begin, end):
        query, size = fixed[asked[at]], 0
        for one in range(width):
            if places[at, one] >= 0:
                score = dot(query, fixed[places[at, one]])
                if score <= high[at]:
                    exact[size], places[at, size] = score, places[at, one]
                    size += 1
        full = scores[at, 0] > -np.inf
        by_rank = np.argsort(rank[places[at, :size]], kind="mergesort")
        order = by_rank[np.argsort(-exact[:size][by_rank], kind="mergesort")]
        for one in range(min(k, size)):
            out_places[rows[at], one] = places[at, order[one]]
            out_scores[rows[at], one] = exact[order[one]]
        least = out_scores[rows[at], k - 1] / ONE
        unsure[at] = full and (size < k or least <= scores[at, 0] + slack)
