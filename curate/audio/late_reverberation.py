"""Suppression of late reverberation by a spectral gain.

Lebart, Boucher and Denbigh 2001, "A new method based on spectral subtraction for speech
dereverberation": what was heard ``guard`` seconds ago, decayed as the room lets it decay, is the
late reverberation heard now. The gain is that of Ephraim and Malah 1985, "Speech enhancement using
a minimum mean-square error log-spectral amplitude estimator", with the decision-directed estimate
of the ratio of speech to reverberation.

It misleads where the reverberation time is wrong: too long a time eats into sustained vowels.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numba as nb
import numpy as np
import numpy.typing as npt
from scipy.special import exp1

from curate.audio.lanes import (
    LANES,
    Floats,
    aligned_zeros,
    gather,
    interpolate,
    larger,
    load,
    root,
    scatter,
    smaller,
    spread,
    store,
)
from curate.audio.stft import KERNEL, Spectrum, istft, stft

TINY = 1e-14
LEAST_RATIO = 1e-3
"""Least a-priori ratio of speech to reverberation, -30 dB (Cappe 1994: less musical noise)."""
LEAST_V = 1e-6
KNOTS = 8192
"""Linear interpolation between so many knots is within 1e-8 of the exact gain."""


def suppress_late(
    samples: npt.NDArray[Any],
    rate_hz: int,
    t60: float,
    *,
    size: int = 1024,
    shift: int = 256,
    **options: float,
) -> Floats:
    """A mono signal, shape (samples,), with its late reverberation turned down.

    Args:
        samples: The signal.
        rate_hz: Its rate.
        t60: Reverberation time in seconds.
        size: Samples in a frame.
        shift: Samples from frame to frame.
        **options: As in ``turn_down_late``.
    """
    seen = stft(samples, size, shift)
    turn_down_late(seen, rate_hz / shift, t60, **options)
    return istft(seen, size, shift, len(samples))


def turn_down_late(
    seen: Spectrum,
    frame_hz: float,
    t60: float,
    *,
    guard: float = 0.024,
    floor_db: float = -12.0,
    amount: float = 1.0,
    smoothing: float = 0.5,
    memory: float = 0.9,
) -> None:
    """Turn down, in place, what a room of this reverberation time adds after ``guard`` seconds.

    Args:
        seen: The clip's spectrum.
        frame_hz: Frames per second.
        t60: Reverberation time in seconds.
        guard: Time after which reverberation counts as late, in seconds.
        floor_db: Least gain.
        amount: Factor on the estimated late power.
        smoothing: Share of the past in the smoothed power, per frame.
        memory: Share of the past in the decision-directed ratio, per frame.
    """
    back = max(1, round(guard * frame_hz))
    left = amount * math.exp(-6 * math.log(10) / t60 * back / frame_hz)
    late = aligned_zeros((seen.frames + back) * LANES)
    least = 10 ** (floor_db / 20)
    _apply_gain(*seen, back, left, smoothing, memory, least, gain_table(), late)


@functools.lru_cache(1)
def gain_table() -> Floats:
    """exp(E1(v) / 2) * sqrt(w) over w = v / (1 + v) from 0 to 1, shape (KNOTS + 2,).

    The first factor turns a Wiener gain into the log-spectral-amplitude one and has a pole at 0;
    the product is smooth.
    """
    w = np.arange(1, KNOTS) / KNOTS
    inner = np.exp(exp1(w / (1 - w)) / 2) * np.sqrt(w)
    return np.concatenate([[math.exp(-np.euler_gamma / 2)], inner, [1.0, 1.0]])


@nb.njit(**KERNEL)
def _apply_gain(
    real: Floats,
    imag: Floats,
    frames: int,
    lead: int,
    back: int,
    left: float,
    smoothing: float,
    memory: float,
    floor: float,
    table: Floats,
    late: Floats,
) -> None:
    """Bins side by side; the last, one over a multiple of the lanes, fills all of them."""
    columns, bins = real.shape[1], real.shape[0]
    re, im = real.reshape(-1), imag.reshape(-1)
    one, tiny, zero = spread(1.0), spread(TINY), spread(0.0)
    old, new = spread(memory), spread(1.0 - memory)
    for row in range(0, bins, LANES):
        step = columns if row + LANES <= bins else 0
        at = row * columns + lead
        for t in range(back):
            store(late, t * LANES, tiny)
        smooth, before = zero, zero
        for t in range(frames):
            r, i = gather(re, at + t, step), gather(im, at + t, step)
            power = r * r + i * i + tiny
            share = spread(smoothing) if t > 0 else zero
            smooth = share * smooth + (one - share) * power
            store(late, (t + back) * LANES, spread(left) * smooth)
            posterior = smaller(power / larger(load(late, t * LANES), tiny), spread(1e4))
            prior = larger(posterior - one, zero)
            if t > 0:
                prior = old * before + new * prior
            prior = larger(prior, spread(LEAST_RATIO))
            wiener = prior / (one + prior)
            v = larger(wiener * posterior, spread(LEAST_V))
            w = v / (one + v)
            gain = wiener * interpolate(table, w * spread(KNOTS * 1.0)) / root(w)
            gain = smaller(larger(gain, spread(floor)), one)
            before = gain * gain * posterior
            scatter(re, at + t, step, r * gain)
            scatter(im, at + t, step, i * gain)
