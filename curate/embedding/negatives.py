"""Which of the nearest texts are honest negatives of an anchor.

Moreira et al. 2024, "NV-Retriever": a text that is nearly as close to the anchor as its positive is
most likely a positive that nobody marked, so candidates above a share of the positive's score
(TopK-PercPos), or less than a margin under it (TopK-MarginPos), are passed over. Besides them
texts are passed over that are near copies of what is known to mean the same: the anchor, its
positives, those of its group, and the candidate's own positives.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any, NamedTuple

import numba as nb
import numpy as np
import numpy.typing as npt

from curate.embedding.search import ONE, Floats, Integers, Nearest, dot, fixed_point, nearest

_SHINGLE = 5  # characters


class Rows(NamedTuple):
    """What is known of the rows, all of one length.

    Attributes:
        ids: Unique.
        texts: Anchors, and candidates of each other; None: neither.
        positives: Texts that mean the same as each.
        groups: Rows of one group are no negatives of each other; None: a group of its own.
        vectors: Shape (rows, dims), of length 1; NaN for none.
        positive_scores: Cosine of each row with the positive that sets its limit, in units of
            1 / ``ONE``; ``NOTHING`` for none.
    """

    ids: Sequence[str]
    texts: Sequence[str | None]
    positives: Sequence[Sequence[str]]
    groups: Sequence[str | None]
    vectors: Floats
    positive_scores: Integers


class Mined(NamedTuple):
    """Negatives of each row: shape (rows, count), -1 and 0 behind the last.

    Attributes:
        places: Rows that hold them.
        scores: Cosines with the anchor.
    """

    places: npt.NDArray[np.int64]
    scores: Floats


NOTHING = -4 * ONE


def positive_scores(anchors: Floats, positives: Sequence[Floats], farthest: bool) -> Integers:
    """Cosine of each anchor with its farthest or nearest positive, in units of 1 / ``ONE``.

    Args:
        anchors: Shape (rows, dims).
        positives: For each its vectors, shape (any number, dims); NaN does not count.
        farthest: Whether the least of them is taken.
    """
    out = np.full(len(anchors), NOTHING)
    for row, vectors in enumerate(positives):
        there = vectors[~np.isnan(vectors).any(axis=1)] if len(vectors) else vectors
        if len(there) and not np.isnan(anchors[row]).any():
            anchor = fixed_point(anchors[row])
            scores = [int(dot(anchor, one)) for one in fixed_point(there)]
            out[row] = min(scores) if farthest else max(scores)
    return out


def mine(
    rows: Rows,
    *,
    count: int,
    depth: int,
    share: float,
    margin: float,
    near_duplicate: float,
    device: str = "cpu",
) -> Mined:
    """The ``count`` best negatives of each row that has a positive.

    Args:
        rows: What is known.
        count: How many.
        depth: How many of the nearest texts within the limit are looked at.
        share: The limit as a share of the positive's score.
        margin: And how far below it.
        near_duplicate: Jaccard similarity of characters five by five from which texts are copies.
        device: ``"cpu"`` or ``"cuda"``.
    """
    mined = Mined(np.full((len(rows.ids), count), -1), np.zeros((len(rows.ids), count), np.float32))
    there = ~np.isnan(rows.vectors).any(axis=1) & np.array([bool(one) for one in rows.texts], bool)
    anchors = np.flatnonzero(there & (rows.positive_scores > NOTHING))
    if not len(anchors):
        return mined
    order = np.array(sorted(range(len(rows.ids)), key=rows.ids.__getitem__))
    first = _first_of_each_text(rows.texts, order[there[order]])
    corpus = np.unique(first[there])  # rows of different texts, in which is searched
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    told = rows.positive_scores[anchors] / ONE
    most = np.floor(np.minimum(told * share, told - margin) * ONE).astype(np.int64)
    asked = np.searchsorted(corpus, first[anchors]).astype(np.int32)
    vectors = rows.vectors if len(corpus) == len(order) else rows.vectors[corpus]
    found = _search(vectors, depth, asked, most, rank[corpus], device)
    copies = np.argsort(first, kind="stable")
    known = (*_shingles(rows), *_numbered(rows.groups), copies, first[copies])
    arguments: Any = (anchors, corpus, *found, *known, near_duplicate, *mined)
    _choose(*arguments)
    return mined


def _search(
    vectors: Floats, depth: int, asked: npt.NDArray[np.int32], most: Integers, rank: Integers,
    device: str,
) -> Nearest:  # fmt: skip
    """The nearest of each anchor within its limit.

    Where most of the corpus asks, it is searched as a whole, which halves the work; what asks once
    more, with the same text but another limit, follows by itself.
    """
    _, once = np.unique(asked, return_index=True)
    if 2 * len(once) < len(vectors):
        return nearest(vectors, depth, queries=asked, most=most, rank=rank, device=device)
    limit = np.full(len(vectors), NOTHING)
    limit[asked[once]] = most[once]
    whole = nearest(vectors, depth, most=limit, rank=rank, device=device)
    places, scores = whole.places[asked], whole.scores[asked]
    more = np.setdiff1d(np.arange(len(asked)), once)
    if len(more):
        again = nearest(
            vectors, depth, queries=asked[more], most=most[more], rank=rank, device=device
        )
        places[more], scores[more] = again
    return Nearest(places, scores)


def _first_of_each_text(texts: Sequence[str | None], order: Integers) -> Integers:
    """For each row the row of the same text that comes first by id."""
    known: dict[str | None, int] = {}
    first = np.arange(len(texts))
    for row in order.tolist():
        first[row] = known.setdefault(texts[row], row)
    return first


def _numbered(groups: Sequence[str | None]) -> tuple[Integers, Integers, Integers]:
    """A number for each row's group; the rows by group; and the groups of these."""
    numbers: dict[str | int, int] = {}
    keys = [at if group is None else group for at, group in enumerate(groups)]
    group = np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64)
    members = np.argsort(group, kind="stable")
    return group, members, group[members]


