"""The words that came last, with their rows: what texts repeat is neither hashed nor looked up.

Three in four words stood in one of the texts before, not long ago (Zipf), and what takes time for a
sparse model is to find the rows of a word, not to add them up: its n-grams have some twenty places
in memory. A memo is a table of records of one cache line, each the bytes of a word and its rows. A
word has one place in it. It takes that over only from a word that was not met lately (a meeting
counts for one try of another to take its place, up to ``PATIENCE`` of them), so that the words of
one document do not drive out those of all. Whole words are compared, never hashes alone: nothing
that is found depends on what was read before.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numba as nb
import numpy as np
import numpy.typing as npt
from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import types

from curate.langid.tables import Pointers
from curate.langid.vectors import (
    intrinsic,
    read_i32,
    read_i64,
    read_u8,
    read_u64,
    write_i32,
    write_i64,
    write_u8,
    write_u64,
)

RECORDS_BITS = 15
"""Records, as a power of two. Of a million words of web text in ten languages, 75 % are met; with
four times as many records, 84 %, from memory that is farther away."""
LONGEST_WORD = 24
"""Bytes of the longest word that is kept: 99 % are no longer."""
KEY = 32
"""Bytes that are read of a word, whatever its length."""
PATIENCE = 3
"""Met so often, a word keeps its record for so many tries of others: 5 % more words are met."""
TRIAL, PAUSE, LEAST_MET = 1024, 8, 0.45
"""Of so many words so great a share must have been met, or for eight times as much text the memo is
not used: in a test set, where each line is of another language, it would cost 5 %."""
_REST, _WORDS_SEEN, _WORDS_MET, _BYTES_SEEN = 0, 1, 2, 3
LINE = 64
RECORD, MOST_ROWS = 64, 8
"""Bytes of a record, one cache line, and its rows: 98 % of the words have no more."""
_COUNT, _TRIES, _ROWS = 24, 25, 32
_SPREAD = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93)

_BYTES = ir.VectorType(ir.IntType(8), KEY)
_WORDS = ir.VectorType(ir.IntType(64), 4)
_EIGHT = ir.VectorType(ir.IntType(32), 8)
_INT = ir.IntType(32)
Memo: TypeAlias = npt.NDArray[np.uint8]


class Workspace:
    """What a model has in one process only, and a copy in another does not.

    Attributes:
        pointers: The addresses of its tables, once they were asked for.
    """

    def __init__(self) -> None:
        self.pointers: Pointers | None = None
        self._free: list[Memo] = []

    def __reduce__(self) -> tuple[type[Workspace], tuple[()]]:
        return Workspace, ()

    def take_memo(self) -> Memo:
        """A memo that no other thread uses."""
        try:
            return self._free.pop()
        except IndexError:
            # zeros that are not touched take no memory
            return np.zeros((RECORD << RECORDS_BITS) + 2 * LINE, np.uint8)

    def give_back(self, memo: Memo) -> None:
        """Let another call use it; not after an error, for it may be half-written."""
        self._free.append(memo)


def place_of(memo: Memo | None) -> int:
    """Where a memo begins, at a cache line; 0 if there is none."""
    return 0 if memo is None else -(-memo.ctypes.data // LINE) * LINE


@intrinsic
def key_of(typing: Any, address: Any, length: Any) -> Any:
    """The bytes of a word of up to 24, with zeros behind; ``KEY`` bytes must be readable."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        address, length = args
        letters = builder.load(builder.inttoptr(address, _BYTES.as_pointer()), align=1)
        one = ir.Constant(_BYTES, ir.Undefined)
        one = builder.insert_element(one, builder.trunc(length, _BYTES.element), _INT(0))
        same = ir.Constant(ir.VectorType(_INT, KEY), [0] * KEY)
        most = builder.shuffle_vector(one, one, same)
        inside = builder.icmp_unsigned("<", ir.Constant(_BYTES, list(range(KEY))), most)
        letters = builder.select(inside, letters, ir.Constant(_BYTES, [0] * KEY))
        words = builder.bitcast(letters, _WORDS)
        parts = [builder.extract_element(words, _INT(at)) for at in range(3)]
        return context.make_tuple(builder, sig.return_type, parts)

    three = types.UniTuple(types.uint64, 3)  # type: ignore[no-untyped-call]
    return three(types.int64, types.int64), generate


