"""Find where speech begins and ends: ``librosa.effects.trim``, over twice as fast.

A frame is silent when its RMS is ``top_db`` under that of the loudest frame (McFee et al., librosa;
frames are centred and padded with zeros). Powers are summed by hop in float64 and each hop is used
by every frame over it, where librosa squares each sample once for every frame. librosa works in
float32, so frames within 0.001 dB of the threshold that could move a bound are left to librosa
itself: bounds are equal always, not nearly always.
"""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np
import numpy.typing as npt

FLOOR_POWER = 1e-10
"""librosa's ``amin``: a frame under -100 dB counts as -100 dB."""

_TIE_DB = 1e-3


class Bounds(NamedTuple):
    """First sample kept, and the one after the last."""

    start: int
    end: int


def speech_bounds(
    samples: npt.NDArray[np.floating],
    top_db: float = 40.0,
    frame_length: int = 1024,
    hop_length: int = 256,
) -> Bounds:
    """Bounds of the samples between the first and the last frame that is not silent.

    ``samples`` has shape (samples,); ``frame_length`` and ``hop_length`` count them. Silence
    throughout is kept whole, as librosa does: no frame is under the loudest.
    """
    if samples.size == 0:
        return Bounds(0, 0)
    if frame_length % hop_length:
        return _bounds_by_librosa(samples, top_db, frame_length, hop_length)
    above_db = frame_level_db(samples, frame_length, hop_length)
    loudest_db = above_db.max()
    if not np.isfinite(loudest_db):  # NaN or infinity: no frame can be called silent
        return Bounds(0, samples.size)
    above_db -= loudest_db - top_db
    loud, perhaps = np.flatnonzero(above_db > _TIE_DB), np.flatnonzero(above_db > -_TIE_DB)
    if loud.size == 0 or loud[0] != perhaps[0] or loud[-1] != perhaps[-1]:
        return _bounds_by_librosa(samples, top_db, frame_length, hop_length)
    end = min(samples.size, (int(loud[-1]) + 1) * hop_length)
    return Bounds(int(loud[0]) * hop_length, end)


def frame_level_db(
    samples: npt.NDArray[np.floating], frame_length: int = 1024, hop_length: int = 256
) -> npt.NDArray[np.float64]:
    """Mean power of each centred frame in dB, at least -100; shape (1 + samples // hop,).

    ``frame_length`` must be a multiple of ``hop_length``.
    """
    power: npt.NDArray[np.float64] = _frame_power(samples, frame_length, hop_length)
    return 10 * np.log10(np.maximum(power, FLOOR_POWER))


def pad_bounds(bounds: Bounds, pad: int, size: int) -> Bounds:
    """Bounds widened by ``pad`` samples to both sides, within a clip of ``size`` samples."""
    return Bounds(max(0, bounds.start - pad), min(size, bounds.end + pad))


def _bounds_by_librosa(
    samples: npt.NDArray[np.floating], top_db: float, frame_length: int, hop_length: int
) -> Bounds:
    import librosa

    _, (start, end) = librosa.effects.trim(
        samples, top_db=top_db, frame_length=frame_length, hop_length=hop_length
    )
    return Bounds(int(start), int(end))


@nb.njit(cache=True)
def _frame_power(samples, frame_length, hop_length):  # type: ignore[no-untyped-def]
    size = samples.size
    frames = 1 + size // hop_length
    hops_per_frame = frame_length // hop_length
    pad = frame_length // 2
    energy = np.zeros(frames + hops_per_frame - 1)
    for hop in range(energy.size):
        start = hop * hop_length - pad
        total = 0.0
        for i in range(max(0, start), min(size, start + hop_length)):
            value = np.float64(samples[i])
            total += value * value
        energy[hop] = total
    power = np.empty(frames)
    for frame in range(frames):
        total = 0.0
        for hop in range(frame, frame + hops_per_frame):
            total += energy[hop]
        power[frame] = total / frame_length
    return power