def _shingles(rows: Rows) -> tuple[npt.NDArray[np.uint32], Integers, Integers]:
    """Hashes of all texts; where each text begins; and where the texts of each row begin."""
    sets, firsts = [], [0]
    for text, positives in zip(rows.texts, rows.positives, strict=True):
        for one in (text or "", *positives):
            folded = unicodedata.normalize("NFKC", one).casefold().encode("utf-32-le", "replace")
            sets.append(_hashes(np.frombuffer(folded, np.uint32)))
        firsts.append(len(sets))
    starts = np.cumsum([0, *map(len, sets)])
    return np.concatenate([np.zeros(0, np.uint32), *sets]), starts, np.array(firsts)


@nb.njit(cache=True, nogil=True)
def _hashes(codes: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """Different shingles of letters, digits and signs, ascending; spaces do not count."""
    said = codes[codes > 32]
    size = min(_SHINGLE, said.size)
    out = np.empty(max(said.size - size + 1, 0) if size else 0, np.uint32)
    for start in range(out.size):
        value = np.uint64(0xCBF29CE484222325)
        for code in said[start : start + size]:
            value = (value ^ np.uint64(code)) * np.uint64(0x9E3779B97F4A7C15)
            value ^= value >> np.uint64(29)
        out[start] = np.uint32(value >> np.uint64(32))
    return np.unique(out)


@nb.njit(cache=True, nogil=True)
def _alike(one: npt.NDArray[np.uint32], other: npt.NDArray[np.uint32], least: float) -> bool:
    """Whether the Jaccard similarity of two ascending sets reaches ``least``."""
    small, large = min(one.size, other.size), max(one.size, other.size)
    if small == 0 or small < least * large:
        return False
    at = to = common = 0
    while at < one.size and to < other.size:
        if one[at] == other[to]:
            common, at, to = common + 1, at + 1, to + 1
        elif one[at] < other[to]:
            at += 1
        else:
            to += 1
    return common >= least * (one.size + other.size - common)


@nb.njit(cache=True, nogil=True)
def _same_meaning(
    one: int, other: int, texts: npt.NDArray[np.uint32], starts: Integers, firsts: Integers,
    least: float, skip: int,
) -> bool:  # fmt: skip
    """Whether a text of one row is a near copy of one of another row's, but its first ``skip``."""
    for a in range(firsts[one], firsts[one + 1]):
        for b in range(firsts[other] + skip, firsts[other + 1]):
            mine, its = texts[starts[a] : starts[a + 1]], texts[starts[b] : starts[b + 1]]
            if _alike(mine, its, least):
                return True
    return False


@nb.njit(cache=True, nogil=True)
def _choose(
    anchors: Integers, corpus: Integers, places: npt.NDArray[np.int32], scores: Integers,
    texts: npt.NDArray[np.uint32], starts: Integers, firsts: Integers,
    group: Integers, members: Integers, member_group: Integers,
    copies: Integers, copy_of: Integers, near_duplicate: float,
    out_places: Integers, out_scores: Floats,
) -> None:  # fmt: skip
    """Take candidates, best first, that are neither of the group nor copies of what it knows."""
    for at in range(len(anchors)):
        anchor, taken = anchors[at], 0
        begin, end = np.searchsorted(member_group, [group[anchor], group[anchor] + 1])
        for one in range(places.shape[1]):
            if places[at, one] < 0 or taken == out_places.shape[1]:
                break
            row = corpus[places[at, one]]
            low, high = np.searchsorted(copy_of, [row, row + 1])
            honest = True
            for copy in copies[low:high]:  # rows with the candidate's text
                honest = honest and group[copy] != group[anchor]
                for member in members[begin:end]:
                    if not honest:
                        break
                    skip = int(copy != row)  # the text of all of them is compared once
                    honest = not _same_meaning(
                        member, copy, texts, starts, firsts, near_duplicate, skip
                    )
            if honest:
                out_places[anchor, taken] = row
                out_scores[anchor, taken] = scores[at, one] / ONE
                taken += 1
