"""Numbers and units of a question, in any digits, and which of them a translation lost."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_NUMBER = re.compile("\\d+(?:[ \u00a0\u202f]\\d{3}(?!\\d))*(?:[.,٬٫']\\d+)*")
_GROUP = re.compile("[.,٬ \u00a0\u202f'](?=\\d{3}(?!\\d))")
_ROMAN = re.compile(r"(?<![^\W\d_])[MDCLXVI]+(?![^\W\d_]{3})")
_HAN_NUMBER = re.compile("[〇零一二三四五六七八九十百千万億萬亿兆]+")
_HAN = dict(zip("〇零一二三四五六七八九", (0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))
_HAN_UNITS = {"十": 10, "百": 100, "千": 1000}
_SCALES = {"万": 10**4, "萬": 10**4, "億": 10**8, "亿": 10**8, "兆": 10**12, "만": 10**4,
           "억": 10**8, "천": 10**3, "千": 10**3, "百": 100}  # fmt: skip
_POWERS = (1, 10**2, 10**3, 10**4, 10**6, 10**8, 10**9)
_CALENDARS = {"th": 543, "fa": -621}
"""Years that a language counts from elsewhere: Buddhist, and of the Iranian calendar."""
UNITS = {
    "miles": r"\bmi(?:les?|glia|llas?|lhas?)\b|\bmi(?:jl|il|la|li|le|lja|lje|lski)\w*|\bmil[yei]?\b"
    r"|\bmaili\b|\bdặm\b|мил[яьи]\w*|μίλι\w*|მილ\w*|マイル|英里|마일|ไมล์|ميل\w*|أميال|مایل|मील",
    "kilometres": r"\bkm\b|kilom\w+|км\b|к[иі]лометр\w*|χιλι[οό]μετρ\w*|კილომეტრ\w*|キロ"
    r"|公里|千米|킬로|กิโลเมตร|กม|كيلومتر\w*|کیلومتر|किलोमीटर",
    "percent": r"%|٪|％|percent|per cent",
    "dollars": r"\$|dollar\w*|доллар\w*|долар\w*|ドル|美元|달러|डॉलर|دولار",
    "euros": r"€|\beuros?\b",
}
_UNITS = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in UNITS.items()}
RIVALS = (("miles", "kilometres"), ("dollars", "euros"))
"""Units that a localised text puts for each other."""


def numbers(text: str) -> list[str]:
    """Numbers written in digits of any script, without marks of thousands; repeated ones too.

    >>> numbers("1,200 km in 2.5 h, ١٢٠ and २०"), numbers("1, 4,9,16 in 1999.")
    (['1200', '2.5', '120', '20'], ['1', '4', '9', '16', '1999'])
    """
    folded = "".join(_digit(letter) for letter in text)
    return [one for found in _NUMBER.finditer(folded) for one in _plain(found[0])]


def _digit(letter: str) -> str:
    value = unicodedata.digit(letter, None) if letter.isdecimal() else None
    return letter if value is None else str(value)


def _plain(number: str) -> list[str]:
    bare = re.sub("[,٫']", ".", _GROUP.sub("", number))
    # a list without spaces, not a number: 1,4,9
    return bare.split(".") if bare.count(".") > 1 else [bare]


def roman(number: int) -> str:
    """Roman numerals, for 1 to 3999.

    >>> roman(1994), roman(40)
    ('MCMXCIV', 'XL')
    """
    pairs = ((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"),
             (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))  # fmt: skip
    written = ""
    for value, letters in pairs:
        many, number = divmod(number, value)
        written += letters * many
    return written


def is_kept(number: str, text: str, lang: str) -> bool:
    """Whether a number is in a text in any of the forms that a translator gives it.

    >>> is_kept("16", "Luigi XVI", "it"), is_kept("1999", "ปี 2542", "th"), is_kept("50", "%0", "tr")
    (True, True, False)
    """
    there = set(numbers(text))
    if number in there:
        return True
    value = float(number) if number.count(".") <= 1 else 0.0
    if not value.is_integer():
        return False
    whole = int(value)
    if lang in _CALENDARS and 1500 < whole < 2100 and str(whole + _CALENDARS[lang]) in there:
        return True
    if 0 < whole < 4000 and roman(whole) in _ROMAN.findall(text):
        return True
    return any(whole * power == one for one in _scaled(text) for power in _POWERS)


def _scaled(text: str) -> Iterator[int]:
    """Values of numbers with 万, 億, 만 and the like, and of those written in Han."""
    folded = "".join(_digit(letter) for letter in text)
    for digits, scale in re.findall(rf"(\d+(?:\.\d+)?)\s*([{''.join(_SCALES)}])", folded):
        yield int(float(digits) * _SCALES[scale])
    for found in _HAN_NUMBER.finditer(folded):
        yield _han(found[0])


def _han(written: str) -> int:
    total = part = digit = 0
    for letter in written:
        if letter in _HAN:
            digit = digit * 10 + _HAN[letter]
        elif letter in _HAN_UNITS:
            part += (digit or 1) * _HAN_UNITS[letter]
            digit = 0
        else:
            total += (part + digit or 1) * _SCALES[letter]
            part = digit = 0
    return total + part + digit


def units(text: str) -> set[str]:
    """Units that are named in a text, of those that translators convert.

    >>> sorted(units("120 miles for $5")), units("190 km")
    (['dollars', 'miles'], {'kilometres'})
    """
    return {name for name, pattern in _UNITS.items() if pattern.search(text)}


def exchanged(known: set[str], text: str) -> tuple[str, str] | None:
    """A unit of the question, and the rival that stands in the text without it.

    >>> exchanged({"miles"}, "190 km per uur")
    ('miles', 'kilometres')
    """
    there = units(text)
    for pair in (*RIVALS, *(other[::-1] for other in RIVALS)):
        if pair[0] in known and pair[1] not in known and pair[1] in there and pair[0] not in there:
            return pair
    return None
