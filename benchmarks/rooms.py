"""Simulated shoe-box rooms (image source method, pyroomacoustics) with measured T60 and C50."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
TARGETS = (0.3, 0.5, 0.7, 1.0)
"""Sabine times asked for, in seconds; the rooms measure 0.31, 0.59, 0.88 and 1.21 s on average."""


class Room(NamedTuple):
    """One response from a talker to a microphone 0.8 to 3 m away.

    Attributes:
        response: Impulse response, shape (samples,), direct sound near its start.
        t60: Measured reverberation time in seconds (-5 to -35 dB, doubled).
        c50_db: Measured clarity.
        target: The Sabine time it was made for, in seconds.
    """

    response: Floats
    t60: float
    c50_db: float
    target: float

    def reverberate(self, samples: Floats) -> Floats:
        """The clip in this room, as long as before, peak 0.9."""
        from scipy.signal import fftconvolve

        wet = fftconvolve(samples, self.response)[: len(samples)]
        return 0.9 * wet / np.abs(wet).max()


def rooms(each: int, seed: int, rate_hz: int = 22_050) -> list[Room]:
    """``each`` rooms for every target time, the targets in turn."""
    rng = np.random.default_rng(seed)
    groups = [_group(rng, target, rate_hz) for target in TARGETS]
    return [next(group) for _ in range(each) for group in groups]


def _group(rng: np.random.Generator, target: float, rate_hz: int) -> Iterator[Room]:
    while True:
        response = _response(rng, target, rate_hz)
        if response is None:
            continue
        t60, c50_db = measure(response, rate_hz)
        if 0.6 * target < t60 < 1.6 * target:
            yield Room(response, t60, c50_db, target)


def _response(rng: np.random.Generator, target: float, rate_hz: int) -> Floats | None:
    import pyroomacoustics as pra

    size = rng.uniform([4, 3.5, 2.6], [9, 7, 3.6])
    microphone = rng.uniform([1, 1, 1.0], size - [1, 1, 1.2])
    talker = rng.uniform([0.7, 0.7, 1.2], size - [0.7, 0.7, 0.8])
    if not 0.8 <= np.linalg.norm(talker - microphone) <= 3.0:
        return None
    try:
        absorption, order = pra.inverse_sabine(target, size)
    except ValueError:  # no wall absorbs that much
        return None
    room = pra.ShoeBox(
        size, fs=rate_hz, materials=pra.Material(absorption), max_order=min(order, 70)
    )
    room.add_source(talker)
    room.add_microphone(microphone)
    room.compute_rir()
    response = np.asarray(room.rir[0][0], np.float64)
    response = response[max(0, int(np.argmax(np.abs(response))) - 20) :]
    return response[: int((target * 1.2 + 0.1) * rate_hz)] / np.abs(response).max()


def measure(response: Floats, rate_hz: int) -> tuple[float, float]:
    """Reverberation time in seconds and clarity in dB of an impulse response."""
    energy = response[int(np.argmax(np.abs(response))) :] ** 2
    early = int(0.05 * rate_hz)
    c50_db = 10 * np.log10(energy[:early].sum() / energy[early:].sum())
    left_db = 10 * np.log10(np.cumsum(energy[::-1])[::-1] / energy.sum())
    fall = np.argmax(left_db < -35) - np.argmax(left_db < -5)
    return 2 * float(fall) / rate_hz, float(c50_db)
