"""Texts as shingles: the 64-bit hashes of their n-grams of words or characters.

Two texts are compared by the sets of their shingles (Broder 1997, "On the resemblance and
containment of documents"). One numba pass over the UTF-8 of an Arrow column, without the GIL and
without a Python string: each code point is looked up in a table that says what it counts as, so
ignoring case or punctuation costs nothing more. A word is a run of code points that count; where
punctuation is ignored, "can't" is two words. A text of fewer units than the n-gram has one
shingle, all of it, so short texts are alike only if they are equal; a text without any unit has
no shingle.

Other modules get arrays, never these kernels: Numba's cache sees changes of one file only, so a
kernel that calls one of another file would go on with what that was before.

It misleads where words are not written apart (Chinese, Japanese, Thai, Khmer, Lao): ask for
characters there. Letters are folded one by one, so "ß" is not "ss", and composed and decomposed
forms differ: bring texts to one normal form before. What is a letter is what the Unicode of this
Python says.
"""

from __future__ import annotations

import functools
import sys
import unicodedata
from collections.abc import Iterator
from typing import Literal, NamedTuple

import numba as nb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Unit = Literal["word", "character"]
Ignored = Literal["case", "punctuation"]
Hashes = npt.NDArray[np.uint64]

_SPACE = 32
_BLOCK_BYTES = 2**20
_CODES = sys.maxunicode + 1
_PLAIN = slice(0x34000, 0xE0000)  # no code point is assigned in between, as of Unicode 17


class Spans(NamedTuple):
    """The UTF-8 of a column, and where each row lies in it; a null is as long as an empty text.

    Attributes:
        data: uint8, shape (bytes,).
        starts: int64, shape (rows,).
        stops: int64, shape (rows,).
    """

    data: npt.NDArray[np.uint8]
    starts: npt.NDArray[np.int64]
    stops: npt.NDArray[np.int64]


class Shingles(NamedTuple):
    """The shingles of consecutive rows.

    Attributes:
        begin: Number of the first row.
        values: Hashes of all rows in order, repeats included.
        offsets: int64, shape (rows + 1,): where each row's values begin.
        units: int64, shape (rows,): words or characters of each row.
    """

    begin: int
    values: Hashes
    offsets: npt.NDArray[np.int64]
    units: npt.NDArray[np.int64]

    def end(self) -> int:
        """Number of the row after the last."""
        return self.begin + len(self.units)


class Shingling(NamedTuple):
    """How texts are cut up.

    Attributes:
        ngram: Units in a shingle.
        unit: What is counted; characters include one space between words.
        ignore: What makes no difference: ``case``, ``punctuation`` (all but letters, marks and
            digits). White space never does.
    """

    ngram: int = 5
    unit: Unit = "word"
    ignore: tuple[Ignored, ...] = ("case", "punctuation")


def spans_of(column: pa.Array | pa.ChunkedArray) -> Spans:
    """The text of a column as it lies in memory; copies only what has several chunks."""
    texts = column.cast(pa.large_string())
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.chunk(0) if texts.num_chunks == 1 else texts.combine_chunks()
    _, offsets, data = texts.buffers()
    if len(texts) == 0 or offsets is None:
        nothing = np.zeros(len(texts), np.int64)
        return Spans(np.zeros(0, np.uint8), nothing, nothing)
    bounds = np.frombuffer(offsets, np.int64, len(texts) + 1, texts.offset * 8)
    starts, stops = bounds[:-1], bounds[1:]
    if texts.null_count:
        stops = np.where(np.asarray(pc.is_valid(texts)), stops, starts)
    flat = np.zeros(0, np.uint8) if data is None else np.frombuffer(data, np.uint8)
    return Spans(flat, starts, stops)


@functools.cache
def counted_as(ignore: tuple[Ignored, ...]) -> npt.NDArray[np.uint32]:
    """What each code point counts as, shape (0x110000,); 0 parts words.

    Example:
        >>> table = counted_as(("case", "punctuation"))
        >>> chr(table[ord("Ä")]), int(table[ord(".")]), int(table[ord(" ")])
        ('ä', 0, 0)
    """
    table = np.arange(_CODES, dtype=np.uint32)
    for code in (*range(_PLAIN.start), *range(_PLAIN.stop, _CODES)):
        letter = chr(code)
        kind = unicodedata.category(letter)[0]
        if letter.isspace() or code == 0 or ("punctuation" in ignore and kind not in "LMN"):
            table[code] = 0
        elif "case" in ignore and len(folded := letter.casefold()) == 1:
            table[code] = ord(folded)
    if "punctuation" in ignore:
        table[_PLAIN] = 0
    return table


@nb.njit(cache=True, nogil=True, inline="always")
def _mixed(value: np.uint64) -> np.uint64:
    """The finalizer of MurmurHash3: every bit of the value moves every bit of the result."""
    value ^= value >> np.uint64(33)
    value *= np.uint64(0xFF51AFD7ED558CCD)
    value ^= value >> np.uint64(33)
    value *= np.uint64(0xC4CEB9FE1A85EC53)
    return value ^ (value >> np.uint64(33))


