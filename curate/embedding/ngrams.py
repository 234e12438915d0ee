"""Hashed character n-grams: vectors of texts without a model.

Feature hashing (Weinberger et al. 2009, "Feature Hashing for Large Scale Multitask Learning"): each
n-gram of the text adds 1 or -1 at a place that its hash names, counts are square-rooted, and the
vector is made of length 1. Cosines say how much two texts have in common letter by letter, not what
they mean: a stand-in where no model is to be had, for tests, and for near copies.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numba as nb
import numpy as np
import numpy.typing as npt

LEAST, MOST = 2, 4
"""Characters in an n-gram. A Hangul syllable is two or three letters: 2 to 4 of them span words."""


def embed(texts: Sequence[str | None], dims: int) -> npt.NDArray[np.float32]:
    """Vectors of length 1, shape (texts, dims); NaN for a text without a letter, digit or sign.

    Case, compatibility forms and the width of spaces make no difference.

    Example:
        >>> near, far = embed(["주가가 올랐다", "주가가 내렸다"], 256), embed(["Rates rose"], 256)
        >>> bool(near[0] @ near[1] > 0.3), bool(abs(near[0] @ far[0]) < 0.1)
        (True, True)
    """
    out = np.full((len(texts), dims), np.nan, np.float32)
    for row, text in enumerate(texts):
        if text and (folded := " ".join(unicodedata.normalize("NFKC", text).casefold().split())):
            codes = f" {folded} ".encode("utf-32-le", "surrogatepass")
            _add(np.frombuffer(codes, np.uint32), LEAST, MOST, out[row])
    return out


@nb.njit(cache=True, nogil=True)
def _add(
    codes: npt.NDArray[np.uint32], least: int, most: int, out: npt.NDArray[np.float32]
) -> None:
    """Write the vector of one text, a code point an element."""
    out[:] = 0
    for start in range(codes.size):
        value = np.uint64(0xCBF29CE484222325)
        for end in range(start, min(start + most, codes.size)):
            value = (value ^ np.uint64(codes[end])) * np.uint64(0x9E3779B97F4A7C15)
            value ^= value >> np.uint64(29)
            if end - start + 1 >= least:
                mixed = value * np.uint64(0xBF58476D1CE4E5B9)
                mixed ^= mixed >> np.uint64(32)
                sign = np.float32(1 if mixed >> np.uint64(63) else -1)
                out[(mixed & np.uint64(0x7FFFFFFF)) % np.uint64(out.size)] += sign
    total = 0.0
    for place in range(out.size):
        value_here = np.float64(out[place])
        out[place] = np.sqrt(abs(value_here)) * np.sign(value_here)
        total += abs(value_here)
    if total > 0:
        out /= np.float32(np.sqrt(total))
    else:
        out[:] = np.nan
