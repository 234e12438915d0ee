"""What a translation has to keep, without any model: numbers, names in Latin letters, length."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from curate.translation.quantities import lost, quantities

_TOKEN = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[&.'/-][A-Za-z0-9]+)*")
_CODE = re.compile(r"(?<!\w)(?=[A-Z0-9]*[A-Z])(?=[A-Z]*\d|[A-Z]{2})(?![IVX]+\b)[A-Z0-9]{2,}(?!\w)")
_MARKUP = re.compile(r"<[^>]*>|https?://\S+|&[a-z]+;")
_MEASURES = frozenset(["mm", "cm", "km", "mg", "kg", "kwh", "mwh", "gwh", "ha", "pp", "vs"])
_WEIGHTS = ((0x3040, 0x30FF, 1.6), (0x3400, 0x9FFF, 3.3), (0xAC00, 0xD7A3, 2.0))
"""Letters of English for one kana, Han or Hangul character, the median of 276 parallel questions;
a letter of an alphabet stays about one."""


class Fault(NamedTuple):
    """What is wrong with a translation.

    Attributes:
        reason: One of the step's reasons.
        detail: What was seen.
    """

    reason: str
    detail: str


def fault(
    source: str, translation: str, source_language: str, target_language: str
) -> Fault | None:
    """The first thing that is wrong with a translation; None if nothing is.

    >>> fault("코스피가 3% 내렸다.", "The KOSPI fell 2%.", "ko", "en")
    Fault(reason='numbers differ', detail='lost 3; new 2')
    """
    if not translation.strip():
        return Fault("no translation", "")
    if _folded(source) == _folded(translation) and _letters(source):
        return Fault("not translated", "the same text")
    said = quantities(source, source_language), quantities(translation, target_language)
    gone, new = lost(*said), lost(*reversed(said))
    if gone or new:
        told = (("lost", gone), ("new", new))
        what = (f"{name} {', '.join(f'{one:f}' for one in some)}" for name, some in told if some)
        return Fault("numbers differ", "; ".join(what))
    if missing := missing_names(source, translation):
        return Fault("names missing", ", ".join(missing))
    return None


def length_ratio(source: str, translation: str) -> float:
    """Characters of a translation to those of its source, both as if they stood in an alphabet.

    >>> length_ratio("코스피", "KOSPI"), length_ratio("", "a")
    (0.83, 0.0)
    """
    sizes = _size(source), _size(translation)
    return round(sizes[1] / sizes[0], 2) if sizes[0] else 0.0


def missing_names(source: str, translation: str) -> list[str]:
    """Names and codes in Latin letters of one text that the other lacks.

    From a text of another script all its Latin words have to stay, into one all of the translation
    have to come from the source; between two in Latin letters only codes in capitals and digits.

    >>> missing_names("S&P500과 ETF를 샀다", "Bought the S&P 500 and ETFs")
    []
    >>> missing_names("S&P500과 ETF를 샀다", "Bought the S&P 500 and bonds")
    ['ETF']
    """
    foreign = _is_other_script(source), _is_other_script(translation)
    if foreign[1] and not foreign[0]:
        kept, whole = translation, source
    else:
        kept, whole = source, translation
    there = _folded(whole)
    tokens = dict.fromkeys(_tokens(kept, only_codes=foreign == (False, False)))
    return [token for token in tokens if _folded(token) not in there]


def _tokens(text: str, *, only_codes: bool) -> Iterator[str]:
    plain = _MARKUP.sub(" ", unicodedata.normalize("NFKC", text))
    for found in (_CODE if only_codes else _TOKEN).finditer(plain):
        if len(found[0]) > 1 and found[0].lower() not in _MEASURES:
            yield found[0]


def _folded(text: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def _letters(text: str) -> bool:
    return any(map(str.isalpha, text))


def _is_other_script(text: str) -> bool:
    """Whether a fifth of the letters is not Latin; of "LG가 ETF를 팔았다" it is little more."""
    letters = [letter for letter in text if letter.isalpha()]
    latin = sum("LATIN" in unicodedata.name(letter, "") for letter in letters)
    return latin < 0.8 * len(letters)


def _size(text: str) -> float:
    size = 0.0
    for letter in text:
        weight = (one for low, high, one in _WEIGHTS if low <= ord(letter) <= high)
        size += 0.0 if letter.isspace() else next(weight, 1.0)
    return size
