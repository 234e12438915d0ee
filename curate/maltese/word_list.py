"""Arabic words in the order in which a text first uses them, and how often they may occur.

The place in such a list tells of the frequency of a word: a frequent one comes early. It is a
single draw, so a second sign is taken beside it: of how many inflected forms the word is part
(with ال, و, ب or a pronoun), which frequent words have more of. Of 117 choices among listed words
recovered from the released model of Micallef et al. 2024, the place makes 96 again, place and forms
105 (10-fold cross-validation).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import numba as nb
import numpy as np

from curate.errors import EnvironmentError_
from curate.maltese.character_model import (
    SCALE,
    CharacterModel,
    Floats,
    Ints,
    find,
    fit,
    letter_codes,
)

PREFIXES = ("ال", "و", "ب", "ل", "ف", "ع", "م", "ي", "ت", "ن", "وال", "بال", "لل")
SUFFIXES = ("ه", "ها", "هم", "ي", "ك", "نا", "كم", "ش", "ات", "ين", "و", "وا", "ة", "ت")
ARABIC_WORD = re.compile("[\u0621-\u065f]+")
HINT = "give a list with a word a line, or 'word TAB position', in Arabic script"

# Chosen by cross-validation (docs/maltese_transliteration.md). For its letters, a list of V words
# is taken for a text in which word number k occurs (V / (k + 10))^0.2 · (1 + forms) times; among
# listed spellings that with the highest (1 + forms) / (5000 + k) is taken.
EARLY, BY_PLACE = 10, 0.2
FLATTENED = 5000
HASH_SEED, HASH_FACTOR = 7, 1_099_511_628_211


class WordList(NamedTuple):
    """The words as a hash table over all their beginnings, and the model of their letters.

    Attributes:
        words: In the order of the list.
        hashes: Of each beginning of a word; 0 where the table is free.
        numbers: 1 + number of the word that ends there; 0 if none does.
        values: Which of two words is preferred, a logarithm times ``SCALE``.
        letters: The character model.
    """

    words: list[str]
    hashes: Ints
    numbers: Ints
    values: Ints
    letters: CharacterModel


def read_words(path: Path) -> dict[str, int]:
    """Word → position, from a list with one word a line, or ``word TAB position`` and a header.

    Words that are not all in Arabic script are left out; of repeated words the first counts.

    Raises:
        EnvironmentError_: The file cannot be read, has a bad position, or no Arabic word.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise EnvironmentError_(f"cannot read the word list {path} ({error}); {HINT}") from None
    found: dict[str, int] = {}
    for number, line in enumerate(lines):
        word, tab, position = line.rstrip("\r").partition("\t")
        if not ARABIC_WORD.fullmatch(word):
            continue
        if tab and not (position.isascii() and position.isdigit() and len(position) < 10):
            raise EnvironmentError_(f"{path}:{number + 1}: {position!r} is no position; {HINT}")
        found.setdefault(word, int(position) if tab else number)
    if not found:
        raise EnvironmentError_(f"{path}: no line holds an Arabic word; {HINT}")
    return found


def index(positions: dict[str, int]) -> WordList:
    """Learn from words in the order of their first use.

    Args:
        positions: Word → position, from 0, as ``read_words`` gives.
    """
    words = list(positions)
    codes = letter_codes(words)
    letters, ends = _coded(words, codes)
    size = 1 << max(int(2 * len(letters)).bit_length(), 4)
    hashes, numbers = np.zeros(size, np.int64), np.zeros(size, np.int64)
    _insert(letters, ends, hashes, numbers)
    forms = np.zeros(len(words), np.int64)
    _count_forms(letters, ends, hashes, numbers, *_coded(PREFIXES, codes), 1, forms)
    _count_forms(letters, ends, hashes, numbers, *_coded(SUFFIXES, codes), 0, forms)
    place = np.array(list(positions.values()), np.float64)
    model = fit(words, _counts(place, forms))
    preferred = np.log1p(forms) - np.log(place + FLATTENED)
    values = np.round(preferred * SCALE).astype(np.int64)
    return WordList(words, hashes, numbers, values, model)


def _counts(place: Floats, forms: Ints) -> Floats:
    early: Floats = ((place.max(initial=0) + EARLY) / (place + EARLY)) ** BY_PLACE
    return np.maximum(early * (1.0 + forms), 1.0)


def _coded(words: list[str] | tuple[str, ...], codes: dict[str, int]) -> tuple[Ints, Ints]:
    letters = np.array([codes.get(letter, 0) for letter in "".join(words)], np.int64)
    return letters, np.cumsum([len(word) for word in words])


@nb.njit(cache=True, nogil=True)
def _insert(letters, ends, hashes, numbers):  # type: ignore[no-untyped-def]
    start = 0
    for word in range(len(ends)):
        value = HASH_SEED
        place = 0
        for at in range(start, ends[word]):
            value = value * HASH_FACTOR + letters[at]
            place = find(hashes, value)
            if place < 0:
                place = -1 - place
                hashes[place] = value
        if numbers[place] == 0:
            numbers[place] = word + 1
        start = ends[word]


@nb.njit(cache=True, nogil=True)
def _count_forms(  # type: ignore[no-untyped-def]
    letters, ends, hashes, numbers, affixes, affix_ends, before, forms
):
    """Add to ``forms`` how many words each word with one of the affixes is."""
    start = 0
    for word in range(len(ends)):
        affix_start = 0
        for affix in range(len(affix_ends)):
            value = HASH_SEED
            if before:
                for at in range(affix_start, affix_ends[affix]):
                    value = value * HASH_FACTOR + affixes[at]
            for at in range(start, ends[word]):
                value = value * HASH_FACTOR + letters[at]
            if not before:
                for at in range(affix_start, affix_ends[affix]):
                    value = value * HASH_FACTOR + affixes[at]
            place = find(hashes, value)
            if place >= 0 and numbers[place] > 0:
                forms[word] += 1
            affix_start = affix_ends[affix]
        start = ends[word]
