"""Integrated loudness in LUFS (ITU-R BS.1770-4), equal to pyloudnorm and over five times faster.

Both biquads of the K-weighting run in one pass over the clip, and each stretch between two block
edges is summed once, though four blocks overlap there. The gating is BS.1770-4's: 0.4 s blocks,
75 % overlap, -70 LUFS absolute, then -10 LU relative.

Weightings: ``pyloudnorm`` takes that library's default filters (0.06 LU under the recommendation
for speech at 22.05 kHz; nearly every published corpus was made with them). ``bs1770`` takes the
recommendation's filters (the library's ``DeMan`` class), scaled so that 997 Hz passes as it does at
48 kHz, where the recommendation gives its coefficients: speech at 22.05 kHz then reads 0.02 LU from
itself at 48 kHz, unscaled 0.05.

Clips under 0.4 s have no block: they are measured as one block of their own length (Lhotse's way),
which reads higher than 0.4 s of the same voice with its pauses would.
"""

from __future__ import annotations

import functools
import math
from typing import Literal

import numba as nb
import numpy as np
import numpy.typing as npt
import pyloudnorm

BLOCK = 0.4
_STEP = 0.25
_ABSOLUTE_LUFS = -70.0
_RELATIVE_LU = -10.0
_CLOSE_LU = 0.001
_ROUNDS = 8
_OFFSET_LUFS = -0.691

Weighting = Literal["pyloudnorm", "bs1770"]


def integrated_lufs(
    samples: npt.NDArray[np.floating], rate_hz: int, weighting: Weighting = "pyloudnorm"
) -> float:
    """Loudness in LUFS of a mono clip, shape (samples,); ``-inf`` if no block reaches -70."""
    return gated_lufs(block_power(samples, rate_hz, weighting))


def gain_to_db(target_lufs: float, power: npt.NDArray[np.float64]) -> float:
    """Gain in dB after which a clip measures the target; ``inf`` for silence.

    ``power`` is its ``block_power``, shape (blocks,). The plain difference misses the target where
    the gain carries quiet blocks across the absolute gate: one of 80 studio clips ended 0.07 LU
    off. So the gain is corrected by what the clip measures after it, until that is the target to
    0.001 LU; where a block's coming and going makes that impossible, the nearest gain is taken.
    """
    gain_db = target_lufs - gated_lufs(power)
    found = (math.inf, gain_db)
    for _ in range(_ROUNDS if math.isfinite(gain_db) else 0):
        missing = target_lufs - gated_lufs(power * 10 ** (gain_db / 10))
        found = min(found, (abs(missing), gain_db))
        if abs(missing) <= _CLOSE_LU:
            break
        gain_db += missing
    return found[1]


def block_power(
    samples: npt.NDArray[np.floating], rate_hz: int, weighting: Weighting = "pyloudnorm"
) -> npt.NDArray[np.float64]:
    """Mean square of each block after K-weighting, shape (blocks,)."""
    if samples.size == 0:
        return np.zeros(0)
    block = min(BLOCK, samples.size / rate_hz)
    low, high = _block_edges(samples.size, rate_hz, block)
    edges = np.unique(np.concatenate((low, high)))
    energy: npt.NDArray[np.float64] = _weighted_energy(
        samples, _coefficients(rate_hz, weighting), edges
    )
    first, last = np.searchsorted(edges, low), np.searchsorted(edges, high)
    # the few pieces of each block are added, not subtracted from a running sum: exact to the end
    total: npt.NDArray[np.float64] = _sum_pieces(energy, first, last)
    return total / (block * rate_hz)


def is_short(samples: npt.NDArray[np.floating], rate_hz: int) -> bool:
    """Whether a clip holds no whole block, so that pyloudnorm would refuse it."""
    return samples.size < BLOCK * rate_hz


def _block_edges(
    size: int, rate_hz: int, block: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """First sample of each block and the one after its last; pyloudnorm's rounding."""
    count = int(np.round((size / rate_hz - block) / (block * _STEP)) + 1)
    index = np.arange(count)
    low = (block * (index * _STEP) * rate_hz).astype(np.int64)
    high = (block * (index * _STEP + 1) * rate_hz).astype(np.int64)
    return np.minimum(low, size), np.minimum(high, size)


def gated_lufs(power: npt.NDArray[np.float64]) -> float:
    """LUFS of the blocks, shape (blocks,), that pass both gates; ``-inf`` if none reaches -70."""
    with np.errstate(divide="ignore"):
        loudness = _OFFSET_LUFS + 10 * np.log10(power)
    loud = loudness >= _ABSOLUTE_LUFS
    if not loud.any():
        return -math.inf
    relative = _OFFSET_LUFS + 10 * math.log10(power[loud].mean()) + _RELATIVE_LU
    loud = (loudness > relative) & (loudness > _ABSOLUTE_LUFS)
    return _OFFSET_LUFS + 10 * math.log10(power[loud].mean()) if loud.any() else -math.inf


@functools.lru_cache(64)
def _coefficients(rate_hz: int, weighting: Weighting) -> npt.NDArray[np.float64]:
    """The two biquads as rows (b0, b1, b2, a0, a1, a2), shape (2, 6)."""
    if weighting == "pyloudnorm":
        return _sections(rate_hz, "K-weighting")
    sections = _sections(rate_hz, "DeMan")
    sections[0, :3] *= _gain_at_997(_sections(48_000, "DeMan"), 48_000) / _gain_at_997(
        sections, rate_hz
    )
    return sections


def _sections(rate_hz: int, filters: str) -> npt.NDArray[np.float64]:
    # the meter holds each class's design values nowhere else
    stages = pyloudnorm.Meter(rate_hz, filter_class=filters)._filters.values()
    return np.array([np.concatenate(stage.generate_coefficients()) for stage in stages])


def _gain_at_997(sections: npt.NDArray[np.float64], rate_hz: int) -> float:
    delay = np.exp(-2j * np.pi * 997 / rate_hz)
    powers = np.array([1, delay, delay**2])
    return float(np.prod([abs(row[:3] @ powers / (row[3:] @ powers)) for row in sections]))


@nb.njit(cache=True)
def _weighted_energy(samples, sections, edges):  # type: ignore[no-untyped-def]
    """Energy between edges after both biquads (transposed direct form II, float64)."""
    b0, b1, b2, _, a1, a2 = sections[0]
    c0, c1, c2, _, d1, d2 = sections[1]
    s1 = s2 = t1 = t2 = 0.0
    energy = np.zeros(edges.size - 1)
    for piece in range(edges.size - 1):
        total = 0.0
        for i in range(edges[piece], edges[piece + 1]):
            value = np.float64(samples[i])
            shelved = b0 * value + s1
            s1 = b1 * value - a1 * shelved + s2
            s2 = b2 * value - a2 * shelved
            passed = c0 * shelved + t1
            t1 = c1 * shelved - d1 * passed + t2
            t2 = c2 * shelved - d2 * passed
            total += passed * passed
        energy[piece] = total
    return energy


@nb.njit(cache=True)
def _sum_pieces(energy, first, last):  # type: ignore[no-untyped-def]
    sums = np.zeros(first.size)
    for block in range(first.size):
        for piece in range(first[block], last[block]):
            sums[block] += energy[piece]
    return sums
