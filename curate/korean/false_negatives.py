"""Negatives that mean what a positive means, in the eyes of the whole corpus.

Texts that stand together as anchor and positives, translations among them, are known to mean the
same, and so are the texts of two rows that share one of them. A negative among these is false.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from curate.korean.endings import compared
from curate.korean.label_quality import overlap
from curate.text.union_find import groups


class Triplet(NamedTuple):
    """One triplet.

    Attributes:
        anchor: Its text.
        positive: What means the same.
        negative: What should not.
        group: What its rows have in common, such as a document; None for the row alone.
        mined: Whether the negative was found in the corpus, not made from the anchor.
    """

    anchor: str
    positive: str
    negative: str
    group: str | None
    mined: bool


def likeness(rows: Sequence[Triplet]) -> list[tuple[bool, float | None]]:
    """Whether the negative of each row is a known positive, and how like one it is.

    The second is the largest overlap with an anchor or positive of its group: for mined negatives
    alone, since one that was made from the anchor is like it on purpose.

    Example:
        >>> rows = [Triplet("올랐다.", "상승했다.", "내렸다.", "a", False),
        ...         Triplet("상승했다.", "rose", "하락세", "b", True),
        ...         Triplet("올랐다.", "뛰었다.", "rose", "a", True)]
        >>> likeness(rows)
        [(False, None), (False, 0.0), (True, 1.0)]
    """
    keys = [tuple(compared(text) for text in (row.anchor, row.positive)) for row in rows]
    names = [f"g{row.group}" if row.group is not None else f"r{at}" for at, row in enumerate(rows)]
    root = _joined(names, keys)
    known: dict[str, dict[str, str]] = {}
    for name, row, (anchor, positive) in zip(names, rows, keys, strict=True):
        texts = known.setdefault(root[name], {})
        texts |= {anchor: row.anchor, positive: row.positive}
    found: list[tuple[bool, float | None]] = []
    for name, row in zip(names, rows, strict=True):
        texts = known[root[name]]
        is_known = compared(row.negative) in texts
        most = None
        if row.mined and not is_known:
            most = max(overlap(row.negative, text) for text in texts.values())
        found.append((is_known, 1.0 if is_known else most))
    return found


def _joined(names: Sequence[str], keys: Sequence[Iterable[str]]) -> Mapping[str, str]:
    """Groups that share a text, as one: name → name of the first."""
    known = tuple(dict.fromkeys(names))
    place = {name: at for at, name in enumerate(known)}
    owner: dict[str, int] = {}
    pairs = [
        (place[name], owner.setdefault(text, place[name]))
        for name, texts in zip(names, keys, strict=True)
        for text in texts
    ]
    firsts = groups(len(known), *np.array(pairs, np.int64).reshape(-1, 2).T)
    return {name: known[first] for name, first in zip(known, firsts, strict=True)}
