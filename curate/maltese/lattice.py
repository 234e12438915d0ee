"""The best spelling of a word among all that its letters allow, without writing them out.

A word is a row of parts with options each. Two walks from the left: one through the beginnings of
listed words (a trie, as a hash table), which finds every listed spelling; and one by dynamic
programming (Viterbi 1967) over what the character model knows, up to four last letters, which finds
the best of up to 4^n spellings in time that grows with n. Scores are whole numbers, so that the
result is exactly that of trying them all (``tests/maltese/test_rank.py``).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba as nb
import numpy as np

from curate.maltese.character_model import (
    BITS,
    END,
    ORDER,
    OTHER,
    START,
    Ints,
    find,
    step,
)
from curate.maltese.transliterate import ALL_PARTS, NO_SIGNS
from curate.maltese.word_list import HASH_FACTOR, HASH_SEED, WordList

AS_TWEET, AS_PART = 5, 1
"""Weights of the model with and without the start of a tweet before the word, by cross-validation:
with it alone, as KenLM scores a word, 96 of 145 unlisted words are right; with both, 99."""
NUMBER_OF = {id(part): number for number, part in enumerate(ALL_PARTS)}
"""Number of a part, which is one object wherever it occurs."""
TEXTS = [
    option.text.translate(NO_SIGNS) if option.rule != "-$" else ""
    for part in ALL_PARTS
    for option in part
]
LEAST = -(1 << 62)


class Lattice(NamedTuple):
    """What the kernels read.

    Attributes:
        options: First option of each part, and of one after the last.
        ends: End in ``letters`` of each option's text.
        letters: Codes of the texts.
        keys, logs, backoffs: The character model.
        unseen: Its logarithm for unseen letters.
        hashes, numbers, values: The word list.
    """

    options: Ints
    ends: Ints
    letters: Ints
    keys: Ints
    logs: Ints
    backoffs: Ints
    unseen: int
    hashes: Ints
    numbers: Ints
    values: Ints


def lattice_of(words: WordList) -> Lattice:
    """Parts and word list as arrays."""
    codes = words.letters.codes
    sizes = [0, *(len(part) for part in ALL_PARTS)]
    letters = [codes.get(letter, OTHER) for text in TEXTS for letter in text]
    return Lattice(
        np.cumsum(sizes),
        np.cumsum([0, *(len(text) for text in TEXTS)]),
        np.array(letters, np.int64),
        words.letters.keys,
        words.letters.logs,
        words.letters.backoffs,
        words.letters.unseen,
        words.hashes,
        words.numbers,
        words.values,
    )


@nb.njit(cache=True, nogil=True)
def best_listed(parts: Any, lattice: Any) -> Any:
    """(score, number of the word) of the best listed spelling; number -1 if there is none.

    Args:
        parts: int64, numbers of the parts of a word.
        lattice: From ``lattice_of``.
    """
    front = np.array([HASH_SEED])
    for part in parts:
        first, last = lattice.options[part], lattice.options[part + 1]
        following = np.empty(len(front) * (last - first), np.int64)
        count = 0
        for beginning in front:
            for option in range(first, last):
                value = beginning
                begins = True
                for at in range(lattice.ends[option], lattice.ends[option + 1]):
                    value = value * HASH_FACTOR + lattice.letters[at]
                    if find(lattice.hashes, value) < 0:
                        begins = False
                        break
                if begins and not np.any(following[:count] == value):
                    following[count] = value
                    count += 1
        front = following[:count]
    best, number = LEAST, -1
    for value in front:
        place = find(lattice.hashes, value)
        if place >= 0 and lattice.numbers[place] > 0:
            word = lattice.numbers[place] - 1
            score = lattice.values[word]
            if score > best or (score == best and word < number):
                best, number = score, word
    return best, number


@nb.njit(cache=True, nogil=True)
def best_spelling(parts: Any, lattice: Any) -> Any:
    """(score, option chosen for each part) of the best spelling; of equals, the first by alphabet.

    Args:
        parts: int64, numbers of the parts of a word.
        lattice: From ``lattice_of``.
    """
    # columns: letters before, score, node of the part before, option
    nodes = np.empty((64, 4), np.int64)
    nodes[0, 0], nodes[0, 1], nodes[0, 2], nodes[0, 3] = START, 0, -1, -1
    low, high = 0, 1
    for part in parts:
        end = high
        for node in range(low, high):
            for option in range(lattice.options[part], lattice.options[part + 1]):
                if end == len(nodes):
                    nodes = np.concatenate((nodes, np.empty_like(nodes)))
                nodes[end, 2], nodes[end, 3] = node, option
                nodes[end, 0], nodes[end, 1] = _extended(
                    nodes[node, 0], nodes[node, 1], option, lattice
                )
                same = high
                while nodes[same, 0] != nodes[end, 0]:
                    same += 1
                if same == end:
                    end += 1
                elif _is_better(nodes, end, nodes[end, 1], same, nodes[same, 1], lattice):
                    nodes[same] = nodes[end]
        low, high = high, end
    best, score = low, LEAST
    for node in range(low, high):
        whole = nodes[node, 1] + _weighted(nodes[node, 0], END, lattice)[0]
        if node == low or _is_better(nodes, node, whole, best, score, lattice):
            best, score = node, whole
    chosen = np.empty(len(parts), np.int64)
    for at in range(len(parts) - 1, -1, -1):
        chosen[at] = nodes[best, 3]
        best = nodes[best, 2]
    return score, chosen


@nb.njit(cache=True, nogil=True)
def _extended(history, score, option, lattice):  # type: ignore[no-untyped-def]
    for at in range(lattice.ends[option], lattice.ends[option + 1]):
        letter = lattice.letters[at]
        log, history = _weighted(history, letter, lattice)
        score += log
    return history, score


@nb.njit(cache=True, nogil=True)
def _weighted(history, symbol, lattice):  # type: ignore[no-untyped-def]
    """The symbol after this, and after this without the start of a tweet; and what follows it."""
    bare = history
    for size in range(0, BITS * (ORDER - 1), BITS):
        if history >> size == START:
            bare = history & ((1 << size) - 1)
    log, following = _step(history, symbol, lattice)
    other = log if bare == history else _step(bare, symbol, lattice)[0]
    return AS_TWEET * log + AS_PART * other, following


@nb.njit(cache=True, nogil=True)
def _step(history, symbol, lattice):  # type: ignore[no-untyped-def]
    return step(history, symbol, lattice.keys, lattice.logs, lattice.backoffs, lattice.unseen)


@nb.njit(cache=True, nogil=True)
def _is_better(nodes, one, score, other, other_score, lattice):  # type: ignore[no-untyped-def]
    """By score, then by alphabet (codes of letters are in its order)."""
    if score != other_score:
        return score > other_score
    left, right = _letters(nodes, one, lattice), _letters(nodes, other, lattice)
    for at in range(min(len(left), len(right))):
        if left[at] != right[at]:
            return left[at] < right[at]
    return len(left) < len(right)


@nb.njit(cache=True, nogil=True)
def _letters(nodes, node, lattice):  # type: ignore[no-untyped-def]
    size, at = 0, node
    while nodes[at, 2] >= 0:
        option = nodes[at, 3]
        size += lattice.ends[option + 1] - lattice.ends[option]
        at = nodes[at, 2]
    letters = np.empty(size, np.int64)
    at = node
    while nodes[at, 2] >= 0:
        option = nodes[at, 3]
        for letter in range(lattice.ends[option + 1] - 1, lattice.ends[option] - 1, -1):
            size -= 1
            letters[size] = lattice.letters[letter]
        at = nodes[at, 2]
    return letters
