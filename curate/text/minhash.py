"""MinHash: a short signature of a text from which its likeness to others can be told.

Broder 1997, "On the resemblance and containment of documents": under a random permutation of all
shingles two texts have the same first one with a probability of their Jaccard similarity J. The
share of equal values among p permutations is off by sqrt(J (1 - J) / p), .047 at most for 112.
Permutations are multiply-add modulo 2^64, of which the upper half is kept (Dietzfelbinger et al.
1997, "A reliable randomized algorithm for the closest-pair problem").

Signatures are cut into bands; texts that agree in one whole band are candidates (Leskovec,
Rajaraman and Ullman 2014, "Mining of Massive Datasets", 3.4). Beside the bands a *sketch* is kept,
the smallest hashes of the shingles in order (Beyer et al. 2007, "On synopses for distinct-value
estimation under multiset operations"): candidates are checked by it, exactly for texts that have
no more shingles than it holds.
"""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from curate.text.shingles import Hashes, Shingling, shingles_of

LEAST_FOUND = 0.97
"""Share of the pairs right at the threshold that become candidates; above it nearly all do."""

_LANES = 4  # permutations side by side: 36 ps a value, against 99 ps one shingle after the other


class Sketches(NamedTuple):
    """The smallest shingles of each text.

    Attributes:
        values: uint32, ascending within a row, without repeats.
        offsets: int64, shape (rows + 1,): where each row's values begin.
        shingles: int32, shape (rows,): different shingles of the whole text; 0 has no values.
    """

    values: npt.NDArray[np.uint32]
    offsets: npt.NDArray[np.int64]
    shingles: npt.NDArray[np.int32]


class Bands(NamedTuple):
    """How a signature is cut: so many bands of ``size`` values each."""

    number: int
    size: int

    def found(self, jaccard: float) -> float:
        """Probability that two texts of this similarity agree in at least one band."""
        return float(1 - (1 - jaccard**self.size) ** self.number)


