"""Kernels that take flat JSON lines apart.

*Flat* is an object whose values are strings, numbers, true, false and null. What is accepted is a
part of JSON (RFC 8259), and every other line is called not flat; ``json_rows`` judges and reads
those, so what a row holds and what is wrong with it is decided there alone. Not flat here are also
numbers of over 18 digits or with an exponent, keys that are not asked for, escaped or said twice,
half surrogate pairs, and whatever is not JSON.

A line is followed by a line feed, which ends every loop over its bytes.
"""

import numba as nb
import numpy as np

ABSENT, NULL, STRING, ESCAPED, INT, FLOAT, FALSE, TRUE = range(8)
_QUOTE, _BACKSLASH = ord('"'), ord("\\")
_PLAIN, _WIDE, _OTHER = 0, 1, 2
_ONES, _HIGHS = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
_QUOTES, _BACKSLASHES, _SPACES = (np.uint64(byte * int(_ONES)) for byte in (_QUOTE, _BACKSLASH, 32))
_CLASS = np.zeros(256, np.uint8)  # of a byte inside a string
_CLASS[128:] = _WIDE
_CLASS[:32] = _CLASS[_QUOTE] = _CLASS[_BACKSLASH] = _OTHER


@nb.njit(cache=True, nogil=True)
def scan(data, words, sound, begin, end, keys, key_ends, flat, kind, low, high):  # type: ignore[no-untyped-def]
    """Take rows apart; a row is flat if all of it was understood.

    ``words`` are the bytes of ``data``, eight at a time, and ``sound`` says that all of it is known
    to be UTF-8. The names of the columns stand one behind the other in ``keys``. ``flat`` and what
    follows are filled as ``Cells`` describes.
    """
    for row in range(len(begin)):
        cells = kind[row], low[row], high[row]
        flat[row] = _row(data, words, sound, begin[row], end[row], keys, key_ends, *cells)


@nb.njit(cache=True, nogil=True)
def _row(data, words, sound, at, end, keys, key_ends, kind, low, high):  # type: ignore[no-untyped-def]
    at = _space(data, at, end)
    if data[at] != ord("{"):
        return False
    at = _space(data, at + 1, end)
    if data[at] == ord("}"):
        return _space(data, at + 1, end) == end
    expected = 0
    while True:
        if at >= end or data[at] != _QUOTE:
            return False
        start = at + 1
        at = start
        while data[at] != _QUOTE:  # a line feed ends it at the latest
            if data[at] < 32 or data[at] == _BACKSLASH:
                return False
            at += 1
        column = _find(data, start, at, keys, key_ends, expected)
        if column < 0 or kind[column] != ABSENT:
            return False
        expected = column + 1
        at = _space(data, at + 1, end)
        if data[at] != ord(":"):
            return False
        at = _value(data, words, sound, _space(data, at + 1, end), column, kind, low, high)
        if at < 0:
            return False
        at = _space(data, at, end)
        if at >= end:
            return False
        if data[at] == ord("}"):
            return _space(data, at + 1, end) == end
        if data[at] != ord(","):
            return False
        at = _space(data, at + 1, end)


@nb.njit(cache=True, nogil=True, inline="always")
def _space(data, at, end):  # type: ignore[no-untyped-def]
    while at < end and (data[at] == 32 or data[at] == 9 or data[at] == 13):
        at += 1
    return at


@nb.njit(cache=True, nogil=True)
def _find(data, start, stop, keys, key_ends, expected):  # type: ignore[no-untyped-def]
    """The column of a key, or -1; the one after the last is tried first."""
    columns = len(key_ends)
    for turn in range(columns):
        column = (expected + turn) % columns
        first = key_ends[column - 1] if column else 0
        if key_ends[column] - first != stop - start:
            continue
        same = True
        for place in range(stop - start):
            if data[start + place] != keys[first + place]:
                same = False
                break
        if same:
            return column
    return -1


