"""Characters that do not belong in a question: invisible ones, and what a parser left behind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import regex  # type: ignore[import-untyped]

NAMES = {
    "\ufeff": "byte order mark",
    "\r": "carriage return",
    "\n": "line break",
    "\u2028": "line break",
    "\u2029": "line break",
    "\x85": "line break",
    "\x0b": "line break",
    "\x0c": "line break",
    "\u00a0": "no-break space",
    "\u202f": "no-break space",
    "\u200b": "zero-width character",
    "\u200c": "zero-width character",
    "\u200d": "zero-width character",
    "\u2060": "zero-width character",
    "\u00ad": "zero-width character",
} | {chr(code): "direction mark" for code in (0x200E, 0x200F, 0x061C, *range(0x202A, 0x202F),
                                              *range(0x2066, 0x206A))}  # fmt: skip
"""Character → the check that names it."""

_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\xa0\xad\n\r\u061c\u200b-\u200f\u2028-\u202f\u2060"
                  "\u2066-\u2069\ufeff]")  # fmt: skip
_INDIC = "hi mr ne bn ta te kn ml gu pa si"
_JOINERS = {
    "\u200c": f"fa ur ckb ku ks ar {_INDIC}",
    "\u200d": f"fa ur ks ar {_INDIC}",
    "\u200b": "th lo km my bo dz",
}
"""Languages whose spelling has use for a zero-width character."""
_RIGHT_TO_LEFT = frozenset(["ar", "fa", "he", "ur", "ks", "ckb", "dv", "ps", "sd", "ug", "yi"])
_FRENCH = re.compile(r"^[?!:;»%€]$")
ESCAPES = re.compile(
    r"""\\(?:["'/ntr]|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2})|&(?:quot|amp|lt|gt|apos|nbsp|\#\d+|\#x\w+);"""
    r"|<(?:br|p|b|i|span|div)\b[^>]*>|\ufffd|[ÃÂ][\x80-\xbf]|(?:%[0-9A-F]{2}){2}",
    re.VERBOSE,
)
"""Escapes of JSON, HTML and URLs, the replacement character, and UTF-8 read as Latin-1."""
_BROKEN_START = re.compile(r"\s*(?:[?!.,;:)\]}؟،。、？！，]|[a-z]$)")


class Oddity(NamedTuple):
    """Something odd in a text.

    Attributes:
        check: Its name.
        value: Which character, and where.
        hard: Whether it is a fault in this language.
    """

    check: str
    value: str
    hard: bool


def oddities(text: str, lang: str) -> Iterator[Oddity]:
    r"""Each kind of odd character once, with how many there are and where the first is.

    >>> [one.check for one in oddities("\ufeffWho\u00a0is it?\r", "en")]
    ['byte order mark', 'no-break space', 'carriage return']
    """
    found: dict[str, tuple[list[int], bool]] = {}
    for one in _ODD.finditer(text):
        letter, at = one[0], one.start()
        places, hard = found.get(letter, ([], False))
        found[letter] = [*places, at], hard or _is_fault(letter, text, at, lang)
    for letter, (places, hard) in found.items():
        many = f"{len(places)} times, first" if len(places) > 1 else "once,"
        value = f"U+{ord(letter):04X} {many} at character {places[0] + 1}"
        yield Oddity(NAMES.get(letter, "control character"), value, hard)
    if escape := ESCAPES.search(text):
        yield Oddity("escape residue", f"{escape[0]!r} at character {escape.start() + 1}", True)
    if broken := _BROKEN_START.match(text):
        yield Oddity("broken start", f"begins with {broken[0]!r}", True)
    if text != text.strip(" \t"):
        yield Oddity("space at an end", "begins or ends with a space", False)


def _is_fault(letter: str, text: str, at: int, lang: str) -> bool:
    if letter in ("\u00a0", "\u202f"):
        after, before = text[at + 1 : at + 2], text[at - 1 : at]
        in_number = before.isdigit() and bool(after)
        return not (in_number or before == "«" or _FRENCH.match(after))
    if letter in _JOINERS:
        return lang not in _JOINERS[letter].split()
    if NAMES.get(letter) == "direction mark":
        return lang not in _RIGHT_TO_LEFT
    return True


def reads_right_to_left(lang: str) -> bool:
    """Whether a language is written from right to left.

    >>> reads_right_to_left("fa"), reads_right_to_left("en")
    (True, False)
    """
    return lang in _RIGHT_TO_LEFT


_QUESTION = regex.compile(r"[?？؟;;՞]\s*[\p{Pf}\p{Pe}\"'」』]*\s*$")


def ends_as_question(text: str) -> bool:
    """Whether a text ends with a question mark of any script.

    >>> ends_as_question("誰？"), ends_as_question("Say it.")
    (True, False)
    """
    return bool(_QUESTION.search(text))
