"""Shifts of the predicate at the end of a sentence: negated, estimated, realised or only expected.

A sentence ends in a declarative (다, 습니다) or, as in drafts of laws, in a noun form (함, 음).
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import NamedTuple

from curate.korean.analysis import Edit, Form, Piece, join, shuffled, stems

PLAIN = ("다", "ᆫ다", "는다")
POLITE = ("습니다", "ᆸ니다")
NOMINAL = ("ᆷ", "음")
_DECLARED = r"다(?:[.\s\"”’')\]]|$)"
DECLARED_HINT = re.compile(_DECLARED)
END_HINT = re.compile(rf"{_DECLARED}|[가-힣](?=[.;\n(]|$)")
# 었 is the final ㅆ of a syllable, ᆯ a final ㄹ: syllables lie 28 to a vowel, ㄹ is the 8th of them
_PAST = "".join(chr(one) for one in range(0xAC00 + 20, 0xD7A4, 28))
_TO_COME = "".join(chr(one) for one in range(0xAC00 + 8, 0xD7A4, 28))
PAST_HINT = re.compile(f"[{_PAST}](?:습니)?{_DECLARED}")
_VERBS, _ADJECTIVES = ("VV", "XSV"), ("VA", "XSA")
_SAYING = re.compile(
    "밝히|말하|전하|덧붙이|알리|내다보|보이|나타나|이르|꼽|들|보|있|없|하|되|따르|위하|대하|같"
)
_SAID = re.compile(
    "설명|분석|전망|강조|지적|조언|평가|예상|언급|발표|주장|말|진단|예측|관측|풀이|해석|추정|판단"
    "|집계|파악|조사|우려|기대|추산|보도|권고|당부|의미"
)
_PAST_TIME = re.compile(
    "지난|어제|전날|작년|전일|당시|이미|앞서|현재|최근|종가|장을|마감|오전|오후|[0-9]일|[0-9]{4}년"
)
_FUTURE_TIME = re.compile(
    "내년|내후년|향후|앞으로|다음 ?[주달해]|장래|오는|조만간|면 |경우|머지않|올 하반기"
)
_GUESS = re.compile("추정|것으로|전망|예상|알려졌|듯")


class End(NamedTuple):
    """A predicate that ends a sentence.

    Attributes:
        stem: Index of its verb, adjective or copula.
        past: Whether 었 follows.
        end: Index of the ending.
        style: ``plain``, ``polite`` or ``nominal``.
    """

    stem: int
    past: bool
    end: int
    style: str

    def ending(self, plain: str) -> Form:
        """The ending in the same style: ``plain`` is the plain one."""
        said = {"plain": plain, "polite": "습니다", "nominal": "음"}[self.style]
        return said, "ETN" if self.style == "nominal" else "EF"

    @property
    def tense(self) -> list[Form]:
        """The morpheme of the past, if it is there."""
        return [("었", "EP")] if self.past else []


def ends(piece: Piece, chance: random.Random) -> list[End]:
    """Predicates that end a sentence or a line, in an order of chance."""
    found = []
    parts = piece.morphemes
    for at, one in enumerate(parts):
        if one.form in PLAIN and one.kind == "EF":
            style = "plain"
        elif one.form in POLITE and one.kind == "EF":
            style = "polite"
        elif one.form in NOMINAL and one.kind in ("EF", "ETN") and _closes(piece, at):
            style = "nominal"
        else:
            continue
        past = at > 1 and parts[at - 1].form == "었" and parts[at - 1].kind == "EP"
        stem = at - 1 - past
        if stem < 0 or parts[stem].sentence != one.sentence:
            continue
        if parts[stem].kind in (*_VERBS, *_ADJECTIVES, "VX", "VCP"):
            found.append(End(stem, past, at, style))
    return [found[at] for at in shuffled(range(len(found)), chance)]


def _closes(piece: Piece, at: int) -> bool:
    """Whether no word follows a noun form: a full stop, a bracket, the end of the line."""
    rest = piece.text[piece.morphemes[at].end : piece.morphemes[at].end + 1]
    return rest in ("", ".", "\n", "(", ";")


def negation(piece: Piece, chance: random.Random) -> Iterator[Edit]:
    """What is said to be, is not; what is not, is."""
    for one in ends(piece, chance):
        edit = _negated(piece, one)
        if edit:
            yield edit


def _negated(piece: Piece, one: End) -> Edit | None:
    parts, stem = piece.morphemes, piece.morphemes[one.stem]
    which, tense = range(one.stem, one.end + 1), one.tense
    before = parts[one.stem - 1] if one.stem else None
    if stem.form in ("있", "없"):
        if before and before.form == "밖에":
            return None  # only 없다 goes with it
        if before and before.form in ("고", "어") and before.kind == "EC":
            if stem.form == "없":
                return None
            forms = [("있", "VX"), ("지", "EC"), ("않", "VX"), *tense, one.ending("다")]
            return piece.rebuilt(which, forms)
        other = {"있": "없", "없": "있"}[stem.form]
        return piece.rebuilt(which, [(other, "VA"), *tense, one.ending("다")])
    if stem.kind == "VX":
        return _affirmed(piece, one) if stem.form in ("않", "못하") else None
    if stem.kind == "VCP":
        return _copula(piece, one)
    if stem.form in ("하", "되") and stem.kind == "VV" and before and before.kind != "JKO":
        return None  # 으로 한다, 어야 한다: other constructions
    adjective = stem.kind in _ADJECTIVES
    plain = "다" if one.past or adjective else "는다"
    forms = [stem.pair, ("지", "EC"), ("않", "VX"), *tense, one.ending(plain)]
    return piece.rebuilt(which, forms)


def _affirmed(piece: Piece, one: End) -> Edit | None:
    """V지 않았다 → V았다."""
    parts = piece.morphemes
    verb = one.stem - 1
    while verb > 0 and parts[verb].kind in ("JX", "JKO"):
        verb -= 1
    if parts[verb].form != "지" or verb < 1:
        return None
    verb -= 1
    stem = parts[verb]
    if stem.sentence != parts[one.end].sentence or stem.kind not in (*_VERBS, *_ADJECTIVES):
        return None
    plain = "다" if one.past or stem.kind in _ADJECTIVES else "는다"
    return piece.rebuilt(range(verb, one.end + 1), [stem.pair, *one.tense, one.ending(plain)])


def _copula(piece: Piece, one: End) -> Edit | None:
    """N이다 → N이 아니다."""
    noun = piece.morphemes[one.stem - 1] if one.stem else None
    if noun is None or noun.kind not in ("NNG", "NNP", "NNB") or noun.form in ("때문", "뿐", "셈"):
        return None
    if noun.end == piece.morphemes[one.end].end or one.stem <= piece.word_of(one.end).start:
        return None
    which = range(one.stem - 1, one.end + 1)
    forms = [noun.pair, ("이", "JKS"), ("아니", "VCN"), *one.tense, one.ending("다")]
    return piece.rebuilt(which, forms)


def hedge(piece: Piece, chance: random.Random) -> Iterator[Edit]:
    """A fact becomes an estimate."""
    parts = piece.morphemes
    for one in ends(piece, chance):
        stem = parts[one.stem]
        if one.style == "nominal" or stem.kind not in (*_VERBS, *_ADJECTIVES):
            continue
        if _reports(piece, one.stem) and stem.form not in ("있", "없"):
            continue
        start = parts[piece.word_of(one.stem).start].start
        if _GUESS.search(piece.text, max(piece.start, start - 12), parts[one.end].end):
            continue
        exists = stem.form in ("있", "없")
        modifier = "는" if exists or (stem.kind in _VERBS and not one.past) else "ᆫ"
        if one.past and (exists or stem.kind in _ADJECTIVES):
            continue  # 컸던 것으로: another shift of time
        tail = " 것으로 추정됩니다" if one.style == "polite" else " 것으로 추정된다"
        forms = [stem.pair, (modifier, "ETM")]
        edit = piece.rebuilt(range(one.stem, one.end + 1), forms, tail, ("것", "추정"))
        if edit:
            yield edit


def _reports(piece: Piece, stem: int) -> bool:
    """Whether the verb says that somebody says or thinks."""
    one = piece.morphemes[stem]
    before = piece.morphemes[stem - 1].form if stem else ""
    if one.kind in ("VV", "VA"):
        return _SAYING.fullmatch(one.form) is not None
    return _SAID.fullmatch(before) is not None


def expectation(piece: Piece, chance: random.Random) -> Iterator[Edit]:
    """What happened is only expected; not where the sentence tells when it was."""
    for one in ends(piece, chance):
        stem = piece.morphemes[one.stem]
        if not one.past or one.style == "nominal" or stem.kind not in _VERBS:
            continue
        if _reports(piece, one.stem):
            continue
        sentence = piece.sentence_of(one.stem)
        if _PAST_TIME.search(piece.text, sentence[0].start, sentence[-1].end):
            continue
        tail = " 전망입니다" if one.style == "polite" else " 전망이다"
        which = range(one.stem, one.end + 1)
        edit = piece.rebuilt(which, [stem.pair, ("ᆯ", "ETM")], tail, ("전망",))
        if edit:
            yield edit


_PLAN = ("전망", "예정", "계획", "방침", "것", "예상", "추세", "가능성")
PLAN_HINT = re.compile(f"[{_TO_COME}] ?(?:{'|'.join(_PLAN)})|겠")
_SPOILS = ("않", "못하", "아니", "없", "이라고", "라고", "ᆫ다고")
_PASSIVE = ("보이", "보", "되", "내다보", "하")


def realization(piece: Piece, chance: random.Random) -> Iterator[Edit]:
    """What is planned or expected has happened; not where the sentence is about a time to come."""
    parts = piece.morphemes
    for at in shuffled(range(1, len(parts)), chance):
        one = parts[at]
        plan = one.kind == "ETM" and one.form in ("ᆯ", "을")
        if not (plan or (one.form == "겠" and one.kind == "EP")):
            continue
        sentence = piece.sentence_of(at)
        if _FUTURE_TIME.search(piece.text, sentence[0].start, sentence[-1].end):
            continue
        if plan:
            edit = _realized(piece, at)
        else:
            word = piece.word_of(at)
            forms = [("었", "EP") if i == at else parts[i].pair for i in word]
            verbal = parts[at - 1].kind in _VERBS and parts[at - 1].form not in ("알", "모르")
            edit = piece.rebuilt(word, forms) if verbal else None
        if edit:
            yield edit


def _realized(piece: Piece, at: int) -> Edit | None:
    """Stem + ㄹ + plan … ending → stem + 었 + ending."""
    parts = piece.morphemes
    if parts[at - 1].kind not in _VERBS or at + 1 >= len(parts) or parts[at + 1].form not in _PLAN:
        return None
    reach = range(at + 1, min(at + 10, len(parts)))
    end = next((i for i in reach if parts[i].kind == "EF" and parts[i].form in PLAIN + POLITE), 0)
    if not end or parts[end].sentence != parts[at].sentence:
        return None
    between = parts[at + 2 : end]
    if any(one.kind == "JKO" or one.form in _SPOILS for one in between):
        return None
    if any(one.kind in _VERBS and one.form not in _PASSIVE for one in between):
        return None
    start = piece.word_of(at).start
    head = [parts[i].pair for i in range(start, at)]
    begin, stop = piece.span(range(start, at + 1))
    if join([*head, parts[at].pair]) != piece.text[begin:stop]:
        return None
    polite = parts[end].form in POLITE
    forms: list[Form] = [*head, ("었", "EP"), ("습니다" if polite else "다", "EF")]
    return Edit(begin, parts[end].end, join(forms), stems(forms))
