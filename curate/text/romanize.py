"""Text of any script in Latin letters: the exact answer of ``uroman``, several times faster.

A line is cut at its spaces, a long word where ``romanize_cuts`` allows it, and the romanisation of
each piece is kept. That is exact because of what the rules of ``uroman`` (Hermjakob, May and Knight
2018) look at. None looks across a space, but for

- a Thai O ANG with nothing pronounced before it in its word: seen while it happens, and then the
  line is romanised whole;
- a Braille capital or number sign: a line with Braille is romanised whole;
- a rule whose *source* holds a space (Ethiopic ``፡`` and space): no cut there;
- a rule whose *target* ends in one, which is dropped before a space: seen by the word's answer.

Where ``uroman`` fails (it does on a few texts, such as a Chinese fraction without numerator), the
word that it fails on is romanised letter by letter.
"""

from __future__ import annotations

import functools
import re

from curate.text.romanize_cuts import pieces
from curate.text.romanize_lattice import romanize_word
from curate.text.romanize_rules import Rules
from curate.text.romanize_uroman import PROVEN, romanize_whole, tables, version

LONGEST_KEPT = 48
"""Longer words are not kept: they hardly return (under 1 % of Kashmiri words have over 20)."""

MOST_KEPT = 2**17
"""Words kept for a language, about 30 MB; all are dropped when there are more."""

LONGEST_UNCUT = 16
"""Longer words are cut into pieces that may be known; so are those with unproven characters."""

LONGEST_LATTICE = 50_000
"""Characters that are looked at together; ``uroman`` takes 2 kB for each. A longer text is cut."""

LONGEST_WORD = 2_000
"""The same for one word that ``uroman`` itself romanises: with Tibetan letters or Chinese numbers
it needs the square of their count, a minute for 50,000."""

_ASKED_BY_NAME = ("asm", "ben", "guj", "kas", "pan", "san")
"""Languages that the program itself asks for, beside those in its rules."""

_BRAILLE = re.compile("[\u2800-\u28ff]")
_SPACE = re.compile("(?<!፡) ")
_FAILURES = (AttributeError, IndexError, TypeError, ValueError)
"""What ``uroman`` raises where it fails."""


@functools.cache
def _two_letter_codes() -> dict[str, str]:
    """ISO 639-1 code → ISO 639-3 code, for the 170 or so languages that ``uroman`` lists."""
    codes = {}
    listing = tables().data_dir / "ISO-639-3-list.txt"
    for line in listing.read_text(encoding="utf-8").splitlines():
        slots = dict(slot.strip().split(" ", 1) for slot in line.split("::")[1:] if " " in slot)
        for old in slots.get("deprecated-lang-codes", "").split(","):
            if len(old.strip()) == 2:
                codes[old.strip()] = slots["lang-code"].strip()
    return codes


@functools.cache
def _codes_with_rules() -> frozenset[str]:
    """Language codes that make a difference; all others give the answer without a code."""
    rules = (rule for group in tables().rom_rules.values() for rule in group)
    named = {code for rule in rules for code in rule["lcodes"] or ()}
    return frozenset(named.union(_ASKED_BY_NAME))


@functools.lru_cache(maxsize=4096)
def language_code(label: str) -> str:
    """The ISO 639-3 code in a label, as ``uroman`` wants it.

    Args:
        label: ``kas``, ``ks``, ``kas_Arab``, ``ks-Arab-IN``, ``KAS``, or nothing.

    Returns:
        ``kas``; an empty string if it has no rules of its own, as nearly all have not.
    """
    first = label.strip().replace("-", "_").split("_")[0].lower()
    code = _two_letter_codes().get(first, first) if len(first) == 2 else first
    return code if code in _codes_with_rules() else ""


