"""What is counted of texts while they pass through memory on their way into a file.

A column of few short values is a closed set, of which each value is counted. Of any other column
it is counted how many rows have how many tokens, and how many characters. All that is told of
texts (quantiles, totals) follows from these counts, and they stay small: for n different lengths
there must be at least n²/2 characters of text, so a terabyte of it has at most 1.4 million.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from curate.engine.store import write_text

MOST_VALUES = 50  # distinct values up to which a text column may be a closed set
LONGEST_VALUE = 100  # characters; a value that is longer is a text
PIECE = 2**18  # bytes that are looked at together: what is made of them stays in the cache

_WIDE_SPACES = [chr(code).encode() for code in range(128, 0x3001) if chr(code).isspace()]
_WIDE = {
    size: [int.from_bytes(space, "big") for space in _WIDE_SPACES if len(space) == size]
    for size in (2, 3)
}


class Tally:
    """What is counted of the texts of one column, of one file or of several.

    Attributes:
        nulls: Rows without a text.
        values: Value → rows, while it may be a closed set; then None.
        tokens: Runs between white space → rows; empty while it may be a closed set.
        characters: Code points → rows; empty while it may be a closed set.
    """

    def __init__(self) -> None:
        """Begin with no row."""
        self.nulls = 0
        self.values: Counter[str] | None = Counter()
        self.tokens: Counter[int] = Counter()
        self.characters: Counter[int] = Counter()

    def add(self, column: pa.ChunkedArray) -> None:
        """Count more rows in."""
        self.nulls += column.null_count
        texts = column.drop_null()
        if self.values is None or not self._add_values(texts):
            self._open()
            self._add_lengths(texts)

    def merge(self, other: Tally) -> None:
        """Count the rows of another tally in."""
        self.nulls += other.nulls
        if self.values is None or other.values is None or not self._take(other.values):
            self._open()
            tokens, characters = other.lengths()
            self.tokens.update(tokens)
            self.characters.update(characters)

    def lengths(self) -> tuple[Counter[int], Counter[int]]:
        """How many rows have how many tokens, and how many characters."""
        if self.values is None:
            return self.tokens, self.characters
        tokens: Counter[int] = Counter()
        characters: Counter[int] = Counter()
        for value, rows in self.values.items():
            tokens[len(value.split())] += rows
            characters[len(value)] += rows
        return tokens, characters

    def _open(self) -> None:
        """Take it for a closed set no longer."""
        self.tokens, self.characters = self.lengths()
        self.values = None

    def _add_values(self, texts: pa.ChunkedArray) -> bool:
        """Count rows by value; False, with nothing counted, if these are free texts."""
        if (pc.max(pc.utf8_length(texts)).as_py() or 0) > LONGEST_VALUE:
            return False
        found = pc.value_counts(texts)
        if len(found) > MOST_VALUES:
            return False
        return self._take({pair["values"]: pair["counts"] for pair in found.to_pylist()})

    def _take(self, found: Mapping[str, int]) -> bool:
        values = self.values or Counter()
        if len(values.keys() | found.keys()) > MOST_VALUES:
            return False
        values.update(found)
        self.values = values
        return True

    def _add_lengths(self, texts: pa.ChunkedArray) -> None:
        chunks = [chunk for chunk in texts.chunks if len(chunk)]
        for counts, measure in ((self.tokens, count_tokens), (self.characters, pc.utf8_length)):
            if lengths := [measure(chunk).to_numpy() for chunk in chunks]:
                found, rows = np.unique(np.concatenate(lengths), return_counts=True)
                counts.update(dict(zip(found.tolist(), rows.tolist(), strict=True)))

    def to_plain(self) -> dict[str, Any]:
        """As it is kept on disk."""
        if self.values is not None:
            return {"nulls": self.nulls, "values": self.values}
        lengths = {"tokens": self.tokens, "characters": self.characters}
        return {"nulls": self.nulls} | {name: sorted(one.items()) for name, one in lengths.items()}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Self:
        """Read one back; raises ``KeyError``, ``TypeError`` or ``ValueError`` if it is damaged."""
        found = cls()
        found.nulls = plain["nulls"]
        found.values = Counter(plain["values"]) if "values" in plain else None
        if found.values is None:
            found.tokens = Counter(dict(plain["tokens"]))
            found.characters = Counter(dict(plain["characters"]))
        return found


def is_text(kind: pa.DataType) -> bool:
    """Whether columns of this type are tallied."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def write_tallies(path: Path, tallies: dict[str, Tally]) -> None:
    """Keep the tallies of a file's columns beside its receipt."""
    plain = {name: tally.to_plain() for name, tally in tallies.items()}
    write_text(path, json.dumps(plain, ensure_ascii=False, separators=(",", ":")))


