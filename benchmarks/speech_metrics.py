"""Quality of processed speech: PESQ-wb and ESTOI against the dry clip, SRMR without reference."""

from __future__ import annotations

import functools
import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
RATE_HZ = 16_000


class Scores(NamedTuple):
    """One clip: PESQ wide band (1-4.64), extended STOI (0-1), SRMR (ratio, up to about 12)."""

    pesq: float
    estoi: float
    srmr: float


def scores(dry: Floats, other: Floats, rate_hz: int) -> Scores:
    """Scores of ``other`` against the dry clip it was made from."""
    import soxr
    from pesq import NoUtterancesError, pesq
    from pystoi import stoi

    dry, other = soxr.resample(dry, rate_hz, RATE_HZ), soxr.resample(other, rate_hz, RATE_HZ)
    try:
        heard = pesq(RATE_HZ, 0.9 * dry / np.abs(dry).max(), 0.9 * other / np.abs(other).max())
    except NoUtterancesError:
        heard = math.nan
    return Scores(float(heard), float(stoi(dry, other, RATE_HZ, extended=True)), srmr(other))


def srmr(
    samples: Floats, rate_hz: int = RATE_HZ, bands: int = 23, envelope_hz: int = 1000
) -> float:
    """Speech-to-reverberation modulation energy ratio.

    Falk, Zheng and Chan 2010, "A non-intrusive quality and intelligibility measure of reverberant
    and dereverberated speech". Envelopes are kept at 1 kHz, which is within 5 % of full rate.
    """
    from scipy import signal

    widths, sections = _gammatone(rate_hz, bands, 125.0)
    padded = -(-samples.size // 16) * 16
    step = rate_hz // envelope_hz
    envelopes = np.empty((bands, -(-samples.size // step)))
    for band in range(bands):
        heard = signal.sosfilt(sections[band], samples)
        envelope = np.abs(signal.hilbert(heard, padded))[: samples.size]
        envelopes[band] = signal.resample_poly(envelope, 1, step)
    length, hop = math.ceil(0.256 * envelope_hz), math.ceil(0.064 * envelope_hz)
    count = 1 + (envelopes.shape[1] - length) // hop
    if count < 1:
        return math.nan
    window = signal.windows.hamming(length, sym=False) ** 2
    filters, low_edges = _modulation(envelope_hz)
    energy = np.empty((bands, len(filters)))
    for j, (top, bottom) in enumerate(filters):
        power = signal.lfilter(top, bottom, envelopes, axis=1) ** 2
        framed = np.lib.stride_tricks.sliding_window_view(power, length, axis=1)[:, ::hop][
            :, :count
        ]
        energy[:, j] = (framed @ window).mean(1)
    share = np.cumsum(energy.sum(1)[::-1]) / energy.sum()
    width = widths[::-1][np.flatnonzero(share > 0.9)[0]]
    last = 5 + int((width >= low_edges[5:8]).sum())
    return float(energy[:, :4].sum() / energy[:, 4:last].sum())


@functools.lru_cache(2)
def _gammatone(rate_hz: int, bands: int, lowest_hz: float) -> tuple[Floats, Floats]:
    """Bandwidths in Hz, shape (bands,), and second-order sections, shape (bands, 4, 6).

    Slaney 1993, "An efficient implementation of the Patterson-Holdsworth auditory filter bank".
    """
    quality, least = 9.26449, 24.7
    corner, t = quality * least, 1 / rate_hz
    steps = (
        np.arange(1, bands + 1) * math.log((lowest_hz + corner) / (rate_hz / 2 + corner)) / bands
    )
    centre = -corner + np.exp(steps) * (rate_hz / 2 + corner)
    widths = centre / quality + least
    decay, turn = 1.019 * 2 * math.pi * widths * t, 2 * centre * math.pi * t
    plus, minus = math.sqrt(3 + 2**1.5), math.sqrt(3 - 2**1.5)
    zeros = [
        np.cos(turn) + sign * root * np.sin(turn) for root in (plus, minus) for sign in (1, -1)
    ]
    around, shrink = np.exp(2j * turn), np.exp(1j * turn - decay)
    gain = np.abs(
        np.prod([around - shrink * zero for zero in zeros], axis=0)
        * (t * np.exp(decay) / (-1 / np.exp(decay) + 1 + around * (1 - np.exp(decay)))) ** 4
    )
    sections = np.zeros((bands, 4, 6))
    for j in range(4):
        sections[:, j, 0] = t
        sections[:, j, 1] = -t * np.exp(-decay) * zeros[j]
        sections[:, j, 3] = 1
        sections[:, j, 4] = -2 * np.cos(turn) / np.exp(decay)
        sections[:, j, 5] = np.exp(-2 * decay)
    sections[:, 0, :3] /= gain[:, None]
    return widths, sections


@functools.lru_cache(2)
def _modulation(rate_hz: int) -> tuple[list[tuple[Floats, Floats]], Floats]:
    """Eight band passes from 4 to 128 Hz (Q = 2) and their lower edges in Hz."""
    centre = 4.0 * 32.0 ** (np.arange(8) / 7)
    warped = np.tan(math.pi * centre / rate_hz)
    width = warped / 2
    filters = [
        (np.array([b, 0, -b]), np.array([1 + b + w * w, 2 * w * w - 2, 1 - b + w * w]))
        for b, w in zip(width, warped, strict=True)
    ]
    return filters, centre - width * rate_hz / (2 * math.pi)
