"""From bytes to the rows of a fastText model: words, hashes, subwords, word n-grams, their sum.

After Joulin et al. 2017, "Bag of Tricks for Efficient Text Classification", as implemented by the
C++ library 0.9.3, down to its quirks: bytes are sign-extended before they are hashed, only seven
ASCII bytes separate words, ``</s>`` ends the document and stands at the end of every other one.
Rows are summed in the library's order, as float32, so that the sum has its bits.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from curate.langid.hashing import BASIS, MIX, PRIME, step
from curate.langid.vectors import (
    AHEAD,
    LANES,
    add_1,
    add_4,
    add_16,
    read_i32,
    read_i64,
    read_u8,
    read_u32,
    read_u64,
    write_i32,
)

ROWS = 4096
"""Row numbers gathered before they are added up: a document may have millions."""
LONGEST_GRAM = 1000
"""Most characters of a subword that the reader lets pass, well under ``ROWS``."""
SHORT_WORD = 64
"""Bytes of the longest word whose subwords are stored; longer ones are rare, and cost memory."""

_LESS = np.uint32(60)  # "<" before a word
_MORE = np.uint8(62)  # ">" after it
_GRAM_STEP = np.uint64(116049371)


@nb.njit(inline="always")
def separates(byte):  # type: ignore[no-untyped-def]
    """Whether a byte stands between words."""
    return byte == 32 or byte == 0 or (9 <= byte <= 13)


@nb.njit(inline="always")
def _continues(byte):  # type: ignore[no-untyped-def]
    return (byte & 0xC0) == 0x80


@nb.njit(inline="always")
def matches(text, start, length, other, first):  # type: ignore[no-untyped-def]
    """Whether two stretches of bytes, at two addresses, are equal."""
    for at in range(length):  # noqa: SIM110  (numba has no all)
        if read_u8(text, start + at) != read_u8(other, first + at):
            return False
    return True


@nb.njit(cache=True, nogil=True)
def find(model, text, start, length, hashed):  # type: ignore[no-untyped-def]
    """Number of a word or label, or -1."""
    slot = np.uint32(hashed * MIX) & model.mask
    while True:
        word = np.int64(read_i32(model.slots_at, np.int64(slot)))
        if word < 0:
            return np.int64(-1)
        if (
            read_u32(model.hashes_at, word) == hashed
            and read_i64(model.lengths_at, word) == length
            and matches(text, start, length, model.words_at, read_i64(model.starts_at, word))
        ):
            return word
        slot = np.uint32(slot + np.uint32(1)) & model.mask


@nb.njit(inline="always")
def _row_of(model, bucket):  # type: ignore[no-untyped-def]
    """Row of a hash bucket, or -1 if it was pruned away."""
    if not model.pruned:
        return np.int64(model.nwords + bucket)
    word = read_u64(model.bits_at, bucket >> np.int64(6))
    bit = np.uint64(1) << np.uint64(bucket & np.int64(63))
    if (word & bit) == np.uint64(0):
        return np.int64(-1)
    # how many bits are set below it in its word, counted in parallel
    below = word & (bit - np.uint64(1))
    below = below - ((below >> np.uint64(1)) & np.uint64(0x5555555555555555))
    below = (below & np.uint64(0x3333333333333333)) + (
        (below >> np.uint64(2)) & np.uint64(0x3333333333333333)
    )
    below = (below + (below >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    rank = np.int64((below * np.uint64(0x0101010101010101)) >> np.uint64(56))
    rank += read_i64(model.ranks_at, bucket >> np.int64(6))
    return np.int64(model.nwords) + np.int64(read_i32(model.kept_at, rank))


@nb.njit(inline="always")
def _bucket_of(model, hashed):  # type: ignore[no-untyped-def]
    """``hashed % bucket`` without a division (Lemire et al. 2019, "Faster remainder…")."""
    low = np.uint64(model.inverse * np.uint64(hashed))
    many = np.uint64(model.bucket)
    upper = (low >> np.uint64(32)) * many
    lower = ((low & np.uint64(0xFFFFFFFF)) * many) >> np.uint64(32)
    return np.int64((upper + lower) >> np.uint64(32))


@nb.njit(inline="always")
def _push(model, hashed, ids, count):  # type: ignore[no-untyped-def]
    row = _row_of(model, _bucket_of(model, hashed))
    if row >= 0:
        write_i32(ids, count, np.int32(row))
        count += 1
    return count


@nb.njit(nogil=True, cache=True)
def add_up(model, ids, count, total):  # type: ignore[no-untyped-def]
    """``total += rows[ids[0]] += rows[ids[1]] …``, each column one chain in this order."""
    at = 0
    width = model.width
    while at + 16 * LANES <= width:
        add_16(total + 4 * at, model.rows_at + 4 * at, ids, count, width)
        at += 16 * LANES
    while at + 4 * LANES <= width:
        add_4(total + 4 * at, model.rows_at + 4 * at, ids, count, width)
        at += 4 * LANES
    while at < width:
        add_1(total + 4 * at, model.rows_at + 4 * at, ids, count, width)
        at += LANES


@nb.njit(nogil=True, cache=True)
def subwords(model, text, start, end, ids, count, total, summed):  # type: ignore[no-untyped-def]
    """Append the rows of the character n-grams of ``<word>`` to ``ids``.

    Whenever ``ids`` is nearly full, it is added to ``total`` and emptied.

    Returns:
        How many there are in ``ids`` now, and how many were added to ``total``.
    """
    longest, shortest = model.maxn, model.minn
    for first in range(start - 1, end):
        if count + longest > ROWS:
            add_up(model, ids, count, total)
            summed += count
            count = np.int64(0)
        hashed = BASIS
        if first < start:
            hashed = np.uint32(np.uint32(hashed ^ _LESS) * PRIME)
        else:
            byte = read_u8(text, first)
            if _continues(byte):
                continue
            hashed = step(hashed, byte)
        at = first + 1
        while at < end and _continues(read_u8(text, at)):
            hashed = step(hashed, read_u8(text, at))
            at += 1
        if shortest <= 1 and first >= start:
            count = _push(model, hashed, ids, count)
        length = 1
        while length < longest:
            if at < end:
                hashed = step(hashed, read_u8(text, at))
                at += 1
                while at < end and _continues(read_u8(text, at)):
                    hashed = step(hashed, read_u8(text, at))
                    at += 1
            elif at == end:
                hashed = step(hashed, _MORE)
                at += 1
            else:
                break
            length += 1
            if length >= shortest:
                count = _push(model, hashed, ids, count)
    return count, summed


@nb.njit(nogil=True, cache=True)
def list_subwords(model, ends, rows):  # type: ignore[no-untyped-def]
    """Rows of each short word of the dictionary, in order: itself, then its subwords.

    Args:
        model: The model's pointers.
        ends: Filled with the end of each word's rows, shape (nwords + 1,).
        rows: Filled with the rows, unless it is empty.

    Returns:
        How many rows there are; a word longer than ``SHORT_WORD`` has none.
    """
    ids = np.zeros(ROWS + LONGEST_GRAM + AHEAD, np.int32)
    none = np.int64(0)
    filled = none
    for word in range(model.nwords):
        length = read_i64(model.lengths_at, word)
        if length <= SHORT_WORD:  # at most 66 * 65 / 2 subwords, so ids is never full
            ids[0] = word
            count = none + 1
            if model.grams and word != model.eos:
                start = read_i64(model.starts_at, word)
                place = np.int64(ids.ctypes.data)
                count, _ = subwords(
                    model, model.words_at, start, start + length, place, count, none, none
                )
            if rows.size > 0:
                rows[filled : filled + count] = ids[:count]
            filled += count
        ends[word + 1] = filled
    return filled


@nb.njit(inline="always")
def names_label(text, start, end):  # type: ignore[no-untyped-def]
    """Whether a word begins with ``__label__``."""
    return (
        end - start >= 9
        and read_u8(text, start) == 95
        and read_u8(text, start + 1) == 95
        and read_u8(text, start + 2) == 108
        and read_u8(text, start + 3) == 97
        and read_u8(text, start + 4) == 98
        and read_u8(text, start + 5) == 101
        and read_u8(text, start + 6) == 108
        and read_u8(text, start + 7) == 95
        and read_u8(text, start + 8) == 95
    )


@nb.njit(nogil=True, cache=True)
def word_rows(model, text, start, end, word, ids, count, total, summed):  # type: ignore[no-untyped-def]
    """Append the rows of a word, known (``word`` >= 0) or not; returns what ``subwords`` does."""
    if word >= 0:
        first = read_i64(model.subword_ends_at, word)
        many = read_i64(model.subword_ends_at, word + 1) - first
        if count + max(many, 1) > ROWS:
            add_up(model, ids, count, total)
            summed += count
            count = np.int64(0)
        if many > 0:
            for at in range(many):
                write_i32(ids, count + at, read_i32(model.subwords_at, first + at))
            return count + many, summed
        write_i32(ids, count, np.int32(word))
        count += 1
    if model.grams and word != model.eos:
        return subwords(model, text, start, end, ids, count, total, summed)
    return count, summed


@nb.njit(nogil=True, cache=True)
def _word_grams(model, hashes, many, ids, count, total, summed):  # type: ignore[no-untyped-def]
    """Append the rows of the word n-grams of a document, from the hashes of its words."""
    bucket = np.uint64(model.bucket)
    for first in range(many):
        hashed = np.uint64(np.int64(read_i32(hashes, first)))
        for other in range(first + 1, min(many, first + model.word_ngrams)):
            step = np.uint64(np.int64(read_i32(hashes, other)))
            hashed = np.uint64(hashed * _GRAM_STEP + step)
            if count == ROWS:
                add_up(model, ids, count, total)
                summed += count
                count = np.int64(0)
            row = _row_of(model, np.int64(hashed % bucket))
            if row >= 0:
                write_i32(ids, count, np.int32(row))
                count += 1
    return count, summed


@nb.njit(inline="always")
def ends_document(text, start, end):  # type: ignore[no-untyped-def]
    """Whether a word is ``</s>``."""
    return (
        end - start == 4
        and read_u8(text, start) == 60
        and read_u8(text, start + 1) == 47
        and read_u8(text, start + 2) == 115
        and read_u8(text, start + 3) == 62
    )


@nb.njit(nogil=True, cache=True)
def sum_rows(model, text, start, end, ids, hashes, total):  # type: ignore[no-untyped-def]
    """Add up the rows of a document.

    Args:
        model: The model's pointers.
        text: Address of bytes, among them the document's.
        start: Where it begins.
        end: Where it ends.
        ids: Address of room for ``ROWS + AHEAD`` row numbers.
        hashes: Address of room for the hash of each word, if the model has word n-grams.
        total: Address of the sum, ``width`` zeros.

    Returns:
        How many rows there were.
    """
    count, summed, many = np.int64(0), np.int64(0), 0  # a literal would be a type of its own
    keeps_hashes = model.word_ngrams > 1
    at = start
    ended = False
    while not ended:
        while at < end and separates(read_u8(text, at)):
            at += 1
        first = at
        hashed = BASIS
        while at < end and not separates(read_u8(text, at)):
            hashed = step(hashed, read_u8(text, at))
            at += 1
        if at == first:
            break
        word = find(model, text, first, at - first, hashed)
        if word >= model.nwords or (word < 0 and names_label(text, first, at)):
            continue
        ended = ends_document(text, first, at)
        if word >= 0 or not ended:
            count, summed = word_rows(model, text, first, at, word, ids, count, total, summed)
        if keeps_hashes:
            write_i32(hashes, many, np.int32(hashed))
            many += 1
    if not ended:  # the newline that ends a line is the word </s>
        if model.eos >= 0:
            count, summed = word_rows(model, text, end, end, model.eos, ids, count, total, summed)
        if keeps_hashes:
            write_i32(hashes, many, np.int32(model.eos_hash))
            many += 1
    if keeps_hashes and not model.all_pruned:
        count, summed = _word_grams(model, hashes, many, ids, count, total, summed)
    add_up(model, ids, count, total)
    return summed + count