@intrinsic
def _copy_eight(typing: Any, source: Any, goal: Any) -> Any:
    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        source, goal = (builder.inttoptr(one, _EIGHT.as_pointer()) for one in args)
        builder.store(builder.load(source, align=4), goal, align=4)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), generate


@nb.njit(inline="always")
def record_of(memo, key):  # type: ignore[no-untyped-def]
    """Address of the one record in which a word may be."""
    mixed = key[0] * np.uint64(_SPREAD[0])
    mixed ^= key[1] * np.uint64(_SPREAD[1]) ^ key[2] * np.uint64(_SPREAD[2])
    mixed = (mixed ^ (mixed >> np.uint64(32))) * np.uint64(_SPREAD[3])
    return memo + LINE + np.int64(mixed >> np.uint64(64 - RECORDS_BITS)) * RECORD


@nb.njit(inline="always")
def holds(record, key):  # type: ignore[no-untyped-def]
    """Whether a record is that of a word."""
    return (
        (read_u64(record, 0) ^ key[0])
        | (read_u64(record, 1) ^ key[1])
        | (read_u64(record, 2) ^ key[2])
    ) == np.uint64(0)


@nb.njit(inline="always")
def rows_in(record):  # type: ignore[no-untyped-def]
    """How many rows a record has."""
    return np.int64(read_u8(record, _COUNT))


@nb.njit(inline="always")
def recall(record, ids, count):  # type: ignore[no-untyped-def]
    """Append the rows of a record, and numbers that do not count, to make eight."""
    tries = np.int64(read_u8(record, _TRIES))
    write_u8(record, _TRIES, np.uint8(tries + (tries < PATIENCE)))
    _copy_eight(record + _ROWS, ids + 4 * count)


@nb.njit(inline="always")
def keep(record, key, ids, first, many):  # type: ignore[no-untyped-def]
    """Make a record that of another word, with ``many`` rows from place ``first``, if it may."""
    tries = np.int64(read_u8(record, _TRIES))
    if tries > 0:
        write_u8(record, _TRIES, np.uint8(tries - 1))
    elif many <= MOST_ROWS:
        write_u64(record, 0, key[0])
        write_u64(record, 1, key[1])
        write_u64(record, 2, key[2])
        write_u8(record, _COUNT, np.uint8(many))
        for at in range(many):
            write_i32(record + _ROWS, at, read_i32(ids, first + at))


@nb.njit(inline="always")
def pays(memo):  # type: ignore[no-untyped-def]
    """Whether to use a memo for the next document: not where words hardly come again."""
    return read_i64(memo, _REST) <= 0


@nb.njit(inline="always")
def rest(memo, size):  # type: ignore[no-untyped-def]
    """Note that a document of so many bytes was read without the memo."""
    write_i64(memo, _REST, read_i64(memo, _REST) - size)


@nb.njit(inline="always")
def account(memo, words, met, size):  # type: ignore[no-untyped-def]
    """Note how many words and bytes a document had, and how many words were met in the memo."""
    words += read_i64(memo, _WORDS_SEEN)
    met += read_i64(memo, _WORDS_MET)
    size += read_i64(memo, _BYTES_SEEN)
    if words >= TRIAL:
        if met < LEAST_MET * words:
            write_i64(memo, _REST, PAUSE * size)
        words, met, size = 0, 0, 0
    write_i64(memo, _WORDS_SEEN, words)
    write_i64(memo, _WORDS_MET, met)
    write_i64(memo, _BYTES_SEEN, size)
