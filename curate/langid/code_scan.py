"""Pieces of program text, whatever the language: comments, strings, numbers, words, operators.

The kernels behind ``code_tokens``. Each takes the text, where it stands and where the text ends,
writes tokens into ``out`` from ``to`` on, and returns where it then stands in both. What a comment
or a string says is left out: it is prose, a licence or a path, and would tell the project rather
than the language. That there is one, and how it is marked, is kept.
"""

from __future__ import annotations

import numba as nb
import numpy as np

SPACE, LETTER, DIGIT, OPERATOR, BRACKET, QUOTE = range(6)

KINDS = np.full(256, LETTER, np.uint8)
"""By byte; bytes from 128 on are letters, whatever they are."""
KINDS[:33] = KINDS[127] = SPACE
KINDS[48:58] = DIGIT
for _byte in b"!#$%&*+-./:<=>?@\\^|~":
    KINDS[_byte] = OPERATOR
for _byte in b"(),;[]{}":
    KINDS[_byte] = BRACKET
for _byte in b"\"'`":
    KINDS[_byte] = QUOTE

LONGEST_OPERATOR = 3
MOST_FAILED = 16
"""Quotes of a line that nothing closes, after which no closing one is looked for: a text of
``"\\"`` again and again would be searched from each of them to its end."""
_NEWLINE = 10


@nb.njit(cache=True, nogil=True)
def byte_at(text, at, end):  # type: ignore[no-untyped-def]
    """The byte there, 0 behind the end."""
    return text[at] if at < end else np.uint8(0)


@nb.njit(cache=True, nogil=True)
def put(out, to, first, second, third):  # type: ignore[no-untyped-def]
    """Write up to three bytes (0 is none) and the space that ends a token."""
    out[to] = first
    to += 1
    if second:
        out[to] = second
        to += 1
    if third:
        out[to] = third
        to += 1
    out[to] = 32
    return to + 1


@nb.njit(cache=True, nogil=True)
def find(text, at, end, first, second, third):  # type: ignore[no-untyped-def]
    """Place behind the next ``first second [third]``, or -1."""
    size = 3 if third else 2
    while at + size <= end:
        if text[at] == first and text[at + 1] == second and (not third or text[at + 2] == third):
            return at + size
        at += 1
    return -1


@nb.njit(cache=True, nogil=True)
def end_of_line(text, at, end):  # type: ignore[no-untyped-def]
    """Place of the next newline, or the end."""
    while at < end and text[at] != _NEWLINE:
        at += 1
    return at


@nb.njit(cache=True, nogil=True)
def is_blank(byte):  # type: ignore[no-untyped-def]
    """Whether a byte is white or behind the end."""
    return byte <= 32


@nb.njit(cache=True, nogil=True)
def is_low(byte):  # type: ignore[no-untyped-def]
    """Whether it is a small letter."""
    return 97 <= byte <= 122


@nb.njit(cache=True, nogil=True)
def is_high(byte):  # type: ignore[no-untyped-def]
    """Whether it is a capital letter."""
    return 65 <= byte <= 90


@nb.njit(cache=True, nogil=True)
def block_comment(text, at, end, fresh, closed, out, to):  # type: ignore[no-untyped-def]
    """``/* */``, ``{- -}``, ``(* *)``, ``<!-- -->``, ``--[[ ]]``, triple quotes.

    Args:
        text: Bytes.
        at: Where it may begin.
        end: Where the text ends.
        fresh: Whether only white space stands before it in its line.
        closed: What is known not to end any more, by kind, so that no text is searched twice.
        out: Where tokens go.
        to: From where on.

    Returns:
        (at, to); ``at`` is the old one if nothing begins here.
    """
    a, b, c = text[at], byte_at(text, at + 1, end), byte_at(text, at + 2, end)
    if a == 47 and b == 42:  # /*
        kind, stop = 0, (42, 47, 0)
    elif a == 123 and b == 45 and (is_blank(c) or c == 35 or c == 45 or c == 124):  # {- {-# {-|
        kind, stop = 1, (45, 125, 0)
    elif a == 40 and b == 42 and (is_blank(c) or c == 42):  # "(* ", not the C of "(*name)"
        kind, stop = 2, (42, 41, 0)
    elif a == 60 and b == 33 and c == 45:  # <!-
        kind, stop = 3, (45, 45, 62)
    elif a == 45 and b == 45 and c == 91 and byte_at(text, at + 3, end) == 91:  # --[[
        kind, stop = 4, (93, 93, 0)
    elif (a == 34 or a == 39) and a == b and b == c:
        kind, stop = 5 if a == 34 else 6, (a, a, a)
    else:
        return at, to
    skip = 3 if kind in (3, 5, 6) else 2
    found = -1 if closed[kind] else find(text, at + skip, end, stop[0], stop[1], stop[2])
    if found < 0:
        closed[kind] = True
        if not (fresh and kind <= 1):
            return at, to
        found = end  # the text was cut within a comment
    doc = c if kind >= 3 or (kind < 2 and c in (33, 35, 42, 124)) else np.uint8(0)  # /**, {-#
    return found, put(out, to, a, b, doc)