@nb.njit(cache=True, nogil=True)
def _value(data, words, sound, at, column, kind, low, high):  # type: ignore[no-untyped-def]
    """Note a cell and give the place behind it; -1 if it is not flat."""
    first = data[at]
    if first == _QUOTE:
        return _string(data, words, sound, at + 1, column, kind, low, high)
    if first == ord("-") or 48 <= first <= 57:
        return _number(data, at, column, kind, low, high)
    if first == ord("n") and _is(data, at, (110, 117, 108, 108)):
        kind[column] = NULL
        return at + 4
    if first == ord("t") and _is(data, at, (116, 114, 117, 101)):
        kind[column] = TRUE
        return at + 4
    if first == ord("f") and _is(data, at, (102, 97, 108, 115, 101)):
        kind[column] = FALSE
        return at + 5
    return -1


@nb.njit(cache=True, nogil=True, inline="always")
def _is(data, at, word):  # type: ignore[no-untyped-def]
    for place in range(len(word)):  # noqa: SIM110 (numba); stops at the line feed at the latest
        if data[at + place] != word[place]:
            return False
    return True


@nb.njit(cache=True, nogil=True)
def _number(data, at, column, kind, low, high):  # type: ignore[no-untyped-def]
    start = at
    negative = data[at] == ord("-")
    at += negative
    digits = at
    value = np.int64(0)
    while 48 <= data[at] <= 57:
        value = value * 10 + (data[at] - 48) if at - digits < 18 else value
        at += 1
    count = at - digits
    if not 0 < count <= 18 or (count > 1 and data[digits] == 48):
        return -1
    if data[at] == ord("."):
        point = at
        at += 1
        while 48 <= data[at] <= 57:
            at += 1
        if at == point + 1:
            return -1
        kind[column], low[column], high[column] = FLOAT, start, at
    else:
        kind[column], low[column] = INT, -value if negative else value
    return -1 if data[at] == ord("e") or data[at] == ord("E") else at


@nb.njit(cache=True, nogil=True)
def _string(data, words, sound, at, column, kind, low, high):  # type: ignore[no-untyped-def]
    start = at
    wide, escaped = False, False
    while True:
        while _CLASS[data[at]] == _PLAIN or (sound and data[at] >= 128):
            at += 1
            if at & 7 == 0:
                at = _plain(words, sound, at)
        byte = data[at]
        if byte >= 128:
            wide = True
            at += 1
        elif byte == _QUOTE:
            break
        elif byte == _BACKSLASH:
            escaped = True
            size = _escape(data, at)
            if size == 0:
                return -1
            at += size
        else:
            return -1
    if wide and not _is_utf8(data, start, at):
        return -1
    kind[column], low[column], high[column] = ESCAPED if escaped else STRING, start, at
    return at + 1


@nb.njit(cache=True, nogil=True, inline="always")
def _plain(words, sound, at):  # type: ignore[no-untyped-def]
    """The next eight bytes with one to look at, by Mycroft's test for a zero byte."""
    others = np.uint64(0) if sound else _HIGHS
    while at >> 3 < len(words):
        word = words[at >> 3]
        quote, backslash = word ^ _QUOTES, word ^ _BACKSLASHES
        special = (word - _SPACES) & ~word | (quote - _ONES) & ~quote
        special |= (backslash - _ONES) & ~backslash
        if (special & _HIGHS) | (word & others):
            break
        at += 8
    return at


@nb.njit(cache=True, nogil=True)
def _escape(data, at):  # type: ignore[no-untyped-def]
    """Bytes of the escape that begins here; 0 if it is none."""
    mark = data[at + 1]
    if mark in (34, 92, 47, 98, 102, 110, 114, 116):  # " \ / b f n r t
        return 2
    if mark != ord("u"):
        return 0
    unit = _unit(data, at + 2)
    if unit < 0 or 0xDC00 <= unit < 0xE000:
        return 0
    if unit < 0xD800 or unit >= 0xE000:
        return 6
    if data[at + 6] != _BACKSLASH or data[at + 7] != ord("u"):
        return 0
    return 12 if 0xDC00 <= _unit(data, at + 8) < 0xE000 else 0


