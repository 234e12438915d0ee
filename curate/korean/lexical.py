"""Shifts by one word: antonyms, legal opposites, degrees and quantities, names.

A word is swapped where what stands around it allows: an adjective takes no object, "increase" and
"expand" are not both transitive, a noun in a compound is not what it is alone.
"""

from __future__ import annotations

import functools
import random
import re
from collections.abc import Iterator

from curate.korean.analysis import NOUNS, Edit, Piece, shuffled, table

Table = dict[tuple[str, str], tuple[str, str]]
_MONEY = ("통화", "금융", "양적", "재정", "정책")
_TRADING = re.compile("순매수|순매도|매수|매도|사들|팔아")
# "크게", "길게" are adverbs, "많이" one word; "작은아버지" and the like are not of this matter
_ADVERB = ("게", "이")
_MEANT = re.compile("고자|려고|려는|기 위|보완")
_FIXED = re.compile(r"적은 있|크고 작|작고 큰|높낮|많고 적|좋든|크나큰")


@functools.cache
def words(name: str) -> Table:
    """Word and kind → opposite and the condition under which it is one."""
    return {(row[0], row[1]): (row[2], row[3]) for row in table(name)}


def swapped(piece: Piece, chance: random.Random, name: str) -> Iterator[Edit]:
    """Words of a list, each replaced by its opposite where that is possible."""
    known = words(name)
    listed = [
        (at, *known[key])
        for at, one in enumerate(piece.morphemes)
        if (key := (one.form, "N" if one.kind in ("NNG", "XR", "MAG") else one.kind)) in known
    ]
    for at, opposite, condition in [listed[i] for i in shuffled(range(len(listed)), chance)]:
        if _allowed(piece, at, condition):
            edit = _word(piece, at, opposite)
            if edit:
                yield edit


def _word(piece: Piece, at: int, form: str) -> Edit | None:
    """The word rebuilt from the morpheme on, which gets another form."""
    stop = piece.word_of(at).stop
    while stop > at + 1 and piece.morphemes[stop - 1].kind.startswith("S"):
        stop -= 1
    one = piece.morphemes[at]
    tag = one.kind if one.kind in ("VV", "VA") else one.tag
    rest = [piece.morphemes[i].pair for i in range(at + 1, stop)]
    return piece.rebuilt(range(at, stop), [(form, tag), *rest])


def _allowed(piece: Piece, at: int, condition: str) -> bool:
    parts, one = piece.morphemes, piece.morphemes[at]
    word = piece.word_of(at)
    after = parts[at + 1] if at + 1 < word.stop else None
    before = parts[at - 1] if at else None
    form, kind = (after.form, after.kind) if after else ("", "")
    if one.kind in ("VV", "VA"):
        if before is None or (kind == "EC" and form in _ADVERB):
            return False
        if one.kind == "VA" and form == "지":  # nothing "cannot be bad"
            return False
        if at > word.start and before.kind in NOUNS:
            return False  # 파트너쉽 is no easy partner
        if _FIXED.search(piece.text[max(piece.start, one.start - 4) : one.end + 4]):
            return False
        return not (condition == "no JKB" and before.kind == "JKB")
    if before and before.kind == "XPN" and at > word.start:
        return False
    suffix = form if kind in ("XSV", "XSA") else ""
    if _MEANT.search(piece.text[one.end : one.end + 10]):
        return False  # nobody means to make things worse
    if (kind == "XSN" and (form, condition) != ("적", "적")) or kind in NOUNS:
        return False
    if condition == "number":
        ahead = one.form in ("최대", "최소") and _before_number(piece, at)
        return ahead or _after_number(piece, at)
    holds = {
        "": True,
        "bare": not suffix,
        "verb": bool(suffix),
        "하": suffix == "하",
        "되": suffix == "되",
        "적": form == "적",
        "money": not suffix and before is not None and before.form in _MONEY,
    }
    return holds[condition]


def _after_number(piece: Piece, at: int) -> bool:
    return at > 0 and piece.morphemes[at - 1].kind in ("SN", "NNB", "NR", "SW")


def _before_number(piece: Piece, at: int) -> bool:
    return at + 1 < len(piece.morphemes) and piece.morphemes[at + 1].kind == "SN"


def polarity(piece: Piece, chance: random.Random) -> Iterator[Edit]:
    """A rise for a fall, good for bad."""
    yield from swapped(piece, chance, "antonyms")


def entity(piece: Piece, chance: random.Random) -> Iterator[Edit]:
    """Another country, market, company or authority; never one that the text names already."""
    names = {row[0]: (row[1], row[2]) for row in table("entities")}
    parts = piece.morphemes
    for at in shuffled(range(len(parts)), chance):
        one = parts[at]
        if one.form not in names or one.kind not in ("NNG", "NNP"):
            continue
        other, condition = names[one.form]
        word = piece.word_of(at)
        left = parts[at - 1].kind if at > word.start else ""
        right = parts[at + 1].kind if at + 1 < word.stop else ""
        if other in piece.text or (left in NOUNS and left != "SN") or right in (*NOUNS, "XSN"):
            continue
        if condition and not _fits(piece, at, condition):
            continue
        edit = _word(piece, at, other)
        if edit:
            yield edit


def _fits(piece: Piece, at: int, condition: str) -> bool:
    """Investors are such where they buy or sell; a country is a name (인도 is also delivery)."""
    if condition == "country":
        return piece.morphemes[at].kind == "NNP"
    before = piece.morphemes[at - 1].kind if at else ""
    return before not in NOUNS and bool(_TRADING.search(piece.text, piece.start, piece.end))


def intensity(piece: Piece, chance: random.Random) -> Iterator[Edit]:
    """Slightly for greatly, some for all."""
    found = list(_intensities().finditer(piece.text, piece.start, piece.end))
    others = {row[0]: row[1] for row in table("intensities")}
    for at in shuffled(range(len(found)), chance):
        one = found[at]
        yield Edit(one.start(), one.end(), others[one.group()])


@functools.cache
def _intensities() -> re.Pattern[str]:
    listed = "|".join(row[0] for row in table("intensities"))
    return re.compile(rf"(?<![^\s(,])(?:{listed})(?= (?!개정|들어))")


def hint(name: str, *more: str) -> re.Pattern[str]:
    """A pattern of the nouns of a list, and of what else is a hint."""
    nouns = {re.escape(row[0]) for row in table(name) if row[1] not in ("VV", "VA")}
    return re.compile("|".join([*sorted(nouns), *more]))


# one syllable of every verb and adjective of the list, however it is conjugated
STEMS = "[높낮큰크컸커클작많적좋나밝어쉽쉬넓좁올오늘느줄웃밑떨치뛰사빨끌내]"