@nb.njit(cache=True, nogil=True)
def line_comment(text, at, end, fresh, out, to):  # type: ignore[no-untyped-def]
    """``//``, ``# ``, ``-- ``, ``! ``, ``; `` and the like, to the end of the line; see above."""
    a, b, c = text[at], byte_at(text, at + 1, end), byte_at(text, at + 2, end)
    before = text[at - 1] if at > 0 else np.uint8(_NEWLINE)
    spaced = is_blank(before) and is_blank(b)
    mark = np.uint8(46)  # a full stop tells "#." from the operator "#"
    if a == 47 and b == 47 and before != 58:  # // but not ://
        mark = c if c == 47 or c == 33 else np.uint8(0)  # ///, //!
        return end_of_line(text, at, end), put(out, to, a, b, mark)
    if a == 35:  # "# x", and at the start of a line all but "#include", "#[" and the like
        if fresh and b == 33:
            return end_of_line(text, at, end), put(out, to, a, b, 0)
        if fresh and b == 35:
            return end_of_line(text, at, end), put(out, to, a, b, mark)
        if spaced or (fresh and (is_blank(b) or is_high(b) or b == 45 or b == 61)):
            return end_of_line(text, at, end), put(out, to, a, mark, 0)
    if a == 45 and b == 45:  # "-- x"
        opens = is_blank(c) or c == 124 or (c == 45 and not is_blank(byte_at(text, at + 3, end)))
        if is_blank(before) and opens:
            return end_of_line(text, at, end), put(out, to, a, b, mark)
    if a == 33:  # Fortran; "a = b ! why" too, but not "( ! x )"
        marked = is_blank(b) or b == 33 or b == 45 or b == 61 or b == 42
        if (fresh and marked) or (spaced and _ends_a_term(text, at)):
            return end_of_line(text, at, end), put(out, to, a, mark, 0)
    if fresh and a == 59:  # assembly
        return end_of_line(text, at, end), put(out, to, a, mark, 0)
    if fresh and a == 42 and is_blank(b):  # within a block comment whose start was cut off
        return end_of_line(text, at, end), put(out, to, a, mark, 0)
    if fresh and before == _NEWLINE and (a == 67 or a == 99) and is_blank(b) and is_blank(c):
        return end_of_line(text, at, end), put(out, to, a, mark, 0)  # Fortran 77
    return at, to


@nb.njit(cache=True, nogil=True)
def _ends_a_term(text, at):  # type: ignore[no-untyped-def]
    """Whether a name, number, bracket or ``&`` stands before, in the same line."""
    at -= 1
    while at >= 0 and (text[at] == 32 or text[at] == 9):
        at -= 1
    if at < 0:
        return False
    byte = text[at]
    return KINDS[byte] == DIGIT or KINDS[byte] == LETTER or byte == 41 or byte == 38 or byte == 39


@nb.njit(cache=True, nogil=True)
def pod(text, at, end, out, to):  # type: ignore[no-untyped-def]
    """``=head1 … =cut``, ``=begin … =end``: from the start of a line to that of another."""
    if not (text[at] == 61 and is_low(byte_at(text, at + 1, end))):
        return at, to
    if at > 0 and text[at - 1] != _NEWLINE:
        return at, to
    while at < end:
        at = end_of_line(text, at, end)
        a, b, c = byte_at(text, at + 1, end), byte_at(text, at + 2, end), byte_at(text, at + 3, end)
        if a == 61 and ((b == 99 and c == 117) or (b == 101 and c == 110)):  # =cu, =en
            at = end_of_line(text, at + 1, end)
            break
        at += 1
    return min(at, end), put(out, to, 61, 46, 0)


