"""Whether the labels of a file of pairs follow meaning, and what gives them away.

Four questions to the whole file:

- Do labels stand in blocks? Fewer runs of one label than chance gives (Wald and Wolfowitz 1940).
- Do they follow change? Pairs that should mean the same must show less often a change of polarity,
  negation, figure, … (``evidence.changes``) than those that should not: Fisher's exact test,
  one-sided, for each kind of change.
- Does overlap tell them? AUC of the character bigrams in common.
- Does length? AUC of the ratio of lengths.

An AUC of .5 means that the shortcut knows nothing; beyond .40 and .60 a model can learn the
shortcut instead of the meaning. Rows can be dropped until overlap is within: those whose overlap
gives the label away most.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy.stats

from curate.korean.evidence import CHANGES, changes

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
PROBLEMS = (
    "labels in blocks", "labels unrelated to change", "overlap tells labels", "length tells labels",
)  # fmt: skip
LOW, HIGH = 0.40, 0.60
"""Bounds of an AUC that is no shortcut."""
LEAST_PAIRS = 40
"""Fewer pairs, or fewer than a quarter of that of either label, are not judged."""
BLOCKS_Z = -6.0
UNRELATED_P = 0.01
_HANGUL = re.compile("[가-힣]")
_NOT_WORDS = re.compile(r"[\W_]+")


class Pairs(NamedTuple):
    """What is known of some pairs.

    Attributes:
        same: Whether the label says that both mean the same, shape (pairs,).
        overlap: ``overlap`` of each.
        length_ratio: Shorter over longer.
        changed: ``changes`` of each; None for pairs that are not Korean.
    """

    same: Mask
    overlap: Floats
    length_ratio: Floats
    changed: Sequence[Sequence[str] | None]


class Quality(NamedTuple):
    """What was found.

    Attributes:
        problems: Of ``PROBLEMS``, in order.
        runs_z: How many standard deviations the runs of labels are from chance.
        change_p: Least p of the tests of change, corrected for their number; NaN if not judged.
        shares: Change → share of the pairs with label 1 and with label 0 that show it.
        overlap_auc: AUC of overlap for label 1; NaN if not judged.
        length_auc: AUC of the ratio of lengths.
    """

    problems: list[str]
    runs_z: float
    change_p: float
    shares: dict[str, tuple[float, float]]
    overlap_auc: float
    length_auc: float


def overlap(one: str, other: str) -> float:
    """Character bigrams in common, of all that either has; spaces and punctuation do not count.

    Example:
        >>> overlap("금리 인상", "금리인하"), overlap("", "")
        (0.5, 0.0)
    """
    a, b = _bigrams(one), _bigrams(other)
    return len(a & b) / len(a | b) if a or b else 0.0


def _bigrams(text: str) -> set[str]:
    text = _NOT_WORDS.sub("", text.casefold())
    return {text[at : at + 2] for at in range(len(text) - 1)}


def auc(values: Floats, labels: Mask) -> float:
    """Probability that a pair with the label has a higher value than one without; ties half.

    Example:
        >>> auc(np.array([0.9, 0.4, 0.4, 0.1]), np.array([True, True, False, False]))
        0.875
    """
    ones, zeros = int(labels.sum()), int((~labels).sum())
    if not ones or not zeros:
        return float("nan")
    ranks = scipy.stats.rankdata(values)
    return float((ranks[labels].sum() - ones * (ones + 1) / 2) / (ones * zeros))


def runs_z(labels: Mask) -> float:
    """Standard deviations between the runs of equal labels and what chance gives.

    Example:
        >>> round(runs_z(np.repeat([True, False], 50)), 1), round(runs_z(np.arange(9) % 2 == 0), 1)
        (-9.8, 2.6)
    """
    ones, rows = int(labels.sum()), len(labels)
    mean = 2.0 * ones * (rows - ones) / max(rows, 1) + 1
    spread = (mean - 1) * (mean - 2) / max(rows - 1, 1)
    if spread <= 0:
        return 0.0
    return float((1 + (labels[1:] != labels[:-1]).sum() - mean) / spread**0.5)


def judge(pairs: Pairs, *, in_order: bool = True) -> Quality:
    """Ask all four questions.

    Args:
        pairs: The whole file.
        in_order: Their order is that of the file, so that blocks mean something.
    """
    judged = _enough(pairs.same)
    values = (pairs.overlap, pairs.length_ratio)
    overlap_auc, length_auc = (auc(one, pairs.same) if judged else np.nan for one in values)
    runs = runs_z(pairs.same) if judged and in_order else 0.0
    shares, least = _related(pairs)
    found = (
        runs < BLOCKS_Z,
        least >= UNRELATED_P,
        judged and not LOW <= overlap_auc <= HIGH,
        judged and not LOW <= length_auc <= HIGH,
    )
    problems = [name for name, is_there in zip(PROBLEMS, found, strict=True) if is_there]
    return Quality(problems, runs, least, shares, overlap_auc, length_auc)


def measured(first: str, second: str) -> tuple[float | None, float | None, list[str] | None]:
    """Overlap, ratio of lengths and changes of a pair.

    All are None for a text and its translation, which share no letters by nature, and changes
    are None for any pair that is not Korean.

    Example:
        >>> measured("금리 인상", "금리 인하"), measured("up", "up")[2]
        ((0.5, 1.0, ['polarity']), None)
    """
    korean = [bool(_HANGUL.search(text)) for text in (first, second)]
    if korean[0] != korean[1]:
        return None, None, None
    ratio = min(len(first), len(second)) / max(len(first), len(second), 1)
    return overlap(first, second), ratio, sorted(changes(first, second)) if korean[0] else None


def _enough(labels: Mask) -> bool:
    ones = int(labels.sum())
    return len(labels) >= LEAST_PAIRS and 4 * min(ones, len(labels) - ones) >= LEAST_PAIRS


def _related(pairs: Pairs) -> tuple[dict[str, tuple[float, float]], float]:
    """Shares of pairs that show each change, by label, and the least p that they follow it."""
    shares: dict[str, tuple[float, float]] = {}
    korean = np.array([one is not None for one in pairs.changed], np.bool_)
    if not _enough(pairs.same[korean]):
        return shares, float("nan")
    least = 1.0
    sides = (korean & ~pairs.same, korean & pairs.same)
    for name in CHANGES:
        shows = np.array([name in (one or ()) for one in pairs.changed], np.bool_)
        table = [[int((shows & side).sum()), int((~shows & side).sum())] for side in sides]
        shares[name] = (table[1][0] / sum(table[1]), table[0][0] / sum(table[0]))
        least = min(least, float(scipy.stats.fisher_exact(table, "greater").pvalue))
    return shares, min(1.0, least * len(CHANGES))


class Side(NamedTuple):
    """A measure of the pairs of each row; NaN where a row has no such pair.

    Attributes:
        same: Of the pair that should mean the same, shape (rows,).
        other: Of the pair that should not.
    """

    same: Floats
    other: Floats

    def auc(self, rows: Mask) -> float:
        """How well it tells the label of the pairs of some rows."""
        same, other = (values[rows & ~np.isnan(values)] for values in self)
        return auc(np.concatenate([same, other]), np.arange(len(same) + len(other)) < len(same))

    def pull(self, rows: Mask) -> Floats:
        """How far each row pulls the AUC up."""
        known = np.concatenate([values[rows & ~np.isnan(values)] for values in self])
        middle = float(np.median(known))
        up, down = (np.where(np.isnan(values), middle, values) for values in self)
        pulls: Floats = up - down
        return pulls


ROUNDS = 20


def balanced(measures: Sequence[Side], ids: Sequence[str], most: float) -> Mask | None:
    """Which rows to keep so that no measure tells the label; None where it takes too many.

    Of the measure that is first beyond its bounds, the rows go that pull it most, the fewest that
    do; then the next, until all are within.

    Args:
        measures: Overlap, ratio of lengths.
        ids: Ids of the rows, which settle ties.
        most: Largest share of the rows to drop.

    Example:
        >>> side = Side(np.array([0.9, 0.8, 0.3, 0.5]), np.array([0.6, 0.6, 0.6, 0.6]))
        >>> balanced([side], "abcd", 0.5).tolist()
        [True, True, True, True]
        >>> side = Side(side.same[[0, 1, 3]], side.other[:3])
        >>> balanced([side], "abc", 0.5).tolist()
        [False, True, True]
    """
    keep = np.ones(len(ids), np.bool_)
    for _ in range(ROUNDS):
        aucs = [side.auc(keep) for side in measures]
        beyond = [at for at, one in enumerate(aucs) if one < LOW or one > HIGH]
        if not beyond:
            return keep
        at = beyond[0]
        if not _drop(measures[at], keep, ids, up=aucs[at] > HIGH):
            return None
        if keep.sum() < (1 - most) * len(ids):
            return None
    return None


def _drop(side: Side, keep: Mask, ids: Sequence[str], *, up: bool) -> bool:
    """Drop the fewest rows that bring a measure within; whether that is possible."""
    pull = side.pull(keep) * (1 if up else -1)
    rows = [row for row in np.flatnonzero(keep).tolist() if pull[row] > 0]
    order = np.array(sorted(rows, key=lambda row: (-pull[row], ids[row])), np.int64)
    low, high = 1, len(order) + 1
    while low < high:
        cut = (low + high) // 2
        left = keep.copy()
        left[order[:cut]] = False
        found = side.auc(left)
        within = found <= HIGH if up else found >= LOW
        low, high = (low, cut) if within else (cut + 1, high)
    if low > len(order):
        return False
    keep[order[:low]] = False
    return True
