"""Annotated sentences checked by each other: faults, repeats, and what the others would have said.

Each sentence is labelled by a classifier learnt from sentences of other folds (``evaluate``), those
with the same words being in one fold. Where it gives another label than the annotators, either is
wrong: on the published annotations a few in a hundred words, among them what annotators were not
sure of themselves (Northcutt et al. 2021, "Confident Learning", find label errors in this way).
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any, NamedTuple

from curate.maltese.annotations import FINE, MERGED, MERGES, Sentence
from curate.maltese.evaluate import Setting, cross_validate, folds_of_groups
from curate.maltese.features import compose
from curate.maltese.tables import Tables

NO_TOKENS = "no tokens"
OTHER_COUNT = "labels do not fit tokens"
UNKNOWN = "unknown label"
MIXED = "merged label among fine ones"
KEY = "Etymology="
"""How the label begins in MISC of CoNLL-U."""


class Fault(NamedTuple):
    """Why a sentence cannot be learnt from: one of the reasons above, and where it is."""

    reason: str
    fault: str


class Opinion(NamedTuple):
    """What the other sentences say of the words of one.

    Attributes:
        fold: In which it is.
        label: Their label for each word.
        prob: How probable they hold it.
        own_prob: How probable they hold the annotated label.
    """

    fold: int
    label: list[str]
    prob: list[float]
    own_prob: list[float]


def label_in_misc(value: str | None) -> str | None:
    """The label that MISC of CoNLL-U holds.

    Example:
        >>> label_in_misc("SpaceAfter=No|Etymology=Arabic"), label_in_misc("_")
        ('Arabic', None)
    """
    parts = (value or "").split("|")
    return next((part.removeprefix(KEY) for part in parts if part.startswith(KEY)), None)


def faults(
    tokens: Sequence[Sequence[str] | None], labels: Sequence[Sequence[str | None] | None]
) -> list[Fault | None]:
    """What is wrong with each sentence, if anything is.

    Args:
        tokens: Words of each sentence.
        labels: Their labels, fine ones or merged ones: if any is one that only the fine ones have,
            all have to be fine.

    Example:
        >>> faults([["Il-", "kelb"], ["kelb"]], [["Arabic", "Arab"], ["Arabic"]])
        [Fault(reason='unknown label', fault="word 2, 'kelb': 'Arab'"), None]
    """
    known = {label for some in labels for label in some or ()}
    is_fine = bool(known & set(MERGES))
    return [_fault(*pair, is_fine=is_fine) for pair in zip(tokens, labels, strict=True)]


def _fault(
    words: Sequence[str] | None, labels: Sequence[str | None] | None, *, is_fine: bool
) -> Fault | None:
    if not words:
        return Fault(NO_TOKENS, "")
    if len(words) != len(labels or ()):
        return Fault(OTHER_COUNT, f"{len(words)} words, {len(labels or ())} labels")
    for number, (word, label) in enumerate(zip(words, labels or (), strict=True), 1):
        where = f"word {number}, {word!r:.60}: {label!r:.60}"
        if label not in FINE and label not in MERGED:
            return Fault(UNKNOWN, where)
        if is_fine and label not in FINE:
            return Fault(MIXED, where)
    return None


def first_places(sentences: Sequence[Sentence]) -> list[int]:
    """For each sentence the place of the first one with the same words."""
    found: dict[tuple[str, ...], int] = {}
    return [found.setdefault(one.words, at) for at, one in enumerate(sentences)]


def opinions(
    sentences: Sequence[Sentence], parts: int, seed: int, tables: Tables | None = None
) -> list[Opinion] | None:
    """What is learnt from the other folds says of each sentence; none of fewer than two kinds.

    Args:
        sentences: Without faults, words composed.
        parts: Folds, at most as many as there are sentences of different words.
        seed: Another one gives other folds.
        tables: Translations, if any.
    """
    groups = first_places(sentences)
    labels = {label for one in sentences for label in one.labels}
    parts = min(parts, len(set(groups)))
    if parts < 2 or len(labels) < 2:
        return None
    folds = folds_of_groups(groups, parts, seed)
    found: list[Opinion | None] = [None] * len(sentences)
    for number, (fold, judged) in enumerate(
        zip(folds, cross_validate(sentences, folds, Setting(tables=tables)), strict=True)
    ):
        words = iter(judged)
        for place in fold:
            some = [next(words) for _ in sentences[place].words]
            found[place] = Opinion(
                number,
                [one.given for one in some],
                [one.prob for one in some],
                [one.truth_prob for one in some],
            )
    return [one for one in found if one is not None]


def check(
    ids: Sequence[str],
    tokens: Sequence[Sequence[str] | None],
    labels: Sequence[Sequence[str | None] | None],
    parts: int,
    seed: int,
    tables: Tables | None = None,
) -> list[dict[str, Any]]:
    """All of it for the rows of a dataset.

    Returns:
        For each row ``reason`` and ``fault`` (None if it has none), ``etymology``, ``repeat_of``,
        and, where there are opinions, ``etymology_prob``, ``expected``, ``expected_prob``,
        ``disputed`` and ``fold``.
    """
    rows: list[dict[str, Any]] = []
    sound: list[int] = []
    sentences: list[Sentence] = []
    for at, (fault, words, some) in enumerate(
        zip(faults(tokens, labels), tokens, labels, strict=True)
    ):
        row = {"etymology": some, "reason": None, "fault": None}
        rows.append(row if fault is None else row | fault._asdict())
        if fault is None:
            sound.append(at)
            given = tuple(label or "" for label in some or ())
            sentences.append(Sentence(ids[at], tuple(map(compose, words or ())), given))
    for at, first in zip(sound, first_places(sentences), strict=True):
        rows[at]["repeat_of"] = ids[sound[first]] if sound[first] != at else None
    said = opinions(sentences, parts, seed, tables) or []
    for at, one, sentence in zip(sound, said, sentences, strict=False):
        differs = map(operator.ne, sentence.labels, one.label)
        rows[at] |= {
            "etymology_prob": [round(prob, 4) for prob in one.own_prob],
            "expected": one.label,
            "expected_prob": [round(prob, 4) for prob in one.prob],
            "disputed": sum(differs),
            "fold": one.fold,
        }
    return rows
