"""Positives: a text that means the same and reads otherwise, by rule, with the evidence."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

from curate.korean import register, wording
from curate.korean.analysis import Document, Edit, Piece, seed_of, shuffled
from curate.korean.shifts import Candidate, candidate, sound

_WHOLE: dict[str, Callable[[Document], list[Edit]]] = {
    "register": register.register,
    "bullets": wording.bullets,
}
_LOCAL: dict[str, Callable[[Piece, random.Random], Iterator[Edit]]] = {
    "synonym": wording.synonym,
    "connective": wording.connective,
}
RULES = ("register", "synonym", "connective", "bullets")
"""What ``docs/korean.md`` describes."""


def paraphrase(
    text: str, count: int = 1, rules: Sequence[str] = RULES, seed: int = 0
) -> list[Candidate]:
    """Positives of a text, at most one by each rule.

    Args:
        text: The text.
        count: How many, if there are as many.
        rules: Names of the rules to choose from.
        seed: Another seed makes other choices.

    Example:
        >>> [one.text for one in paraphrase("금리를 올렸다.", 9)]
        ['금리를 올렸습니다.']
    """
    document = Document(text)
    chance = random.Random(seed_of(seed, "order", text))
    order = shuffled(range(len(document.pieces)), chance)
    names = sorted(rules)
    found: list[Candidate] = []
    for at in shuffled(range(len(names)), chance):
        if len(found) == count:
            break
        name = names[at]
        own = seed_of(seed, name, text)
        edits = _WHOLE[name](document) if name in _WHOLE else _local(document, name, order, own)
        if edits:
            made = candidate(text, name, edits, own)
            if made.text not in {text, *(one.text for one in found)}:
                found.append(made)
    return found


def _local(document: Document, name: str, order: list[int], seed: int) -> list[Edit]:
    chance = random.Random(seed)
    for at in order:
        piece = document.pieces[at]
        for edit in _LOCAL[name](piece, chance):
            if sound(piece, edit):
                return [edit]
    return []
