"""Choose one of the possible spellings of a word, by what is there to choose by.

Micallef et al. 2024 take the spelling that a word model of Tunisian tweets finds most likely, of
equals the one that a character model does, of equals the first by alphabet. ``by_models`` does
that, with KenLM models of the user's. Where only the word list is there, ``ByList`` stands in for
both; without any, ``by_rule`` writes what is most often right. Of 262 of the paper's own choices,
recovered from its released classifier, they give 76 % (nested cross-validation) and 46 % (chance
14 %, the certain spelling 23 %); see docs/maltese_transliteration.md for how this was measured.

Misleads: a spelling is chosen without its sentence, and words from Italian and English get Arabic
letters that nobody uses for them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from curate.maltese.character_model import Ints
from curate.maltese.lattice import (
    LEAST,
    NUMBER_OF,
    TEXTS,
    best_listed,
    best_spelling,
    lattice_of,
)
from curate.maltese.letters import FINAL, INITIAL, SHORT
from curate.maltese.transliterate import JOINS, KNOWN, Part, candidates, certain, lattices
from curate.maltese.word_list import WordList, index, read_words

MOST_CANDIDATES = 50_000
"""A word with more of them gets its certain spelling with KenLM; half have 16 or fewer."""
LAST_VOWELS = {letter: FINAL[letter][0] for letter in FINAL} | {"a": "ة"}
"""Of 54 recovered choices for words in -a, 27 end with ة, 16 with ا, 6 with ى, 5 with ه."""


class ByList:
    """Choice by a list of Arabic words: listed spellings first, else the likeliest letters.

    Args:
        words: From ``word_list.index``.

    Example:
        >>> choose = ByList(index({"كتاب": 0, "كتب": 1, "دار": 2, "دور": 3}))
        >>> choose("ktieb"), choose("dar"), choose("dawra"), choose("@x")
        ('كتاب', 'دار', 'دورا', '@ش')
    """

    def __init__(self, words: WordList) -> None:
        self.words = words
        self._lattice = lattice_of(words)

    @classmethod
    def read(cls, path: Path) -> ByList:
        """Learn from a word list.

        Raises:
            EnvironmentError_: The file cannot be read, or is no such list.
        """
        return cls(index(read_words(path)))

    def __call__(self, normalised: str) -> str:
        """The spelling; a trailing ``+`` says that it joins the next word."""
        if not any(letter.isalpha() for letter in normalised):
            return certain(normalised)
        rows = [_numbered(parts) for parts in lattices(normalised)]
        if not rows:
            return normalised
        best = LEAST, "", ""
        for numbers, joins in rows:
            score, word = best_listed(numbers, self._lattice)
            if word >= 0:
                best = _better(best, (int(score), self.words.words[word], joins))
        for numbers, joins in rows if best[0] == LEAST else ():
            score, chosen = best_spelling(numbers, self._lattice)
            text = "".join([TEXTS[option] for option in chosen.tolist()])
            best = _better(best, (int(score), text, joins))
        return best[1] + best[2]


def _numbered(parts: list[Part]) -> tuple[Ints, str]:
    """Numbers of the parts, and the sign of a word that joins the next, which is not scored."""
    joins = ""
    while parts[-1][0].text == JOINS:
        joins = JOINS
        parts.pop()
    return np.array([NUMBER_OF[id(part)] for part in parts], np.int64), joins


def _better(one: tuple[int, str, str], other: tuple[int, str, str]) -> tuple[int, str, str]:
    if one[0] == LEAST or other[0] > one[0]:
        return other
    return min(one, other, key=lambda choice: choice[1:]) if one[0] == other[0] else one


def by_rule(normalised: str) -> str:
    """Without list or model: the certain spelling, with its first and last vowel written.

    Example:
        >>> by_rule("karozza"), by_rule("illum"), by_rule("kbir"), by_rule("jiktbu")
        ('كردزة', 'الم', 'كبر', 'يكتبو')
    """
    if not KNOWN.fullmatch(normalised):
        return normalised
    last = LAST_VOWELS.get(normalised[-1:], "")
    if len(normalised) < 2 or normalised.endswith("ie"):
        last = ""
    first = normalised[:1] in SHORT
    if first and (len(normalised) > 1 or not last):
        middle = normalised[1:]
        return INITIAL[normalised[0]][-1] + certain(middle) + last
    return certain(normalised) + last


def by_models(word_model: Any, character_model: Any) -> Callable[[str], str]:
    """Choice by KenLM models, as the paper does it.

    Args:
        word_model: ``kenlm.Model`` of words, or None.
        character_model: ``kenlm.Model`` of letters, parted by spaces, or None.
    """

    def choose(normalised: str) -> str:
        if count(normalised) > MOST_CANDIDATES:
            return certain(normalised)
        found = {_bare(text): text for text in sorted(candidates(normalised), reverse=True)}
        if not found:
            return normalised
        texts = sorted(found)
        if word_model is not None:
            texts = _most_likely(texts, word_model.score)
        if character_model is not None and len(texts) > 1:
            texts = _most_likely(texts, lambda text: character_model.score(" ".join(text)))
        return found[texts[0]]

    return choose


def _bare(text: str) -> str:
    return text if text == JOINS else text.rstrip(JOINS)


def _most_likely(texts: list[str], score: Callable[[str], float]) -> list[str]:
    scores = [score(text) for text in texts]
    best = max(scores)
    return [text for text, value in zip(texts, scores, strict=True) if value == best]


def count(normalised: str) -> int:
    """How many choices of options a word has."""
    return sum(math.prod(map(len, parts)) for parts in lattices(normalised))
