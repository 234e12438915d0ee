"""The frequency up to which a clip holds sound.

The mean power spectrum of the louder half of the frames (2048 samples, half overlapping),
smoothed by a running median over nine bins; the bandwidth is the highest frequency within 75 dB of
the spectrum's peak. Audio that was recorded at 8, 12 or 16 kHz and upsampled reads 3.9, 5.8 and
7.7 kHz, where studio speech at 22.05 kHz reads 10.7 kHz and more (2,272 clips, no overlap).

It misleads on quiet 16-bit clips, where the steps of quantisation themselves are a noise of full
bandwidth, and where a lossy codec or a resampler without a filter left images above its cut.
"""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt
from scipy import fft, ndimage, signal

from curate.audio.batch import Samples

FRAME = 2048
_FLOOR_DB = -75.0
_SMOOTHING_BINS = 9
_FRAMES_AT_ONCE = 128
"""6 s at 22.05 kHz: a long clip takes no more memory than a short one."""


def bandwidth_hz(samples: Samples, rate_hz: int) -> float | None:
    """Highest frequency with sound, in Hz; None for silence and what is not finite."""
    if samples.size < FRAME:
        samples = np.pad(samples, (0, FRAME - samples.size))
    if not np.isfinite(samples.sum()):
        return None
    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[:: FRAME // 2]
    energy = np.einsum("ij,ij->i", frames, frames)
    loud = np.flatnonzero(energy >= np.median(energy))
    power = np.zeros(FRAME // 2 + 1)
    for start in range(0, loud.size, _FRAMES_AT_ONCE):
        block = frames[loud[start : start + _FRAMES_AT_ONCE]]
        spectrum = fft.rfft(block * _window(), axis=1)
        power += np.sum(spectrum.real**2 + spectrum.imag**2, axis=0)
    smooth = ndimage.median_filter(power, _SMOOTHING_BINS, mode="constant")
    peak = smooth.max()
    if peak <= 0.0:
        return None
    last = np.flatnonzero(smooth > peak * 10 ** (_FLOOR_DB / 10))[-1]
    return float(last * rate_hz / FRAME)


@functools.lru_cache(1)
def _window() -> npt.NDArray[np.float32]:
    # side lobes at -92 dB: under a Hann window, the cut of loud noise reads 120 Hz high
    window: npt.NDArray[np.float64] = signal.windows.blackmanharris(FRAME, sym=False)
    return window.astype(np.float32)
