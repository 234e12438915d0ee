"""Words whose etymology was always the same in the annotations, and how far that can be trusted.

The label is nearly a function of the word (ten of 2,175 words have two), so a word seen with one
label keeps it, as in the released code of Micallef et al. 2024 (their MLE). How often that is right
depends on how often the word was seen, and is estimated by leaving one occurrence out.
"""

from __future__ import annotations

import dataclasses as dc
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

MOST_COUNTED = 8
"""Words seen this often or more share one estimate."""


@dc.dataclass(frozen=True)
class Memory:
    """What was learnt by heart.

    Attributes:
        words: Composed word → (label, how often seen).
        trust: Probability that a word seen 1, 2, … ``MOST_COUNTED`` times has its label.
    """

    words: Mapping[str, tuple[str, int]]
    trust: tuple[float, ...]

    def prob(self, count: int) -> float:
        """How probable the label of a word seen ``count`` times is."""
        return self.trust[min(count, len(self.trust)) - 1]


def remember(pairs: Iterable[tuple[str, str]]) -> Memory:
    """Learn (word, label) pairs.

    Example:
        >>> pairs = [("il-", "Arabic"), ("il-", "Arabic"), ("Sant", "Name"), ("Sant", "Arabic")]
        >>> remember(pairs).words
        {'il-': ('Arabic', 2)}
    """
    labels: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for word, label in pairs:
        labels[word][label] += 1
    certain = {
        word: (next(iter(counts)), counts.total())
        for word, counts in sorted(labels.items())
        if len(counts) == 1
    }
    return Memory(certain, _trust(labels.values()))


def _trust(words: Iterable[Counter[str]]) -> tuple[float, ...]:
    """Share right when one occurrence is left out and the others agree, with one of each added.

    A word seen often is not trusted less than one seen seldom.
    """
    right, seen = [0] * MOST_COUNTED, [0] * MOST_COUNTED
    for counts in words:
        for label, times in counts.items():
            others = counts - Counter({label: 1})
            if len(others) != 1:
                continue
            bucket = min(others.total(), MOST_COUNTED) - 1
            seen[bucket] += times
            right[bucket] += times * (label in others)
    found: list[float] = []
    for hits, tried in zip(right, seen, strict=True):
        estimate = (hits + 1) / (tried + 2)
        found.append(round(max(estimate, found[-1] if found else 0.0), 6))
    return tuple(found)
