"""What the rules of ``uroman`` look at in Thai, for the fast lattice.

A consonant at the end of a syllable is written otherwise (``d`` → ``t``), a vowel written before
its consonant is spoken after it (``เก`` → ``ke``), and O ANG is silent unless it stands between two
consonants. These are ``is_at_end_of_syllable`` and the Thai part of
``expand_rom_with_special_chars`` in ``uroman`` 1.3.1.1, step by step, a quirk included: looking
left for letters, it skips a character after each edge without any.
"""

from __future__ import annotations

import functools
import re

from curate.text.romanize_rules import Rules, char_of
from curate.text.romanize_uroman import patterns, tables

O_ANG = "\u0e2d"
_CONSONANTS = re.compile("[bcdfghjklmnpqrstvwxyz]+$")
_CONSONANTS_BUT_Y = re.compile("[bcdfghjklmnpqrstvwxz]+$")
_ENDS_IN_CONSONANT = frozenset("bcdfghjklmnpqrstvxz")
_VOWELS = frozenset("aeiou")


class Uncertain(Exception):
    """A rule looks to the left of the text, or ``uroman`` fails here: it has to be asked."""


@functools.cache
def _written_first(char: str) -> bool:
    """Whether a vowel is written before its consonant and spoken after it."""
    info = tables().dict_str[("syllable-info", char)]
    return bool(info == "written-pre-consonant-spoken-post-consonant")


@functools.cache
def _is_tone_mark(char: str) -> bool:
    return bool(tables().dict_str[("tone-mark", char)])


@functools.cache
def _is_letter_or_mark(char: str) -> bool:
    return patterns().match(r"(?:\pL|\pM)", char) is not None


def _begins_with_vowel(text: str) -> bool:
    return text[:1].lower() in _VOWELS if text else False


class Thai:
    """Syllables of one text, and the edges that have been found in it so far.

    Args:
        text: Characters that ``rules.proven`` admits beside Thai ones.
        rules: Rules of the language.
        is_whole: Nothing is to the left of the text.
    """

    def __init__(self, text: str, rules: Rules, is_whole: bool) -> None:
        self._text, self._rules, self._is_whole = text, rules, is_whole
        self._ending: dict[int, tuple[int, str]] = {}

    def note(self, start: int, end: int, text: str) -> None:
        """Keep the edge that reaches furthest to the left from its end, the first of equals."""
        known = self._ending.get(end)
        if known is None or start < known[0]:
            self._ending[end] = (start, text)

    def _at(self, place: int) -> str:
        return self._text[place] if 0 <= place < len(self._text) else ""

    def _first(self, start: int, end: int) -> str | None:
        """The first reading of a span; Thai rules have no conditions."""
        if end > len(self._text):
            return None
        source = self._text[start:end]
        if source not in self._rules.prefixes:
            return None
        readings = self._rules.spans.get(source) or self._rules.compile(source)
        return readings[0].text if readings else None

    def ends_syllable(self, place: int) -> bool:
        """Whether a syllable ends before this place."""
        before = self._at(place - 2)
        if not before or not _is_letter_or_mark(before) or _written_first(before):
            return False
        after_tone = place + 1 if _is_tone_mark(self._at(place)) else place
        after = self._at(after_tone)
        if _written_first(after) or not after or not _is_letter_or_mark(after):
            return True
        left = self._ending.get(place - 1)
        if left is not None and left[1][-1:] in _ENDS_IN_CONSONANT and left[1]:
            return False
        following = self._first(after_tone, after_tone + 2)
        if following is None:
            following = self._first(after_tone, after_tone + 1)
        if not _begins_with_vowel(following or ""):
            return True
        if after == O_ANG and self._at(after_tone + 1):
            return _begins_with_vowel(self._first(after_tone + 1, after_tone + 2) or "")
        return False

    def expand(self, text: str, start: int, end: int) -> tuple[str, int, int] | None:
        """A Thai romanisation that its neighbours change, as text, start and end; else None.

        Raises:
            Uncertain: ``uroman`` has to be asked.
        """
        before = self._at(start - 1)
        if before and _written_first(before) and _CONSONANTS.match(text[0]):
            if start + 1 == end and _CONSONANTS.match(text):
                for size in (3, 2, 1):
                    around = f"{before}–{self._text[end : end + size]}"
                    if end + size <= len(self._text) and (vowel := self._rules.first(around)):
                        return text + vowel, start - 1, end + size
            if char_of(before).script == "Thai" and (vowel := self._rules.first(before)):
                return text + vowel, start - 1, end
        if self._text[start] == O_ANG and start + 1 == end and self._is_silent(start):
            return "", start, end
        return None

    def _is_silent(self, place: int) -> bool:
        """Whether O ANG stands anywhere but between two consonants."""
        after = self._at(place + 1)
        thai = [char_of(char).script == "Thai" for char in (self._at(place - 1), after)]
        if not all(thai):
            return True
        if not _CONSONANTS_BUT_Y.match(self._written_before(place)):
            return True
        following = self._rules.first(after)
        if following is None:
            raise Uncertain
        return not _CONSONANTS_BUT_Y.match(following)

    def _written_before(self, place: int) -> str:
        """Text of the nearest edge to the left that has any."""
        while place > 0:
            edge = self._ending.get(place)
            if edge is not None:
                if edge[1]:
                    return edge[1]
                place = edge[0]
            place -= 1
        if not self._is_whole:
            raise Uncertain
        return ""
