"""Counts that quality rules are made of, in one pass over the UTF-8 bytes of Arrow strings.

What is counted is what Gopher (Rae et al. 2021, arXiv:2112.11446, section A.1.1), C4 (Raffel et al.
2020, "Exploring the Limits of Transfer Learning", section 2.2) and FineWeb (Penedo et al. 2024,
arXiv:2406.17557, section 3.6) count. Every byte is read once, where Arrow has it, and the
interpreter lock is released; what a character is comes from the table in ``characters``.

- A *word* is what ``str.split()`` gives: a run without white space, punctuation included.
- A *line* ends at a line feed; lines of white space alone are not counted.
- A *sentence* ends with a run of Unicode sentence terminals, if one of them is not ASCII (``。``,
  ``۔``) or if white space, a quote or a bracket follows; the rest of a line is a sentence as well.
- Phrases and stop words are looked for as bytes: the former in any ASCII case, the latter as given.

Scripts that do not put spaces between words (Chinese, Japanese, Thai, …) have words as long as
clauses; ``unspaced_letters`` says how many letters that holds for. Bytes that are no UTF-8 count as
characters of no kind.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import NamedTuple

import numba as nb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from curate.text.characters import (
    BRACKET,
    BULLET,
    LETTER,
    LOOK,
    QUOTE,
    SPACE,
    STOP,
    TRIGGERS,
    UNSPACED,
    character_classes,
    class_at,
    string_bytes,
)

COUNTERS = (
    "characters",
    "words",
    "word_characters",
    "letter_words",
    "letters",
    "unspaced_letters",
    "hashes",
    "ellipses",
    "stop_words",
    "line_feeds",
    "lines",
    "bullet_lines",
    "ellipsis_lines",
    "end_mark_lines",
    "short_lines",
    "clean_lines",
    "sentences",
    "braces",
    "lorem_ipsum",
)
"""Columns of what ``count`` returns.

``letter_words`` hold at least one letter; ``hashes`` are ``#``, ``ellipses`` both ``...`` and
``…``; ``stop_words`` are distinct ones. ``bullet_lines`` begin with a bullet, ``end_mark_lines``
end with a sentence terminal or a quote, ``clean_lines`` are those C4 would keep: such an end but no
ellipsis, enough words, none over 1,000 characters, no *javascript* and no phrase about cookies and
terms. ``sentences`` are those of clean lines.
"""

LONGEST_WORD = 1000
"""C4 drops lines with a longer one, says its code."""

LOREM, UNCLEAN = 1, 2
PHRASES = {
    "lorem ipsum": LOREM,
    "javascript": UNCLEAN,
    "terms of use": UNCLEAN,
    "privacy policy": UNCLEAN,
    "cookie policy": UNCLEAN,
    "uses cookies": UNCLEAN,
    "use of cookies": UNCLEAN,
    "use cookies": UNCLEAN,
}
"""C4's phrases, and what each says of its line."""

(
    _CHARACTERS, _WORDS, _WORD_CHARACTERS, _LETTER_WORDS, _LETTERS, _UNSPACED, _HASHES, _ELLIPSES,
    _STOP_WORDS, _LINE_FEEDS, _LINES, _BULLETS, _ELLIPSIS_LINES, _END_MARKS, _SHORT, _CLEAN,
    _SENTENCES, _BRACES, _LOREM,
) = range(len(COUNTERS))  # fmt: skip


_FOLLOWER = np.zeros(256, np.uint8)
"""What follows the rare letter of a phrase, the same in all phrases of that letter; looking it up
before calling anything made the pass 1.8 times as fast."""
for _letter, _after in ("ja", "ki", "va", "ps", "f "):
    _FOLLOWER[[ord(_letter), ord(_letter.upper())]] = ord(_after)


class Entries(NamedTuple):
    """Byte strings by one of their bytes: those of byte ``b`` are ``first[b]`` to ``first[b+1]``.

    Attributes:
        first: Shape (257,).
        offsets: Where each begins in ``text``, shape (entries + 1,).
        text: All of them joined.
        shift: Where in each that byte stands, shape (entries,).
        flag: What each says, shape (entries,).
    """

    first: npt.NDArray[np.int64]
    offsets: npt.NDArray[np.int64]
    text: npt.NDArray[np.uint8]
    shift: npt.NDArray[np.int64]
    flag: npt.NDArray[np.int64]


def count(
    column: pa.Array | pa.ChunkedArray,
    stop_words: Sequence[str] = (),
    short_line_characters: int = 30,
    clean_line_words: int = 5,
) -> npt.NDArray[np.int64]:
    """Count everything in every string.

    Args:
        column: Strings; null counts like an empty one.
        stop_words: Words to look for.
        short_line_characters: A shorter line is a short one.
        clean_line_words: Fewest words of a clean line.

    Returns:
        Counts, shape (rows, counters), columns as in ``COUNTERS``.
    """
    text, offsets, _ = string_bytes(column)
    counts = np.zeros((offsets.size - 1, len(COUNTERS)), np.int64)
    stops = _entries({word: 0 for word in stop_words if word})
    rules = (character_classes(), stops, _phrases(), short_line_characters, clean_line_words)
    _count(text, offsets, *rules, counts)
    return counts


