"""Dereverberation by weighted prediction error (WPE), one channel.

Nakatani et al. 2010, "Speech dereverberation based on variance-normalized delayed linear
prediction": in each frequency bin, what can be predicted from frames at least ``delay`` back is
reverberation and is taken away. The weights are one over the power of the estimate, so filter and
weights are made in turn. Equal to ``nara_wpe.wpe.wpe_v8`` (Drude et al. 2018) within 1e-9.

Why it is faster than the matrix products of the reference: with one channel, entry (i, i + l) of
the correlation matrix is sum_s weight[s + delay + i + l] * y[s + l] conj(y[s]). The weight is
real, so the product of each lag l is made once and multiplied with shifted real rows: a quarter of
the multiplications of the complex matrix product.

It misleads below about one second, where the filter has nearly as many taps as there are frames.
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np
import numpy.typing as npt

from curate.audio.cholesky import solve
from curate.audio.lanes import (
    LANES,
    Floats,
    aligned_zeros,
    larger,
    largest,
    load,
    spread,
    store,
    total,
)
from curate.audio.stft import KERNEL, Spectrum, frame_count, istft, stft, up
from curate.audio.wpe_reference import by_the_reference, ill_posed

WELL_POSED = 10
"""Frames for each tap under which a bit of rounding in the input moves the reference's own output
by 1e-9 and more (0.66 s, 40 taps: 3e-8); equal output then needs equal rounding."""


def wpe(
    samples: npt.NDArray[Any],
    *,
    taps: int = 10,
    delay: int = 3,
    iterations: int = 3,
    size: int = 512,
    shift: int = 128,
    floor_db: float = -100.0,
) -> Floats:
    """Take the predictable reverberation out of a mono signal.

    Args:
        samples: Mono signal, shape (samples,).
        taps: Length of the prediction filter, in frames.
        delay: Frames between a frame and the first one it is predicted from.
        iterations: How often weights and filter are made in turn.
        size: Samples in a frame, a power of two.
        shift: Samples from frame to frame, a divisor of half of ``size``.
        floor_db: Least power that counts in the weights, against the loudest frame of the bin;
            -100 dB is the reference.

    Returns:
        The dereverberated signal, float64, shape (samples,).
    """
    floor = 10 ** (floor_db / 10)
    if frame_count(len(samples), size, shift) < WELL_POSED * taps:
        seen = by_the_reference(samples, taps, delay, iterations, size, shift, floor)
    else:
        seen = stft(samples, size, shift, lead=delay + taps)
        seen = predict(seen, taps, delay, iterations, floor_db)
    return istft(seen, size, shift, len(samples))


def predict(
    seen: Spectrum, taps: int, delay: int, iterations: int, floor_db: float = -100.0
) -> Spectrum:
    """The same on a spectrum with a ``lead`` of at least ``delay + taps`` columns.

    Raises:
        ValueError: The lead is shorter: the filter would reach past the first column.
    """
    if seen.lead < delay + taps:
        raise ValueError(f"lead of {seen.lead} columns; the filter reaches back {delay + taps}")
    real, imag = aligned_zeros(*seen.real.shape), aligned_zeros(*seen.real.shape)
    floor = 10 ** (floor_db / 10)
    columns = up(seen.real.shape[1] + delay + taps, LANES)
    products = aligned_zeros(2 * (taps + 1) * columns)
    scratch = products, aligned_zeros(columns), aligned_zeros(2 * columns)
    system = aligned_zeros(2, taps * up(taps + 1, LANES))
    bad = np.zeros(len(real), np.bool_)
    _all_bins(
        seen.real, seen.imag, seen.lead, seen.frames, taps, delay, iterations, floor,
        real, imag, *scratch, system, bad,
    )  # fmt: skip
    part = slice(seen.lead, seen.lead + seen.frames)
    for row in np.flatnonzero(bad):
        y = seen.real[row, part] + 1j * seen.imag[row, part]
        x = ill_posed(y, taps, delay, iterations, floor)
        real[row, part], imag[row, part] = x.real, x.imag
    return seen._replace(real=real, imag=imag)


@nb.njit(**KERNEL)
def _all_bins(
    yr: Floats,
    yi: Floats,
    lead: int,
    frames: int,
    taps: int,
    delay: int,
    iterations: int,
    floor: float,
    xr: Floats,
    xi: Floats,
    products: Floats,
    weight: Floats,
    weighted: Floats,
    system: Floats,
    bad: npt.NDArray[np.bool_],
) -> None:
    columns = yr.shape[1]
    yr, yi, xr, xi = yr.reshape(-1), yi.reshape(-1), xr.reshape(-1), xi.reshape(-1)
    filter_real, filter_imag = np.zeros(taps + LANES), np.zeros(taps + LANES)
    for row in range(bad.size):
        at = row * columns + lead
        peak = _power(yr, yi, at, frames, weight)
        if peak == 0:
            continue
        _lag_products(yr, yi, at, frames, taps, products)
        for _ in range(iterations):
            if peak == 0:  # the reference weighs all frames alike: too rare to be fast
                bad[row] = True
                break
            _weigh(yr, yi, at, frames, floor * peak, weight, weighted)
            _correlate(products, weight, frames, taps, delay, system)
            _cross(yr, yi, at, weighted, frames, taps, delay, system)
            if not solve(system, taps, filter_real, filter_imag):
                bad[row] = True
                break
            peak = _subtract(
                yr, yi, at, frames, taps, delay, filter_real, filter_imag, xr, xi, weight
            )


@nb.njit(**KERNEL)
def _power(yr: Floats, yi: Floats, at: int, frames: int, power: Floats) -> float:
    """Power of each frame; returns the largest."""
    peak = spread(0.0)
    for t in range(0, frames, LANES):
        real, imag = load(yr, at + t), load(yi, at + t)
        here = real * real + imag * imag
        store(power, t, here)
        peak = larger(peak, here)
    return float(largest(peak))


@nb.njit(**KERNEL)
def _weigh(
    yr: Floats, yi: Floats, at: int, frames: int, least: float, weight: Floats, weighted: Floats
) -> None:
    """Power to weight in place, zero past the end; weighted = weight * y, real part first."""
    imag, one, bound = weighted.size // 2, spread(1.0), spread(least)
    for t in range(0, frames, LANES):
        store(weight, t, one / larger(load(weight, t), bound))
    for t in range(frames, weight.size):
        weight[t] = 0.0
    for t in range(0, frames, LANES):
        here = load(weight, t)
        store(weighted, t, here * load(yr, at + t))
        store(weighted, imag + t, here * load(yi, at + t))


@nb.njit(**KERNEL)
def _lag_products(
    yr: Floats, yi: Floats, at: int, frames: int, taps: int, products: Floats
) -> None:
    """products[l] = y[s + l] conj(y[s]), real part first."""
    columns = products.size // (2 * (taps + 1))
    for lag in range(taps):
        real, imag = 2 * lag * columns, (2 * lag + 1) * columns
        for s in range(0, frames - lag, LANES):
            ar, ai = load(yr, at + s + lag), load(yi, at + s + lag)
            br, bi = load(yr, at + s), load(yi, at + s)
            store(products, real + s, ar * br + ai * bi)
            store(products, imag + s, ai * br - ar * bi)


@nb.njit(**KERNEL)
def _two_by_four(
    w: Floats, a: int, b: int, columns: int, weight: Floats, o: int, count: int, out: Floats
) -> None:
    """Two lag products, at a and b, against the weights shifted by o ... o + 3: 16 sums."""
    zero = spread(0.0)
    r0, r1, r2, r3, i0, i1, i2, i3 = zero, zero, zero, zero, zero, zero, zero, zero
    p0, p1, p2, p3, q0, q1, q2, q3 = zero, zero, zero, zero, zero, zero, zero, zero
    for s in range(0, count, LANES):
        ar, ai = load(w, a + s), load(w, a + columns + s)
        br, bi = load(w, b + s), load(w, b + columns + s)
        here = load(weight, o + s)
        r0, i0, p0, q0 = r0 + ar * here, i0 + ai * here, p0 + br * here, q0 + bi * here
        here = load(weight, o + s + 1)
        r1, i1, p1, q1 = r1 + ar * here, i1 + ai * here, p1 + br * here, q1 + bi * here
        here = load(weight, o + s + 2)
        r2, i2, p2, q2 = r2 + ar * here, i2 + ai * here, p2 + br * here, q2 + bi * here
        here = load(weight, o + s + 3)
        r3, i3, p3, q3 = r3 + ar * here, i3 + ai * here, p3 + br * here, q3 + bi * here
    out[0, 0, 0], out[0, 0, 1], out[0, 0, 2], out[0, 0, 3] = (
        total(r0),
        total(r1),
        total(r2),
        total(r3),
    )
    out[0, 1, 0], out[0, 1, 1], out[0, 1, 2], out[0, 1, 3] = (
        total(i0),
        total(i1),
        total(i2),
        total(i3),
    )
    out[1, 0, 0], out[1, 0, 1], out[1, 0, 2], out[1, 0, 3] = (
        total(p0),
        total(p1),
        total(p2),
        total(p3),
    )
    out[1, 1, 0], out[1, 1, 1], out[1, 1, 2], out[1, 1, 3] = (
        total(q0),
        total(q1),
        total(q2),
        total(q3),
    )


@nb.njit(**KERNEL)
def _two_by_two(
    w: Floats, a: int, b: int, columns: int, weight: Floats, o: int, count: int, out: Floats
) -> None:
    zero = spread(0.0)
    r0, r1, i0, i1, p0, p1, q0, q1 = zero, zero, zero, zero, zero, zero, zero, zero
    for s in range(0, count, LANES):
        ar, ai = load(w, a + s), load(w, a + columns + s)
        br, bi = load(w, b + s), load(w, b + columns + s)
        here = load(weight, o + s)
        r0, i0, p0, q0 = r0 + ar * here, i0 + ai * here, p0 + br * here, q0 + bi * here
        here = load(weight, o + s + 1)
        r1, i1, p1, q1 = r1 + ar * here, i1 + ai * here, p1 + br * here, q1 + bi * here
    out[0, 0, 0], out[0, 0, 1], out[0, 1, 0], out[0, 1, 1] = (
        total(r0),
        total(r1),
        total(i0),
        total(i1),
    )
    out[1, 0, 0], out[1, 0, 1], out[1, 1, 0], out[1, 1, 1] = (
        total(p0),
        total(p1),
        total(q0),
        total(q1),
    )


@nb.njit(**KERNEL)
def _correlate(
    products: Floats, weight: Floats, frames: int, taps: int, delay: int, system: Floats
) -> None:
    """Upper triangle of the correlation matrix.

    The sum for lag l at shift o is entry (i, i + l) with i = o - l - delay.
    """
    columns = products.size // (2 * (taps + 1))
    width = system.shape[1] // taps
    system[:] = 0.0  # what an earlier bin left beside the triangle grows until 0 times it is NaN
    out = np.empty((2, 2, 4))
    for lag in range(0, taps, 2):
        a, b = 2 * lag * columns, 2 * (lag + 1) * columns
        o = lag + delay
        while o < taps + delay:
            count, wide = frames - o, 2
            if LANES == 8 and o + 2 < taps + delay:  # AVX-512 has the registers for 16 sums
                wide = 4
                _two_by_four(products, a, b, columns, weight, o, count, out)
            else:
                _two_by_two(products, a, b, columns, weight, o, count, out)
            for which in range(2):
                for k in range(wide):
                    i, j = o + k - lag - which - delay, o + k - delay
                    if i >= 0 and j < taps:
                        system[0, i * width + j] = out[which, 0, k]
                        system[1, i * width + j] = out[which, 1, k]
            o += wide


@nb.njit(**KERNEL)
def _cross(
    yr: Floats,
    yi: Floats,
    at: int,
    weighted: Floats,
    frames: int,
    taps: int,
    delay: int,
    system: Floats,
) -> None:
    """Column ``taps`` of the system: y[s] conj(weighted[s + lag]), summed, four lags at a time."""
    width, imag = system.shape[1] // taps, weighted.size // 2
    out, zero = np.empty((2, 4)), spread(0.0)
    for tap in range(0, taps, 4):
        a0, a1, a2, a3, b0, b1, b2, b3 = zero, zero, zero, zero, zero, zero, zero, zero
        c0, c1, c2, c3, d0, d1, d2, d3 = zero, zero, zero, zero, zero, zero, zero, zero
        for s in range(0, frames - delay - tap, LANES):
            real, unreal = load(yr, at + s), load(yi, at + s)
            r = s + delay + tap
            zr, zi = load(weighted, r), load(weighted, imag + r)
            a0, b0, c0, d0 = a0 + real * zr, b0 + unreal * zi, c0 + unreal * zr, d0 + real * zi
            zr, zi = load(weighted, r + 1), load(weighted, imag + r + 1)
            a1, b1, c1, d1 = a1 + real * zr, b1 + unreal * zi, c1 + unreal * zr, d1 + real * zi
            zr, zi = load(weighted, r + 2), load(weighted, imag + r + 2)
            a2, b2, c2, d2 = a2 + real * zr, b2 + unreal * zi, c2 + unreal * zr, d2 + real * zi
            zr, zi = load(weighted, r + 3), load(weighted, imag + r + 3)
            a3, b3, c3, d3 = a3 + real * zr, b3 + unreal * zi, c3 + unreal * zr, d3 + real * zi
        out[0, 0], out[0, 1], out[0, 2], out[0, 3] = (
            total(a0 + b0),
            total(a1 + b1),
            total(a2 + b2),
            total(a3 + b3),
        )
        out[1, 0], out[1, 1], out[1, 2], out[1, 3] = (
            total(c0 - d0),
            total(c1 - d1),
            total(c2 - d2),
            total(c3 - d3),
        )
        for k in range(min(4, taps - tap)):
            system[0, (tap + k) * width + taps] = out[0, k]
            system[1, (tap + k) * width + taps] = out[1, k]


@nb.njit(**KERNEL)
def _subtract(
    yr: Floats,
    yi: Floats,
    at: int,
    frames: int,
    taps: int,
    delay: int,
    filter_real: Floats,
    filter_imag: Floats,
    xr: Floats,
    xi: Floats,
    power: Floats,
) -> float:
    """Take the prediction off, four vectors at a time; power of each frame, returns the largest."""
    peak, end = spread(0.0), at + frames
    for t in range(at, end, 4 * LANES):
        a0, a1, a2, a3 = (
            load(yr, t),
            load(yr, t + LANES),
            load(yr, t + 2 * LANES),
            load(yr, t + 3 * LANES),
        )
        b0, b1, b2, b3 = (
            load(yi, t),
            load(yi, t + LANES),
            load(yi, t + 2 * LANES),
            load(yi, t + 3 * LANES),
        )
        for tap in range(taps):
            gr, gi, s = spread(filter_real[tap]), spread(filter_imag[tap]), t - delay - tap
            r, i = load(yr, s), load(yi, s)
            a0, b0 = a0 - gr * r - gi * i, b0 - gr * i + gi * r
            r, i = load(yr, s + LANES), load(yi, s + LANES)
            a1, b1 = a1 - gr * r - gi * i, b1 - gr * i + gi * r
            r, i = load(yr, s + 2 * LANES), load(yi, s + 2 * LANES)
            a2, b2 = a2 - gr * r - gi * i, b2 - gr * i + gi * r
            r, i = load(yr, s + 3 * LANES), load(yi, s + 3 * LANES)
            a3, b3 = a3 - gr * r - gi * i, b3 - gr * i + gi * r
        store(xr, t, a0)
        store(xr, t + LANES, a1)
        store(xr, t + 2 * LANES, a2)
        store(xr, t + 3 * LANES, a3)
        store(xi, t, b0)
        store(xi, t + LANES, b1)
        store(xi, t + 2 * LANES, b2)
        store(xi, t + 3 * LANES, b3)
    for t in range(end, at + up(frames, 4 * LANES)):
        xr[t] = xi[t] = 0.0
    for t in range(0, frames, LANES):
        real, unreal = load(xr, at + t), load(xi, at + t)
        here = real * real + unreal * unreal
        store(power, t, here)
        peak = larger(peak, here)
    return float(largest(peak))