@nb.njit(cache=True, nogil=True)
def _unit(data, at):  # type: ignore[no-untyped-def]
    """Four hexadecimal digits; -1 if they are none."""
    unit = 0
    for place in range(at, at + 4):
        byte = data[place]
        if 48 <= byte <= 57:
            unit = unit * 16 + byte - 48
        elif 97 <= byte <= 102 or 65 <= byte <= 70:
            unit = unit * 16 + (byte | 32) - 87
        else:
            return -1
    return unit


@nb.njit(cache=True, nogil=True)
def _is_utf8(data, at, end):  # type: ignore[no-untyped-def]
    """Table 3-7 of the Unicode standard: well-formed sequences."""
    while at < end:
        byte = data[at]
        if byte < 0x80:
            at += 1
            continue
        if 0xC2 <= byte < 0xE0:
            more = 1
        elif 0xE0 <= byte < 0xF0:
            more = 2
        elif 0xF0 <= byte < 0xF5:
            more = 3
        else:
            return False
        if at + more >= end:
            return False
        second = data[at + 1]
        if (
            (byte == 0xE0 and second < 0xA0)
            or (byte == 0xED and second > 0x9F)
            or (byte == 0xF0 and second < 0x90)
            or (byte == 0xF4 and second > 0x8F)
        ):
            return False
        for place in range(at + 1, at + more + 1):
            if not 0x80 <= data[place] < 0xC0:
                return False
        at += more + 1
    return True


@nb.njit(cache=True, nogil=True)
def fill(data, kind, low, high, offsets, out):  # type: ignore[no-untyped-def]
    """Write the strings of a column one after the other, and where each ends; gives their bytes."""
    used = 0
    for row in range(len(kind)):
        if kind[row] == STRING:
            size = high[row] - low[row]
            out[used : used + size] = data[low[row] : high[row]]
            used += size
        elif kind[row] == ESCAPED:
            used = _unescape(data, low[row], high[row], out, used)
        offsets[row + 1] = used
    return used


@nb.njit(cache=True, nogil=True)
def _unescape(data, at, end, out, used):  # type: ignore[no-untyped-def]
    while at < end:
        if data[at] != _BACKSLASH:
            out[used] = data[at]
            at, used = at + 1, used + 1
            continue
        mark = data[at + 1]
        if mark != ord("u"):
            out[used] = _control(mark)
            at, used = at + 2, used + 1
            continue
        point = _unit(data, at + 2)
        at += 6
        if 0xD800 <= point < 0xDC00:
            point = 0x10000 + ((point - 0xD800) << 10) + _unit(data, at + 2) - 0xDC00
            at += 6
        used = _encode(point, out, used)
    return used


@nb.njit(cache=True, nogil=True)
def _control(mark):  # type: ignore[no-untyped-def]
    if mark == 98:
        return 8
    if mark == 102:
        return 12
    if mark == 110:
        return 10
    if mark == 114:
        return 13
    if mark == 116:
        return 9
    return mark


@nb.njit(cache=True, nogil=True)
def _encode(point, out, used):  # type: ignore[no-untyped-def]
    """Write a character as UTF-8, which is never longer than its escape."""
    if point < 0x80:
        out[used] = point
        return used + 1
    if point < 0x800:
        out[used] = 0xC0 | point >> 6
    else:
        if point < 0x10000:
            out[used] = 0xE0 | point >> 12
        else:
            out[used] = 0xF0 | point >> 18
            out[used + 1] = 0x80 | (point >> 12 & 63)
            used += 1
        out[used + 1] = 0x80 | (point >> 6 & 63)
        used += 1
    out[used + 1] = 0x80 | (point & 63)
    return used + 2
