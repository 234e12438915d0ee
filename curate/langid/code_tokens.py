"""Program text as words that a fastText model can learn from: ``for (i=0;`` → ``for ( ~a = 0 ;``.

fastText splits at white space only, so ``foo(bar);`` would be one word that no other file has.
Here signs stand alone, a line begins with ``¶`` (``¶>`` deeper than the one before, ``¶<`` less
deep, with ``t`` behind if it is indented by a tab), numbers become ``0``, strings become their
quotes, comments become their marks, and a name that is not in the vocabulary becomes its shape:
``~a`` one letter, ``~aa`` lowercase, ``~a_a``, ``~aA`` camel case, ``~Aa``, ``~A``, ``~AA``,
``~A_A``, ``~A_a``, ``~u`` beyond ASCII. A name in capitals is looked up in lowercase, as ``^end``.
What is left tells the language and not the project: names, comments and licences are gone.

One pass of compiled code over Arrow's buffers, with no table of any language's grammar, so it is
wrong at times: Python's ``a // b`` is taken for a comment, and a quote in plain prose for a string.
Training and use go the same way, so that this costs little.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numba as nb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from curate.langid.code_scan import (
    DIGIT,
    KINDS,
    LETTER,
    QUOTE,
    block_comment,
    is_low,
    line_comment,
    number,
    operator,
    pod,
    put,
    quoted,
)
from curate.langid.hashing import BASIS, MIX, hash_of, step

MOST_BYTES = 32_768
"""Bytes of a text that are looked at; a cut in a line or a letter takes the whole line along."""
LONGEST_WORD = 32
"""Bytes of the longest name that can be in a vocabulary."""
SWELL = 4
"""Most bytes of tokens for a byte of text: a line of one letter, 2 bytes, becomes ``¶< ~a ``, 8."""
TAB = 8


class Vocabulary(NamedTuple):
    """The names that stand for themselves, as a hash table over their bytes.

    Attributes:
        letters: uint8, all names one behind the other.
        starts: int64, shape (names + 1,).
        slots: int32, a power of two of them; -1 is free.
    """

    letters: npt.NDArray[np.uint8]
    starts: npt.NDArray[np.int64]
    slots: npt.NDArray[np.int32]


def vocabulary(words: Iterable[str]) -> Vocabulary:
    """A table of names; those longer than ``LONGEST_WORD`` bytes are never found."""
    names = [word.encode() for word in dict.fromkeys(words)]
    starts = np.zeros(len(names) + 1, np.int64)
    np.cumsum([len(name) for name in names], out=starts[1:])
    letters = np.frombuffer(b"".join(names) or b"\0", np.uint8)
    slots = np.full(1 << max(4, (4 * len(names)).bit_length()), -1, np.int32)
    _fill(letters, starts, slots)
    return Vocabulary(letters, starts, slots)


@nb.njit(cache=True, nogil=True)
def _fill(letters, starts, slots):  # type: ignore[no-untyped-def]
    for name in range(starts.size - 1):
        at = np.int64(hash_of(letters, starts[name], starts[name + 1]) * MIX) & (slots.size - 1)
        while slots[at] >= 0:
            at = (at + 1) & (slots.size - 1)
        slots[at] = name


class Tokens(NamedTuple):
    """What ``tokenize`` gives.

    Attributes:
        texts: large_string; null for null.
        counts: int32, shape (texts,): tokens that are code: neither lines' beginnings nor comments.
    """

    texts: pa.Array
    counts: npt.NDArray[np.int32]


def tokenize(
    texts: pa.Array | pa.ChunkedArray, words: Vocabulary | None, most_bytes: int = MOST_BYTES
) -> Tokens:
    r"""The tokens of each text, with single spaces.

    Args:
        texts: string or large_string.
        words: Names that stand for themselves; None is all of them.
        most_bytes: Bytes of each text that are looked at, from its beginning.

    Example:
        >>> found = tokenize(pa.array(["// of 1999\nfor (i=0; i<9; ++i) {"]), vocabulary(["for"]))
        >>> found.texts[0].as_py(), found.counts.tolist()
        ('¶ // ¶ for ( ~a = 0 ; ~a < 0 ; ++ ~a ) {', [14])
    """
    flat = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    flat = flat.cast(pa.large_string())
    if len(flat) == 0:
        return Tokens(flat, np.zeros(0, np.int32))
    _, places, data = flat.buffers()
    offsets = np.frombuffer(places, np.int64)[flat.offset : flat.offset + len(flat) + 1]
    nothing = data is None or data.size == 0
    letters = np.zeros(1, np.uint8) if nothing else np.frombuffer(data, np.uint8)
    sizes = np.minimum(np.diff(offsets), most_bytes)
    out = np.empty(SWELL * int(sizes.sum()) + 16 * (len(flat) + 1), np.uint8)
    ends = np.zeros(len(flat) + 1, np.int64)
    counts = np.zeros(len(flat), np.int32)
    known = NO_WORDS if words is None else words
    _tokenize(letters, offsets, sizes, known, words is None, out, ends, counts)
    mask = flat.buffers()[0] if flat.offset == 0 else _validity(flat)
    buffers = [mask, pa.py_buffer(ends), pa.py_buffer(out[: ends[-1]].tobytes())]
    return Tokens(pa.Array.from_buffers(pa.large_string(), len(flat), buffers), counts)


NO_WORDS = vocabulary(())
"""Every name becomes its shape."""


def _validity(flat: pa.Array) -> Any:
    valid = np.packbits(flat.is_valid().to_numpy(zero_copy_only=False), bitorder="little")
    return pa.py_buffer(valid)


@nb.njit(cache=True, nogil=True)
def _tokenize(text, offsets, sizes, words, every, out, ends, counts):  # type: ignore[no-untyped-def]
    to = 0
    closed = np.zeros(8, np.bool_)
    for row in range(sizes.size):
        start = offsets[row]
        end = start + sizes[row]
        if end < offsets[row + 1]:  # cut: go back to the end of a line, or to a whole letter
            whole = end
            while whole > start and text[whole - 1] != 10:
                whole -= 1
            if whole > start:
                end = whole
            else:
                while end > start and (text[end] & 0xC0) == 0x80:
                    end -= 1
        closed[:] = False
        first = to
        to, counts[row] = _one(text[start:end], words, every, closed, out, to)
        if to > first:
            to -= 1  # the last space
        ends[row + 1] = to


@nb.njit(cache=True, nogil=True)
def _one(text, words, every, closed, out, to):  # type: ignore[no-untyped-def]
    """Tokens of one text; returns where it stands in ``out`` and how many tokens are code."""
    at, end, count = 0, text.size, 0
    indent, last_indent, tab, fresh = 0, 0, False, True
    failed = np.zeros(1, np.int64)
    # where the tokens of the last line and of this one begin, behind the mark of the line
    last, this, before, indent_before = -1, to, 0, 0
    while at < end:
        byte = text[at]
        if byte <= 32 or byte == 127:
            if byte == 10:
                if not fresh:
                    if last >= 0 and _same(out, last, before, this, to):
                        to, last_indent = before, indent_before  # as if the line were not there
                    else:
                        last = this
                failed[0], indent, tab, fresh = 0, 0, False, True
            elif fresh:
                tab |= byte == 9 and indent == 0
                indent += TAB - indent % TAB if byte == 9 else 1
            at += 1
            continue
        if fresh:
            before, indent_before = to, last_indent
            to = _begin_line(indent, last_indent, tab, out, to)
            last_indent, this = indent, to
            after, to = pod(text, at, end, out, to)
            if after > at:
                at = after
                continue
        kind = KINDS[byte]
        if (kind != LETTER and kind != DIGIT) or (fresh and (byte | 32) == 99):
            after, to = block_comment(text, at, end, fresh, closed, out, to)
            if after == at:
                after, to = line_comment(text, at, end, fresh, out, to)
            if after > at:
                at, fresh = after, False
                continue
        fresh = False
        count += 1
        if kind == LETTER:
            at, to = _word(text, at, end, words, every, out, to)
        elif kind == DIGIT:
            at, to = number(text, at, end, out, to)
        elif kind == QUOTE:
            at, to = quoted(text, at, end, failed, out, to)
        else:
            at, to = operator(text, at, end, out, to)
    return to, count


@nb.njit(cache=True, nogil=True)
def _same(out, first, end, second, stop):  # type: ignore[no-untyped-def]
    """Whether two stretches of tokens are equal."""
    if end - first != stop - second:
        return False
    for at in range(end - first):  # noqa: SIM110  (numba has no all)
        if out[first + at] != out[second + at]:
            return False
    return True


@nb.njit(cache=True, nogil=True)
def _begin_line(indent, before, tab, out, to):  # type: ignore[no-untyped-def]
    out[to] = 0xC2
    out[to + 1] = 0xB6
    to += 2
    if indent != before:
        out[to] = 62 if indent > before else 60
        to += 1
    if tab:
        out[to] = 116
        to += 1
    out[to] = 32
    return to + 1


@nb.njit(cache=True, nogil=True)
def _word(text, at, end, words, every, out, to):  # type: ignore[no-untyped-def]
    """A name as itself, in lowercase behind ``^``, or as its shape."""
    start, hashed, lowered = at, BASIS, BASIS
    lows, highs, wide, inner, split = 0, 0, False, False, False
    while at < end:
        byte = text[at]
        kind = KINDS[byte]
        if kind != LETTER and kind != DIGIT:
            break
        hashed = step(hashed, byte)
        high = 65 <= byte <= 90
        lowered = step(lowered, np.uint8(byte | 32) if high else byte)
        split |= byte == 95 and at > start
        lows += is_low(byte)
        highs += high
        inner |= high and lows > 0
        wide |= byte >= 128
        at += 1
    size = at - start
    if every or _known(text, start, size, hashed, words, False):
        out[to : to + size] = text[start:at]
        out[to + size] = 32
        return at, to + size + 1
    if highs and not lows and _known(text, start, size, lowered, words, True):
        out[to] = 94
        for place in range(size):
            byte = text[start + place]
            out[to + 1 + place] = byte | 32 if 65 <= byte <= 90 else byte
        out[to + size + 1] = 32
        return at, to + size + 2
    low, high = np.uint8(97), np.uint8(65)
    if wide:
        return at, put(out, to, 126, 117, 0)
    first = high if 65 <= text[start] <= 90 else low
    last = high if highs and (not lows or (inner and first == low)) else low
    if split:
        out[to] = 126
        return at, put(out, to + 1, high if highs else low, 95, low if lows else high)
    return at, put(out, to, 126, first, last if size > 1 else 0)


@nb.njit(cache=True, nogil=True)
def _known(text, start, size, hashed, words, lower):  # type: ignore[no-untyped-def]
    if size > LONGEST_WORD:
        return False
    at = np.int64(hashed * MIX) & (words.slots.size - 1)
    while words.slots[at] >= 0:
        name = words.slots[at]
        first = words.starts[name]
        if words.starts[name + 1] - first == size:
            same = True
            for place in range(size):
                byte = text[start + place]
                if lower and 65 <= byte <= 90:
                    byte |= np.uint8(32)
                if byte != words.letters[first + place]:
                    same = False
                    break
            if same:
                return True
        at = (at + 1) & (words.slots.size - 1)
    return False
