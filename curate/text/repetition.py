"""How much of a text is said twice: repeated lines, paragraphs and n-grams of words.

The thirteen measures of Gopher (Rae et al. 2021, arXiv:2112.11446, table A1), each a share of all
lines, all paragraphs, or all characters of the text:

- lines and paragraphs that stood there before (white space around them does not count; blank lines
  part paragraphs), and the characters in them;
- the characters of the most frequent 2-, 3- and 4-gram of words, its spaces included; the first one
  among equals, 0 when none occurs twice, so that a short text is not repetitive by being short;
- the characters, without spaces, in 5- to 10-grams that occurred before, none counted twice: from
  left to right, a repeated n-gram is taken whole and the search goes on behind it.

Exact: words get numbers, an n-gram is the pair of an (n-1)-gram's number and a word's, and numbers
are told apart by the whole key; no hash decides. What is unique as an (n-1)-gram is unique as an
n-gram, so that the longer ones cost next to nothing in text that does not repeat itself.

Words are what ``str.split()`` gives. In scripts without spaces between words they are clauses, and
only the measures of lines and paragraphs mean anything.
"""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from curate.text.characters import SPACE, character_classes, class_at, string_bytes

TOP = (2, 3, 4)
DUPLICATE = (5, 6, 7, 8, 9, 10)
MEASURES = (
    "duplicate_line_share",
    "duplicate_paragraph_share",
    "duplicate_line_character_share",
    "duplicate_paragraph_character_share",
    *(f"top_{n}_gram_character_share" for n in TOP),
    *(f"duplicate_{n}_gram_character_share" for n in DUPLICATE),
)
"""Columns of what ``repetition`` returns."""

_Ints = npt.NDArray[np.int32]
_LONGEST_TOP, _LONGEST = TOP[-1], DUPLICATE[-1]
_SEED, _PRIME, _SPREAD = (
    np.uint64(0xCBF29CE484222325),
    np.uint64(0x100000001B3),
    np.uint64(0x9E3779B97F4A7C15),
)


def repetition(column: pa.Array | pa.ChunkedArray) -> npt.NDArray[np.float64]:
    """Measure every string.

    Args:
        column: Strings.

    Returns:
        Shares from 0 to 1, shape (rows, 13), columns as in ``MEASURES``; NaN for null and for text
        without a word.
    """
    text, offsets, _ = string_bytes(column)
    shares = np.full((offsets.size - 1, len(MEASURES)), np.nan)
    longest = int(np.diff(offsets).max(initial=0))
    _repetition(text, offsets, character_classes(), _space(longest), shares)
    return shares


class _Space(NamedTuple):
    """Memory for the longest document of a batch; pages that no text needs are never touched."""

    words: _Ints
    lines: _Ints
    paragraphs: _Ints
    numbers: _Ints
    ids: _Ints
    at: _Ints
    ends: _Ints
    first: _Ints
    counts: _Ints
    seen: _Ints
    slots: _Ints
    keys: npt.NDArray[np.uint64]
    codes: npt.NDArray[np.uint64]


def _space(longest: int) -> _Space:
    """Room for a text of so many bytes: no more words than every other byte and one."""
    most = longest // 2 + 2
    if longest >= 2**31:
        raise ValueError("a text of 2 GiB and more cannot be measured; split it first")
    words, lines, paragraphs = (np.empty((most, 3), np.int32) for _ in range(3))
    numbers, ids, at, ends, first, counts, seen = (np.empty(most, np.int32) for _ in range(7))
    slots = np.empty(max(16, 1 << (2 * most - 1).bit_length()), np.int32)
    keys, codes = np.empty(most, np.uint64), np.empty((3, most), np.uint64)
    return _Space(
        words, lines, paragraphs, numbers, ids, at, ends, first, counts, seen, slots, keys, codes
    )


