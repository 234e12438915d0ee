"""A character model of Arabic words, from a list of them alone.

Micallef et al. 2024 break ties by a character 5-gram model of Tunisian tweets: KenLM's modified
Kneser-Ney (Chen and Goodman 1999; Heafield et al. 2013), where each tweet is one line and a word is
scored as if it were a whole tweet. Where only the vocabulary of those tweets is to be had, the
tweets are imagined: each word occurs once, or somewhat more often if it came early or has many
inflected forms, and in a share ``AT_EDGE`` of the times it begins a tweet, and ends one. Counts of
n-grams that hold the start or the end of a tweet are then expected ones and may be below 1.

Misleads: true counts of words are not in a list, and what Maltese takes from Italian and English
is rare in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numba as nb
import numpy as np

from curate.maltese.transliterate import ALL_PARTS

ORDER = 5
BITS = 9
START, END, SPACE, OTHER = 1, 2, 3, 4
"""Codes of what is no letter; 0 is nothing."""
FIRST_LETTER = 5
MOST_LETTERS = (1 << BITS) - FIRST_LETTER
LONGEST_WORD = 40
AT_EDGE = 0.1
"""Tweets have about ten words."""
SCALE = 1 << 16
"""Logarithms are whole numbers of 1/65,536, so that sums do not depend on their order."""
CONTEXT = (1 << BITS * (ORDER - 1)) - 1
_MULTIPLIER = -7046029254386353131  # 2^64 / golden ratio, as a signed number: Knuth 6.4

Ints = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]


class CharacterModel(NamedTuple):
    """N-grams as a hash table.

    Attributes:
        codes: Letter → code.
        keys: N-grams, ``BITS`` bits a symbol, the last one lowest; 0 where the table is free.
        logs: Logarithm of the probability of the last symbol after those before, times ``SCALE``.
        backoffs: What is added to the score of a shorter n-gram where no longer one is known.
        unseen: Logarithm for a letter that no word has.
    """

    codes: dict[str, int]
    keys: Ints
    logs: Ints
    backoffs: Ints
    unseen: int


class _Order(NamedTuple):
    """N-grams of one length, sorted, with probabilities and back-off weights of histories."""

    keys: Ints
    probabilities: Floats
    histories: Ints
    backoffs: Floats


def letter_codes(words: Sequence[str]) -> dict[str, int]:
    """A code for each character that a spelling may have, and others of the words; alphabetical."""
    written = {letter for part in ALL_PARTS for option in part for letter in option.text}
    found = sorted(written | set("".join(words)), key=lambda sign: (sign not in written, sign))
    return {letter: FIRST_LETTER + at for at, letter in enumerate(sorted(found[:MOST_LETTERS]))}


def fit(words: Sequence[str], counts: Floats) -> CharacterModel:
    """The model of words that occur so often.

    Args:
        words: Without empty ones.
        counts: How often each occurs, at least 1.
    """
    codes = letter_codes(words)
    short = [at for at, word in enumerate(words) if 0 < len(word) <= LONGEST_WORD]
    words, counts = [words[at] for at in short], counts[short]
    keys, weights = _occurrences(words, counts, codes)
    orders = _orders(keys, weights)
    kinds = len(orders[0].keys) + 1
    return _table(codes, orders, kinds)


def _occurrences(
    words: Sequence[str], counts: Floats, codes: dict[str, int]
) -> tuple[Ints, Floats]:
    """Every place of every word: the 5-gram that ends there, and how often it occurs."""
    letters = np.array([codes.get(letter, OTHER) for letter in "".join(words)], np.int64)
    sizes = np.array([len(word) for word in words], np.int64)
    first = np.cumsum(sizes + 2) - sizes - 2
    place = np.arange(int((sizes + 2).sum()), dtype=np.int64)
    owner = np.repeat(np.arange(len(words)), sizes + 2)
    offset = place - first[owner]
    is_last = offset == sizes[owner] + 1
    symbols = np.full(len(place), SPACE, np.int64)
    symbols[(offset > 0) & ~is_last] = letters
    inside = offset > 0
    weight = counts[owner]

    within = _grams(symbols, offset)
    symbols[offset == 0] = START
    begins = _grams(symbols, offset)
    at_start = inside & (offset < ORDER)
    ends = (within[is_last] & ~((1 << BITS) - 1)) | END
    keys = [within[inside], begins[at_start], ends]
    share = np.where(is_last, 1 - AT_EDGE, 1.0)
    weights = [(weight * share)[inside], weight[at_start] * AT_EDGE, weight[is_last] * AT_EDGE]
    return np.concatenate(keys), np.concatenate(weights)


def _grams(symbols: Ints, offset: Ints) -> Ints:
    keys = symbols.copy()
    for back in range(1, ORDER):
        reached = np.nonzero(offset >= back)[0]
        keys[reached] |= symbols[reached - back] << (BITS * back)
    return keys


def _orders(keys: Ints, weights: Floats) -> list[_Order]:
    """Counts of the longest n-grams, and for shorter ones the number of symbols before them."""
    orders: list[_Order] = []
    longer: tuple[Ints, Floats] | None = None
    begins = _holds(keys, START)
    for size in range(ORDER, 0, -1):
        ends = keys & ((1 << BITS * size) - 1)
        own = ~begins | (ends >> (BITS * (size - 1)) == START)  # the others are counted as parts
        grams, where = np.unique(ends[own], return_inverse=True)
        raw: Floats = np.bincount(where, weights[own]).astype(np.float64)
        counts: Floats = raw
        if longer is not None:
            counts = _continuations(grams, raw, size, *longer)
        is_there = np.where(raw >= 1 - 1e-9, 1.0, 1 - np.exp(-raw))
        longer = grams, is_there
        whole = (grams >> (BITS * (size - 1))) > 0  # nothing missing at its left
        orders.insert(0, _discounted(grams[whole], counts[whole]))
    return orders


def _holds(keys: Ints, symbol: int) -> Bools:
    found = np.zeros(len(keys), np.bool_)
    for at in range(ORDER):
        found |= ((keys >> (BITS * at)) & ((1 << BITS) - 1)) == symbol
    return found


def _continuations(grams: Ints, raw: Floats, size: int, longer: Ints, is_there: Floats) -> Floats:
    """How many symbols stand before each n-gram; at the start of a tweet nothing can, so counts."""
    extended = (longer >> (BITS * size)) > 0
    where = np.searchsorted(grams, longer[extended] & ((1 << BITS * size) - 1))
    before = np.bincount(where, is_there[extended], minlength=len(grams))
    found = np.where(before > 0, before, np.minimum(raw, 1.0))
    return np.where((grams >> (BITS * (size - 1))) == START, raw, found)


def _discounted(grams: Ints, counts: Floats) -> _Order:
    """Chen and Goodman 1999, equation 26, with discounts between whole counts drawn straight."""
    number = [int((np.round(counts) == many).sum()) for many in range(5)]
    discounts = [0.0, 0.5, 1.0, 1.5]  # KenLM's --discount_fallback
    if all(number[1:]):
        ratio = number[1] / (number[1] + 2 * number[2])
        estimated = [
            many - (many + 1) * ratio * number[many + 1] / number[many] for many in (1, 2, 3)
        ]
        if all(0 < estimate < many for many, estimate in zip((1, 2, 3), estimated, strict=True)):
            discounts[1:] = estimated
    discount = np.minimum(np.interp(counts, range(4), discounts), counts)
    histories, where = np.unique(grams >> BITS, return_inverse=True)
    total = np.bincount(where, counts)
    left = np.bincount(where, discount) / total
    return _Order(grams, (counts - discount) / total[where], histories, left)


def _table(codes: dict[str, int], orders: list[_Order], kinds: int) -> CharacterModel:
    """Interpolate from short to long, and keep what can be asked for: nothing beside a space."""
    # the start of a tweet is never predicted, but it is a history
    found = [(np.array([0]), np.full(1, 1.0 / kinds), np.ones(1))]
    for size, order in enumerate(orders, 1):
        below, lower, weights = found[-1]
        weights[np.searchsorted(below, order.histories)] = order.backoffs
        suffix = order.keys & ((1 << BITS * (size - 1)) - 1)
        left = order.backoffs[np.searchsorted(order.histories, order.keys >> BITS)]
        chance = order.probabilities + left * lower[np.searchsorted(below, suffix)]
        grams = order.keys
        if size == 1:
            grams, chance = np.insert(grams, 0, START), np.insert(chance, 0, 1.0)
        found.append((grams, chance, np.ones(len(grams))))
    unseen = found[0][2][0] / kinds
    keys, probabilities, weights = (
        np.concatenate([part[which] for part in found[1:]]) for which in range(3)
    )
    kept = ~_holds(keys, SPACE)
    logs = np.minimum(np.round(np.log(probabilities[kept]) * SCALE), -1).astype(np.int64)
    backoffs = np.round(np.log(np.maximum(weights[kept], 1e-9)) * SCALE).astype(np.int64)
    least = min(round(float(np.log(unseen)) * SCALE), -1)
    return CharacterModel(codes, *_hashed(keys[kept], logs, backoffs), least)


def _hashed(keys: Ints, logs: Ints, backoffs: Ints) -> tuple[Ints, Ints, Ints]:
    size = 1 << max(int(len(keys) * 2).bit_length(), 4)
    table = np.zeros(size, np.int64)
    values = np.zeros((2, size), np.int64)
    _insert(table, values, keys, np.stack([logs, backoffs]))
    return table, values[0].copy(), values[1].copy()


@nb.njit(cache=True, nogil=True)
def _insert(table, values, keys, entries):  # type: ignore[no-untyped-def]
    for at in range(len(keys)):
        place = find(table, keys[at])
        if place < 0:
            place = -1 - place
        table[place] = keys[at]
        values[0, place] = entries[0, at]
        values[1, place] = entries[1, at]


@nb.njit(cache=True, nogil=True)
def find(table, key):  # type: ignore[no-untyped-def]
    """Where a key, not 0, is in an open table of a power of two; -1 less its free place if not."""
    mask = len(table) - 1
    place = ((key * _MULTIPLIER) >> 20) & mask
    while table[place] != 0:
        if table[place] == key:
            return place
        place = (place + 1) & mask
    return -1 - place


@nb.njit(cache=True, nogil=True)
def step(history, symbol, keys, logs, backoffs, unseen):  # type: ignore[no-untyped-def]
    """(logarithm of a symbol after a history, longest history that is known with it).

    The longest n-gram known counts, less the back-off of longer histories; what is before it is of
    no account for later symbols either (Heafield 2011, section 4.1).
    """
    total = 0
    while True:
        gram = (history << BITS) | symbol
        place = find(keys, gram)
        if place >= 0:
            return min(total + logs[place], -1), gram & CONTEXT
        if history == 0:
            return min(total + unseen, -1), 0
        place = find(keys, history)
        if place >= 0:
            total += backoffs[place]
        history = shorter(history)


@nb.njit(cache=True, nogil=True)
def shorter(history):  # type: ignore[no-untyped-def]
    """A history without its oldest symbol."""
    size = BITS * (ORDER - 2)
    while size > 0 and history >> size == 0:
        size -= BITS
    return history & ((1 << size) - 1)
