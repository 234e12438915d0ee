"""Short-time Fourier transform and its inverse, equal to ``nara_wpe.utils`` to 1e-12.

Frames are transformed side by side, one in each SIMD lane (Stockham radix-4 on half-length
complex numbers), which is 6 times faster than one frame after another through pocketfft. The
spectrum is stored bin by bin with time contiguous and real and imaginary parts apart: the layout
in which prediction filters and recursive gains run.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numba as nb
import numpy as np
import numpy.typing as npt

from curate.audio.lanes import (
    LANES,
    Floats,
    aligned_zeros,
    gather,
    load,
    scatter_add,
    spread,
    store,
)

KERNEL: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy"}
"""How every kernel of this folder is compiled."""


class Spectrum(NamedTuple):
    """A transform: row = frequency bin, column = ``lead`` zeros, then frames, then zeros.

    Attributes:
        real: Real part, shape (bins, columns).
        imag: Imaginary part, shape (bins, columns).
        frames: Number of frames.
        lead: Column of the first frame, a multiple of ``LANES``.
    """

    real: Floats
    imag: Floats
    frames: int
    lead: int

    def frames_by_bins(self) -> npt.NDArray[np.complex128]:
        """The usual layout: complex, shape (frames, bins)."""
        part = slice(self.lead, self.lead + self.frames)
        return np.ascontiguousarray((self.real[:, part] + 1j * self.imag[:, part]).T)


@nb.njit(**KERNEL)
def up(count: int, step: int) -> int:
    """The next multiple of ``step``."""
    return (count + step - 1) // step * step


@functools.lru_cache(16)
def windows(size: int, shift: int) -> tuple[Floats, Floats]:
    """Periodic Blackman window and the synthesis window that undoes it, shape (size,) each."""
    from scipy.signal.windows import blackman

    analysis: Floats = blackman(size + 1)[:-1]
    overlap = (analysis**2).reshape(size // shift, shift).sum(0)
    return analysis, analysis / np.tile(overlap, size // shift)


@functools.lru_cache(16)
def _roots(size: int) -> tuple[Floats, Floats]:
    """Real and imaginary part of exp(-2 pi i k / size), shape (size,)."""
    turn = np.exp(-2j * np.pi * np.arange(size) / size)
    return turn.real.copy(), turn.imag.copy()


def frame_count(length: int, size: int, shift: int) -> int:
    """Frames of a signal that fades in and out over ``size - shift`` zeros on both sides."""
    return 1 + max(0, -(-(length + size - 2 * shift) // shift))


def stft(samples: npt.NDArray[Any], size: int, shift: int, lead: int = 0) -> Spectrum:
    """Spectrum of a mono signal, shape (samples,).

    Args:
        samples: The signal.
        size: Samples in a frame, a power of two.
        shift: Samples from frame to frame; divides half a frame.
        lead: Least number of zero columns before the first frame.

    Raises:
        ValueError: The frame is none of those.
    """
    check_frame(size, shift)
    frames = frame_count(len(samples), size, shift)
    return transform(samples, size - shift, windows(size, shift)[0], shift, frames, lead)


def transform(
    samples: npt.NDArray[Any], offset: int, window: Floats, shift: int, frames: int, lead: int = 0
) -> Spectrum:
    """Spectrum of frames of ``len(window)`` samples every ``shift``, after ``offset`` zeros.

    ``samples`` has shape (samples,), ``window`` shape (size,).
    """
    size, lead = len(window), up(lead, LANES)
    padded = np.zeros(max((up(frames, LANES) - 1) * shift + size, offset + len(samples)))
    padded[offset : offset + len(samples)] = samples
    columns = lead + up(frames, 4 * LANES) + lead
    real = aligned_zeros(size // 2 + 1, columns)
    imag = aligned_zeros(size // 2 + 1, columns)
    _analyse(padded, window, shift, frames, *_roots(size), real, imag, lead, _work(size))
    return Spectrum(real, imag, frames, lead)


def istft(spectrum: Spectrum, size: int, shift: int, length: int) -> Floats:
    """The samples, shape (length,), whose spectrum this is; columns past the frames are zero."""
    fade = size - shift
    out = np.zeros(max((up(spectrum.frames, LANES) - 1) * shift + size, fade + length))
    window = windows(size, shift)[1]
    real, imag, frames, lead = spectrum
    _synthesise(real, imag, frames, lead, window, shift, *_roots(size), out, _work(size))
    return out[fade : fade + length]


def check_frame(size: int, shift: int) -> None:
    """Make sure that the kernels can take this frame.

    Raises:
        ValueError: It is no power of two from 16 on, or ``shift`` does not divide half of it.
    """
    if size < 16 or size & (size - 1) or size % shift or 2 * shift > size:
        raise ValueError(f"frame of {size} samples every {shift}: not 2^n, or does not overlap")


def _work(size: int) -> Floats:
    return aligned_zeros(4, size // 2 * LANES)


@nb.njit(**KERNEL)
def _radix4(
    a: Floats,
    b: Floats,
    c: Floats,
    d: Floats,
    points: int,
    part: int,
    stride: int,
    wr: Floats,
    wi: Floats,
) -> None:
    """One stage from (a, b) to (c, d): ``part`` points left, ``stride`` numbers apart."""
    quarter, step = part // 4, 2 * (points // part)
    for p in range(quarter):
        w1r, w1i = spread(wr[p * step]), spread(wi[p * step])
        w2r, w2i = spread(wr[2 * p * step]), spread(wi[2 * p * step])
        w3r, w3i = spread(wr[3 * p * step]), spread(wi[3 * p * step])
        for q in range(0, stride, LANES):
            i, o = q + stride * p, q + stride * 4 * p
            j, k, m = i + stride * quarter, i + 2 * stride * quarter, i + 3 * stride * quarter
            sr, si = load(a, i) + load(a, k), load(b, i) + load(b, k)
            dr, di = load(a, i) - load(a, k), load(b, i) - load(b, k)
            tr, ti = load(a, j) + load(a, m), load(b, j) + load(b, m)
            er, ei = load(a, j) - load(a, m), load(b, j) - load(b, m)
            store(c, o, sr + tr)
            store(d, o, si + ti)
            ur, ui = dr + ei, di - er
            store(c, o + stride, ur * w1r - ui * w1i)
            store(d, o + stride, ur * w1i + ui * w1r)
            ur, ui = sr - tr, si - ti
            store(c, o + 2 * stride, ur * w2r - ui * w2i)
            store(d, o + 2 * stride, ur * w2i + ui * w2r)
            ur, ui = dr - ei, di + er
            store(c, o + 3 * stride, ur * w3r - ui * w3i)
            store(d, o + 3 * stride, ur * w3i + ui * w3r)


@nb.njit(**KERNEL)
def _complex(
    a: Floats, b: Floats, c: Floats, d: Floats, points: int, wr: Floats, wi: Floats
) -> tuple[Floats, Floats]:
    """Forward transforms of ``LANES`` complex signals (a, b); returns where they are."""
    part, stride = points, LANES
    while part >= 4:
        _radix4(a, b, c, d, points, part, stride, wr, wi)
        a, b, c, d = c, d, a, b
        part //= 4
        stride *= 4
    if part == 2:
        for q in range(0, stride, LANES):
            ur, ui, vr, vi = load(a, q), load(b, q), load(a, q + stride), load(b, q + stride)
            store(c, q, ur + vr)
            store(d, q, ui + vi)
            store(c, q + stride, ur - vr)
            store(d, q + stride, ui - vi)
        a, b = c, d
    return a, b


@nb.njit(**KERNEL)
def _analyse(
    x: Floats,
    window: Floats,
    shift: int,
    frames: int,
    wr: Floats,
    wi: Floats,
    real: Floats,
    imag: Floats,
    lead: int,
    work: Floats,
) -> None:
    points, columns = window.size // 2, real.shape[1]
    flat_real, flat_imag, half = real.reshape(-1), imag.reshape(-1), spread(0.5)
    for first in range(0, frames, LANES):
        for k in range(points):
            at = first * shift + 2 * k
            store(work[0], k * LANES, gather(x, at, shift) * spread(window[2 * k]))
            store(work[1], k * LANES, gather(x, at + 1, shift) * spread(window[2 * k + 1]))
        a, b = _complex(work[0], work[1], work[2], work[3], points, wr, wi)
        for k in range(points // 2 + 1):
            i, j = k * LANES, ((points - k) % points) * LANES
            er, ei = half * (load(a, i) + load(a, j)), half * (load(b, i) - load(b, j))
            dr, di = half * (load(b, i) + load(b, j)), half * (load(a, j) - load(a, i))
            cos, sin = spread(wr[k]), spread(wi[k])
            hr, hi = dr * cos - di * sin, dr * sin + di * cos
            at = k * columns + lead + first
            store(flat_real, at, er + hr)
            store(flat_imag, at, ei + hi)
            at = (points - k) * columns + lead + first
            store(flat_real, at, er - hr)
            store(flat_imag, at, hi - ei)
    real[:, lead + frames :] = 0
    imag[:, lead + frames :] = 0


@nb.njit(**KERNEL)
def _synthesise(
    real: Floats,
    imag: Floats,
    frames: int,
    lead: int,
    window: Floats,
    shift: int,
    wr: Floats,
    wi: Floats,
    out: Floats,
    work: Floats,
) -> None:
    points, columns = window.size // 2, real.shape[1]
    flat_real, flat_imag = real.reshape(-1), imag.reshape(-1)
    half, scale = spread(0.5), spread(1.0 / points)
    for first in range(0, frames, LANES):
        for k in range(points // 2 + 1):
            i, j = k * columns + lead + first, (points - k) * columns + lead + first
            xr, xi, yr, yi = (
                load(flat_real, i),
                load(flat_imag, i),
                load(flat_real, j),
                load(flat_imag, j),
            )
            if k == 0:  # a real signal has real outer bins
                xi, yi = xi * spread(0.0), yi * spread(0.0)
            er, ei = half * (xr + yr), half * (xi - yi)
            hr, hi = half * (xr - yr), half * (xi + yi)
            cos, sin = spread(wr[k]), spread(wi[k])
            dr, di = hr * cos + hi * sin, hi * cos - hr * sin
            o = k * LANES
            store(work[0], o, er - di)
            store(work[1], o, ei + dr)
            o = ((points - k) % points) * LANES
            if k > 0:
                store(work[0], o, er + di)
                store(work[1], o, dr - ei)
        # with the parts swapped the forward transform is the inverse one
        b, a = _complex(work[1], work[0], work[3], work[2], points, wr, wi)
        for k in range(points):
            at, o = first * shift + 2 * k, k * LANES
            scatter_add(out, at, shift, load(a, o) * scale * spread(window[2 * k]))
            scatter_add(out, at + 1, shift, load(b, o) * scale * spread(window[2 * k + 1]))