@nb.njit(nogil=True, cache=True)
def _cut(text, classes, words, lines, paragraphs, codes):  # type: ignore[no-untyped-def]
    """Find words, lines and paragraphs: start, end and, summed up, characters of each.

    Args:
        text: Bytes of the document.
        classes: Of code points.
        words: Start, end and characters of each; int32, shape (most, 3).
        lines: Likewise, without white space around them.
        paragraphs: Likewise.
        codes: A hash of each word, line and paragraph; shape (3, most).

    Returns:
        Number of words, lines, paragraphs and characters.
    """
    word_count = line_count = paragraph_count = characters = 0
    open_line = open_paragraph = False
    at = line_at = paragraph_at = 0
    end = text.size
    while at < end:
        kind, size = class_at(text, at, end, classes)
        if kind & SPACE:
            if size == 1 and text[at] == 10:
                if not open_line:
                    open_paragraph = False
                open_line = False
            at += size
            characters += 1
            continue
        start, before, code = at, characters, _SEED
        while not kind & SPACE:
            for k in range(at, at + size):
                code = (code ^ np.uint64(text[k])) * _PRIME
            at += size
            characters += 1
            if at >= end:
                break
            kind, size = class_at(text, at, end, classes)
        words[word_count, 0] = start
        words[word_count, 1] = at
        words[word_count, 2] = characters - before
        codes[0, word_count] = code
        word_count += 1
        if not open_line:
            open_line, line_at = True, before
            lines[line_count, 0] = start
            codes[1, line_count] = _SEED
            line_count += 1
        lines[line_count - 1, 1] = at
        lines[line_count - 1, 2] = characters - line_at
        codes[1, line_count - 1] = (codes[1, line_count - 1] ^ code) * _SPREAD
        if not open_paragraph:
            open_paragraph, paragraph_at = True, before
            paragraphs[paragraph_count, 0] = start
            codes[2, paragraph_count] = _SEED
            paragraph_count += 1
        paragraphs[paragraph_count - 1, 1] = at
        paragraphs[paragraph_count - 1, 2] = characters - paragraph_at
        codes[2, paragraph_count - 1] = (codes[2, paragraph_count - 1] ^ code) * _SPREAD
    return word_count, line_count, paragraph_count, characters


@nb.njit(nogil=True, cache=True)
def _table(slots, size):  # type: ignore[no-untyped-def]
    """An empty hash table for this many keys: how far a 64-bit hash is shifted to a slot."""
    bits = 4
    while (1 << bits) < 2 * size:
        bits += 1
    slots[: 1 << bits] = -1
    return np.uint64(64 - bits), np.int64((1 << bits) - 1)


@nb.njit(nogil=True, cache=True)
def _number_pieces(text, pieces, codes, size, slots, ids, first):  # type: ignore[no-untyped-def]
    """Give equal pieces equal numbers, 0, 1, … by first appearance; returns how many there are.

    Equal ones have equal codes; that pieces are equal is for their bytes to say.
    """
    shift, mask = _table(slots, size)
    distinct = 0
    for k in range(size):
        start, end = pieces[k, 0], pieces[k, 1]
        slot = np.int64((codes[k] * _SPREAD) >> shift)
        while slots[slot] >= 0:
            other = pieces[first[slots[slot]], 0]
            same = pieces[first[slots[slot]], 1] - other == end - start
            at = start
            while same and at < end:
                same = text[at] == text[other + at - start]
                at += 1
            if same:
                break
            slot = (slot + 1) & mask
        if slots[slot] < 0:
            slots[slot] = distinct
            first[distinct] = k
            distinct += 1
        ids[k] = slots[slot]
    return distinct


@nb.njit(nogil=True, cache=True)
def _duplicates(pieces, size, ids):  # type: ignore[no-untyped-def]
    """How many pieces stood there before, and the characters in them."""
    known = count = characters = 0
    for k in range(size):
        if ids[k] == known:
            known += 1
        else:
            count += 1
            characters += pieces[k, 2]
    return count, characters


