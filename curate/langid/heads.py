"""From the logits of a document to its best labels, with the C++ library's ties and roundings.

Scores are ``log(p + 1e-5)`` as float32, so a reported probability can be 1.00001. Among equal
scores the order is that of the heap of libstdc++, which is why it is written out here.
"""

from __future__ import annotations

import math

import numba as nb
import numpy as np

_LOG2_E = 1.4426950408889634
_ROUND = 6755399441055744.0  # 1.5 * 2**52: adding it rounds to whole numbers, in the low bits
_LN2_HIGH = 0.6931471803691238
_LN2_LOW = 1.9082149292705877e-10
_DOUBT = 1e-12  # the polynomial is within 1e-14; exp of the C library within 2e-16


@nb.njit(inline="always")
def _score(prob):  # type: ignore[no-untyped-def]
    return np.float32(math.log(np.float64(prob) + 1e-5))


@nb.njit(cache=True, nogil=True)
def exponentials(logits, top, out):  # type: ignore[no-untyped-def]
    """``float32(exp(float64(logit - top)))`` with the bits of the C library, in vectors.

    A polynomial in float64 gives the same float32 unless a rounding boundary lies within its
    error; then (2 in 100,000) the C library is asked.
    """
    doubts = 0
    for at in range(out.size):
        x = max(np.float64(logits[at] - top), -120.0)  # under -104 it is 0 as float32
        whole = x * _LOG2_E + _ROUND
        n = whole - _ROUND
        r = (x - n * _LN2_HIGH) - n * _LN2_LOW
        p = 1 / 479001600.0
        p = p * r + 1 / 39916800.0
        p = p * r + 1 / 3628800.0
        p = p * r + 1 / 362880.0
        p = p * r + 1 / 40320.0
        p = p * r + 1 / 5040.0
        p = p * r + 1 / 720.0
        p = p * r + 1 / 120.0
        p = p * r + 1 / 24.0
        p = p * r + 1 / 6.0
        p = p * r + 0.5
        p = p * r + 1.0
        p = p * r + 1.0
        power = (np.float64(whole).view(np.int64) + np.int64(1023)) << np.int64(52)
        value = p * np.int64(power).view(np.float64)
        low = np.float32(value * (1 - _DOUBT))
        doubts += low != np.float32(value * (1 + _DOUBT))
        out[at] = low
    if doubts:
        for at in range(out.size):
            out[at] = np.float32(math.exp(np.float64(logits[at] - top)))


@nb.njit(cache=True, nogil=True)
def softmax(logits, out):  # type: ignore[no-untyped-def]
    """Exponentials into ``out``, and what they have to be divided by."""
    top = logits[0]
    for at in range(1, out.size):
        top = max(top, logits[at])
    exponentials(logits, top, out)
    total = np.float32(0)
    for at in range(out.size):
        total += out[at]
    return total


@nb.njit(cache=True, nogil=True)
def sigmoids(logits, table, out):  # type: ignore[no-untyped-def]
    """The library's table of 513 steps; ties are common."""
    for at in range(out.size):
        x = logits[at]
        if x < np.float32(-8):
            out[at] = np.float32(0)
        elif x > np.float32(8):
            out[at] = np.float32(1)
        else:
            step = (x + np.float32(8)) * np.float32(512) / np.float32(8) / np.float32(2)
            out[at] = table[np.int64(step)]


@nb.njit(cache=True, nogil=True)
def best_one(probs, total, threshold, labels, scores):  # type: ignore[no-untyped-def]
    """The best label of ``probs / total``, the last of equals; returns how many (0 or 1).

    Only those within 2e-4 of the top can have its score: a step of float32 is under 1e-6 of
    p + 1e-5.
    """
    top = probs[0]
    for at in range(1, probs.size):
        top = max(top, probs[at])
    cut = top * np.float32(0.9998) - np.float32(2e-9) * total
    found = 0
    for at in range(probs.size):
        if probs[at] >= cut:
            prob = np.float32(probs[at] / total)
            if prob >= threshold:
                score = _score(prob)
                if found == 0 or score >= scores[0]:
                    labels[0] = at
                    scores[0] = score
                    found = 1
    return found


