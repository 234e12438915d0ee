"""How like each other words are, for many pairs at once, and for every spelling in Arabic letters.

Likeness is 1 less the edit distance (Levenshtein 1966) divided by the longer length. The spellings
of a word are walked as a tree: those that begin alike share the rows of the distance up to there,
so that a spelling costs its last letters and not the whole word. Values are those of comparing
every spelling by itself (``tests/maltese/test_likeness.py``).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numba as nb
import numpy as np

from curate.maltese.character_model import Ints, find
from curate.maltese.transliterate import ALL_PARTS, NO_SIGNS, lattices
from curate.maltese.word_list import HASH_FACTOR, HASH_SEED

Floats: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]
MOST_SPELLINGS = 512
"""Spellings of a word that are looked at; half of the words have 16 or fewer."""
LONGEST_SPELLED = 100
"""Signs of a word that is spelled at all: no word of a table is as long."""
ONE_ARABIC = str.maketrans(
    dict(zip("أإآىةؤئ", "اااىهوي", strict=True)) | {"ى": "ي"} | dict.fromkeys("ًٌٍَُِّْ")
)
"""Letters that are often confused made one, and vowel signs dropped."""
NUMBER_OF = {id(part): number for number, part in enumerate(ALL_PARTS)}


class Coded(NamedTuple):
    """Strings as arrays.

    Attributes:
        codes: uint32, code points of all.
        starts: int64, shape (strings + 1,): where each begins, and the end.
    """

    codes: np.ndarray[Any, np.dtype[np.uint32]]
    starts: Ints


def coded(words: Sequence[str]) -> Coded:
    """Strings as arrays; lone surrogates are signs like others."""
    joined = "".join(words).encode("utf-32-le", "surrogatepass")
    return Coded(np.frombuffer(joined, np.uint32), _starts(map(len, words)))


def _starts(sizes: Iterable[int]) -> Ints:
    return np.array([0, *itertools.accumulate(sizes)], np.int64)


def likenesses(ones: Sequence[str], others: Sequence[str]) -> list[float]:
    """Likeness of each of these to the one of those in the same place; 1 for two empty strings.

    Example:
        >>> likenesses(["radju", ""], ["radio", ""])
        [0.6, 1.0]
    """
    found: list[float] = _likenesses(*coded(ones), *coded(others)).tolist()
    return found


def distance(one: str, other: str) -> int:
    """Edit distance of two strings.

    Example:
        >>> distance("kuntratt", "contratto")
        3
    """
    return int(_distances(*coded([one]), *coded([other]))[0])


@nb.njit(cache=True, nogil=True)
def _likenesses(left, left_starts, right, right_starts):  # type: ignore[no-untyped-def]
    found = np.ones(left_starts.size - 1)
    distances = _distances(left, left_starts, right, right_starts)
    for pair in range(found.size):
        size = left_starts[pair + 1] - left_starts[pair]
        longest = max(size, right_starts[pair + 1] - right_starts[pair])
        if longest:
            found[pair] = 1.0 - distances[pair] / longest
    return found


@nb.njit(cache=True, nogil=True)
def _distances(left, left_starts, right, right_starts):  # type: ignore[no-untyped-def]
    found = np.empty(left_starts.size - 1, np.int64)
    row = np.empty(64, np.int64)
    for pair in range(found.size):
        start = right_starts[pair]
        size = right_starts[pair + 1] - start
        if size >= row.size:
            row = np.empty(2 * size, np.int64)
        for at in range(size + 1):
            row[at] = at
        for above in range(left_starts[pair], left_starts[pair + 1]):
            _next_row(row, row, left[above], right, start, 0, size)
        found[pair] = row[size]
    return found


@nb.njit(cache=True, nogil=True)
def _next_row(row, following, letter, target, start, column, size):  # type: ignore[no-untyped-def]
    """A row of the distance after one more letter; the two rows may be the same array."""
    corner = row[column]
    following[column] = corner + 1
    for at in range(size):
        above = row[column + at + 1]
        swap = corner + (letter != target[start + at])
        following[column + at + 1] = min(swap, above + 1, following[column + at] + 1)
        corner = above


class Options(NamedTuple):
    """What the letters of each part of a word may be.

    Attributes:
        parts: First option of each part, and of one after the last.
        starts: Where the letters of each option begin, and the end.
        letters: Code points.
    """

    parts: Ints
    starts: Ints
    letters: np.ndarray[Any, np.dtype[np.uint32]]


def _options() -> Options:
    plain = [
        option.text.translate(NO_SIGNS).translate(ONE_ARABIC)
        for part in ALL_PARTS
        for option in part
    ]
    letters, starts = coded(plain)
    return Options(_starts(len(part) for part in ALL_PARTS), starts, letters)


OPTIONS = _options()


def listed(words: Iterable[str]) -> Ints:
    """Words as an open table of hashes, to look spellings up in."""
    codes, starts = coded(sorted(words))
    size = 1 << max(int(2 * starts.size).bit_length(), 4)
    found: Ints = _listed(codes, starts, np.zeros(size, np.int64), HASH_SEED)
    return found


@nb.njit(cache=True, nogil=True)
def _listed(codes, starts, table, seed):  # type: ignore[no-untyped-def]
    # the first value is an argument: from a constant one numba 0.68 computes another place
    for word in range(starts.size - 1):
        value = seed
        for at in range(starts[word], starts[word + 1]):
            value = value * HASH_FACTOR + np.int64(codes[at])
        place = find(table, value)
        if place < 0:
            table[-1 - place] = value
    return table


class Spelled(NamedTuple):
    """What the spellings of words tell.

    Attributes:
        any: Whether there is a spelling, for each word.
        listed: Whether one of them is a listed word.
        nearest: Likeness of the nearest of them to each target, target after target.
    """

    any: list[bool]
    listed: list[bool]
    nearest: list[float]


def spell(normalised: Sequence[str], targets: Sequence[Sequence[str]], words: Ints) -> Spelled:
    """Compare the spellings of words, ``MOST_SPELLINGS`` at most, with words in Arabic letters.

    Args:
        normalised: Words as ``normalise`` returns them.
        targets: For each of them what it is compared with, letters made one by ``ONE_ARABIC``.
        words: From ``listed``, letters likewise.

    Example:
        >>> found = spell(["dar"], [["دار", "بيت"]], listed({"دار"}))
        >>> found.listed, [round(one, 2) for one in found.nearest]
        ([True], [1.0, 0.0])
    """
    rows = [[*lattices(one)] if len(one) <= LONGEST_SPELLED else [] for one in normalised]
    lattice_of = [lattice for row in rows for lattice in row]
    numbers = [NUMBER_OF[id(part)] for lattice in lattice_of for part in lattice]
    is_listed, nearest = _spell(
        np.array(numbers, np.int64),
        _starts(map(len, lattice_of)),
        _starts(map(len, rows)),
        OPTIONS,
        words,
        *coded([one for some in targets for one in some]),
        _starts(map(len, targets)),
    )
    return Spelled([bool(row) for row in rows], is_listed.tolist(), nearest.tolist())


@nb.njit(cache=True, nogil=True)
def _spell(  # type: ignore[no-untyped-def]
    parts, part_starts, lattice_starts, options, words, codes, code_starts, target_starts
):
    is_listed = np.zeros(lattice_starts.size - 1, np.bool_)
    nearest = np.zeros(code_starts.size - 1)
    for word in range(is_listed.size):
        mine = code_starts[target_starts[word] : target_starts[word + 1] + 1]
        best = nearest[target_starts[word] : target_starts[word + 1]]
        left = MOST_SPELLINGS
        for lattice in range(lattice_starts[word], lattice_starts[word + 1]):
            some = parts[part_starts[lattice] : part_starts[lattice + 1]]
            hit, left = _walk(some, options, words, codes, mine, best, left)
            is_listed[word] |= hit
    return is_listed, nearest


@nb.njit(cache=True, nogil=True)
def _walk(parts, options, words, codes, starts, best, left):  # type: ignore[no-untyped-def]
    """(whether a spelling is listed, how many more may be looked at); ``best`` is raised in place.

    Spellings come as ``itertools.product`` gives them, the last part varying fastest.
    """
    depth = parts.size
    rows = np.empty(
        (_most_letters(parts, options) + 1, starts[-1] - starts[0] + starts.size), np.int64
    )
    for target in range(best.size):
        for at in range(starts[target + 1] - starts[target] + 1):
            rows[0, starts[target] - starts[0] + target + at] = at
    chosen = np.empty(depth + 1, np.int64)
    sizes, hashes = np.zeros(depth + 1, np.int64), np.empty(depth + 1, np.int64)
    hashes[0] = HASH_SEED
    for at in range(depth):
        chosen[at] = options.parts[parts[at]]
    hit, changed = False, 0
    while left > 0:
        for at in range(changed, depth):
            size, value = sizes[at], hashes[at]
            for letter in range(options.starts[chosen[at]], options.starts[chosen[at] + 1]):
                value = value * HASH_FACTOR + np.int64(options.letters[letter])
                for target in range(best.size):
                    column = starts[target] - starts[0] + target
                    width = starts[target + 1] - starts[target]
                    _next_row(rows[size], rows[size + 1], options.letters[letter], codes,
                              starts[target], column, width)  # fmt: skip
                size += 1
            sizes[at + 1], hashes[at + 1] = size, value
        left -= 1
        hit |= find(words, hashes[depth]) >= 0
        _raise(best, rows[sizes[depth]], sizes[depth], starts)
        changed = depth - 1
        while changed >= 0 and chosen[changed] + 1 == options.parts[parts[changed] + 1]:
            chosen[changed] = options.parts[parts[changed]]
            changed -= 1
        if changed < 0:
            break
        chosen[changed] += 1
    return hit, left


@nb.njit(cache=True, nogil=True)
def _most_letters(parts, options):  # type: ignore[no-untyped-def]
    total = 0
    for part in parts:
        most = 0
        for option in range(options.parts[part], options.parts[part + 1]):
            most = max(most, options.starts[option + 1] - options.starts[option])
        total += most
    return total


@nb.njit(cache=True, nogil=True)
def _raise(best, row, size, starts):  # type: ignore[no-untyped-def]
    for target in range(best.size):
        width = starts[target + 1] - starts[target]
        longest = max(size, width)
        like = 1.0
        if longest:
            like -= row[starts[target] - starts[0] + target + width] / longest
        best[target] = max(best[target], like)