@nb.njit(cache=True, nogil=True)
def string(text, at, end, failed, out, to):  # type: ignore[no-untyped-def]
    r"""A string within one line becomes its quote and what is put into it; else the quote alone.

    ``"#{x}"`` is ``" "#``, ``"${x}"`` is ``" "$``, ``"\(x)"`` is ``" "(``, ``"%d"`` is ``" "%``,
    ``"a\n"`` is ``" "\``, ``"{}"`` is ``" "{``.
    """
    quote = text[at]
    if failed[0] >= MOST_FAILED:
        return at + 1, put(out, to, quote, 0, 0)
    seen_hash = seen_dollar = seen_paren = seen_percent = seen_escape = seen_brace = False
    place = at + 1
    while place < end and text[place] != quote and text[place] != _NEWLINE:
        byte, after = text[place], byte_at(text, place + 1, end)
        if byte == 92:
            seen_paren |= after == 40
            seen_escape |= after != 40
            place += 1
            if after == _NEWLINE:
                break
        elif byte == 35 and after == 123:
            seen_hash = True
        elif byte == 36 and (after == 123 or KINDS[after] == LETTER):
            seen_dollar = True
        elif byte == 37 and (is_low(after) or KINDS[after] == DIGIT):
            seen_percent = True
        elif byte == 123:
            seen_brace = True
        place += 1
    if place >= end or text[place] != quote:
        failed[0] += 1
        return at + 1, put(out, to, quote, 0, 0)
    if quote == 39 and place <= at + 2 + seen_escape and place > at + 1:
        return place + 1, put(out, to, quote, 46, 0)  # one character: '.
    to = put(out, to, quote, quote, 0)
    if seen_hash:
        to = put(out, to, quote, 35, 0)
    elif seen_dollar:
        to = put(out, to, quote, 36, 0)
    elif seen_paren:
        to = put(out, to, quote, 40, 0)
    elif seen_percent:
        to = put(out, to, quote, 37, 0)
    elif seen_brace:
        to = put(out, to, quote, 123, 0)
    if seen_escape:
        to = put(out, to, quote, 92, 0)
    return place + 1, to


@nb.njit(cache=True, nogil=True)
def quoted(text, at, end, failed, out, to):  # type: ignore[no-untyped-def]
    """A string, or the mark of a lifetime (``&'a``), of a prime (``x'``), of code (`````)."""
    byte, after = text[at], byte_at(text, at + 1, end)
    if byte == 96:
        many = 3 if after == 96 and byte_at(text, at + 2, end) == 96 else 1
        twice = 96 if many == 3 else 0
        return at + many, put(out, to, 96, twice, twice)
    if byte == 39 and at > 0:
        before = text[at - 1]
        named = KINDS[before] == LETTER or KINDS[before] == DIGIT
        prefix = named and (at < 2 or KINDS[text[at - 2]] not in (LETTER, DIGIT))
        if named and not (prefix and before in (98, 102, 114, 117, 76, 82, 120)):  # b f r u L R x
            return at + 1, put(out, to, 39, 97, 0)
        lifetime = before == 60 or before == 38  # < &
        if lifetime and KINDS[after] == LETTER and byte_at(text, at + 2, end) != 39:
            return at + 1, put(out, to, before, 39, 0)
    return string(text, at, end, failed, out, to)


@nb.njit(cache=True, nogil=True)
def number(text, at, end, out, to):  # type: ignore[no-untyped-def]
    """``12`` becomes ``0``, ``1.5e-3`` ``0.0e``, ``0xff`` ``0x``, ``1_000u32`` ``0u``."""
    after = byte_at(text, at + 1, end) | 32
    out[to] = 48
    to += 1
    if text[at] == 48 and (after == 120 or after == 98 or after == 111):  # x b o
        out[to] = after
        to += 1
        at += 2
        while at < end and KINDS[text[at]] in (LETTER, DIGIT):
            at += 1
        out[to] = 32
        return at, to + 1
    while at < end and (KINDS[text[at]] == DIGIT or text[at] == 95):
        at += 1
    if byte_at(text, at, end) == 46 and KINDS[byte_at(text, at + 1, end)] == DIGIT:
        out[to] = 46
        out[to + 1] = 48
        to += 2
        at += 1
        while at < end and (KINDS[text[at]] == DIGIT or text[at] == 95):
            at += 1
    if at < end and KINDS[text[at]] == LETTER and text[at] < 128:
        sign = byte_at(text, at + 1, end)
        exponent = text[at] | 32 in (100, 101) and (sign == 43 or sign == 45)
        out[to] = text[at]
        to += 1
        at += 2 if exponent else 1
        while at < end and KINDS[text[at]] in (LETTER, DIGIT):
            at += 1
    out[to] = 32
    return at, to + 1


@nb.njit(cache=True, nogil=True)
def operator(text, at, end, out, to):  # type: ignore[no-untyped-def]
    """Up to three signs in a row, such as ``->`` or ``===``; a bracket alone."""
    if KINDS[text[at]] == BRACKET:
        return at + 1, put(out, to, text[at], 0, 0)
    many = 1
    while many < LONGEST_OPERATOR and at + many < end and KINDS[text[at + many]] == OPERATOR:
        many += 1
    second = text[at + 1] if many > 1 else np.uint8(0)
    third = text[at + 2] if many > 2 else np.uint8(0)
    return at + many, put(out, to, text[at], second, third)
