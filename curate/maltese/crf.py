"""A linear-chain CRF over many sequences at once: best labels, and how probable each is.

Lafferty, McCallum and Pereira 2001, "Conditional Random Fields". Only the reading side: weights are
learnt by CRFsuite (``train``). Its tagger answers the same (``tests/maltese/test_crf.py``), but
looks up every feature of every token anew and crashes the interpreter on a damaged model file,
while here the scores of a word are summed once and a sequence costs two passes over small rows.
"""

from __future__ import annotations

import numba as nb
import numpy as np

Floats = np.ndarray


@nb.njit(cache=True, nogil=True)
def decode(scores, starts, transitions):  # type: ignore[no-untyped-def]
    """Best labels of every sequence (Viterbi).

    Args:
        scores: float64, shape (tokens, labels).
        starts: int64, shape (sequences + 1,): where each begins, and the end.
        transitions: float64, shape (labels, labels): from, to.

    Returns:
        int64, shape (tokens,); of equal ones the first label.
    """
    tokens, labels = scores.shape
    best = np.empty(tokens, np.int64)
    came = np.empty((tokens, labels), np.int64)
    for one in range(starts.size - 1):
        first, last = starts[one], starts[one + 1]
        if first == last:
            continue
        total = scores[first].copy()
        for at in range(first + 1, last):
            new = np.empty(labels)
            for to in range(labels):
                high, source = -np.inf, 0
                for origin in range(labels):
                    value = total[origin] + transitions[origin, to]
                    if value > high:
                        high, source = value, origin
                new[to] = high + scores[at, to]
                came[at, to] = source
            total = new
        label = int(np.argmax(total))
        best[last - 1] = label
        for at in range(last - 1, first, -1):
            label = came[at, label]
            best[at - 1] = label
    return best


@nb.njit(cache=True, nogil=True)
def marginals(scores, starts, transitions):  # type: ignore[no-untyped-def]
    """Probability of each label of each token (forward and backward sums, scaled each step).

    Args and shapes as for ``decode``.

    Returns:
        float64, shape (tokens, labels), rows sum to 1.
    """
    tokens, labels = scores.shape
    forward = np.empty((tokens, labels))
    move = np.exp(transitions)
    for one in range(starts.size - 1):
        first, last = starts[one], starts[one + 1]
        for at in range(first, last):
            high = scores[at].max()
            total = 0.0
            for to in range(labels):
                into = 1.0
                if at > first:
                    into = 0.0
                    for origin in range(labels):
                        into += forward[at - 1, origin] * move[origin, to]
                forward[at, to] = into * np.exp(scores[at, to] - high)
                total += forward[at, to]
            for to in range(labels):
                forward[at, to] /= total
        back = np.ones(labels)
        for at in range(last - 1, first - 1, -1):
            if at < last - 1:
                high = scores[at + 1].max()
                new = np.zeros(labels)
                for origin in range(labels):
                    for to in range(labels):
                        weight = np.exp(scores[at + 1, to] - high)
                        new[origin] += move[origin, to] * weight * back[to]
                back = new / new.sum()
            total = 0.0
            for label in range(labels):
                total += forward[at, label] * back[label]
            # forward of this token is not needed further left: it becomes the answer
            for label in range(labels):
                forward[at, label] = forward[at, label] * back[label] / total
    return forward


@nb.njit(cache=True, nogil=True)
def first_and_second(probs, best):  # type: ignore[no-untyped-def]
    """How probable the chosen labels are, and which other label is most probable, and how much so.

    Args:
        probs: float64, shape (tokens, labels), from ``marginals``.
        best: int64, shape (tokens,), from ``decode``.

    Returns:
        float64, int64 and float64, each of shape (tokens,); of equal labels the first one.
    """
    prob, second_prob = np.empty(best.size), np.empty(best.size)
    second = np.empty(best.size, np.int64)
    for at in range(best.size):
        prob[at] = probs[at, best[at]]
        place = -1
        for label in range(probs.shape[1]):
            if label != best[at] and (place < 0 or probs[at, label] > probs[at, place]):
                place = label
        second[at] = place
        second_prob[at] = probs[at, place] if place >= 0 else 0.0
    return prob, second, second_prob
