"""The same in other words: a native verb for a Sino-Korean one, another connective, bullets."""

from __future__ import annotations

import functools
import random
import re
from collections.abc import Iterator

from curate.korean.analysis import Document, Edit, Form, Piece, particle, shuffled, table


def synonym(piece: Piece, chance: random.Random) -> Iterator[Edit]:
    """Noun + 하다 (되다, 시키다) said by a verb of the same meaning and the same object."""
    known = {(row[0], row[1]): (row[2], row[3]) for row in table("synonyms")}
    parts = piece.morphemes
    for at in shuffled(range(len(parts) - 1), chance):
        suffix = parts[at + 1]
        found = known.get((parts[at].form, suffix.form))
        if found is None or suffix.kind not in ("XSV", "XSA"):
            continue
        word = piece.word_of(at)
        if at != word.start or at + 1 not in word:
            continue  # in a compound the noun is not the verb's
        stop = word.stop
        while stop > at + 2 and parts[stop - 1].kind.startswith("S"):
            stop -= 1
        stem = _stem(found)
        rest = [parts[i].pair for i in range(at + 2, stop)]
        edit = piece.rebuilt(range(at, stop), [*stem, *map(_regular, rest)])
        if edit:
            yield edit


def _stem(found: tuple[str, str]) -> list[Form]:
    """The verb's morphemes; 비슷하다 is a root and 하."""
    form, tag = found
    return [(form[:-1], "XR"), ("하", "XSA")] if form.endswith("하") else [(form, tag)]


def _regular(form: Form) -> Form:
    """The ending as it is behind a consonant, from which ``join`` makes the other one."""
    return {"ᆫ다": "는다", "ᆸ니다": "습니다"}.get(form[0], form[0]), form[1]


def connective(piece: Piece, chance: random.Random) -> Iterator[Edit]:
    """Another conjunction, adverb or postposition of the same meaning."""
    others = {row[0]: row[1] for row in table("connectives")}
    found = list(_connectives().finditer(piece.text, piece.start, piece.end))
    for at in shuffled(range(len(found)), chance):
        one = found[at]
        if _in_title(piece.text, one.start()):
            continue  # the name of a law stays
        before = piece.text[one.start() - 1 : one.start()]
        if one.group() == " 및 " and "가" <= before <= "힣":
            yield Edit(one.start(), one.end(), particle(before, "과") + " ")
        elif one.group() in others:
            yield Edit(one.start(), one.end(), others[one.group()])


def _in_title(text: str, at: int) -> bool:
    """Whether a place lies in 「 」 or 『 』."""
    return any(text.rfind(begin, 0, at) > text.rfind(end, 0, at) for begin, end in ("「」", "『』"))


@functools.cache
def _connectives() -> re.Pattern[str]:
    listed = sorted((row[0] for row in table("connectives")), key=len, reverse=True)
    plain = "|".join(map(re.escape, (word for word in listed if word != "약")))
    return re.compile(rf"(?<![^\s(,])(?:{plain})(?=[ ,])|(?<![^\s(])약(?= ?\d)| 및 ")


_LISTED = re.compile(r"^[ \t]*(?:[^\w\s\"'“‘(\[<]|[ㅇo] |\d+[.)]|[가-하][.)])", re.M)


def bullets(document: Document) -> list[Edit]:
    """Each sentence behind a dash on a line of its own, where there are two or more.

    A text that is a list already (a line begins with a number or a mark) is left alone.
    """
    if _LISTED.search(document.text):
        return []
    starts = [
        one.start
        for piece in document.pieces
        for before, one in zip((None, *piece.morphemes), piece.morphemes, strict=False)
        if before is None or before.sentence != one.sentence
    ]
    text, edits = document.text, []
    for start in starts:
        begin = len(text[:start].rstrip())
        if begin == start > 0:
            continue  # no space before it: a quoted question that goes on (왜 올랐나?라는)
        edits.append(Edit(begin, start, "\n- " if begin else "- "))
    return edits if len(edits) > 1 else []
