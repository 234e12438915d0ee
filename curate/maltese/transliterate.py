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
from collections.abc import Callable, Iterable, Iterator, Mapping
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


Part = tuple[Option, ...]
"""A letter or pair of letters, as the ways to write it."""


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


def transliterate(
    word: str, closed: Mapping[str, str], choose: Callable[[str], str] = certain
) -> Spelling:
    """The one spelling of a word, by the closed class if it stands there, else by rule.

    Args:
        word: As it stands in the text.
        closed: Normalised word → Arabic; a trailing ``+`` says that it joins the next word.
        choose: What spells other words, normalised: ``certain`` or one of ``curate.maltese.rank``.

    Example:
        >>> transliterate("Il-", {"il-": "ال+"})
        Spelling(text='ال', joins=True)
    """
    normalised = normalise(word)
    found = closed.get(normalised)
    if found is None:
        found = choose(normalised)
    if found == JOINS or not found.endswith(JOINS):
        return Spelling(found, False)
    return Spelling(found.rstrip(JOINS), True)


def possible(normalised: str) -> Iterator[tuple[Option, ...]]:
    """Every way to write a word, as the options chosen for its parts; none for unknown signs.

    Different choices may give the same spelling. Up to some thousands for a long word.
    """
    for lattice in lattices(normalised):
        yield from itertools.product(*lattice)


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


def lattices(normalised: str) -> Iterator[list[Part]]:
    """The parts of a word, each with its options; twice for a word that ends like a clitic.

    Parts are the same objects in every word, those of ``ALL_PARTS``.
    """
    for tail, part in TAILS.items():
        if not normalised.endswith(tail):
            continue
        parts = _parts(normalised.removesuffix(tail) if tail else normalised, whole=not tail)
        if parts is not None:
            yield [*parts, part] if part else parts


def _parts(word: str, *, whole: bool) -> list[Part] | None:
    """Options for each part, from the left; ``whole`` if nothing follows ``word``."""
    parts: list[Part] = []
    size = len(word)
    at = 0
    if word[:1] in FIRST_PARTS:
        parts.append(FIRST_PARTS[word[0]])
        at = 1
    while at < size:
        part = PAIR_PARTS.get(word[at : at + 2])
        if part is not None:
            at += 2
        else:
            part = LAST_PARTS.get(word[at]) if whole and at == size - 1 else None
            part = part or LETTER_PARTS.get(word[at])
            if part is None:
                return None
            at += 1
        parts.append(part)
    return parts


def _part(source: str, texts: Iterable[str], mark: str = "{source}{text}") -> Part:
    return tuple(Option(text, mark.format(source=source, text=text)) for text in texts)


def _doubled(letter: str) -> Iterator[str]:
    for text in DOUBLED_MERGED.get(letter) or [CONSONANTS[letter]]:
        yield text + SHADDA


FIRST_PARTS = {letter: _part(letter, texts, "^{source}{text}") for letter, texts in INITIAL.items()}
LAST_PARTS = {letter: _part(letter, texts, "{source}{text}$") for letter, texts in FINAL.items()}
PAIR_PARTS = {letter * 2: _part(letter * 2, _doubled(letter)) for letter in DOUBLED} | {
    pair: _part(pair, texts) for pair, texts in DIGRAPHS.items()
}
LETTER_PARTS = (
    {sign: _part("sign", [text], "sign") for sign, text in SIGNS.items()}
    | {letter: _part(letter, MERGED.get(letter) or [text]) for letter, text in CONSONANTS.items()}
    | {
        letter: (Option("", f"{letter}-"), Option(LONG[letter], f"{letter}{LONG[letter]}"))
        for letter in SHORT
    }
)
TAILS: dict[str, Part] = {
    "": (),
    "-": _part("-", [JOINS], "-$"),
    "-il": _part("-il", ["ل"], "-il$"),
}
"""Ends of words that may be a clitic, and what stands for them."""
ALL_PARTS = [
    part
    for parts in (FIRST_PARTS, LAST_PARTS, PAIR_PARTS, LETTER_PARTS, TAILS)
    for part in parts.values()
]


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
