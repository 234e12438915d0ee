"""Places inside a word where ``uroman`` looks at neither side from the other.

Chinese, Japanese and Tibetan write no spaces, yet most of their letters stand alone: between two
Chinese letters that no rule joins, or after a Tibetan tsheg, the text can be cut, and a short piece
returns often enough to be kept. A place is such a cut if all that the rules look at is refused:

- a source that holds the two characters side by side;
- a condition on the start or end of a word for a source that begins or ends there;
- an abugida vowel, a virama, a mark, a small tsu or ``ya``, a lengthener, a change of case;
- numbers, decimal points, signs and fractions on both sides, or a digit written before a number;
- a leading space, which the start of a text drops; a space; Thai, Braille and Coptic.
"""

from __future__ import annotations

import functools
import unicodedata
from typing import NamedTuple

from curate.text.romanize_uroman import tables

MOST_PAIRS = 2**18
_WHOLE_SCRIPTS = frozenset({"Thai", "Braille", "Coptic"})
_JOINING = frozenset(" っッ\u0a71ゃゅょャュョー\u2820")
_CONDITIONS = (
    "dont-use-at-start-of-word",
    "use-only-at-start-of-word",
    "dont-use-at-end-of-word",
    "use-only-at-end-of-word",
    "use-only-for-whole-word",
)


class _Table(NamedTuple):
    """What rules of any language say of single characters and of pairs."""

    pairs: frozenset[str]
    first_conditional: frozenset[str]
    last_conditional: frozenset[str]
    spaced: frozenset[str]
    numeric: frozenset[str]


@functools.cache
def _table() -> _Table:
    uroman = tables()
    pairs: set[str] = set()
    first, last, spaced = set[str](), set[str](), set[str]()
    numeric = {".", *"".join([*uroman.minus_signs, *uroman.plus_signs])}
    numeric.update("".join(uroman.fraction_connectors))
    for key, rules in uroman.rom_rules.items():
        if not key or not rules:  # there is a rule for an empty source, which is never met
            continue
        pairs.update(key[at : at + 2] for at in range(len(key) - 1))
        for rule in rules:
            text = rule["t"] or ""
            if any(rule[name] for name in _CONDITIONS):
                first.add(key[0])
                last.add(key[-1])
            if text.startswith(" "):
                spaced.add(key[0])
            if rule["t"] is None or any(char.isdigit() for char in text):
                numeric.update(key)
    return _Table(*map(frozenset, (pairs, first, last, spaced, numeric)))


@functools.cache
def _is_numeric(char: str) -> bool:
    is_number = unicodedata.numeric(char, None) is not None or bool(tables().num_props[char])
    return is_number or char in _table().numeric


@functools.cache
def _is_tibetan_letter(char: str) -> bool:
    """Letters and vowel signs; ``uroman`` looks for the vowel of each run of them."""
    name = tables().chr_name(char)
    is_vowel = bool(tables().dict_bool[("is-vowel-sign", char)])
    return tables().chr_script_name(char) == "Tibetan" and (is_vowel or "LETTER" in name)


@functools.cache
def _stands_alone(char: str) -> bool:
    """Whether a character may be beside a cut at all."""
    uroman = tables()
    script = uroman.chr_script_name(char)
    vowels = uroman.scripts[script.lower()]["abugida-default-vowels"]
    if char in _JOINING or script in _WHOLE_SCRIPTS or (vowels and script != "Tibetan"):
        return False
    if unicodedata.category(char)[0] == "M" and script != "Tibetan":
        return False
    is_virama = bool(uroman.dict_bool[("is-virama", char)])
    return not is_virama and not unicodedata.decomposition(char).startswith("<")


def _is_cut(pair: str) -> bool:
    left, right = pair[0], pair[1]
    table = _table()
    if pair in table.pairs or not (_stands_alone(left) and _stands_alone(right)):
        return False
    if unicodedata.category(right)[0] == "M" or right.islower() or right in table.spaced:
        return False
    if right in table.first_conditional or left in table.last_conditional:
        return False
    if _is_tibetan_letter(left) and _is_tibetan_letter(right):
        return False
    return not (_is_numeric(left) and _is_numeric(right))


_known: dict[str, bool] = {}


def pieces(word: str) -> list[str]:
    """The word, cut wherever the romanisation of both sides is that of the whole."""
    found, start, known = [], 0, _known
    for at in range(1, len(word)):
        pair = word[at - 1 : at + 1]
        is_cut = known.get(pair)
        if is_cut is None:
            if len(known) >= MOST_PAIRS:
                known.clear()
            is_cut = known[pair] = _is_cut(pair)
        if is_cut:
            found.append(word[start:at])
            start = at
    found.append(word[start:])
    return found
