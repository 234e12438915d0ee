"""Quantities in a text as values, however a language writes them: 3조 2,000억 is 3.2 trillion."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple


def _words(text: str) -> list[str]:
    return text.split()


_COMMA_LANGUAGES = frozenset(
    _words("bg cs da de el es fr hr hu id it lt nl no pl pt ro ru sk sl sv tr uk vi")
)
"""Languages that write 1.234,5 or 1 234,5."""
_LARGE = {"만": 10**4, "萬": 10**4, "万": 10**4, "억": 10**8, "億": 10**8, "亿": 10**8,
          "조": 10**12, "兆": 10**12}  # fmt: skip
_SMALL = {"십": 10, "十": 10, "백": 100, "百": 100, "천": 1000, "千": 1000}
# 제2조 is an article, 24 조치 are measures: 조 counts where money, a particle or nothing follows.
_RIGHT_EDGE = r"(?!조(?!\s?(?:원|달러|엔|위안|유로|\d)|[은는이가을를에의로와과도]|[^가-힣]|$))"
_SCALE = rf"{_RIGHT_EDGE}[{''.join(_LARGE)}{''.join(_SMALL)}]"
_ENGLISH = {"hundred": 10**2, "thousand": 10**3, "million": 10**6, "mn": 10**6, "billion": 10**9,
            "bn": 10**9, "trillion": 10**12, "tn": 10**12}  # fmt: skip
_UNITS = _words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
_TENS = _words("twenty thirty forty fifty sixty seventy eighty ninety")
_CARDINALS = {
    **{word: at for at, word in enumerate(_UNITS)},
    **{word: 10 * at for at, word in enumerate(_TENS, 2)},
}
_ORDINALS = _words(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
)
_MONTHS = _words(
    "january february march april may june july august september october november december"
)
_OTHERS = {
    **{word: at for at, word in enumerate(_ORDINALS, 1)},
    **{word: at for at, word in enumerate(_MONTHS, 1)},
    **{word[:3]: at for at, word in enumerate(_MONTHS, 1)},
    **{"once": 1, "twice": 2, "half": 2, "quarter": 4},
}
_KOREAN = {
    **{word: at for at, word in enumerate(_words("한 두 세 네 다섯 여섯 일곱 여덟 아홉 열"), 1)},
    **{word: at for at, word in enumerate(_words("일 이 삼 사 오 육 칠 팔 구 십"), 1)},
    **{"하나": 1, "첫": 1, "둘": 2, "반": 2, "셋": 3, "넷": 4, "스물": 20, "백": 100, "천": 1000},
}
_ROMAN = {"II": 2, "III": 3, "IV": 4, "V": 5, "VI": 6, "VII": 7, "VIII": 8, "IX": 9, "X": 10}


class Quantities(NamedTuple):
    """What a text counts.

    Attributes:
        written: Values of its numbers in digits, with their scales.
        named: Values that its words may stand for: two, second, September, II, 두.
    """

    written: frozenset[Decimal]
    named: frozenset[Decimal]


def quantities(text: str, language: str) -> Quantities:
    """Values in a text.

    Args:
        text: Of any script.
        language: ISO 639-1; it decides what comma and full stop mean, and which words are numbers.

    Example:
        >>> both = ("매출 3조 2,000억 원", "ko"), ("sales of KRW 3.2 trillion", "en")
        >>> [[int(value) for value in quantities(*one).written] for one in both]
        [[3200000000000], [3200000000000]]
        >>> sorted(map(int, quantities("제2조의 24 조치를 2025.11.22", "ko").written))
        [2, 11, 22, 24, 2025]
    """
    folded = "".join(_digit(letter) for letter in text)
    number = _number(language)
    compound = rf"(?<!제){number}(?:\s?{_SCALE})+(?:\s?{number}(?:\s?{_SCALE})+)*"
    scaled = rf"({number})(?:[\s-]?({'|'.join(_ENGLISH)})(?![a-z]))?"
    written: set[Decimal] = set()
    for found in re.finditer(rf"({compound})|{scaled}", folded, re.IGNORECASE):
        if found[1]:
            written.add(_compound(found[1], number, language))
        else:
            scale = _ENGLISH[found[3].lower()] if found[3] else 1
            written.update(value * scale for value in _values(found[2], language))
    return Quantities(frozenset(written), frozenset(map(Decimal, _named(folded, language))))


def lost(source: Quantities, other: Quantities) -> list[Decimal]:
    """Values that one text writes in digits and the other neither writes nor names.

    >>> said = quantities("3분기에 12.5% 늘었다", "ko")
    >>> lost(said, quantities("It grew 12.4% in the third quarter", "en"))
    [Decimal('12.5')]
    """
    return sorted(source.written - other.written - other.named)


def _digit(letter: str) -> str:
    value = unicodedata.digit(letter, None) if letter.isdecimal() else None
    return letter if value is None else str(value)


def _marks(language: str) -> tuple[str, str]:
    """What parts thousands, as a pattern, and what begins decimals."""
    return (r"[.\u00a0\u202f ]", ",") if language in _COMMA_LANGUAGES else (",", ".")


def _number(language: str) -> str:
    """A number in digits, whole: thousands in groups of three, or as many digits as there are."""
    group, point = _marks(language)
    whole = rf"(?:\d{{1,3}}(?:{group}\d{{3}})+(?!\d)|\d+)"
    return rf"(?>{whole}(?:{re.escape(point)}\d+)*)"


def _values(written: str, language: str) -> Iterator[Decimal]:
    """The value of a number; several of a date such as 2025.11.22."""
    group, point = _marks(language)
    parts = re.sub(group, "", written).split(point)
    yield from map(Decimal, [".".join(parts)] if len(parts) <= 2 else parts)


def _compound(written: str, number: str, language: str) -> Decimal:
    """The value of 1억 5천만: sections of small scales, each closed by a large one."""
    total = section = last = Decimal(0)
    small, large = "".join(_SMALL), "".join(_LARGE)
    for found in re.finditer(rf"({number})|([{large}])|([{small}])", written):
        if found[1]:
            last = next(_values(found[1], language))
            section += last
        elif found[3]:
            section += last * (_SMALL[found[3]] - 1)
        else:
            total, section = total + section * _LARGE[found[2]], Decimal(0)
    return total + section


def _named(text: str, language: str) -> Iterator[int]:
    if language == "ko":
        yield from (value for word, value in _KOREAN.items() if word in text)
    yield from (_ROMAN[word] for word in re.findall(r"\b[IVX]+\b", text) if word in _ROMAN)
    yield from map(int, re.findall(r"(\d+)(?=(?:st|nd|rd|th|s)\b)", text.lower()))
    total = part = 0
    for word in re.findall(r"[a-z]+", text.lower()):
        if word in _OTHERS:
            yield _OTHERS[word]
        if word in _CARDINALS:
            value = _CARDINALS[word]
            goes_on = part % 100 == 0 or (part % 10 == 0 and part % 100 > 10 > value)
            part = part + value if goes_on else value
            yield value
        elif word in _ENGLISH:
            part = max(part, 1) * _ENGLISH[word]
            if word != "hundred":
                total, part = total + part, 0
        elif word != "and":
            total = part = 0
        if total + part:
            yield total + part
