"""The hash of fastText's words and subwords: FNV-1a of 32 bits with sign-extended bytes."""

from __future__ import annotations

import numba as nb
import numpy as np

BASIS = np.uint32(2166136261)
PRIME = np.uint32(16777619)
MIX = np.uint32(2654435761)
"""Spreads a hash over the slots of a table (Knuth's multiplicative hashing)."""


@nb.njit(inline="always")
def step(hashed, byte):  # type: ignore[no-untyped-def]
    """FNV-1a with the byte sign-extended, as every released model was trained."""
    signed = np.uint32(byte)
    if byte >= 128:
        signed |= np.uint32(0xFFFFFF00)
    return np.uint32(np.uint32(hashed ^ signed) * PRIME)


@nb.njit(cache=True, nogil=True)
def hash_of(text, start, end):  # type: ignore[no-untyped-def]
    """FNV-1a of ``text[start:end]``."""
    hashed = BASIS
    for at in range(start, end):
        hashed = step(hashed, text[at])
    return hashed