@nb.njit(cache=True, nogil=True, inline="always")
def _code_point(data, at, stop):  # type: ignore[no-untyped-def]
    """(code point, bytes) at a place; broken UTF-8 gives some code point, never a read beyond."""
    lead = np.uint32(data[at])
    if lead < 0xC0:
        return lead, 1
    if lead < 0xE0 and at + 1 < stop:
        return (lead & 31) << 6 | (data[at + 1] & 63), 2
    if lead < 0xF0 and at + 2 < stop:
        return (lead & 15) << 12 | np.uint32(data[at + 1] & 63) << 6 | (data[at + 2] & 63), 3
    if at + 3 < stop:
        high = (lead & 7) << 18 | np.uint32(data[at + 1] & 63) << 12
        return min(high | np.uint32(data[at + 2] & 63) << 6 | (data[at + 3] & 63), 0x10FFFF), 4
    return np.uint32(0xFFFD), 1


@nb.njit(cache=True, nogil=True)
def _hash_words(data, start, stop, table, units):  # type: ignore[no-untyped-def]
    """Hash of each word into ``units``: FNV-1a over its code points, mixed; how many there are."""
    empty = np.uint64(0xCBF29CE484222325)
    count, value = 0, empty
    at = start
    while at < stop:
        code = np.uint32(data[at])
        size = 1
        if code >= 0x80:
            code, size = _code_point(data, at, stop)
        at += size
        code = table[code]
        if code:
            value = (value ^ np.uint64(code)) * np.uint64(0x9E3779B97F4A7C15)
        elif value != empty:
            units[count] = _mixed(value)
            count += 1
            value = empty
    if value != empty:
        units[count] = _mixed(value)
        count += 1
    return count


@nb.njit(cache=True, nogil=True)
def _hash_characters(data, start, stop, table, units):  # type: ignore[no-untyped-def]
    """Hash of each character into ``units``, one space between words; how many there are."""
    count, parted = 0, False
    at = start
    while at < stop:
        code, size = _code_point(data, at, stop)
        at += size
        code = table[code]
        if code == 0:
            parted = count > 0
            continue
        if parted:
            units[count] = _mixed(np.uint64(_SPACE))
            count += 1
            parted = False
        units[count] = _mixed(np.uint64(code))
        count += 1
    return count


@nb.njit(cache=True, nogil=True)
def _hash_ngrams(units, count, ngram, shingles):  # type: ignore[no-untyped-def]
    """Hash of every n-gram of so many units into ``shingles``, in order; how many there are.

    The polynomial of the units modulo 2^64, rolled along, then mixed with the n-gram's length.
    """
    size = min(ngram, count)
    if size == 0:
        return 0
    base = np.uint64(0xD6E8FEB86659FD93)
    oldest = np.uint64(1)
    value = np.uint64(0)
    for at in range(size):
        value = value * base + units[at]
        oldest *= base
    salt = np.uint64(size) * np.uint64(0x9E3779B97F4A7C15)
    shingles[0] = value
    for at in range(size, count):
        value = value * base + (units[at] - units[at - size] * oldest)
        shingles[at - size + 1] = value
    total = count - size + 1
    for at in range(total):
        shingles[at] = _mixed(shingles[at] ^ salt)
    return total


@nb.njit(cache=True, nogil=True)
def _shingle(  # type: ignore[no-untyped-def]
    data, starts, stops, table, by_word, ngram, words, values, offsets, units
):
    for row in range(starts.size):
        if by_word:
            count = _hash_words(data, starts[row], stops[row], table, words)
        else:
            count = _hash_characters(data, starts[row], stops[row], table, words)
        units[row] = count
        total = _hash_ngrams(words, count, ngram, values[offsets[row] :])
        offsets[row + 1] = offsets[row] + total


def shingles_of(column: pa.Array | pa.ChunkedArray, how: Shingling) -> Iterator[Shingles]:
    """The shingles of all rows, about a megabyte of text at a time, which stays in the cache.

    Example:
        >>> (one,) = shingles_of(pa.array(["A b, c", None, "b  C!"]), Shingling(2))
        >>> one.offsets.tolist(), one.units.tolist(), bool(one.values[1] == one.values[2])
        ([0, 2, 2, 3], [3, 0, 2], True)
    """
    data, starts, stops = spans_of(column)
    ends = np.cumsum(stops - starts)
    by_word, table = how.unit == "word", counted_as(how.ignore)
    begin = 0
    while begin < len(starts):
        before = ends[begin - 1] if begin else 0
        end = max(begin + 1, int(np.searchsorted(ends, before + _BLOCK_BYTES)))
        of = slice(begin, end)
        # Two bytes a word at least, a letter and what parts it from the next.
        most = (stops[of] - starts[of]) // (2 if by_word else 1) + 1
        words, values = np.empty(most.max(), np.uint64), np.empty(most.sum(), np.uint64)
        offsets, units = np.zeros(end - begin + 1, np.int64), np.empty(end - begin, np.int64)
        options = (table, by_word, how.ngram)
        _shingle(data, starts[of], stops[of], *options, words, values, offsets, units)
        yield Shingles(begin, values[: offsets[-1]], offsets, units)
        begin = end
