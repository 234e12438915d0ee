"""The rules of ``uroman`` for one language, in the form that the fast lattice reads.

A *span* is a source string with its readings, best first, and all that its context can change about
each, worked out beforehand: the abugida vowel (``ka`` → ``k``, ``ka``) and where it holds. What a
character is (virama, vowel sign, digit, letter of which script) is looked up once. ``proven`` says
which characters the fast lattice may see; the others go to ``uroman`` itself.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import Any, NamedTuple

from curate.text.romanize_uroman import patterns, romanize_whole, tables

CONSONANTS = "[bcdfghjklmnpqrstvwxyz]+"
_UNPROVEN_SCRIPTS = frozenset({"Tibetan", "Braille", "Coptic"})
"""Scripts with rules that look further than to the neighbours."""


class Conditions(NamedTuple):
    """Where in a word a reading is used; all false: everywhere."""

    not_at_start: bool
    only_at_start: bool
    not_at_end: bool
    only_at_end: bool
    only_whole: bool


class Reading(NamedTuple):
    """One romanisation of a span.

    Attributes:
        text: What the table says, with a leading ``+`` if it is a final (``+m``, ``+ng``).
        plain: The text where no vowel rule applies.
        bare: Without its abugida vowel; None if it has no consonant to carry one, or is a final.
        voweled: With its abugida vowel.
        starts_open: It takes the vowel at the start of a word (not so after r: ``ra``).
        before_khmer_yo: It loses the vowel before Khmer yo.
        at_syllable_end: What is written at the end of a Thai syllable, if it is something else.
        where: Conditions, None for everywhere.
    """

    text: str
    plain: str
    bare: str | None
    voweled: str
    starts_open: bool
    before_khmer_yo: bool
    at_syllable_end: str | None
    where: Conditions | None


class Char(NamedTuple):
    """What a character is to its neighbours; all false for no character."""

    script: str
    is_mark: bool
    is_virama: bool
    closes: bool
    is_vowel_or_virama: bool
    is_nukta: bool
    is_vocalic: bool


class _Shared(NamedTuple):
    """What does not depend on the language."""

    prefixes: frozenset[str]
    longest: dict[str, int]
    unproven: frozenset[str]
    digit_writers: frozenset[str]


def _is_unproven(key: str, rule: Any) -> bool:
    """Rules that crash ``uroman``, or meet its arithmetic."""
    if rule["t"] is None:
        return True
    return any(unicodedata.numeric(char, None) is not None for char in key)


@functools.cache
def _shared() -> _Shared:
    uroman = tables()
    prefixes = frozenset(
        name[1] for name, value in uroman.dict_bool.items() if name[0] == "s-prefix" and value
    )
    longest: dict[str, int] = {}
    for prefix in prefixes:
        longest[prefix[0]] = max(longest.get(prefix[0], 0), len(prefix))
    unproven = set("".join([*uroman.minus_signs, *uroman.plus_signs, *uroman.fraction_connectors]))
    digit_writers: set[str] = set()
    for key, rules in uroman.rom_rules.items():
        if any(_is_unproven(key, rule) for rule in rules):
            unproven.update(key)
        elif any(char.isdigit() for rule in rules for char in rule["t"]):
            digit_writers.update(key)
    return _Shared(prefixes, longest, frozenset(unproven), frozenset(digit_writers))


@functools.cache
def char_of(char: str) -> Char:
    """Properties of a character, or of none at the end of a text."""
    uroman = tables()
    if not char:
        return Char("", False, False, False, False, False, False)
    name = uroman.chr_name(char)
    is_vowel, is_virama, is_medial = (
        bool(uroman.dict_bool[(key, char)])
        for key in ("is-vowel-sign", "is-virama", "is-medial-consonant-sign")
    )
    is_mark = unicodedata.category(char) == "Mn"
    return Char(
        script=uroman.chr_script_name(char),
        is_mark=is_mark,
        is_virama=is_virama,
        closes=is_vowel or is_medial or is_virama or "SUBJOINED LETTER" in name,
        is_vowel_or_virama=is_vowel or is_virama,
        is_nukta=is_mark and "NUKTA" in name,
        is_vocalic="VOCALIC" in name,
    )


class Rules:
    """Spans of one language, compiled when first met.

    Args:
        language: Code as ``language_code`` gives it.

    Attributes:
        prefixes: Every beginning of a source string; the lattice stops growing a span outside it.
        longest: First character → length of the longest source string that begins with it.
        spans: Source string or prefix → its readings.
        digits: Character → its value as one ASCII digit.
        single: Character → how it is written where no rule covers it.
        second: Character → its romanisation by Unicode decomposition, or by jamo for Hangul, with
            True for the first (which a rule overrules).
        thai: The Thai characters met; only other Thai ones, digits and signs may be beside them.
    """

    def __init__(self, language: str) -> None:
        self.language = language
        self.prefixes, self.longest, self._unproven, self._digit_writers = _shared()
        self.spans: dict[str, tuple[Reading, ...]] = {}
        self.digits: dict[str, str] = {}
        self.single: dict[str, str] = {}
        self.second: dict[str, tuple[str, bool]] = {}
        self.thai: set[str] = set()
        self._beside_thai: set[str] = set()
        self._begins_letter: dict[str, bool] = {}
        self._proven: set[str] = set()
        self._refused: set[str] = set()

    def proven(self, text: str) -> bool:
        """Whether the fast lattice gives the exact answer for a text of these characters."""
        chars = set(text)
        if not chars <= self._proven:
            if chars & self._refused:
                return False
            for char in chars - self._proven:
                (self._proven if self._admit(char) else self._refused).add(char)
            if not chars <= self._proven:
                return False
        if not (chars.isdisjoint(self.thai) or chars <= self._beside_thai):
            return False
        if chars.isdisjoint(self._digit_writers):
            return True
        return chars.isdisjoint(self.digits)  # a number is set off from a digit before it

    def _admit(self, char: str) -> bool:
        uroman = tables()
        script = uroman.chr_script_name(char)
        if char in self._unproven or script in _UNPROVEN_SCRIPTS or "\u2800" <= char <= "\u28ff":
            return False
        number = uroman.num_props[char]
        if number or unicodedata.numeric(char, None) is not None:
            if number.get("type") != "digit" or char in self.longest:
                return False
            self.digits[char] = str(number["value"])
        elif (second := self._second(char)) is not None:
            if any(letter.isdigit() for letter in second[0]):
                return False
            self.second[char] = second
        is_letter = unicodedata.category(char)[0] in "LM"
        if script == "Thai":
            self.thai.add(char)
        if script == "Thai" or not (is_letter or char in self.second or char in self.longest):
            self._beside_thai.add(char)
        self.single[char] = "" if unicodedata.category(char) in ("Mn", "Cf", "Co") else char
        return True

    def _second(self, char: str) -> tuple[str, bool] | None:
        if "\uac00" <= char <= "\ud7a3":
            return tables().unicode_hangul_romanization(char), False
        form, _, parts = unicodedata.decomposition(char).partition(" ")
        if form[:1] != "<" or form in ("<super>", "<sub>", "<noBreak>", "<compat>"):
            return None
        letters = "".join(chr(int(part, 16)) for part in parts.split())
        return (text, True) if (text := romanize_whole(letters, self.language).text) else None

    def compile(self, source: str) -> tuple[Reading, ...]:
        """Readings of a source string or prefix, best first; kept in ``spans``."""
        rules = [
            rule
            for rule in tables().rom_rules[source]
            if rule["t"] is not None and (not rule["lcodes"] or self.language in rule["lcodes"])
        ]
        rules.sort(key=lambda rule: -(rule["n-restr"] or 0))  # stable: the first of equals wins
        found = tuple(self._reading(source, rule) for rule in rules)
        self.spans[source] = found
        return found

    def first(self, source: str) -> str | None:
        """Text of the first rule of a source string, whatever its conditions and language."""
        rules = tables().rom_rules[source]
        return rules[0]["t"] if rules else None

    def begins_letter(self, source: str) -> bool:
        """Whether some reading of the source, in any language, can go on a word with a letter."""
        known = self._begins_letter.get(source)
        if known is None:
            search = patterns().search
            known = self._begins_letter[source] = any(
                not rule["use-only-at-start-of-word"] and search(r"\pL", rule["t"])
                for rule in tables().rom_rules[source]
            )
        return known

    def _reading(self, source: str, rule: Any) -> Reading:
        text = plain = rule["t"]
        is_final = re.match(r"\+(?:m|ng|n|h|r)", text) is not None
        if is_final:
            plain = text[1:]
        bare, voweled, plain = _abugida(source, plain)
        if is_final:
            bare = None
        names = (
            "dont-use-at-start-of-word",
            "use-only-at-start-of-word",
            "dont-use-at-end-of-word",
            "use-only-at-end-of-word",
            "use-only-for-whole-word",
        )
        where = Conditions(*(bool(rule[name]) for name in names))
        yo = bare is not None and (bare in "bcdfghklmnpqrstvwz" or bare == "ng")
        starts_open = re.search("r[aeiou]", plain) is None
        return Reading(
            text=text,
            plain=plain,
            bare=bare,
            voweled=voweled,
            starts_open=starts_open,
            before_khmer_yo=yo,
            at_syllable_end=rule["t-at-end-of-syllable"],
            where=where if any(where) else None,
        )


def _abugida(source: str, text: str) -> tuple[str | None, str, str]:
    """A reading without its default vowel, with it, and as it stands (``add_default_abugida``)."""
    uroman = tables()
    vowels = uroman.scripts[uroman.chr_script_name(source[0]).lower()]["abugida-default-vowels"]
    if not vowels:
        return None, text, text
    once, often = "|".join(vowels), "|".join(f"{vowel}+" for vowel in vowels)
    plain = text
    if glide := re.match(f"([cfghkmnqrstxy]?y)({often})-?$", text):
        bare, voweled = glide[1], glide[1] + glide[2]
    elif consonant := re.match(f"({CONSONANTS})({once})-?$", text):
        bare, voweled = consonant[1], consonant[1] + consonant[2]
        if text.endswith("-") and len(source) == 1 and text[0].isalpha():
            plain = text[:-1]
    else:
        bare, voweled = text, text + vowels[0]
    return (bare if re.match(f"{CONSONANTS}$", bare) else None), voweled, plain