def read_tallies(path: Path) -> dict[str, Tally] | None:
    """Column → tally; None if they are not there or damaged."""
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        return {name: Tally.from_plain(one) for name, one in plain.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def count_tokens(texts: pa.Array) -> pa.Array:
    """Runs of characters between Unicode white space, as ``len(text.split())``.

    White space becomes one bit for each byte, and a token begins where a bit is not set and the
    one before it is, or a text begins.

    Example:
        >>> count_tokens(pa.array(["one  two ", "", None])).to_pylist()
        [2, 0, None]
    """
    texts = texts.cast(pa.large_string())
    _, offsets, data = texts.buffers()
    bounds = np.zeros(1, np.int64)
    if len(texts):
        bounds = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    codes = np.frombuffer(data or b"", np.uint8)[bounds[0] : bounds[-1]]
    bounds = bounds - bounds[0]
    spaces = _spaces(codes)
    before = spaces << np.uint64(1)
    before[1:] |= spaces[:-1] >> np.uint64(63)
    word, bit = bounds >> 6, np.uint64(1) << (bounds & 63).astype(np.uint64)
    np.bitwise_or.at(before, word[:-1], bit[:-1])  # a text begins anew after another's last token
    begins = before & ~spaces
    sums = np.zeros(len(begins) + 1, np.int64)
    np.cumsum(np.bitwise_count(begins), out=sums[1:])
    below = sums[word] + np.bitwise_count(begins[word] & (bit - np.uint64(1)))
    return pc.if_else(texts.is_valid(), pa.array(np.diff(below), pa.int32()), None)


def _spaces(codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """Which bytes of some UTF-8 are white space, as ``str.isspace`` has it: one bit for each."""
    bits = np.zeros((len(codes) // 64 + 1) * 8, np.uint8)
    leads = [np.zeros(0, np.intp)]
    for start in range(0, len(codes), PIECE):
        piece = codes[start : start + PIECE]
        spaces = piece - np.uint8(9) < 5
        spaces |= piece - np.uint8(28) < 5
        packed = np.packbits(spaces, bitorder="little")
        bits[start // 8 : start // 8 + len(packed)] = packed
        if piece.max() >= 0xC2:
            wide = piece - np.uint8(0xE1) < 3
            wide |= piece == 0xC2
            leads.append(np.flatnonzero(wide) + start)
    for place in _wide(codes, np.concatenate(leads)):
        np.bitwise_or.at(bits, place >> 3, np.uint8(1) << (place & 7).astype(np.uint8))
    return bits.view(np.dtype("<u8"))


def _wide(
    codes: npt.NDArray[np.uint8], leads: npt.NDArray[np.intp]
) -> Iterator[npt.NDArray[np.intp]]:
    """Where the bytes of wide white space are, of which each begins at one of these places."""
    first, second, third = (
        codes[np.minimum(leads + more, len(codes) - 1)].astype(np.uint32) for more in range(3)
    )
    pairs = first << np.uint32(8) | second
    for size, encoded in ((2, pairs), (3, pairs << np.uint32(8) | third)):
        found = leads[np.isin(encoded, _WIDE[size])]
        yield from (found + more for more in range(size))
