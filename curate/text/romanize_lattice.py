"""The lattice of ``uroman`` for the words that make up nearly all text, some ten times faster.

Every span of a word that a rule knows becomes an edge; a path takes, from each place, the edge that
reaches furthest. Edges depend on their context: a letter at the start or end of a word, an abugida
vowel that a sign or virama takes away, a small tsu that doubles a consonant. This is the algorithm
of ``Lattice.add_romanization`` and ``best_rom_edge_path`` in ``uroman`` 1.3.1.1 for the characters
that ``Rules.proven`` admits.
"""

from __future__ import annotations

from curate.text.romanize_rules import Char, Reading, Rules, char_of
from curate.text.romanize_thai import Thai, Uncertain

_SMALL_TSU = {"っ": "t", "ッ": "t", "\u0a71": "c"}
"""Consonant doublers of Japanese and Gurmukhi, with what doubles a ``ch``."""
_DOUBLED = frozenset("bcdfghjklmnpqrstwz")
_BEFORE_SMALL_Y = frozenset("bcdfghjklmnpqrstvwxyz")
_FINAL_SCHWA_KEPT_AS_WRITTEN = frozenset({"asm", "ben", "guj", "kas", "pan"})
_LONGEST_NUMBER = 4000
"""Python reads no longer whole number (4,300 digits), and ``uroman`` fails on them."""


def romanize_word(word: str, rules: Rules, is_whole: bool = False) -> str | None:
    """Romanise a text of characters that ``rules.proven`` admits.

    Args:
        word: The text; it may hold spaces.
        rules: Rules of its language.
        is_whole: Nothing is to the left of it; otherwise a word that depends on that has no answer.

    Returns:
        The answer of ``uroman``, or None where it must be asked.
    """
    lattice = _Lattice(word, rules, is_whole)
    try:
        lattice.add_edges()
    except Uncertain:
        return None
    return lattice.best_path()


