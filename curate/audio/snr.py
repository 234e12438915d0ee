"""Blind signal-to-noise ratio from the distribution of amplitudes (WADA).

Kim and Stern 2008, "Robust signal-to-noise ratio estimation based on waveform amplitude
distribution analysis": speech amplitudes follow a gamma distribution of shape 0.4, noise a normal
one; then log E|x| - E log|x| of their sum depends on the SNR alone. Their table of that curve is
made here by quadrature, in 20 ms.

Within 2 dB from 0 to 20 dB of white, pink or babble noise. Above 30 dB it says little more than
"clean": the curve flattens, and a clip with pauses is sparser than the gamma distribution, so
studio speech reads 60. Digital silence (runs of zeros) reads as clean, so trim first; music and
steady tones are neither distribution.
"""

from __future__ import annotations

import functools
import math

import numba as nb
import numpy as np
import numpy.typing as npt

LEAST_DB, MOST_DB = -20.0, 60.0
LEAST_SAMPLES = 1000
"""Under 45 ms at 22.05 kHz there is no distribution to speak of."""

_SHAPE = 0.4
_FLOOR = 1e-10
"""Smallest amplitude against the peak, for the logarithm; the paper's."""


def wada_snr_db(samples: npt.NDArray[np.floating]) -> float | None:
    """SNR in dB of a mono clip, shape (samples,), -20 to 60.

    None for silence, NaN and under 1,000 samples.
    """
    if samples.size < LEAST_SAMPLES:
        return None
    mean, mean_log = _moments(samples)
    if not mean > 0.0:  # silence, or NaN
        return None
    snr_db, curve = _curve()
    return float(np.interp(math.log(mean) - mean_log, curve, snr_db))


@functools.lru_cache(1)
def _curve() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """SNR in dB and log E|s + n| - E log|s + n| for each, both rising, shape (161,)."""
    snr_db = np.linspace(LEAST_DB, MOST_DB, 161)
    # u = s**shape makes the gamma density smooth at 0, where most of its mass lies
    u = (np.arange(2000) + 0.5) / 2000 * 40**_SHAPE
    speech = u ** (1 / _SHAPE)
    weight = np.exp(-speech)
    weight /= weight.sum()
    noise = np.sqrt(_SHAPE * (_SHAPE + 1) / 10 ** (snr_db / 10))[:, None]
    ratio = speech / noise
    mean = noise * _mean_magnitude(ratio) @ weight
    mean_log = (np.log(noise) + _mean_log_magnitude(ratio)) @ weight
    curve: npt.NDArray[np.float64] = np.maximum.accumulate(np.log(mean) - mean_log)
    return snr_db, curve


def _mean_magnitude(m: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """E|m + n| for standard normal n: the mean of a folded normal distribution."""
    from scipy.special import erf

    folded: npt.NDArray[np.float64] = math.sqrt(2 / math.pi) * np.exp(-(m**2) / 2)
    folded += m * erf(m / math.sqrt(2))
    return folded


def _mean_log_magnitude(m: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """E log|m + n| for standard normal n, by convolution; an asymptotic series past m = 12."""
    step = 0.01
    at = np.arange(-800, 2001) * step
    # log|x| averaged over each cell by its integral x log|x| - x: exact over the pole at 0
    edge = np.append(at - step / 2, at[-1] + step / 2)
    cell = np.diff(edge * np.log(np.abs(edge)) - edge) / step
    normal = np.exp(-((np.arange(-800, 801) * step) ** 2) / 2)
    table = np.convolve(cell, normal / normal.sum(), "valid")  # m = 0, 0.01, …, 12
    far = np.maximum(m, 12.0)
    series = np.log(far) - 1 / (2 * far**2) - 3 / (4 * far**4)
    near: npt.NDArray[np.float64] = np.interp(m, np.arange(table.size) * step, table)
    return np.where(m < 12.0, near, series)


@nb.njit(cache=True)
def _moments(samples):  # type: ignore[no-untyped-def]
    """E|x| and E log|x| against the peak; (0, 0) for silence.

    Amplitudes are multiplied in groups and one logarithm is taken of each product: 28 factors of at
    least 1e-10 stay within float64, and four products at once keep the multiplier busy.
    """
    size = samples.size
    peak = np.float64(0)
    for i in range(size):
        peak = max(peak, abs(np.float64(samples[i])))
    if peak == 0.0:
        return 0.0, 0.0
    scale = 1.0 / peak
    total = 0.0
    logs = 0.0
    group = 28
    whole = size - size % group
    for start in range(0, whole, group):
        p0 = p1 = p2 = p3 = 1.0
        for i in range(start, start + group, 4):
            a0 = abs(np.float64(samples[i])) * scale
            a1 = abs(np.float64(samples[i + 1])) * scale
            a2 = abs(np.float64(samples[i + 2])) * scale
            a3 = abs(np.float64(samples[i + 3])) * scale
            total += (a0 + a1) + (a2 + a3)
            p0 *= max(a0, _FLOOR)
            p1 *= max(a1, _FLOOR)
            p2 *= max(a2, _FLOOR)
            p3 *= max(a3, _FLOOR)
        logs += math.log((p0 * p1) * (p2 * p3))
    for i in range(whole, size):
        amplitude = abs(np.float64(samples[i])) * scale
        total += amplitude
        logs += math.log(max(amplitude, _FLOOR))
    return total / size, logs / size
