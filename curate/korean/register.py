"""The same said in another register: 한다 for 합니다 and the reverse, in every sentence or none."""

from __future__ import annotations

from curate.korean.analysis import Document, Edit, Form, Piece
from curate.korean.predicates import PLAIN, POLITE

_STEMS = ("EP", "VV", "VA", "VX", "XSV", "XSA", "VCP", "VCN")
_NO_VERB = ("EP", "VA", "XSA", "VCP", "VCN")


def register(document: Document) -> list[Edit]:
    """The endings of all declarative sentences changed; nothing where one of them resists.

    Sentences that end otherwise (a question, a noun) have no such pair and stay.
    """
    pieces = document.pieces
    found = [
        (piece, at)
        for piece in pieces
        for at, one in enumerate(piece.morphemes)
        if one.kind == "EF" and one.form in PLAIN + POLITE
    ]
    polite = sum(piece.morphemes[at].form in POLITE for piece, at in found)
    if not found or 0 < polite < len(found):
        return []
    edits = [_changed(piece, at, to_polite=polite == 0) for piece, at in found]
    return [edit for edit in edits if edit] if None not in edits else []


def _changed(piece: Piece, at: int, *, to_polite: bool) -> Edit | None:
    parts = piece.morphemes
    stem = parts[at - 1] if at else None
    if stem is None or stem.sentence != parts[at].sentence or stem.kind not in _STEMS:
        return None
    word = piece.word_of(at)
    adjective = stem.kind in _NO_VERB or stem.form in ("있", "없")
    if stem.kind == "VX" and stem.form == "않":
        adjective = at > 2 and parts[at - 3].kind in ("VA", "XSA", "VV") and not _acts(piece, at)
    ending = "습니다" if to_polite else "다" if adjective else "는다"
    which = range(word.start, at + 1)
    forms: list[Form] = [*(parts[i].pair for i in which[:-1]), (ending, "EF")]
    return piece.rebuilt(which, forms)


def _acts(piece: Piece, at: int) -> bool:
    """Whether 지 않 stands behind a verb, and not an adjective or 있다."""
    verb = at - 2
    while verb > 0 and piece.morphemes[verb].form != "지":
        verb -= 1
    one = piece.morphemes[verb - 1]
    return one.kind in ("VV", "XSV") and one.form not in ("있", "없")