def bands_for(permutations: int, threshold: float) -> Bands:
    """The fewest bands that find at least 97 % of the pairs at the threshold.

    Example:
        >>> bands_for(112, 0.8), round(bands_for(112, 0.8).found(0.85), 3)
        (Bands(number=16, size=7), 0.998)
    """
    sizes = range(permutations, 1, -1)
    cuts = (Bands(permutations // size, size) for size in sizes)
    fit = (bands for bands in cuts if bands.found(threshold) >= LEAST_FOUND)
    return next(fit, Bands(permutations, 1))


def signatures(
    column: pa.Array | pa.ChunkedArray, how: Shingling, permutations: int = 112
) -> npt.NDArray[np.uint32]:
    """Signature of each text, shape (rows, permutations).

    A text without shingles has the largest value everywhere; it is like no other.

    Args:
        column: Texts.
        how: What the shingles are.
        permutations: Values in a signature.

    Example:
        >>> one, other = signatures(pa.array(["a b c d", "A, b c d!"]), Shingling(3), 16)
        >>> bool((one == other).all())
        True
    """
    out, (factors, addends) = _room(len(column), permutations)
    for part in shingles_of(column, how):
        _signatures(part.values, part.offsets, factors, addends, out[part.begin : part.end()])
    return out[:, :permutations]


def band_hashes(signature: npt.NDArray[np.uint32], bands: Bands) -> Hashes:
    """Hash of each band of each signature, shape (rows, bands)."""
    out = np.empty((len(signature), bands.number), np.uint64)
    _band_hashes(np.ascontiguousarray(signature), bands.size, out)
    return out


def signatures_and_sketches(
    column: pa.Array | pa.ChunkedArray, how: Shingling, permutations: int, most: int
) -> tuple[npt.NDArray[np.uint32], Sketches]:
    """Signatures as above and, of each text, the ``most`` smallest shingles.

    Sketches hold the upper 32 bits of the hashes: two texts of a thousand shingles share one by
    chance with a probability of 2e-4.
    """
    out, (factors, addends) = _room(len(column), permutations)
    values, sizes, counts = [], [np.zeros(1, np.int64)], []
    for part in shingles_of(column, how):
        _signatures(part.values, part.offsets, factors, addends, out[part.begin : part.end()])
        held = np.empty_like(part.values, np.uint32)
        size, distinct = np.empty((2, len(part.units)), np.int64)
        filled = _sketches(part.values, part.offsets, most, held, size, distinct)
        values.append(held[:filled].copy())
        sizes.append(size)
        counts.append(distinct)
    flat = np.concatenate([np.zeros(0, np.uint32), *values])
    shingles = np.concatenate([np.zeros(0, np.int64), *counts]).astype(np.int32)
    return out[:, :permutations], Sketches(flat, np.cumsum(np.concatenate(sizes)), shingles)


def as_columns(
    signature: npt.NDArray[np.uint32], known: Sketches, bands: Bands
) -> tuple[pa.FixedSizeBinaryArray, pa.LargeBinaryArray]:
    """The bytes of bands, null for a text without shingles, and of sketches; a row a text."""
    there = pa.array(known.shingles > 0).buffers()[1]
    hashes = [there, pa.py_buffer(band_hashes(signature, bands))]
    values = [None, pa.py_buffer(known.offsets * 4), pa.py_buffer(known.values)]
    rows = len(known.shingles)
    return (
        pa.Array.from_buffers(pa.binary(8 * bands.number), rows, hashes),
        pa.Array.from_buffers(pa.large_binary(), rows, values),
    )


def _room(rows: int, permutations: int) -> tuple[npt.NDArray[np.uint32], Hashes]:
    """Empty signatures, and the keys of their permutations, both padded to whole lanes."""
    padded = -(-permutations // _LANES) * _LANES
    return np.empty((rows, padded), np.uint32), _keys(padded)


def _keys(permutations: int) -> Hashes:
    """Multipliers (odd) and addends, shape (2, permutations): a SplitMix64 sequence."""
    steps = np.arange(1, 2 * permutations + 1, dtype=np.uint64).reshape(-1, 2).T
    keys = steps * np.uint64(0x9E3779B97F4A7C15)
    keys = (keys ^ keys >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    keys = (keys ^ keys >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    keys ^= keys >> np.uint64(31)
    keys[0] |= np.uint64(1)
    return np.ascontiguousarray(keys)


@nb.njit(cache=True, nogil=True)
def _signatures(shingles, offsets, factors, addends, out):  # type: ignore[no-untyped-def]
    for row in range(out.shape[0]):
        _smallest(shingles[offsets[row] : offsets[row + 1]], factors, addends, out[row])


@nb.njit(cache=True, nogil=True)
def _smallest(shingles, factors, addends, out):  # type: ignore[no-untyped-def]
    """Upper half of the smallest value under each permutation; four of them stay in registers."""
    shift = np.uint64(32)
    for at in range(0, factors.size, 4):
        a, b, c, d = factors[at], factors[at + 1], factors[at + 2], factors[at + 3]
        e, f, g, h = addends[at], addends[at + 1], addends[at + 2], addends[at + 3]
        p = q = r = s = np.uint64(0xFFFFFFFFFFFFFFFF)
        for one in range(shingles.size):
            shingle = shingles[one]
            p = min(p, shingle * a + e)
            q = min(q, shingle * b + f)
            r = min(r, shingle * c + g)
            s = min(s, shingle * d + h)
        out[at], out[at + 1] = np.uint32(p >> shift), np.uint32(q >> shift)
        out[at + 2], out[at + 3] = np.uint32(r >> shift), np.uint32(s >> shift)


@nb.njit(cache=True, nogil=True)
def _band_hashes(signature, size, out):  # type: ignore[no-untyped-def]
    for row in range(out.shape[0]):
        for band in range(out.shape[1]):
            value = np.uint64(band + 1)
            for at in range(band * size, (band + 1) * size):
                value = (value ^ np.uint64(signature[row, at])) * np.uint64(0x9E3779B97F4A7C15)
                value ^= value >> np.uint64(32)
            out[row, band] = value


@nb.njit(cache=True, nogil=True)
def _sketches(shingles, offsets, most, values, sizes, distinct):  # type: ignore[no-untyped-def]
    """Smallest different values of each row into ``values``, one row after the other."""
    filled = 0
    for row in range(sizes.size):
        held = 0
        last = np.uint32(0)
        for value in _sorted(shingles[offsets[row] : offsets[row + 1]]):
            if held == 0 or value != last:
                if held < most:
                    values[filled + held] = value
                held += 1
                last = value
        sizes[row], distinct[row] = min(held, most), held
        filled += sizes[row]
    return filled


@nb.njit(cache=True, nogil=True)
def _sorted(shingles):  # type: ignore[no-untyped-def]
    """Upper halves in ascending order.

    Hashes spread evenly, so a place for each from its first bits leaves little to put in order:
    2.4 times as fast as quicksort for 700 of them, 11 times for 5,000.
    """
    bits = 1
    while 1 << bits < shingles.size:
        bits += 1
    shift = np.uint64(64 - bits)
    places = np.zeros((1 << bits) + 1, np.int64)
    for at in range(shingles.size):
        places[np.int64(shingles[at] >> shift) + 1] += 1
    for at in range(1 << bits):
        places[at + 1] += places[at]
    ranked = np.empty(shingles.size, np.uint32)
    for at in range(shingles.size):
        first = np.int64(shingles[at] >> shift)
        ranked[places[first]] = np.uint32(shingles[at] >> np.uint64(32))
        places[first] += 1
    for at in range(1, ranked.size):
        value = ranked[at]
        to = at
        while to > 0 and ranked[to - 1] > value:
            ranked[to] = ranked[to - 1]
            to -= 1
        ranked[to] = value
    return ranked
