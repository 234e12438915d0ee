"""Solve a small complex Hermitian system, in vectors along the rows."""

from __future__ import annotations

import numba as nb
import numpy as np

from curate.audio.lanes import LANES, Floats, load, spread, store, total
from curate.audio.stft import KERNEL

SINGULAR = 1e-14
"""A pivot this small against its diagonal entry is rounding: the matrix counts as singular."""


@nb.njit(**KERNEL)
def solve(system: Floats, taps: int, filter_real: Floats, filter_imag: Floats) -> bool:
    """Cholesky by rows with the right-hand side as one more column, then back substitution.

    Args:
        system: Real and imaginary part, shape (2, taps * width): rows of the upper triangle with
            the right-hand side in column ``taps``; width is a multiple of LANES. Overwritten.
        taps: Order of the system.
        filter_real: Real part of the solution, shape (taps + LANES,); zero beyond ``taps``.
        filter_imag: Imaginary part.

    Returns:
        Whether the matrix is positive definite; if not there is no solution.
    """
    width = system.shape[1] // taps
    real, imag = system[0], system[1]
    for k in range(taps):
        filter_real[k] = real[k * width + k]
    for k in range(taps):
        row = k * width
        pivot = real[row + k]
        if not pivot > SINGULAR * filter_real[k]:
            return False
        scale = spread(1.0 / np.sqrt(pivot))
        for j in range(k // LANES * LANES, width, LANES):
            store(real, row + j, load(real, row + j) * scale)
            store(imag, row + j, load(imag, row + j) * scale)
        for i in range(k + 1, taps):
            ur, ui, other = spread(real[row + i]), spread(imag[row + i]), i * width
            for j in range(i // LANES * LANES, width, LANES):
                vr, vi = load(real, row + j), load(imag, row + j)
                store(real, other + j, load(real, other + j) - ur * vr - ui * vi)
                store(imag, other + j, load(imag, other + j) - ur * vi + ui * vr)
    for k in range(filter_real.size):
        filter_real[k] = filter_imag[k] = 0.0
    for k in range(taps - 1, -1, -1):
        row, sr, si = k * width, spread(0.0), spread(0.0)
        for j in range(k // LANES * LANES, taps, LANES):
            ur, ui = load(real, row + j), load(imag, row + j)
            gr, gi = load(filter_real, j), load(filter_imag, j)
            sr, si = sr + ur * gr - ui * gi, si + ur * gi + ui * gr
        scale = 1.0 / real[row + k]
        filter_real[k] = (real[row + taps] - total(sr)) * scale
        filter_imag[k] = (imag[row + taps] - total(si)) * scale
    return True
