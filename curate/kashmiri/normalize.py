"""Kashmiri text in one encoding, with every change counted and nothing lost unreported.

Rules, in order: NFC; invisible characters and tatweel out, zero-width breaks to spaces; Arabic
presentation forms and look-alikes to Kashmiri letters; the Kashmiri yeh in its one encoding;
quotes and dashes; digits to words; Latin stops to Arabic ones; optionally only the symbols of a
published model; the Kashmiri yeh with a tail at the end of a word; spaces. Vowel marks always
stay: they are part of Kashmiri spelling. The result is a fixed point: doing it twice changes
nothing.

It misleads on Arabic quotations (their yeh and heh become Kashmiri ones) and reads every number as
a cardinal, years included.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from typing import Literal, NamedTuple

from curate.kashmiri import letters, numbers

Compat = Literal["none", "bolbosh"]
Digits = Literal["words", "keep"]

RULES = (
    "composed",
    "invisible characters",
    "tatweel",
    "zero-width breaks",
    "presentation forms",
    "look-alike letters",
    "Kashmiri yeh",
    "quotes and dashes",
    "digits",
    "stops",
    "not in the symbols",
    "final yeh",
    "spaces",
)
"""Names of the rules, in the order in which they are applied."""


class Normalized(NamedTuple):
    """A text after normalisation.

    Attributes:
        text: The clean text.
        rules: How often each rule changed something, for those that did.
        removed: Every character that was taken out with nothing in its place, in order.
    """

    text: str
    rules: dict[str, int]
    removed: str


QUOTES = dict.fromkeys(map(ord, "“”„‟«»″"), '"') | dict.fromkeys(map(ord, "‘’‚‛′´`"), "'")
DASHES = dict.fromkeys(map(ord, "‐‑‒–−"), "-") | dict.fromkeys(map(ord, "—―"), " - ")
PUNCTUATION = QUOTES | DASHES | {ord("…"): "...", ord("%"): "٪", ord("⹁"): "،", ord("⁏"): "؛"}
LATIN_STOPS = {",": "،", ";": "؛", "?": "؟", ".": "۔"}
DIGITS = {ord(c): str(i % 10) for i, c in enumerate("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹")}

_WORD = rf"\w{letters.MARKS}"
_ARABIC = rf"\u0620-\u064a\u066e-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06ff\u0750-\u077f{letters.MARKS}"
_IN_WORD = re.compile(f"[{_WORD}]")
_INVISIBLE = re.compile(f"[{letters.INVISIBLE}]")
_TATWEEL = re.compile(letters.TATWEEL)
_BREAK = re.compile("[\u200b\u200c]")
_YEH_PAIR = re.compile(letters.YEH_PAIR)
_LOW_STOP = re.compile(letters.LOW_STOP)
_FINAL_YEH = re.compile(rf"(?<=[{_WORD}]){letters.KASHMIRI_YEH}(?![{_WORD}])")
# A Latin stop is an Arabic one after an Arabic letter or a digit; "..." and "3,5" stay as they are.
_LATIN_STOP = re.compile(rf"(?<=[{_ARABIC}0-9])(?:[,;?]|\.(?!\.))(?![A-Za-z0-9])")
_SPACES = re.compile(r"\s+")
_SPACE_BEFORE_STOP = re.compile(r" (?=[،؛؟۔!٪,;?]|\.(?!\w))")
_STOP_BEFORE_LETTER = re.compile(r"(?<=[،؛؟۔!])(?=[^\W\d_])")


def normalize(text: str, compat: Compat = "none", digits: Digits = "words") -> Normalized:
    """Bring a Kashmiri text into one encoding.

    Args:
        text: Any text.
        compat: ``"bolbosh"`` keeps only the symbols that the published model knows.
        digits: ``"words"`` spells numbers out; ``"keep"`` keeps them, in Latin digits.

    Example:
        >>> normalize("يار  ۔").text
        'یار۔'
        >>> normalize("يار  ۔").rules
        {'look-alike letters': 1, 'spaces': 2}
    """
    rules: Counter[str] = Counter()
    removed: list[str] = []
    text = _unify_letters(text, rules, removed)
    text = _translate(text, PUNCTUATION, "quotes and dashes", rules)
    text = _tidy_spaces(text, rules)
    if digits == "words":
        text = _replace(numbers.NUMBER, _spell_apart, text.translate(DIGITS), "digits", rules)
    else:
        text = _translate(text, DIGITS, "digits", rules)
    text = _replace(_LATIN_STOP, lambda match: LATIN_STOPS[match[0]], text, "stops", rules)
    if compat == "bolbosh":
        text = _keep_symbols(text, rules, removed)
    text = _replace(_FINAL_YEH, lambda _: letters.YEH_WITH_TAIL, text, "final yeh", rules)
    text = _tidy_spaces(text, rules)
    ordered = {rule: rules[rule] for rule in RULES if rules[rule]}
    return Normalized(text, ordered, "".join(removed))


def count_letters(text: str) -> int:
    """Letters in a text, vowel marks not counted (how many are written varies by writer).

    Example:
        >>> count_letters("کٲشُر")
        4
    """
    return sum(map(str.isalpha, text))


def _unify_letters(text: str, rules: Counter[str], removed: list[str]) -> str:
    text = _compose(text, rules)
    text = _remove(_INVISIBLE, text, "invisible characters", rules, removed)
    text = _remove(_TATWEEL, text, "tatweel", rules, removed)
    text = _replace(_BREAK, lambda _: " ", text, "zero-width breaks", rules)
    text = _translate(text, letters.presentation_forms(), "presentation forms", rules)
    text = _translate(text, letters.LOOK_ALIKES, "look-alike letters", rules)
    text = _replace(
        _YEH_PAIR, lambda match: letters.KASHMIRI_YEH + match[1], text, "Kashmiri yeh", rules
    )
    text = _replace(_LOW_STOP, lambda _: letters.KASHMIRI_YEH, text, "Kashmiri yeh", rules)
    return _compose(text, rules)


def _keep_symbols(text: str, rules: Counter[str], removed: list[str]) -> str:
    tokens, single = _symbol_tokens()

    def keep(match: re.Match[str]) -> str:
        symbol = match[0]
        if match["known"] or single.issuperset(unicodedata.normalize("NFD", symbol)):
            return symbol
        rules["not in the symbols"] += 1
        removed.append(symbol)
        # A sign without a sound may part two words; a letter or mark never does.
        return "" if unicodedata.category(symbol)[0] in "LM" else " "

    before = None
    while before != text:  # a gap that closes may compose into a letter with another mark over
        before, text = text, unicodedata.normalize("NFC", tokens.sub(keep, text))
    # U+0625 is no symbol, but alef and hamza below are: such letters are written in two.
    return tokens.sub(lambda m: m[0] if m["known"] else unicodedata.normalize("NFD", m[0]), text)


@cache
def _symbol_tokens() -> tuple[re.Pattern[str], frozenset[str]]:
    symbols = letters.bolbosh_symbols()
    known = "|".join(map(re.escape, symbols))
    return re.compile(f"(?P<known>{known})|.", re.DOTALL), frozenset(symbols)


def _spell_apart(match: re.Match[str]) -> str:
    text, start, end = match.string, match.start(), match.end()
    before = " " if start and _IN_WORD.match(text[start - 1]) else ""
    after = " " if end < len(text) and _IN_WORD.match(text[end]) else ""
    return f"{before}{numbers.spell(match[0])}{after}"


def _tidy_spaces(text: str, rules: Counter[str]) -> str:
    odd = sum(1 for run in _SPACES.finditer(text) if run[0] != " ")
    tidy = _SPACES.sub(" ", text)
    odd += (len(tidy) > 0 and tidy[0] == " ") + (len(tidy) > 1 and tidy[-1] == " ")
    tidy, before = _SPACE_BEFORE_STOP.subn("", tidy.strip())
    tidy, after = _STOP_BEFORE_LETTER.subn(" ", tidy)
    rules["spaces"] += odd + before + after
    return tidy


def _compose(text: str, rules: Counter[str]) -> str:
    if unicodedata.is_normalized("NFC", text):
        return text
    composed = unicodedata.normalize("NFC", text)
    # Marks that only change places count as one change a text.
    rules["composed"] += max(1, len(text) - len(composed))
    return composed


def _remove(
    what: re.Pattern[str], text: str, rule: str, rules: Counter[str], removed: list[str]
) -> str:
    removed += what.findall(text)
    return _replace(what, lambda _: "", text, rule, rules)


def _replace(
    what: re.Pattern[str],
    by: Callable[[re.Match[str]], str],
    text: str,
    rule: str,
    rules: Counter[str],
) -> str:
    text, count = what.subn(by, text)
    rules[rule] += count
    return text


def _translate(text: str, table: Mapping[int, str], rule: str, rules: Counter[str]) -> str:
    rules[rule] += sum(1 for character in text if ord(character) in table)
    return text.translate(table)
