"""Kernels that turn parts of a model file into arrays: the dictionary, the codes of a matrix."""

from __future__ import annotations

import math

import numba as nb
import numpy as np

from curate.langid.hashing import MIX, hash_of


@nb.njit(inline="always")
def _same(text, start, length, other, first):  # type: ignore[no-untyped-def]
    for at in range(length):  # noqa: SIM110  (numba has no all)
        if text[start + at] != other[first + at]:
            return False
    return True


@nb.njit(cache=True, nogil=True)
def read_entries(data, offset, starts, lengths, counts, kinds):  # type: ignore[no-untyped-def]
    """Split the dictionary: a word ended by NUL, its count (8 bytes), its kind (1 byte).

    Returns:
        Offset after the last entry, or minus the number of the first that does not fit, minus 1.
    """
    at = offset
    for entry in range(starts.size):
        start = at
        while at < data.size and data[at] != 0:
            at += 1
        if at + 10 > data.size:
            return -entry - 1
        starts[entry] = start
        lengths[entry] = at - start
        count = np.uint64(0)
        for byte in range(8):
            count |= np.uint64(data[at + 1 + byte]) << np.uint64(8 * byte)
        counts[entry] = np.int64(count)
        kinds[entry] = data[at + 9]
        at += 10
    return at


@nb.njit(cache=True, nogil=True)
def fill_slots(words, starts, lengths, hashes, slots):  # type: ignore[no-untyped-def]
    """Hash table of the dictionary, open addressing; of equal words the last counts."""
    mask = np.uint32(slots.size - 1)
    for word in range(lengths.size):
        hashed = hash_of(words, starts[word], starts[word] + lengths[word])
        hashes[word] = hashed
        slot = np.uint32(hashed * MIX) & mask
        while slots[slot] >= 0:
            other = slots[slot]
            if (
                hashes[other] == hashed
                and lengths[other] == lengths[word]
                and _same(words, starts[word], lengths[word], words, starts[other])
            ):
                break
            slot = np.uint32(slot + np.uint32(1)) & mask
        slots[slot] = word


@nb.njit(cache=True)
def decode_rows(codes, centroids, sub, norms, out):  # type: ignore[no-untyped-def]
    """Rows of a product-quantised matrix, as float32.

    Args:
        codes: uint8, shape (rows, parts).
        centroids: float32, flat: 256 of ``sub`` numbers a part; of fewer in the last.
        sub: Numbers in a part.
        norms: float32, shape (rows,): factor of each row, or empty.
        out: Filled, shape (rows, at least dim).
    """
    parts = codes.shape[1]
    last = centroids.size // 256 - (parts - 1) * sub
    for row in range(codes.shape[0]):
        norm = norms[row] if norms.size > 0 else np.float32(1)
        for part in range(parts):
            many = last if part == parts - 1 else sub
            first = part * 256 * sub + np.int64(codes[row, part]) * many
            for at in range(many):
                out[row, part * sub + at] = norm * centroids[first + at]


@nb.njit(cache=True)
def sigmoid_table():  # type: ignore[no-untyped-def]
    """The 513 values from -8 to 8 that the C++ library looks sigmoids up in."""
    table = np.empty(513, np.float32)
    for at in range(513):
        x = np.float32(at * 16) / np.float32(512) - np.float32(8)
        table[at] = np.float32(1.0 / (1.0 + np.float64(np.float32(math.exp(np.float32(-x))))))
    return table
