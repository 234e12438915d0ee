"""What two Korean texts say differently, and which facts of one the other keeps: the evidence.

Both are read off the surface: figures, dates, articles, names, and for shifts the word lists of the
rules (``antonyms.tsv``, ``deontic.tsv``, …), looked for in those words alone that differ. A change
is named like the rule that makes it; the three rules of tense and modality leave the same mark and
are one. A paraphrase that is a whole rewrite shows changes by chance: of judgments from the word
lists, not from morphemes, no more can be had.
"""

from __future__ import annotations

import collections
import difflib
import functools
import re
import unicodedata
from collections.abc import Iterable, Sequence

from curate.korean.analysis import table

CHANGES = (
    "polarity", "negation", "modality", "figure", "period", "entity", "deontic", "intensity",
)  # fmt: skip
"""What ``changes`` can find."""
SHOWN_BY = {"realization": "modality", "expectation": "modality", "hedge": "modality"}
"""Rules of ``shifts.RULES`` → their change, where it is called otherwise."""

_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_LISTED = re.compile(r"^[ \t]*(?:[-*#•]+[ \t]*)?\d+[.)][ \t]", re.M)
_ARTICLE = re.compile(r"제\s?\d+(?:조의?\s?\d*|항|호|장|절)")
_LATIN = re.compile(r"[A-Za-z][A-Za-z&]+")
_TITLE = re.compile(r"[「『]([^」』]+)[」』]")
_MARKUP = re.compile(r"</?[a-zA-Z]+[^>]*>")
_PERIOD = re.compile(
    r"\d+\s?년(?!간| 동안)|\d\s?분기|\d+\s?월|\d+\s?일|올해|내년|지난해|재작년|작년|전년|내달"
    r"|지난달|이달|전월|전일|상반기|하반기|연초|연말|오늘|어제|내일|이번 주|지난주|다음 주|최근"
    r"|요즘|향후|앞으로|전날|당시"
)
_NEGATION = re.compile(r"않|아니|아닙|아닌|아님|못하|못한|못했|없|(?<![가-힣])안 ")
_VERB = "^"  # before a stem that begins a word
_PAST = "".join(chr(one) for one in range(0xAC00 + 20, 0xD7A4, 28))  # final ㅆ
_PAST = re.sub("[있겠]", "", _PAST)
_PAST_END = re.compile(f"[{_PAST}](?:다|습니다|음|으며|고|지만)")
_TO_COME = re.compile(
    "전망|예상|예정|계획|것으로 보|추정|관측|기대된|알려졌|듯|것이다|것입니다|것임|수도 있|가능성"
    "|겠"
)
_MAY = re.compile(r"수 있|수도 있")
_MUST = re.compile(r"[야여] (?:한다|하며|하고|함|합니다|할)|수 없|의무|아니 된다|안 된다")


_SAME_PERIOD = {
    "전년": "지난해", "작년": "지난해", "지난달": "전월", "전날": "전일",
    "요즘": "최근", "앞으로": "향후",
}  # fmt: skip


def facts(text: str) -> frozenset[str]:
    """Figures, dates, articles, titles of laws, Latin words and known names of a text.

    Example:
        >>> sorted(facts("삼성전자는 1,200억원을 LG에 냈다(제3조)."))
        ['1200', '3', 'lg', '삼성전자', '제3조']
    """
    text = _LISTED.sub("", _MARKUP.sub(" ", text))
    found = {one.replace(",", "") for one in _NUMBER.findall(text)}
    found |= {re.sub(r"\s", "", one) for one in _ARTICLE.findall(text)}
    found |= {one.casefold() for one in _LATIN.findall(text)}
    found |= {re.sub(r"\s", "", one) for one in _TITLE.findall(text)}
    found |= {name for name in _names() if name in text}
    return frozenset(found)


def lost_facts(anchor: str, positive: str, *, translated: bool = False) -> list[str]:
    """Facts of the anchor that a positive lacks, and figures that it made up (with a plus).

    Args:
        anchor: The text.
        positive: What should mean the same.
        translated: It is in another language: Latin words, and such figures as languages write
            alike, count alone (3조 is 3 trillion, 12월 December).

    Example:
        >>> lost_facts("3% 올라 KOSPI는 2,500을 넘었다.", "2% 올랐다.")
        ['2500', '3', 'kospi', '+2']
    """
    if translated:
        wanted = {re.sub(",", "", one) for one in _ALIKE.findall(anchor)}
        wanted |= {one.casefold() for one in _LATIN.findall(anchor)}
        words = re.findall(r"[a-z]+", positive.casefold())
        there = facts(positive) | {_WRITTEN[word] for word in words if word in _WRITTEN}
        return sorted(wanted - there)
    there, here = facts(positive), facts(anchor)
    numbers = [f"+{one}" for one in there - here if one[0].isdigit()]
    return [*sorted(here - there), *sorted(numbers)]