@nb.njit(cache=True, nogil=True)
def _sift_up(labels, scores, hole, top, label, score):  # type: ignore[no-untyped-def]
    """``std::__push_heap``; the least score is on top of the heap."""
    while hole > top:
        parent = (hole - 1) // 2
        if not scores[parent] > score:
            break
        scores[hole], labels[hole] = scores[parent], labels[parent]
        hole = parent
    scores[hole], labels[hole] = score, label


@nb.njit(cache=True, nogil=True)
def _pop(labels, scores, last):  # type: ignore[no-untyped-def]
    """``std::pop_heap``: move the least of ``last + 1`` pairs to place ``last``."""
    score, label = scores[last], labels[last]
    scores[last], labels[last] = scores[0], labels[0]
    hole = child = 0
    while child < (last - 1) // 2:
        child = 2 * (child + 1)
        if scores[child] > scores[child - 1]:
            child -= 1
        scores[hole], labels[hole] = scores[child], labels[child]
        hole = child
    if last & 1 == 0 and child == (last - 2) // 2:
        child = 2 * (child + 1)
        scores[hole], labels[hole] = scores[child - 1], labels[child - 1]
        hole = child - 1
    _sift_up(labels, scores, hole, 0, label, score)


@nb.njit(cache=True, nogil=True)
def _offer(labels, scores, found, most, label, score):  # type: ignore[no-untyped-def]
    """Add a pair and drop the least if there are more than ``most``; returns how many there are."""
    _sift_up(labels, scores, found, 0, label, score)
    found += 1
    if found > most:
        found -= 1
        _pop(labels, scores, found)
    return found


@nb.njit(cache=True, nogil=True)
def _sort(labels, scores, found):  # type: ignore[no-untyped-def]
    """``std::sort_heap``: best first."""
    for last in range(found - 1, 0, -1):
        _pop(labels, scores, last)


@nb.njit(cache=True, nogil=True)
def best_many(probs, total, threshold, most, labels, scores):  # type: ignore[no-untyped-def]
    """The ``most`` best labels of ``probs / total``, best first; returns how many.

    ``labels`` and ``scores`` need room for one more than ``most``.
    """
    found = 0
    least = -1.0  # under this, the score is surely below that of the heap's top
    last, score = np.float32(-1), np.float32(0)
    for at in range(probs.size):
        prob = np.float32(probs[at] / total)
        if prob < threshold or prob < least:
            continue
        if prob != last:  # sigmoids from a table are often equal, and logarithms are slow
            last, score = prob, _score(prob)
        if found == most and score < scores[0]:
            continue
        found = _offer(labels, scores, found, most, at, score)
        if found == most:
            least = math.exp(np.float64(scores[0])) * (1 - 1e-5) - 1e-5
    _sort(labels, scores, found)
    return found


@nb.njit(cache=True, nogil=True)
def best_in_tree(logits, left, right, threshold, most, labels, scores, nodes, sums):  # type: ignore[no-untyped-def]
    """The ``most`` best leaves of the Huffman tree, depth first and left first, like the library.

    Branches under the threshold or under the worst of ``most`` leaves are cut, so that ``most``
    leaves are not always found.

    Args:
        logits: One for each inner node.
        left: Left child of each node, -1 for a leaf.
        right: Right child.
        threshold: Least probability.
        most: How many leaves.
        labels: Filled with leaves, best first; room for ``most + 1``.
        scores: Filled with their scores.
        nodes: Room for a path through the tree and its siblings, ``left.size + 2``.
        sums: The same.
    """
    leaves = (left.size + 1) // 2
    floor = _score(threshold)
    found = 0
    depth = 1
    nodes[0], sums[0] = left.size - 1, np.float32(0)
    while depth > 0:
        depth -= 1
        node, score = nodes[depth], sums[depth]
        if score < floor or (found == most and score < scores[0]):
            continue
        if left[node] < 0:
            found = _offer(labels, scores, found, most, node, score)
            continue
        odds = np.float32(math.exp(np.float32(-logits[node - leaves])))
        prob = np.float32(1.0 / np.float64(np.float32(1) + odds))
        nodes[depth], sums[depth] = right[node], np.float32(score + _score(prob))
        depth += 1
        rest = np.float32(1.0 - np.float64(prob))
        nodes[depth], sums[depth] = left[node], np.float32(score + _score(rest))
        depth += 1
    _sort(labels, scores, found)
    return found