class _Lattice:
    """The best edge from each place of one word, and what its conditions have to know."""

    def __init__(self, word: str, rules: Rules, is_whole: bool) -> None:
        size = len(word)
        self.word, self.rules, self.size = word, rules, size
        self.chars: list[Char] = [char_of(char) for char in word]
        self.furthest = [0] * size
        self.text = [""] * size
        self.is_decomposed = [False] * size
        self.letter_before = [False] * (size + 1)
        has_thai = not rules.thai.isdisjoint(word)
        self.thai = Thai(word, rules, is_whole) if has_thai else None
        self.at_syllable_end: dict[int, str] = {}

    def add_edges(self) -> None:
        """Find every edge; keep the furthest from each place."""
        word, rules, size = self.word, self.rules, self.size
        spans, prefixes, longest, second = rules.spans, rules.prefixes, rules.longest, rules.second
        for start, char in enumerate(word):
            for end in range(start + 1, min(start + longest.get(char, 0), size) + 1):
                source = word[start:end]
                readings = spans.get(source)
                if readings is None:
                    if source not in prefixes:
                        break
                    readings = rules.compile(source)
                reading = self.choose(readings, start, end)
                if reading is not None:
                    text = reading.plain
                    if reading.bare is not None:
                        text = self.voweled(reading, start, end)
                    if self.thai is None:
                        self.expand(text, start, end)
                    else:
                        self.expand_thai(self.thai, reading, text, start, end)
            if char in second:
                text, is_decomposed = second[char]
                self.add(start, start + 1, text, is_decomposed)

    def expand_thai(self, thai: Thai, reading: Reading, text: str, start: int, end: int) -> None:
        """Let the syllable change a romanisation, and add its edge."""
        if reading.at_syllable_end is not None and thai.ends_syllable(end):
            text = reading.at_syllable_end
            if start + 1 == end:
                self.at_syllable_end[start] = text
        expanded = thai.expand(text, start, end) if text else None
        if expanded is None:
            self.expand(text, start, end)
        else:
            self.add(expanded[1], expanded[2], expanded[0])

    def add(self, start: int, end: int, text: str, is_decomposed: bool = False) -> None:
        """Add an edge; of those with one span the first counts, one by a rule before others."""
        if text and text[-1].isalpha():
            self.letter_before[end] = True
        if self.thai is not None:
            self.thai.note(start, end, text)
        if end > self.furthest[start]:
            self.furthest[start], self.text[start] = end, text
            self.is_decomposed[start] = is_decomposed
        elif end == self.furthest[start] and self.is_decomposed[start] and not is_decomposed:
            self.text[start], self.is_decomposed[start] = text, False

    def choose(self, readings: tuple[Reading, ...], start: int, end: int) -> Reading | None:
        """The first reading whose conditions hold."""
        for reading in readings:
            where = reading.where
            if where is None:
                return reading
            if where.not_at_start and self.at_start(start):
                continue
            if where.only_at_start and not self.at_start(start):
                continue
            if where.not_at_end and self.at_end(end):
                continue
            if where.only_at_end and not self.at_end(end):
                continue
            if where.only_whole and not (self.at_start(start) and self.at_end(end)):
                continue
            return reading
        return None

    def at_start(self, place: int) -> bool:
        """Whether no letter is written or romanised right before this place."""
        return not (place and (self.word[place - 1].isalpha() or self.letter_before[place]))

    def at_end(self, place: int) -> bool:
        """Whether nothing from this place on can go on the word."""
        word, size = self.word, self.size
        if place < size and word[place].isalpha():
            return False
        while place + 1 < size and self.chars[place].is_nukta:
            place += 1
        for end in range(place + 1, size + 1):
            source = word[place:end]
            if source not in self.rules.prefixes:
                break
            if self.rules.begins_letter(source):
                return False
        return True

    def char(self, place: int) -> Char:
        return self.chars[place] if 0 <= place < self.size else char_of("")

    def voweled(self, reading: Reading, start: int, end: int) -> str:
        """The reading with or without its abugida vowel."""
        bare = reading.bare
        assert bare is not None
        after, before = self.char(end), self.char(start - 1)
        if after.closes or (reading.before_khmer_yo and self.word[end : end + 1] == "យ"):
            return bare
        if after.is_mark and self.char(end + 1).is_vowel_or_virama:
            return bare
        if before.is_virama or (reading.starts_open and self.at_start(start)):
            return reading.voweled
        script, language = self.chars[start].script, self.rules.language
        if self.at_end(end):
            drops = script == "Devanagari" and language != "san"
            kept = drops or language in _FINAL_SCHWA_KEPT_AS_WRITTEN
            return reading.plain if kept else reading.voweled
        if before.script != script:
            return reading.voweled
        if self.chars[end - 1].is_vocalic:
            return bare
        return reading.voweled if after.script == script else reading.plain

    def expand(self, text: str, start: int, end: int) -> None:
        """Let the neighbours change a romanisation, and add its edge."""
        word, size = self.word, self.size
        if not text:
            return self.add(start, end, text)
        after = word[end] if end < size else ""
        if start + 1 == end and text.isupper() and after.islower():
            text = text.capitalize()
        own_start = start
        if start and word[start - 1] in _SMALL_TSU and text[0] in _DOUBLED:
            ch = _SMALL_TSU[word[start - 1]]
            text = (ch if text.startswith("ch") else text[0]) + text
            start -= 1
        last = self.chars[end - 1].script
        if after and after in "ゃゅょャュョ" and self.chars[end].script == last:
            joined = self.small_y(text, after, own_start, start, end)
            if joined:
                text, end = joined, end + 1
                after = word[end] if end < size else ""
                last = self.chars[end - 1].script
        if after == "ー" and last in ("Hiragana", "Katakana") and text[-1] in "aeiou":
            return self.add(start, end + 1, text + text[-1])
        if end < size and self.chars[end].is_virama:
            return self.add(start, end + 1, text)
        if text[0] == " " and (start == 0 or word[start - 1] == " "):
            text = text[1:]
        if after == " " and text.endswith(" "):
            text = text[:-1]
        return self.add(start, end, text)

    def small_y(self, text: str, after: str, own_start: int, start: int, end: int) -> str | None:
        """``ki`` and a small ``ya`` as ``kya``, unless a rule knows the two together."""
        if len(text) < 2 or text[-1] != "i" or text[-2] not in _BEFORE_SMALL_Y:
            return None
        small = self.rules.first(after)
        if not small or self.top(own_start, end + 1) or self.top(start, end + 1):
            return None
        return text[:-1] + small

    def top(self, start: int, end: int) -> str | None:
        """Text of the best reading of a span, without its context."""
        source = self.word[start:end]
        readings = self.rules.spans.get(source)
        if readings is None:
            readings = self.rules.compile(source) if source in self.rules.prefixes else ()
        reading = self.choose(readings, start, end)
        return None if reading is None else reading.text

    def best_path(self) -> str | None:
        """Text along the furthest edges; None for a number that is too long."""
        word, digits, place, found = self.word, self.rules.digits, 0, []
        while place < self.size:
            if self.furthest[place]:
                found.append(self.text[place])
                place = self.furthest[place]
            elif word[place] in digits:
                end = self.end_of_number(place)
                if end - place > _LONGEST_NUMBER:
                    return None
                found.append("".join([digits.get(char, char) for char in word[place:end]]))
                place = end
            else:
                found.append(self.alone(place))
                place += 1
        return "".join(found)

    def end_of_number(self, place: int) -> int:
        """Where digits end that begin here, with one decimal point among them."""
        word, digits, has_point = self.word, self.rules.digits, False
        while place < self.size:
            if word[place] in digits:
                place += 1
            elif word[place] == "." and not has_point and word[place + 1 : place + 2] in digits:
                has_point, place = True, place + 1
            else:
                break
        return place

    def alone(self, place: int) -> str:
        """A character that no edge begins with, though a rule may know it."""
        single = self.rules.single[self.word[place]]
        if not single:
            return ""
        text = self.at_syllable_end.get(place)
        if text is None:
            text = self.top(place, place + 1)
        if text is None:
            return single
        return text[1:] if text.startswith(("+m", "+n", "+h", "+r")) else text
