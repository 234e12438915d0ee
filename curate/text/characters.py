"""What each character is, and the bytes of Arrow strings, for kernels that walk over UTF-8.

One table of all code points (1.1 MB, made in 0.2 s, once a process) says in eight bits whether a
character is a letter or white space by Python's own ``str.isalpha`` and ``str.isspace``, and by the
Unicode properties that ``regex`` knows: whether it ends a sentence, and whether its script is
written without spaces between words. So the table is as new as the Python and ``regex`` in use:
letters added to Unicode since then count as characters of no kind.

Whoever changes the bits or ``class_at`` touches ``counters``, ``repetition`` and ``scripts`` too:
numba compiles both into their kernels, and its cache looks at the date of the kernel's own file.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import numba as nb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

LETTER, SPACE, STOP, QUOTE, BRACKET, BULLET, UNSPACED, LOOK = (1 << bit for bit in range(8))

QUOTES = "\"'”’»›」』"
BRACKETS = ")]）］】"
BULLETS = "-*•‣⁃◦▪●■–"
TRIGGERS = "jkvpf"
"""Rare letters, the rarest first; each phrase that counters look for holds one of them."""

UNSPACED_SCRIPTS = ("Hani", "Hira", "Kana", "Bopo", "Thai", "Laoo", "Khmr", "Mymr")


class StringBytes(NamedTuple):
    """Strings of a column: their bytes, where each begins and ends, and which are not null."""

    text: npt.NDArray[np.uint8]
    offsets: npt.NDArray[np.int64]
    valid: npt.NDArray[np.bool_]


def string_bytes(column: pa.Array | pa.ChunkedArray) -> StringBytes:
    """The buffers of a string column, copied only where it comes in several chunks."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    column = column.cast(pa.large_string())
    _, offsets, data = column.buffers()
    if len(column) == 0 or offsets is None:
        return StringBytes(np.zeros(1, np.uint8), np.zeros(1, np.int64), np.zeros(0, np.bool_))
    starts = np.frombuffer(offsets, np.int64)[column.offset : column.offset + len(column) + 1]
    held = data is not None and data.size > 0
    text = np.frombuffer(data, np.uint8) if held else np.zeros(1, np.uint8)
    return StringBytes(text, starts, np.asarray(column.is_valid().to_numpy(zero_copy_only=False)))


@functools.lru_cache(1)
def character_classes() -> npt.NDArray[np.uint8]:
    """What each code point is, as bits; shape (0x110000,)."""
    import regex  # type: ignore[import-untyped]

    codes = np.arange(0x110000, dtype=np.uint32)
    codes[0xD800:0xE000] = 0  # halves of a pair are no characters
    every = codes.view("U1")
    classes = np.where(np.strings.isalpha(every), np.uint8(LETTER), np.uint8(0))
    classes[np.strings.isspace(every)] |= np.uint8(SPACE)
    letters = codes[classes & LETTER > 0].tobytes().decode("utf-32-le")
    scripts = "".join(rf"\p{{Script={script}}}" for script in UNSPACED_SCRIPTS)
    terminals = regex.findall(r"\p{Sentence_Terminal}", codes.tobytes().decode("utf-32-le"))
    marked = {
        UNSPACED: "".join(regex.findall(f"[{scripts}]", letters)),
        STOP: "".join(terminals),
        QUOTE: QUOTES,
        BRACKET: BRACKETS,
        BULLET: BULLETS,
        LOOK: "#{…" + "".join(terminals) + TRIGGERS + TRIGGERS.upper(),
    }
    for bit, characters in marked.items():
        classes[[ord(c) for c in characters]] |= np.uint8(bit)
    return classes


@nb.njit(nogil=True, cache=True)
def class_at(text, at, end, classes):  # type: ignore[no-untyped-def]
    """Class and length in bytes of the character at ``at``; (0, 1) for what is no UTF-8."""
    b = np.int64(text[at])
    if b < 0x80:
        return classes[b], 1
    if b < 0xC2 or b > 0xF4:
        return np.uint8(0), 1
    size = 2 if b < 0xE0 else 3 if b < 0xF0 else 4
    if at + size > end:
        return np.uint8(0), 1
    code = b & (0x7F >> size)
    for k in range(1, size):
        code = (code << 6) | (np.int64(text[at + k]) & 0x3F)
    return classes[code] if code < 0x110000 else np.uint8(0), size