_ENGLISH = (
    "one", "two", "three", "four", "five", "six",
    "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
_WRITTEN = {word: str(number) for number, word in enumerate(_ENGLISH, 1)}
_ALIKE = re.compile(r"(?<![\d,.])\d+(?:,\d{3})*(?:\.\d+)?(?![\d,.]|\s?(?:[만억조천월]|분기))")


def changes(anchor: str, other: str) -> frozenset[str]:
    """Which meanings the words that differ shift, of ``CHANGES``.

    Example:
        >>> sorted(changes("금리가 3% 올랐다.", "금리가 2% 오르지 않았다."))
        ['figure', 'negation']
        >>> sorted(changes("순이익이 늘었다.", "순이익이 늘었습니다."))
        []
    """
    gone, come = differing(anchor, other)
    before, after = " ".join(gone), " ".join(come)
    found = set()
    if _periods(before) != _periods(after):
        found.add("period")
    figures = [_count(_NUMBER, _PERIOD.sub(" ", one)) for one in (before, after)]
    if figures[0] != figures[1]:
        found.add("figure")
    if len(_NEGATION.findall(before)) != len(_NEGATION.findall(after)):
        found.add("negation")
    for name, lists in (("polarity", ("antonyms",)), ("intensity", ("intensities",))):
        if _swapped(gone, come, _opposites(lists)):
            found.add(name)
    if _swapped(gone, come, _opposites(("entities",))):
        found.add("entity")
    modal = [(len(_MAY.findall(one)), len(_MUST.findall(one))) for one in (before, after)]
    if modal[0] != modal[1] or _swapped(gone, come, _opposites(("deontic",))):
        found.add("deontic")
    tense = [(len(_TO_COME.findall(one)), len(_PAST_END.findall(one))) for one in (before, after)]
    if tense[0][0] != tense[1][0] or (tense[0][1] == 0) != (tense[1][1] == 0):
        found.add("modality")
    return frozenset(found)


def differing(anchor: str, other: str) -> tuple[list[str], list[str]]:
    """Words that only one of two texts has, at their place."""
    one, two = anchor.split(), other.split()
    gone: list[str] = []
    come: list[str] = []
    matched = difflib.SequenceMatcher(None, one, two, autojunk=False)
    for kind, a, b, c, d in matched.get_opcodes():
        if kind != "equal":
            # with a word on either side, since a mark may go over words (수 있다)
            gone += one[max(0, a - 1) : b + 1]
            come += two[max(0, c - 1) : d + 1]
    return gone, come


def replays(anchor: str, spans: Iterable[tuple[int, str, str]], other: str) -> bool:
    """Whether the spans changed in the anchor give the other text, letter by letter.

    Example:
        >>> replays("금리 인상", [(3, "인상", "인하")], "금리 인하")
        True
    """
    parts, last = [], 0
    for start, before, after in sorted(spans):
        if anchor[start : start + len(before)] != before or start < last:
            return False
        parts += [anchor[last:start], after]
        last = start + len(before)
    return "".join([*parts, anchor[last:]]) == other


def _count(pattern: re.Pattern[str], text: str) -> collections.Counter[str]:
    return collections.Counter(re.sub(r"[\s,]", "", one) for one in pattern.findall(text))


def _periods(text: str) -> collections.Counter[str]:
    found: collections.Counter[str] = collections.Counter()
    for one, times in _count(_PERIOD, text).items():
        found[_SAME_PERIOD.get(one, one)] += times
    return found


def _swapped(
    gone: Sequence[str], come: Sequence[str], opposites: Sequence[tuple[str, str]]
) -> bool:
    """Whether a word went and its opposite came more often than it was there."""
    return any(
        _holds(gone, word) > _holds(come, word) and _holds(come, other) > _holds(gone, other)
        for word, other in opposites
    )


def _holds(words: Sequence[str], stem: str) -> int:
    """How many of the words have the stem: a noun anywhere, a verb at the start, fused or not."""
    if stem.startswith(_VERB):
        return sum(
            unicodedata.normalize("NFD", word).startswith(_beginnings(stem[1:])) for word in words
        )
    return sum(stem in word for word in words)


@functools.cache
def _beginnings(stem: str) -> tuple[str, ...]:
    """Letters with which the forms of a verb or adjective begin: 오른, 올랐; 나쁜, 나빴; 쉬운."""
    letters = unicodedata.normalize("NFD", stem)
    rest, last = letters[:-1], letters[-1]
    if stem.endswith("르"):
        return letters, *(f"{unicodedata.normalize('NFD', stem[:-1])}ᆯᄅ{one}" for one in "ᅡᅥ")
    if last in "ᅵᅮ":
        return letters, rest + {"ᅵ": "ᅧ", "ᅮ": "ᅯ"}[last]
    if last == "ᅳ":
        return letters, rest + "ᅡ", rest + "ᅥ"
    if last == "ᆸ":
        return letters, rest + "ᄋ"
    return (letters,)


@functools.cache
def _opposites(names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    found = []
    for name in names:
        tagged = name in ("antonyms", "deontic")
        for row in table(name):
            mark = _VERB if tagged and row[1] != "N" else ""
            found.append((mark + row[0], mark + row[2 if tagged else 1]))
    return tuple(found)


@functools.cache
def _names() -> tuple[str, ...]:
    return tuple(sorted({row[0] for row in table("entities") if len(row[0]) > 2}))
