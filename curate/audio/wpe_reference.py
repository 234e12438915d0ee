"""WPE by the operations of nara_wpe in their order, for signals that rounding decides.

Bit for bit the spectrum of ``nara_wpe.wpe.wpe_v8`` with one channel: matrix products depend in the
last bit on how their operands lie in memory, so the delayed frames are the same strided view.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from curate.audio.lanes import LANES
from curate.audio.stft import Spectrum, check_frame, frame_count, up, windows

Complex = npt.NDArray[np.complex128]


def by_the_reference(
    samples: npt.NDArray[Any],
    taps: int,
    delay: int,
    iterations: int,
    size: int,
    shift: int,
    floor: float,
) -> Spectrum:
    """Spectrum of the dereverberated signal; arguments as of ``curate.audio.wpe.wpe``."""
    check_frame(size, shift)
    frames = frame_count(len(samples), size, shift)
    padded = np.zeros((frames - 1) * shift + size)
    padded[size - shift : size - shift + len(samples)] = samples
    framed = np.lib.stride_tricks.sliding_window_view(padded, size)[::shift]
    seen = np.fft.rfft(framed * windows(size, shift)[0])
    real, imag = np.zeros((2, size // 2 + 1, up(frames, LANES)))
    for row in range(len(real)):
        x = ill_posed(seen[:, row], taps, delay, iterations, floor)
        real[row, :frames], imag[row, :frames] = x.real, x.imag
    return Spectrum(real, imag, frames, 0)


def ill_posed(y: Complex, taps: int, delay: int, iterations: int, floor: float) -> Complex:
    """One bin the reference's way: solve, or least squares where the matrix is singular."""
    padded = np.concatenate([np.zeros(taps + delay - 1), y])
    past = np.lib.stride_tricks.sliding_window_view(padded, y.size)[taps - 1 :: -1]
    y = y[None]
    x = y
    for _ in range(iterations):
        power = x.real**2 + x.imag**2
        least = floor * power.max()
        weighted = past * (1 / np.maximum(power, least) if least > 0 else np.ones_like(power))
        matrix, vector = weighted @ past.T.conj(), weighted @ y.T.conj()
        try:
            taken = np.linalg.solve(matrix, vector)
        except np.linalg.LinAlgError:
            taken = np.linalg.lstsq(matrix, vector, rcond=None)[0]
        x = y - taken.T.conj() @ past
    only: Complex = x[0]
    return only
