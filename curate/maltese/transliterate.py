"""Maltese words in Arabic letters: one certain spelling, or every possible one.

The rules are those of Micallef et al. 2024 (section 4.2, released mapping tables), which the
paper applies as finite-state transducers: digraphs, doubled consonants and, for the possible
spellings, the first and last vowel are rewritten from the left; then each letter; then vowel signs
are dropped.
Outputs equal those of the released transducers (``tests/maltese/test_transliterate.py``).

Misleads: the certain spelling drops every short vowel (*illum* → لم), also in words from Italian
and English, where nothing in Arabic script is meant by them.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from curate.errors import EnvironmentError_
from curate.maltese.letters import (
    ARABIC,
    CHANGED_SIGNS,
    CONSONANTS,
    DIGRAPHS,
    DOUBLED_MERGED,
    FINAL,
    INITIAL,
    KEPT_SIGNS,
    LONG,
    MERGED,
    NEVER_DOUBLED,
    SHADDA,
    SHORT,
    VOWEL_SIGNS,
)
from curate.maltese.spelling import normalise

JOINS = "+"
CLOSED_CLASS_FILES = ("small_closed_class.map", "additional_closed_class.map")

DOUBLED = [letter for letter in CONSONANTS if letter not in NEVER_DOUBLED]
PAIR = re.compile("|".join([*DIGRAPHS, *(letter * 2 for letter in DOUBLED)]))
SIGNS = {**CHANGED_SIGNS, **{sign: sign for sign in KEPT_SIGNS + ARABIC}}
WRITTEN = {**CONSONANTS, **dict.fromkeys(SHORT, ""), **SIGNS, **dict.fromkeys(VOWEL_SIGNS, "")}
CERTAIN = str.maketrans(WRITTEN)
KNOWN = re.compile(f"[{re.escape(''.join(WRITTEN))}]*")
PAIRS = {pair: letters[0] for pair, letters in DIGRAPHS.items()} | {
    letter * 2: CONSONANTS[letter] for letter in DOUBLED
}
NO_SIGNS = dict.fromkeys(map(ord, VOWEL_SIGNS))


class Spelling(NamedTuple):
    """A word in Arabic letters.

    Attributes:
        text: The letters.
        joins: Whether it is written together with the next word, as the article is.
    """

    text: str
    joins: bool


class Option(NamedTuple):
    """One way to write a part of a word, and the rule that gave it."""

    text: str
    rule: str


def certain(normalised: str) -> str:
    """The one spelling by rule; a word with an unknown sign stays as it is.

    Args:
        normalised: What ``normalise`` returns.

    Example:
        >>> certain("karozza"), certain("@user<3")
        ('كردز', '@user<3')
    """
    if not KNOWN.fullmatch(normalised):
        return normalised
    return PAIR.sub(lambda found: PAIRS[found.group()], normalised).translate(CERTAIN)


def transliterate(word: str, closed: Mapping[str, str]) -> Spelling:
    """The one spelling of a word, by the closed class if it stands there, else by rule.

    Args:
        word: As it stands in the text.
        closed: Normalised word → Arabic; a trailing ``+`` says that it joins the next word.

    Example:
        >>> transliterate("Il-", {"il-": "ال+"})
        Spelling(text='ال', joins=True)
    """
    normalised = normalise(word)
    found = closed.get(normalised)
    if found is None:
        found = certain(normalised)
    if found == JOINS or not found.endswith(JOINS):
        return Spelling(found, False)
    return Spelling(found.rstrip(JOINS), True)


def possible(normalised: str) -> Iterator[tuple[Option, ...]]:
    """Every way to write a word, as the options chosen for its parts; none for unknown signs.

    Different choices may give the same spelling. Up to some thousands for a long word.
    """
    for tail, options in (("", None), ("-", JOINS), ("-il", "ل")):
        if not normalised.endswith(tail):
            continue
        body = normalised.removesuffix(tail) if tail else normalised
        parts = _parts(body, whole=not tail)
        if parts is None:
            continue
        if options:
            parts.append([Option(options, f"{tail}$")])
        yield from itertools.product(*parts)


def spelled(options: tuple[Option, ...]) -> str:
    """The spelling that a choice of options makes, without vowel signs."""
    return "".join(option.text for option in options).translate(NO_SIGNS)


def candidates(normalised: str) -> set[str]:
    """Every spelling of a word.

    Example:
        >>> sorted(candidates("dar"))
        ['دار', 'در', 'ذار', 'ذر', 'ضار', 'ضر', 'ظار', 'ظر']
    """
    return {spelled(options) for options in possible(normalised)}


def _parts(word: str, *, whole: bool) -> list[list[Option]] | None:
    """Options for each part, from the left; ``whole`` if nothing follows ``word``."""
    parts: list[list[Option]] = []
    at = 0
    if word[:1] in INITIAL and word:
        parts.append([Option(text, f"^{word[0]}{text}") for text in INITIAL[word[0]]])
        at = 1
    while at < len(word):
        pair, letter = word[at : at + 2], word[at]
        if pair in DIGRAPHS:
            parts.append([Option(text, f"{pair}{text}") for text in DIGRAPHS[pair]])
            at += 2
        elif pair in PAIRS:
            texts = DOUBLED_MERGED.get(letter) or [CONSONANTS[letter]]
            parts.append([Option(text + SHADDA, f"{pair}{text}") for text in texts])
            at += 2
        elif whole and at == len(word) - 1 and letter in FINAL:
            parts.append([Option(text, f"{letter}{text}$") for text in FINAL[letter]])
            at += 1
        else:
            options = _letter(letter)
            if not options:
                return None
            parts.append(options)
            at += 1
    return parts


def _letter(letter: str) -> list[Option]:
    if letter in SHORT:
        return [Option("", f"{letter}-"), Option(LONG[letter], f"{letter}{LONG[letter]}")]
    if letter in CONSONANTS:
        texts = MERGED.get(letter) or [CONSONANTS[letter]]
        return [Option(text, f"{letter}{text}") for text in texts]
    return [Option(SIGNS[letter], "sign")] if letter in SIGNS else []


def read_closed_class(folder: Path) -> dict[str, str]:
    """Closed-class words of a folder with the released ``token_mappings``; the small list wins.

    Raises:
        EnvironmentError_: A file is missing, or a line is not ``word TAB Arabic``.
    """
    closed: dict[str, str] = {}
    for name in reversed(CLOSED_CLASS_FILES):
        path = folder / name
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except OSError as error:
            hint = "give the folder token_mappings of MLRS/malti, tag 2024.eacl"
            raise EnvironmentError_(f"{path}: {error.strerror}; {hint}") from None
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            word, tab, arabic = line.partition("\t")
            if not tab:
                raise EnvironmentError_(f"{path}:{number}: not 'word TAB Arabic'; mend the line")
            closed[word] = arabic
    return closed
