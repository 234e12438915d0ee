"""From logits to labels on the device, and which texts are too close to call there.

The arithmetic is the CPU's, step by step in the same order and width. What may differ is the last
bit of an exponential or a logarithm; texts where that could change a label are found by margins
far above it, and labelled again on the CPU. So are ties, which the library settles by the order in
its heap.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from curate.langid.gpu.tables import DeviceTables, Tensor
from curate.langid.tables import SOFTMAX, TREE

MARGIN = 1e-3
"""Least distance of neighbours among the best, in logarithms of probability."""
TIE = 1e-5
"""The same in ``log(p + 1e-5)``, for labels whose probability is far under 1e-5: ten times the
last bit of float32 there."""
_FLOOR = 1e-5
AddUp: TypeAlias = Callable[[Tensor], Tensor]


class Best(NamedTuple):
    """The best labels of a block.

    Attributes:
        labels: int32, shape (texts, k).
        scores: float32, shape (texts, k): logarithms of the reported probabilities.
        counts: int32, shape (texts,): how many of the k are there.
        doubt: bool, shape (texts,): which the CPU has to label.
    """

    labels: Tensor
    scores: Tensor
    counts: Tensor
    doubt: Tensor


def best_labels(
    tables: DeviceTables, logits: Tensor, rows: Tensor, k: int, threshold: float, add_up: AddUp
) -> Best:
    """The ``k`` best labels of each text.

    Args:
        tables: The model.
        logits: Its logits, shape (texts, labels).
        rows: How many rows each text has; one without any has no label.
        k: At most the number of labels.
        threshold: Least probability.
        add_up: Sums over the labels of each text, one by one: of ``eager`` or ``triton_kernels``.
    """
    import torch

    head = tables.model.tables.head
    least = float(logits.new_tensor(threshold))  # rounded to float32, as the library's is
    if head == SOFTMAX:
        best = _softmax(logits, k, least, add_up)
    else:
        best = (_tree if head == TREE else _sigmoid)(tables, logits, k, least)
    some = rows > 0
    # written so that a NaN is a doubt
    doubt = some & ~(torch.isfinite(logits).all(1) & ~best.doubt)
    return best._replace(counts=torch.where(some, best.counts, 0).int(), doubt=doubt)


def _top(values: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """The ``k`` largest and the one after them, and where the ``k`` are."""
    found, at = values.topk(min(k + 1, values.shape[1]), 1)
    return found, at[:, :k].int()


def _apart(values: Tensor, margin: float) -> Tensor:
    """Whether neighbours, sorted, are further apart than a margin; not so for NaN."""
    apart: Tensor = (values[:, :-1] - values[:, 1:] > margin).all(1)
    return apart


def _scores(probs: Tensor) -> Tensor:
    """``log(p + 1e-5)`` as the library rounds it."""
    return (probs.double() + _FLOOR).log().float()


def _softmax(logits: Tensor, k: int, least: float, add_up: AddUp) -> Best:
    top, labels = _top(logits, k)
    total = add_up((logits - top[:, :1]).double().exp().float())
    probs = (top - top[:, :1]).double().exp().float() / total[:, None]
    scores = _scores(probs)
    sure = _apart(top, MARGIN) & _apart(scores, TIE)
    found = probs[:, :k]
    if least > 0:
        sure &= ((found - least).abs() > TIE).all(1)
    return Best(labels, scores[:, :k], (found >= least).sum(1), ~sure)


def _sigmoid(tables: DeviceTables, logits: Tensor, k: int, least: float) -> Best:
    """One against all: 513 steps of a table, so that ties are common.

    A step is 1/32 of a logit: neighbours further apart than that are on different ones.
    """
    import torch

    top, labels = _top(logits.clamp(-8, 8), k)
    sure = _apart(top, 1 / 32 + MARGIN)
    picked = logits.gather(1, labels.long())
    steps = (picked + 8) * 512 / 8 / 2
    probs = tables.sigmoid[steps.clamp(0, 512).long()]
    probs = torch.where(picked < -8, 0.0, torch.where(picked > 8, 1.0, probs))
    return Best(labels, _scores(probs), (probs >= least).sum(1), ~sure)


def _tree(tables: DeviceTables, logits: Tensor, k: int, least: float) -> Best:
    """Hierarchical softmax: scores of all leaves, added from the root on as the library does.

    It cuts branches, under the threshold or under the worst of the best; as a step may raise a
    score by 1e-5, that can matter to leaves nearer than a few of those, which the margin covers.
    """
    count = tables.model.tables.nlabels
    odds = (-logits[:, : count - 1]).double().exp().float()
    right = (1.0 / (1.0 + odds).double()).float()
    left = (1.0 - right.double()).float()
    more, less = _scores(right), _scores(left)
    scores = logits.new_zeros(len(logits), 2 * count - 1)
    for nodes, lefts, rights in tables.levels:
        scores[:, lefts] = scores[:, nodes] + less[:, nodes - count]
        scores[:, rights] = scores[:, nodes] + more[:, nodes - count]
    top, labels = _top(scores[:, :count], k)
    slack = max(MARGIN, 4 * _FLOOR * len(tables.levels))
    floor = math.log(least + _FLOOR)
    found = top[:, :k]
    sure = _apart(top, slack) & ((top - floor).abs() > slack).all(1)
    return Best(labels, found, (found >= floor).sum(1), ~sure)
