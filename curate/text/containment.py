"""Which texts hold large parts of each other, whatever their lengths.

Containment (Broder 1997, "On the resemblance and containment of documents") is the share of the
shorter text's shingles that the other has too. MinHash signatures estimate resemblance, which is
small where a paragraph stands in a long document; so candidates come from an inverted index of
shingles instead, and each is verified on the sets themselves. A shingle that many texts have
points to the first ``POSTINGS`` of them only: boilerplate costs no more than that, and texts that
consist of it meet those first ones.

It misleads on texts of one template: reports that differ in a few figures are each other's copies.
"""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np
import numpy.typing as npt

from curate.text.minhash import Sketches
from curate.text.union_find import join, settle

POSTINGS = 64
"""Texts that a shingle points to. Of 1,000 news and law texts 0.1 % of the shingles have more."""
LEAST_SHINGLES = 20
"""A text of fewer is found only where another has the same shingles: three words stand anywhere."""

Rows = npt.NDArray[np.int64]


class Contained(NamedTuple):
    """Texts that hold at least ``threshold`` of each other, as clusters.

    Attributes:
        cluster: The first text of each text's cluster, shape (texts,); itself if it is alone.
        nearest: An earlier text that it shares most with, -1 if it shares less than the threshold
            with all of them.
        containment: float32, how much that is; 0 where there is none.
        reference: Of the first ``references`` texts, the one it shares most with; -1 if none.
        reference_containment: float32, how much that is.
    """

    cluster: Rows
    nearest: Rows
    containment: npt.NDArray[np.float32]
    reference: Rows
    reference_containment: npt.NDArray[np.float32]


def contained(
    known: Sketches, threshold: float, owners: Rows | None = None, references: int = 0
) -> Contained:
    """Find texts that share a part.

    Args:
        known: All shingles of each text (a sketch that is cut counts for what it holds).
        threshold: Least share of the smaller set.
        owners: Number of what each text belongs to, shape (texts,): texts of one owner are not
            compared with each other. Each is its own if nobody says.
        references: So many texts at the start are only compared with, never put in a cluster.

    Example:
        >>> values = [*range(30), *range(12, 60), *range(100, 130)]
        >>> known = Sketches(np.array(values, np.uint32), np.array([0, 30, 78, 108]),
        ...                  np.array([30, 48, 30], np.int32))
        >>> found = contained(known, 0.5)
        >>> found.cluster.tolist(), found.containment.round(2).tolist()
        ([0, 0, 2], [0.0, 0.6000000238418579, 0.0])
    """
    texts = len(known.shingles)
    _, shingle = np.unique(known.values, return_inverse=True)
    order = np.argsort(shingle, kind="stable")  # texts ascend within a shingle
    text_of = np.repeat(np.arange(texts), np.diff(known.offsets))[order]
    begins = np.searchsorted(shingle[order], np.arange(shingle.max(initial=-1) + 2))
    found = Contained(
        np.arange(texts),
        np.full(texts, -1),
        np.zeros(texts, np.float32),
        np.full(texts, -1),
        np.zeros(texts, np.float32),
    )
    _compare(
        shingle.astype(np.int64), known.offsets.astype(np.int64), text_of, begins,
        np.arange(texts) if owners is None else owners.astype(np.int64),
        POSTINGS, LEAST_SHINGLES, threshold, references, *found,
    )  # fmt: skip
    return found


@nb.njit(cache=True, nogil=True)
def _shared(shingle, at, end, to, stop):  # type: ignore[no-untyped-def]
    """How many values two ascending runs have in common."""
    both = 0
    while at < end and to < stop:
        if shingle[at] < shingle[to]:
            at += 1
        elif shingle[to] < shingle[at]:
            to += 1
        else:
            at += 1
            to += 1
            both += 1
    return both


@nb.njit(cache=True, nogil=True)
def _compare(  # type: ignore[no-untyped-def]
    shingle, offsets, text_of, begins, owners, postings, least, threshold, references,
    cluster, nearest, containment, reference, reference_containment,
):  # fmt: skip
    texts = offsets.size - 1
    counts = np.zeros(texts, np.int64)
    touched = np.empty(texts, np.int64)
    for one in range(texts):
        at, end = offsets[one], offsets[one + 1]
        met = 0
        for place in range(at, end):
            begin = begins[shingle[place]]
            last = min(begins[shingle[place] + 1], begin + postings)
            for posting in range(begin, last):
                other = text_of[posting]
                if other >= one:
                    break
                if owners[other] == owners[one]:
                    continue
                if counts[other] == 0:
                    touched[met] = other
                    met += 1
                counts[other] += 1
        for number in range(met):
            other = touched[number]
            seen, counts[other] = counts[other], 0
            if one < references:
                continue
            to, stop = offsets[other], offsets[other + 1]
            fewer = min(end - at, stop - to)
            # half of what it takes is enough to look closer: postings show a part
            if 2 * seen < threshold * fewer:
                continue
            share = _shared(shingle, at, end, to, stop) / fewer
            if fewer < least:
                if share < 1 or end - at != stop - to:
                    continue
            elif share < threshold:
                continue
            if other < references:
                if share > reference_containment[one]:
                    reference[one], reference_containment[one] = other, share
                continue
            if share > containment[one]:
                nearest[one], containment[one] = other, share
            join(cluster, one, other)
    settle(cluster)