def measures(counts: npt.NDArray[np.int64]) -> dict[str, npt.NDArray[np.float64]]:
    """The rates that rules judge, NaN where there is nothing to divide by; shape (rows,) each."""
    have = {name: counts[:, index].astype(np.float64) for index, name in enumerate(COUNTERS)}
    words, lines, letters = (
        np.where(have[name] > 0, have[name], np.nan) for name in ("words", "lines", "letters")
    )
    return {
        "word_count": have["words"],
        "mean_word_length": have["word_characters"] / words,
        "hash_per_word": have["hashes"] / words,
        "ellipsis_per_word": have["ellipses"] / words,
        "letter_word_share": have["letter_words"] / words,
        "stop_word_count": have["stop_words"],
        "bullet_line_share": have["bullet_lines"] / lines,
        "ellipsis_line_share": have["ellipsis_lines"] / lines,
        "end_mark_line_share": have["end_mark_lines"] / lines,
        "short_line_share": have["short_lines"] / lines,
        "line_feed_per_word": have["line_feeds"] / words,
        "clean_line_share": have["clean_lines"] / lines,
        "sentence_count": have["sentences"],
        "brace_count": have["braces"],
        "lorem_ipsum_count": have["lorem_ipsum"],
        "unspaced_letter_share": have["unspaced_letters"] / letters,
    }


@functools.lru_cache(1)
def _phrases() -> Entries:
    shifts = {word: next(word.index(c) for c in TRIGGERS if c in word) for word in PHRASES}
    return _entries(PHRASES, shifts, any_case=True)


def _entries(
    flags: dict[str, int], shifts: dict[str, int] | None = None, any_case: bool = False
) -> Entries:
    """Lay entries out by the byte at their shift; ``any_case`` enters capitals as well."""
    rows = []
    for word, flag in flags.items():
        raw, shift = word.encode(), (shifts or {}).get(word, 0)
        keys = (
            {raw[shift : shift + 1], raw[shift : shift + 1].upper()}
            if any_case
            else {raw[shift : shift + 1]}
        )
        rows += [(key[0], raw, shift, flag) for key in keys]
    rows.sort()
    first = np.searchsorted([row[0] for row in rows], np.arange(257))
    offsets = np.cumsum([0] + [len(row[1]) for row in rows])
    text = np.frombuffer(b"".join(row[1] for row in rows) or b"\0", np.uint8)
    shift_of, flag_of = ([row[at] for row in rows] for at in (2, 3))
    return Entries(
        first.astype(np.int64),
        offsets.astype(np.int64),
        text,
        np.array(shift_of, np.int64),
        np.array(flag_of, np.int64),
    )


@nb.njit(nogil=True, cache=True)
def _matches(text, at, end, entries, k, any_case):  # type: ignore[no-untyped-def]
    """Whether entry ``k`` stands at ``at``."""
    start, stop = entries.offsets[k], entries.offsets[k + 1]
    if at + stop - start > end:
        return False
    for j in range(stop - start):
        b = text[at + j]
        if any_case and 65 <= b <= 90:
            b |= 32
        if b != entries.text[start + j]:
            return False
    return True


@nb.njit(nogil=True, cache=True)
def _look(text, at, size, kind, word, end, classes, row):  # type: ignore[no-untyped-def]
    """Count a mark that needs a closer look; returns whether it ends a sentence."""
    b = text[at]
    if b == 35:
        row[_HASHES] += 1
    elif b == 123:
        row[_BRACES] += 1
    elif b == 0xE2 and size == 3 and text[at + 1] == 0x80 and text[at + 2] == 0xA6:
        row[_ELLIPSES] += 1
    elif b == 46 and (at == word or text[at - 1] != 46):
        run = at + 1
        while run < end and text[run] == 46:
            run += 1
        row[_ELLIPSES] += (run - at) // 3
    if kind & STOP:
        after = np.uint8(SPACE)
        if at + size < end:
            after, _ = class_at(text, at + size, end, classes)
        if not after & STOP and (size > 1 or after & (SPACE | QUOTE | BRACKET)):
            return True
    return False


@nb.njit(nogil=True, cache=True)
def _phrase(text, at, line, end, phrases, row):  # type: ignore[no-untyped-def]
    """What the phrases around a rare letter say of their line, as flags."""
    flags = 0
    for k in range(phrases.first[text[at]], phrases.first[text[at] + 1]):
        shift = phrases.shift[k]
        if at - shift >= line and _matches(text, at - shift, end, phrases, k, True):
            flags |= phrases.flag[k]
            row[_LOREM] += phrases.flag[k] == LOREM
    return flags


