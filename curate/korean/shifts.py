"""Hard negatives: a text with one meaning shifted, by rule, with the evidence.

Rules and order are drawn by the hash of the text, so that the same text gives the same negatives in
any batch. What a rule offers is analysed again before it is taken: the words that were put there
have to be found as such, and nothing unknown beside them.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from curate.korean import deontic, figures, lexical, predicates
from curate.korean.analysis import Document, Edit, Piece, morphemes, seed_of, shuffled, stems

Proposes = Callable[[Piece, random.Random], Iterator[Edit]]


class Rule(NamedTuple):
    """A way to shift a meaning.

    Attributes:
        proposes: Edits of a piece of text, in an order of chance.
        hint: A piece without it offers nothing.
    """

    proposes: Proposes
    hint: re.Pattern[str]


RULES = {
    "polarity": Rule(lexical.polarity, lexical.hint("antonyms", lexical.STEMS)),
    "realization": Rule(predicates.realization, predicates.PLAN_HINT),
    "expectation": Rule(predicates.expectation, predicates.PAST_HINT),
    "figure": Rule(figures.figure, re.compile(r"\d")),
    "period": Rule(figures.period, figures.PERIOD_HINT),
    "entity": Rule(lexical.entity, lexical.hint("entities")),
    "negation": Rule(predicates.negation, predicates.END_HINT),
    "deontic": Rule(deontic.deontic, deontic.HINT),
    "intensity": Rule(lexical.intensity, lexical.hint("intensities")),
    "hedge": Rule(predicates.hedge, predicates.DECLARED_HINT),
}
"""Name → rule; spec and typology are told in ``docs/korean.md``."""


class Span(NamedTuple):
    """What was changed: ``text[start:start + len(before)]`` became ``after``."""

    start: int
    before: str
    after: str


class Candidate(NamedTuple):
    """A text made from another one.

    Attributes:
        text: The new text.
        rule: What made it.
        spans: What was changed, in order.
        seed: What the choice was seeded with.
    """

    text: str
    rule: str
    spans: tuple[Span, ...]
    seed: int


def shift(
    text: str, count: int = 3, rules: Sequence[str] = tuple(RULES), seed: int = 0
) -> list[Candidate]:
    """Negatives of a text, at most one by each rule.

    Args:
        text: The text.
        count: How many, if there are as many.
        rules: Names of the rules to choose from.
        seed: Another seed makes other choices.

    Example:
        >>> made = shift("한국은행은 기준금리를 0.5%포인트 인상했다.", 9, ("figure", "polarity"))
        >>> sorted((one.rule, one.spans[0].before) for one in made)
        [('figure', '0.5%포인트'), ('polarity', '인상했다')]
    """
    document = Document(text)
    chance = random.Random(seed_of(seed, "order", text))
    order = shuffled(range(len(document.pieces)), chance)
    names = sorted(rules)
    found: list[Candidate] = []
    for at in shuffled(range(len(names)), chance):
        if len(found) == count:
            break
        made = _by_rule(document, names[at], order, seed_of(seed, names[at], text))
        if made and made.text not in {text, *(one.text for one in found)}:
            found.append(made)
    return found


def _by_rule(document: Document, name: str, order: list[int], seed: int) -> Candidate | None:
    chance, rule = random.Random(seed), RULES[name]
    for at in order:
        piece = document.pieces[at]
        if not rule.hint.search(piece.text, piece.start, piece.end):
            continue
        for edit in rule.proposes(piece, chance):
            if not sound(piece, edit):
                continue
            edits = figures.everywhere(edit, document.text) if name == "figure" else [edit]
            return candidate(document.text, name, edits, seed)
    return None


def candidate(text: str, rule: str, edits: Sequence[Edit], seed: int) -> Candidate:
    """The text with all edits made, and what they were."""
    parts, last, spans = [], 0, []
    for edit in sorted(edits):
        parts += [text[last : edit.start], edit.after]
        spans.append(Span(edit.start, text[edit.start : edit.end], edit.after))
        last = edit.end
    return Candidate("".join([*parts, text[last:]]), rule, tuple(spans), seed)


WINDOW = 6
"""Characters of context, up to the next space, with which an edit is analysed again."""


def sound(piece: Piece, edit: Edit) -> bool:
    """Whether an analysis of the edited place finds the words that were put there."""
    text = piece.text
    start = max(piece.start, edit.start - WINDOW)
    while start > piece.start and not text[start - 1].isspace():
        start -= 1
    end = min(piece.end, edit.end + WINDOW)
    while end < piece.end and not text[end].isspace():
        end += 1
    window = text[start : edit.start] + edit.after + text[edit.end : end]
    begin, stop = edit.start - start, edit.start - start + len(edit.after)
    inside = [one for one in morphemes(window) if one.end > begin and one.start < stop]
    if not edit.stems:
        return not any(one.tag.startswith(("UN", "W_")) for one in inside)
    said = "".join(stems((one.form, one.kind) for one in inside))
    return "".join(edit.stems) in said
