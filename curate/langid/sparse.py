"""The rows of a document for a sparse model, one that keeps few buckets, as lid.176.ftz.

There the words of a text have two rows each on average, so that finding them takes the time. Words
are listed some at a time, and those that came before are met in a memo. The rows, and their order,
are those of ``kernels.sum_rows``.

Hashing sixteen n-grams of a word at once, in the lanes of a vector, was slower than one by one:
what takes time are their twenty places in memory, and most words have fewer than eight letters.
"""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np

from curate.langid.hashing import BASIS, step
from curate.langid.kernels import (
    ROWS,
    add_up,
    ends_document,
    find,
    names_label,
    separates,
    subwords,
    word_rows,
)
from curate.langid.memo import (
    KEY,
    LONGEST_WORD,
    MOST_ROWS,
    account,
    holds,
    keep,
    key_of,
    recall,
    record_of,
    rows_in,
)
from curate.langid.vectors import (
    fetch,
    lowest,
    read_i64,
    read_u8,
    read_u64,
    separators,
    write_i64,
    write_u64,
)

BATCH = 32
"""Words that are listed before they are read, so that their records come from memory meanwhile."""
WORD = 48
"""Bytes of a listed word: where it begins and ends, its record (or 0), its bytes."""
UNMET, MET, LAST = 0, 1, 2
"""Kinds of words: not in the memo, in it, the one that ends a document."""


class Rooms(NamedTuple):
    """Addresses of a thread's memory.

    Attributes:
        ids: Room for ``ROWS + LONGEST_GRAM + AHEAD`` row numbers.
        words: Room for ``BATCH`` words.
        memo: A memo.
    """

    ids: np.int64
    words: np.int64
    memo: np.int64


@nb.njit(inline="always")
def _next_word(text, at, end):  # type: ignore[no-untyped-def]
    """Where the next word begins and ends; both the same if there is none."""
    while at < end and separates(read_u8(text, at)):
        at += 1
    first = at
    while at < end and not separates(read_u8(text, at)):
        at += 1
    return first, at


@nb.njit(nogil=True, cache=True)
def _split(text, at, end, limit, memo, words):  # type: ignore[no-untyped-def]
    """List up to ``BATCH`` words, and ask for their records.

    Returns:
        How many there are, and where the last one ends.
    """
    many = 0
    base = np.int64(at - 64)  # of 64 bytes of which it is known whether they separate words
    blank = np.uint64(0)
    while many < BATCH:
        first, last = at, at
        passed = at - base
        if passed < 64:
            rest = blank >> np.uint64(passed)
            first += lowest(~rest)
            last = first + lowest(rest >> np.uint64((first - at) & 63))  # 64 of 64: all blank
        if last - base >= 64 or passed >= 64:
            if first + 64 > limit or first >= end or first == base:
                first, last = _next_word(text, first, end)
            else:
                base, at = first, first
                blank = separators(text + base)
                if end - base < 64:
                    blank |= ~np.uint64(0) << np.uint64(end - base)
                continue
        at = last
        if at == first:
            break
        write_i64(words, 0, first)
        write_i64(words, 1, at)
        record = np.int64(0)
        if at - first <= LONGEST_WORD and first + KEY <= limit:
            key = key_of(text + first, at - first)
            record = record_of(memo, key)
            fetch(record)
            for part in range(3):
                write_u64(words, 3 + part, key[part])
        write_i64(words, 2, record)
        words += WORD
        many += 1
    return many, at


@nb.njit(inline="always")
def _read_word(model, text, word, record, key, rooms, count, total, summed):  # type: ignore[no-untyped-def]
    """Append the rows of a listed word that no memo has, and keep them in its record, if any.

    Returns:
        How many there are in ``ids`` now, how many were added to ``total``, and the word's kind.
    """
    first, end = read_i64(word, 0), read_i64(word, 1)
    ids = rooms.ids
    hashed = BASIS
    for place in range(first, end):
        hashed = step(hashed, read_u8(text, place))
    found = find(model, text, first, end - first, hashed)
    if found >= model.nwords or (found < 0 and names_label(text, first, end)):
        return count, summed, UNMET
    kind = LAST if ends_document(text, first, end) else UNMET
    before, earlier = count, summed
    if found >= 0:
        count, summed = word_rows(model, text, first, end, found, ids, count, total, summed)
    elif kind != LAST:
        count, summed = subwords(model, text, first, end, ids, count, total, summed)
    if record != 0 and summed == earlier and kind != LAST:
        keep(record, key, ids, before, count - before)
    return count, summed, kind


@nb.njit(nogil=True, cache=True)
def sum_sparse_rows(model, text, start, end, limit, rooms, total):  # type: ignore[no-untyped-def]
    """Add up the rows of a document, as ``kernels.sum_rows``, of a model without word n-grams.

    Args:
        model: The model's pointers.
        text: Address of bytes, among them the document's.
        start: Where it begins.
        end: Where it ends.
        limit: Where the last byte that may be read ends.
        rooms: Addresses of memory.
        total: Address of the sum, ``width`` zeros.

    Returns:
        How many rows there were.
    """
    count, summed, seen, met = np.int64(0), np.int64(0), 0, 0
    ids = rooms.ids
    at = start
    listed, kind = BATCH, UNMET
    while listed == BATCH and kind != LAST:
        listed, at = _split(text, at, end, limit, rooms.memo, rooms.words)
        for number in range(listed):
            word = rooms.words + WORD * number
            record = read_i64(word, 2)
            key = (read_u64(word, 3), read_u64(word, 4), read_u64(word, 5))
            seen += 1
            if record != 0 and holds(record, key):
                if count + MOST_ROWS > ROWS:
                    add_up(model, ids, count, total)
                    summed += count
                    count = np.int64(0)
                recall(record, ids, count)
                count += rows_in(record)
                met += 1
                continue
            count, summed, kind = _read_word(
                model, text, word, record, key, rooms, count, total, summed
            )
            if kind == LAST:
                break
    if kind != LAST and model.eos >= 0:  # the newline that ends a line is the word </s>
        count, summed = word_rows(model, text, end, end, model.eos, ids, count, total, summed)
    account(rooms.memo, seen, met, end - start)
    add_up(model, ids, count, total)
    return summed + count
