"""Kashmiri number words from digits.

Numbers up to nine digits are read as numbers (crore, lakh, thousand, hundred), longer ones and
those with a leading zero digit by digit, as telephone numbers are. Eleven to nineteen hundred are
counted in hundreds, which is how years are read. The words are in ``numbers.tsv``.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

MOST_DIGITS = 9
"""99,99,99,999 is the last number that crores of two digits can say."""

_GROUPED = r"\d{1,3}(?:[,\u066c]\d{2,3}){0,3}[,\u066c]\d{3}(?![,\u066c]?\d)"
_WHOLE = rf"(?:{_GROUPED}|\d+)"
# Dots chain in dates and versions (1.2.24): there they are no decimal points.
NUMBER = re.compile(rf"(?<!\d[.\u066b]){_WHOLE}[.\u066b]\d+(?![.\u066b]?\d)|{_WHOLE}", re.ASCII)
"""A number in Latin digits: plain or in Western or Indian groups, then decimals."""

_SCALES = ((10**7, "crore"), (10**5, "lakh"), (10**3, "thousand"))


@cache
def words() -> dict[str, str]:
    """Number words by value ("0" to "99") or name ("hundred", "and", …)."""
    lines = (Path(__file__).parent / "numbers.tsv").read_text("utf-8").splitlines()
    pairs = (line.split("\t", 1) for line in lines if line and not line.startswith("#"))
    return dict(pairs)


def spell(number: str) -> str:
    """The words for a number in Latin digits.

    Args:
        number: What ``NUMBER`` matches: digits, perhaps in groups, perhaps with decimals.

    Example:
        >>> spell("71") == words()["71"]
        True
        >>> len(spell("007").split())
        3
    """
    whole, *decimals = re.split("[.\u066b]", re.sub("[,\u066c]", "", number))
    said = [_whole(whole)]
    for digits in decimals:
        said += [words()["point"], _digits(digits)]
    return " ".join(said)


def _whole(digits: str) -> str:
    if len(digits) > MOST_DIGITS or (len(digits) > 1 and digits.startswith("0")):
        return _digits(digits)
    return _cardinal(int(digits))


def _digits(digits: str) -> str:
    return " ".join(words()[digit] for digit in digits)


def _cardinal(number: int) -> str:
    word = words()
    if number < 100:
        return word[str(number)]
    parts = []
    if 1100 <= number < 2000:
        hundreds, number = divmod(number, 100)
        parts = [word[str(hundreds)], word["hundreds"]]
    for scale, name in _SCALES:
        if number >= scale:
            count, number = divmod(number, scale)
            parts += [word[str(count)], word[name]]
    if number >= 100:
        hundreds, number = divmod(number, 100)
        parts += [word[str(hundreds)], word["hundred"]]
    if number:
        # "and" follows hundreds only: read texts have it after them and not after thousands.
        joined = parts[-1] in (word["hundred"], word["hundreds"])
        parts += [word["and"]] * joined + [word[str(number)]]
    return " ".join(parts)