@nb.njit(nogil=True, cache=True)
def _is_ellipsis(text, start, end):  # type: ignore[no-untyped-def]
    """Whether the bytes end with ``...`` or ``…``."""
    if end - start < 3:
        return False
    a, b, c = text[end - 3], text[end - 2], text[end - 1]
    return (a == 46 and b == 46 and c == 46) or (a == 0xE2 and b == 0x80 and c == 0xA6)


@nb.njit(nogil=True, cache=True)
def _sentence_tail(text, at, end, classes):  # type: ignore[no-untyped-def]
    """Whether anything but white space, quotes and brackets follows."""
    while at < end:
        kind, size = class_at(text, at, end, classes)
        if not kind & (SPACE | QUOTE | BRACKET):
            return True
        at += size
    return False


@nb.njit(nogil=True, cache=True)
def _stop_word(text, start, end, stops, seen, document):  # type: ignore[no-untyped-def]
    """1 if the word is a stop word not met in this document before."""
    b = text[start]
    for k in range(stops.first[b], stops.first[b + 1]):
        size = stops.offsets[k + 1] - stops.offsets[k]
        if (
            size == end - start
            and seen[k] != document
            and _matches(text, start, end, stops, k, False)
        ):
            seen[k] = document
            return 1
    return 0


@nb.njit(nogil=True, cache=True)
def _close_line(  # type: ignore[no-untyped-def]
    text, start, end, last, sentences, ended, words, longest, flags, classes, least_words, row
):
    """Count a line that is not blank: what it ends with, and whether C4 would keep it."""
    row[_LINES] += 1
    ellipsis = _is_ellipsis(text, start, end)
    end_mark = (last & (STOP | QUOTE)) != 0
    row[_ELLIPSIS_LINES] += ellipsis
    row[_END_MARKS] += end_mark
    clean = end_mark and not ellipsis and words >= least_words and longest <= LONGEST_WORD
    if clean and not flags & UNCLEAN:
        row[_CLEAN] += 1
        row[_SENTENCES] += sentences + _sentence_tail(text, ended, end, classes)


@nb.njit(nogil=True, cache=True)
def _count_line(  # type: ignore[no-untyped-def]
    text, at, end, classes, stops, seen, document, phrases, short, least_words, row
):
    """Count one line from ``at``; returns where the next one begins."""
    line = first = last_end = ended = at
    last = np.uint8(0)
    stop_first = stops.first
    words = longest = flags = sentences = characters = first_character = last_character = 0
    while at < end:
        kind, size = class_at(text, at, end, classes)
        if kind & SPACE:
            at += size
            characters += 1
            if size == 1 and text[at - 1] == 10:
                row[_LINE_FEEDS] += 1
                break
            continue
        if words == 0:
            first, ended, first_character = at, at, characters
            row[_BULLETS] += (kind & BULLET) != 0
        word, met, length, letters, unspaced = at, np.uint8(0), 0, 0, 0
        while not kind & SPACE:
            length += 1
            met |= kind
            letters += kind & LETTER
            unspaced += (kind & UNSPACED) != 0
            if kind & LOOK:
                if not kind & LETTER:
                    if _look(text, at, size, kind, word, end, classes, row):
                        sentences += 1
                        ended = at + size
                elif at + 1 < end and text[at + 1] | 32 == _FOLLOWER[text[at]]:
                    flags |= _phrase(text, at, line, end, phrases, row)
            last = kind
            at += size
            if at >= end:
                break
            if text[at] < 0x80:
                kind, size = classes[text[at]], 1
            else:
                kind, size = class_at(text, at, end, classes)
        words += 1
        characters += length
        last_end, last_character = at, characters
        longest = max(longest, length)
        row[_WORD_CHARACTERS] += length
        row[_LETTER_WORDS] += met & LETTER
        row[_LETTERS] += letters
        row[_UNSPACED] += unspaced
        if stop_first[text[word]] < stop_first[text[word] + 1]:
            row[_STOP_WORDS] += _stop_word(text, word, at, stops, seen, document)
    row[_CHARACTERS] += characters
    row[_WORDS] += words
    if words:
        row[_SHORT] += last_character - first_character < short
        _close_line(
            text, first, last_end, last, sentences, ended, words, longest, flags,
            classes, least_words, row,
        )  # fmt: skip
    return at


@nb.njit(nogil=True, cache=True)
def _count(  # type: ignore[no-untyped-def]
    text, offsets, classes, stops, phrases, short, least_words, counts
):
    seen = np.full(stops.flag.size, -1, np.int64)
    for document in range(offsets.size - 1):
        at, end = offsets[document], offsets[document + 1]
        while at < end:
            at = _count_line(
                text, at, end, classes, stops, seen, document, phrases, short, least_words,
                counts[document],
            )  # fmt: skip
