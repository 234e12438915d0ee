"""Suppression of late reverberation by a spectral gain.

Lebart, Boucher and Denbigh 2001, "A new method based on spectral subtraction for speech
dereverberation": what was heard ``guard`` seconds ago, decayed as the room lets it decay, is the
late reverberation heard now. The gain is that of Ephraim and Malah 1985, "Speech enhancement using
a minimum mean-square error log-spectral amplitude estimator", with the decision-directed estimate
of the ratio of speech to reverberation.

It misleads where the reverberation time is wrong: too long a time eats into sustained vowels.
"""

from __future__ import annotations

import math
from typing import Any

import numba as nb
import numpy as np
import numpy.typing as npt

from curate.audio.lanes import Floats
from curate.audio.stft import KERNEL, istft, stft

EULER = 0.5772156649015329
TINY = 1e-14
LEAST_RATIO = 1e-3
"""Least a-priori ratio of speech to reverberation, -30 dB (Cappe 1994: less musical noise)."""
SERIES = tuple((-1.0) ** (k + 1) / (k * math.factorial(k)) for k in range(1, 19))


def suppress_late(
    samples: npt.NDArray[Any],
    rate_hz: int,
    t60: float,
    *,
    guard: float = 0.048,
    floor_db: float = -12.0,
    amount: float = 1.0,
    smoothing: float = 0.5,
    memory: float = 0.9,
    size: int = 512,
    shift: int = 128,
) -> Floats:
    """Turn down what a room of this reverberation time adds after ``guard`` seconds.

    Args:
        samples: Mono signal, shape (samples,).
        rate_hz: Its rate.
        t60: Reverberation time in seconds.
        guard: Time after which reverberation counts as late, in seconds.
        floor_db: Least gain.
        amount: Factor on the estimated late power.
        smoothing: Share of the past in the smoothed power, per frame.
        memory: Share of the past in the decision-directed ratio, per frame.
        size: Samples in a frame, a power of two.
        shift: Samples from frame to frame.

    Returns:
        The signal with its late reverberation turned down, float64, shape (samples,).
    """
    seen = stft(samples, size, shift)
    back = max(1, round(guard * rate_hz / shift))
    left = amount * math.exp(-6 * math.log(10) / t60 * back * shift / rate_hz)
    _apply_gain(
        seen.real, seen.imag, seen.lead, seen.frames, back, left, smoothing, memory,
        10 ** (floor_db / 20),
    )  # fmt: skip
    return istft(seen, size, shift, len(samples))


@nb.njit(**KERNEL)
def exp1(x: float) -> float:
    """Exponential integral E1 of x > 0, to 1e-8 relative.

    Power series up to 2 (Abramowitz and Stegun 5.1.11), continued fraction above (5.1.22).
    """
    if x <= 2.0:
        total = 0.0
        for k in range(len(SERIES) - 1, -1, -1):
            total = (total + SERIES[k]) * x
        return total - EULER - math.log(x)
    if x > 700.0:
        return 0.0
    tail = 0.0
    for k in range(18 if x < 6.0 else 8, 0, -1):
        tail = k * k / (x + 2.0 * k + 1.0 - tail)
    return math.exp(-x) / (x + 1.0 - tail)


@nb.njit(**KERNEL)
def _apply_gain(
    real: Floats,
    imag: Floats,
    lead: int,
    frames: int,
    back: int,
    left: float,
    smoothing: float,
    memory: float,
    floor: float,
) -> None:
    late = np.empty(frames + back)
    for row in range(real.shape[0]):
        re, im = real[row, lead : lead + frames], imag[row, lead : lead + frames]
        late[:back] = TINY
        smooth = re[0] * re[0] + im[0] * im[0] + TINY
        before = 0.0
        for t in range(frames):
            power = re[t] * re[t] + im[t] * im[t] + TINY
            smooth = smoothing * smooth + (1.0 - smoothing) * power
            late[t + back] = left * smooth
            posterior = min(power / max(late[t], TINY), 1e4)
            prior = max(posterior - 1.0, 0.0)
            if t > 0:
                prior = memory * before + (1.0 - memory) * prior
            prior = max(prior, LEAST_RATIO)
            share = prior / (1.0 + prior)
            gain = share * math.exp(0.5 * exp1(max(share * posterior, 1e-6)))
            gain = min(max(gain, floor), 1.0)
            before = gain * gain * posterior
            re[t] *= gain
            im[t] *= gain