class Romanizer:
    """Romanises lines of one language, keeping the answers for words.

    Args:
        language: A label that ``language_code`` understands.
    """

    def __init__(self, language: str) -> None:
        self._language = language_code(language)
        self._rules = Rules(self._language) if version() == PROVEN else None
        self._words: dict[str, str] = {}
        self._before_space: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        """The romanised text."""
        if self._rules is None or _BRAILLE.search(text):
            return self._whole(text)
        words = text.split(" ") if "፡ " not in text else _SPACE.split(text)
        known = self._words
        try:
            found = [known[word] for word in words]
        except KeyError:
            found = []
            for word in words:
                answer = known.get(word)
                if answer is None and (answer := self._new(word, known)) is None:
                    return self._line(text, self._rules)
                found.append(answer)
        for at, answer in enumerate(found[:-1]):
            if answer[-1:] == " ":
                found[at] = self._followed_by_space(words[at])
        return " ".join(found)

    def _new(self, word: str, kept: dict[str, str]) -> str | None:
        """Romanise a word not met before; None if its line has to be looked at."""
        rules = self._rules
        assert rules is not None
        parts = [word]
        if len(word) > LONGEST_UNCUT or not rules.proven(word):
            parts = pieces(word)
        if len(parts) == 1:
            answer = self._piece(word)
        else:
            answers = []
            for part in parts:
                answer = kept.get(part)
                if answer is None and (answer := self._new(part, kept)) is None:
                    return None
                answers.append(answer)
            answer = "".join(answers)
        if answer is not None and len(word) <= LONGEST_KEPT:
            if len(kept) >= MOST_KEPT:
                kept.clear()
            kept[word] = answer
        return answer

    def _piece(self, piece: str) -> str | None:
        """Romanise a piece that nothing around it changes; None if something to its left may."""
        assert self._rules is not None
        if self._rules.proven(piece):
            if len(piece) > LONGEST_LATTICE:
                return self._line(piece, self._rules)
            answer = romanize_word(piece, self._rules)
            if answer is not None:
                return answer
        if len(piece) > LONGEST_WORD:
            return "".join([self._whole(part) for part in _parts(piece, LONGEST_WORD)])
        try:
            whole = romanize_whole(piece, self._language)
        except _FAILURES:
            return self._whole(piece)
        return None if whole.looked_left else whole.text

    def _line(self, text: str, rules: Rules) -> str:
        """Romanise a text whose words depend on those before them."""
        if len(text) > LONGEST_LATTICE:
            return "".join([self._line(part, rules) for part in _parts(text, LONGEST_LATTICE)])
        answer = romanize_word(text, rules, is_whole=True) if rules.proven(text) else None
        return self._whole(text) if answer is None else answer

    def _followed_by_space(self, word: str) -> str:
        """Answer for a word that a space follows, where that may change it."""
        answer = self._before_space.get(word)
        if answer is None:
            answer = self._new(f"{word} ", {}) or self._whole(f"{word} ")
            answer = answer[:-1]
            if len(word) <= LONGEST_KEPT:
                if len(self._before_space) >= MOST_KEPT:
                    self._before_space.clear()
                self._before_space[word] = answer
        return answer

    def _whole(self, text: str) -> str:
        """What ``uroman`` says of a text; word by word, then letter by letter, where it fails."""
        if len(text) > LONGEST_LATTICE:
            return "".join([self._whole(part) for part in _parts(text, LONGEST_LATTICE)])
        try:
            return romanize_whole(text, self._language).text
        except _FAILURES:
            if len(text) == 1:
                return text
            if " " in text:
                return " ".join([self._whole(word) for word in text.split(" ")])
            return "".join([self._whole(char) for char in text])


def _parts(text: str, most: int) -> list[str]:
    """A text in parts that fit a lattice, cut after a space where there is one."""
    found, start = [], 0
    while len(text) - start > most:
        space = text.rfind(" ", start, start + most)
        end = start + most if space < 0 else space + 1
        found.append(text[start:end])
        start = end
    return [*found, text[start:]]


@functools.lru_cache(maxsize=64)
def _romanizer(code: str) -> Romanizer:
    return Romanizer(code)


def romanize(text: str, language: str = "") -> str:
    """Romanise one text; the words of a language are kept for the life of the process.

    Args:
        text: Any Unicode text.
        language: See ``language_code``.
    """
    return _romanizer(language_code(language))(text)
