"""Shifts of what the law says: may for must, at most for at least, forbidden for allowed."""

from __future__ import annotations

import random
from collections.abc import Iterator

from curate.korean.analysis import Edit, Form, Piece, shuffled
from curate.korean.lexical import hint, swapped
from curate.korean.predicates import POLITE

_DOING = ("VV", "XSV")


def deontic(piece: Piece, chance: random.Random) -> Iterator[Edit]:
    """Duty, permission, ban, limit, or a legal opposite."""
    parts = piece.morphemes
    for at in shuffled(range(1, max(len(parts) - 1, 1)), chance):
        one = parts[at]
        edit = None
        if one.form == "어야" and one.kind == "EC":
            edit = _may(piece, at)
        elif one.form == "수" and one.kind == "NNB":
            edit = _may_not(piece, at)
        elif one.form == "도록" and one.kind == "EC":
            edit = _enabled(piece, at)
        if edit:
            yield edit
    yield from swapped(piece, chance, "deontic")


def _may(piece: Piece, at: int) -> Edit | None:
    """하여야 한다 → 할 수 있다."""
    parts = piece.morphemes
    if at + 2 >= len(parts) or parts[at - 1].kind not in _DOING:
        return None
    if parts[at + 1].form not in ("하", "되") or parts[at + 2].kind not in ("EF", "ETN"):
        return None
    ending = parts[at + 2].form
    if ending not in ("ᆫ다", "는다", "다", *POLITE, "ᆷ", "음"):
        return None
    said = "있습니다" if ending in POLITE else "있음" if ending in ("ᆷ", "음") else "있다"
    forms: list[Form] = [parts[at - 1].pair, ("ᆯ", "ETM")]
    return piece.rebuilt(range(at - 1, at + 3), forms, f" 수 {said}", ("수", "있"))


def _may_not(piece: Piece, at: int) -> Edit | None:
    """할 수 있다 ↔ 할 수 없다."""
    parts = piece.morphemes
    after = at + 1
    while after < len(parts) and parts[after].kind in ("JX", "JKS") and parts[after].form != "밖에":
        after += 1
    if after >= len(parts) or parts[at - 1].kind != "ETM" or after > at + 2:
        return None
    one = parts[after]
    if one.form not in ("있", "없") or piece.text[one.start] not in "있없":
        return None
    if after + 1 < len(parts) and parts[after + 1].form in ("도록", "게"):
        return None
    which = piece.word_of(after)
    other = {"있": "없", "없": "있"}[one.form]
    forms = [(other, "VA") if i == after else parts[i].pair for i in which]
    return piece.rebuilt(which, forms)


def _enabled(piece: Piece, at: int) -> Edit | None:
    """하도록 한다 → 할 수 있도록 한다."""
    parts = piece.morphemes
    if at + 1 >= len(parts) or parts[at - 1].kind not in _DOING or parts[at + 1].form != "하":
        return None
    forms: list[Form] = [parts[at - 1].pair, ("ᆯ", "ETM")]
    return piece.rebuilt(range(at - 1, at + 1), forms, " 수 있도록", ("수", "있"))


HINT = hint("deontic", "야 ", "수 ?[있없는도가]", "도록 ")