@nb.njit(nogil=True, cache=True)
def _number_grams(n, words, numbers, size, at, ids, space):  # type: ignore[no-untyped-def]
    """From repeated (n-1)-grams to repeated n-grams, both by where they begin.

    Args:
        n: Words of the new ones.
        words: Number of words.
        numbers: Number of each word.
        size: How many places are in ``at``.
        at: Where a repeated (n-1)-gram begins, rising; cut down to repeated n-grams.
        ids: Number of the (n-1)-gram there, -1 where it is unique; made that of n-grams.
        space: Memory to work in.

    Returns:
        How many places are left in ``at``.
    """
    shift, mask = _table(space.slots, size)
    distinct = kept = 0
    for k in range(size):
        place = at[k]
        if place + n > words or ids[place + 1] < 0:
            ids[place] = -1
            continue
        key = (np.uint64(ids[place]) << np.uint64(32)) | np.uint64(numbers[place + n - 1])
        slot = np.int64((key * _SPREAD) >> shift)
        while space.slots[slot] >= 0 and space.keys[space.slots[slot]] != key:
            slot = (slot + 1) & mask
        if space.slots[slot] < 0:
            space.slots[slot] = distinct
            space.keys[distinct] = key
            space.counts[distinct] = 0
            distinct += 1
        ids[place] = space.slots[slot]
        space.counts[ids[place]] += 1
        at[kept] = place
        kept += 1
    return _only_repeated(at, kept, ids, space.counts)


@nb.njit(nogil=True, cache=True)
def _only_repeated(at, size, ids, counts):  # type: ignore[no-untyped-def]
    """Drop the places whose number appears once."""
    kept = 0
    for k in range(size):
        place = at[k]
        if counts[ids[place]] < 2:
            ids[place] = -1
        else:
            at[kept] = place
            kept += 1
    return kept


@nb.njit(nogil=True, cache=True)
def _top(n, at, size, ids, counts, ends):  # type: ignore[no-untyped-def]
    """Characters of the most frequent n-gram, spaces included, times how often it appears."""
    most = place = 0
    for k in range(size):
        if counts[ids[at[k]]] > most:
            most, place = counts[ids[at[k]]], at[k]
    return most * (ends[place + n] - ends[place] + n - 1) if most else 0


@nb.njit(nogil=True, cache=True)
def _repeated(n, at, size, ids, ends, seen):  # type: ignore[no-untyped-def]
    """Characters in n-grams that appeared before, each character counted once."""
    characters = free = 0
    for k in range(size):
        seen[ids[at[k]]] = 0
    for k in range(size):
        place = at[k]
        if place < free:
            continue
        if seen[ids[place]]:
            characters += ends[place + n] - ends[place]
            free = place + n
        seen[ids[place]] = 1
    return characters


@nb.njit(nogil=True, cache=True)
def _measure_grams(words, size, numbers, distinct, characters, space, row):  # type: ignore[no-untyped-def]
    """Fill in the shares of n-grams, from the numbers of the words."""
    ends, at, ids = space.ends, space.at, space.ids
    space.counts[:distinct] = 0
    ends[0] = 0
    for k in range(size):
        space.counts[numbers[k]] += 1
        ids[k] = numbers[k]
        at[k] = k
        ends[k + 1] = ends[k] + words[k, 2]
    left = _only_repeated(at, size, ids, space.counts)
    for n in range(2, _LONGEST + 1):
        left = _number_grams(n, size, numbers, left, at, ids, space)
        if n <= _LONGEST_TOP:
            found = _top(n, at, left, ids, space.counts, ends)
        else:
            found = _repeated(n, at, left, ids, ends, space.seen)
        row[n + 2] = min(1.0, found / characters)


@nb.njit(nogil=True, cache=True)
def _repetition(text, offsets, classes, space, shares):  # type: ignore[no-untyped-def]
    codes = space.codes
    for document in range(offsets.size - 1):
        body = text[offsets[document] : offsets[document + 1]]
        sizes = _cut(body, classes, space.words, space.lines, space.paragraphs, codes)
        words, lines, paragraphs, characters = sizes
        if words == 0:
            continue
        row = shares[document]
        for k in range(2):
            pieces, size = (space.lines, lines) if k == 0 else (space.paragraphs, paragraphs)
            _number_pieces(body, pieces, codes[k + 1], size, space.slots, space.ids, space.first)
            count, inside = _duplicates(pieces, size, space.ids)
            row[k] = count / size
            row[k + 2] = inside / characters
        distinct = _number_pieces(
            body, space.words, codes[0], words, space.slots, space.numbers, space.first
        )
        _measure_grams(space.words, words, space.numbers, distinct, characters, space, row)
