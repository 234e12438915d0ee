"""Figures of the report as inline SVG: shapes here, colours and letters in ``page.css``.

So light and dark both hold, text stays text, and a page of fifteen histograms takes milliseconds.
Figures are drawn for the width of a phone; the same numbers give the same bytes.
"""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from markupsafe import Markup, escape

from curate.arrow import digest_of
from curate.publish.report.axis import Floats, powers, round_numbers
from curate.publish.report.measure import Counts, Distribution
from curate.publish.report.words import tick, unit_of

WIDTH = 346  # CSS pixels, all sizes here: a phone's column
LETTER = 12  # as in page.css
LINE = 42  # of the funnel: label, bar, and what the other run left
FAINTEST_DB = -80  # under the loudest: what is fainter is black
# magma (van der Walt and Smith 2015, CC0) at nine even places: bright is loud, also in grey
PALETTE = "000004 1c1044 4f127b 812581 b5367a e55964 fb8761 fec287 fcfdbf"


class Bar(NamedTuple):
    """A line of the funnel.

    Attributes:
        label: What is said above the bar.
        rows: Its length.
        lost: Rows that the step rejected, drawn behind it.
        other: Its length in the other run, if two are compared.
    """

    label: str
    rows: int
    lost: int
    other: int | None = None


class _Frame(NamedTuple):
    """Where values stand: from ``low`` at the left to ``high``, upwards from 0 to ``most``."""

    left: float
    right: float
    top: float
    bottom: float
    low: float
    high: float
    most: float
    log: bool = False

    def x(self, values: Floats) -> list[float]:
        ends = np.array([self.low, self.high])
        if self.log:
            values, ends = np.log(values), np.log(ends)
        parts = (values - ends[0]) / (ends[1] - ends[0])
        return list((self.left + parts * (self.right - self.left)).tolist())

    def y(self, values: Floats | Counts) -> list[float]:
        return list((self.bottom - values / self.most * (self.bottom - self.top)).tolist())


def funnel(bars: Sequence[Bar], title: str, description: str) -> Markup:
    """Rows that were read, those that each step left, and those that it rejected."""
    most = max([1, *(bar.rows + bar.lost for bar in bars), *(bar.other or 0 for bar in bars)])
    shapes = []
    for place, bar in enumerate(bars):
        top, end, lost = LINE * place, WIDTH * bar.rows / most, WIDTH * bar.lost / most
        shapes.append(_text("", 0, top + LETTER, bar.label))
        shapes.append(_path("kept", f"M0 {top + 16}H{end:.5g}v13H0z"))
        if bar.lost:
            shapes.append(_path("rejected", f"M{end:.5g} {top + 16}h{lost:.5g}v13h{-lost:.5g}z"))
        if bar.other is not None:
            shapes.append(_path("other", f"M0 {top + 33}H{WIDTH * bar.other / most:.5g}"))
    return _figure(LINE * len(bars), shapes, title, description)


def histogram(one: Distribution, other: Distribution | None, title: str, text: str) -> Markup:
    """All measured rows, those that were kept, the thresholds, and what the other run kept."""
    edges, whole = one.axis.edges, one.axis.whole
    low, high = float(edges[0]), float(edges[-1])
    most = 1.04 * max(int(of.max(initial=1)) for of in (one.measured, (other or one).kept))
    frame = _Frame(42, 322, 6, 128, low, high, most, one.axis.log)
    shapes = [
        _path("rejected", _stairs(frame, edges, one.measured)),
        _path("kept", _stairs(frame, edges, one.kept)),
    ]
    if other is not None:
        shapes.append(_path("other", _stairs(frame, edges, other.kept)))
    marks = sorted({mark for limit in one.thresholds for mark in limit.marks()})
    drawn = np.array([mark for mark in marks if low <= mark <= high])
    shapes += [_path("limit", f"M{x:.5g} 6V128") for x in frame.x(drawn)]
    across = powers(low, high) if one.axis.log else round_numbers(low, high, 4, whole)
    upwards = round_numbers(0, most, 3, whole=True)
    shapes += _axes(frame, zip(frame.x(across), map(tick, across), strict=True),
                    zip(frame.y(upwards), map(_short, upwards), strict=True))  # fmt: skip
    ends = "the end bins hold all beyond" if one.axis.cut_low or one.axis.cut_high else ""
    if note := ", ".join(filter(None, (unit_of(one.column), ends))):
        shapes.append(_text("middle", 182, 162, note))
    return _figure(168 if note else 148, shapes, title, text)


def _stairs(frame: _Frame, edges: Floats, counts: Counts) -> str:
    """The outline of a histogram: level over each bin, down to the ground at both ends."""
    left, *ends = frame.x(edges)
    steps = zip(frame.y(counts), ends, strict=True)
    bins = "".join(f"V{height:.5g}H{end:.5g}" for height, end in steps)
    return f"M{left:.5g} {frame.bottom}{bins}V{frame.bottom}z"


def _axes(
    frame: _Frame, across: Iterable[tuple[float, str]], upwards: Iterable[tuple[float, str]]
) -> list[Markup]:
    """Lines to the left and below, with a tick and a label for each place."""
    lines, labels = [f"M{frame.left} {frame.top}V{frame.bottom}H{frame.right}"], []
    for x, label in across:
        lines.append(f"M{x:.5g} {frame.bottom}v4")
        labels.append(_text("middle", x, frame.bottom + 5 + LETTER, label))
    for y, label in upwards:
        lines.append(f"M{frame.left} {y:.5g}h-4")
        labels.append(_text("end", frame.left - 8, y + 4, label))
    return [_path("axis", "".join(lines)), *labels]


def _short(value: float) -> str:
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def sound(samples: npt.NDArray[np.float32], rate_hz: int, title: str, text: str) -> Markup:
    """Waveform above spectrogram."""
    seconds, top = max(len(samples), 1) / rate_hz, rate_hz / 2000
    frame = _Frame(48, 332, 56, 119, 0, seconds, top)
    low, high = _envelope(samples, 240)
    across = np.linspace(frame.left, frame.right, len(low)).tolist()
    above = zip(across, (28 - 26 * high).tolist(), strict=True)
    below = zip(across[::-1], (28 - 26 * low[::-1]).tolist(), strict=True)
    wave = "L".join(f"{x:.5g} {y:.4g}" for x, y in (*above, *below))
    spectrum = data_uri(_png(_spectrogram(samples, rate_hz)[::-1]), "image/png")
    times = round_numbers(0, 0.95 * seconds, 4)  # clear of the end, where a label would be cut
    pitches = np.array([0, top // 2, top // 1])
    shapes = [
        _path("wave", f"M{wave}z"),
        Markup(
            '<image x="48" y="56" width="284" height="63" preserveAspectRatio="none" href="{}"/>'
        ).format(spectrum),
        *_axes(frame, [(x, f"{time:g} s") for x, time in zip(frame.x(times), times, strict=True)],
               [(y, f"{khz:g} kHz") for y, khz in zip(frame.y(pitches), pitches, strict=True)]),
    ]  # fmt: skip
    return _figure(142, shapes, title, text)


def _envelope(
    samples: npt.NDArray[np.float32], points: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    cuts = np.array_split(samples, min(points, max(1, len(samples))))
    low = np.array([cut.min(initial=0) for cut in cuts], np.float32)
    return low, np.array([cut.max(initial=0) for cut in cuts], np.float32)


def _spectrogram(samples: npt.NDArray[np.float32], rate_hz: int) -> npt.NDArray[np.float32]:
    """Power in dB under the loudest bin, shape (frequencies, frames); small, as a page holds many.

    Frames of 512 samples, at most 300; two neighbouring frequencies are averaged.
    """
    size = 512
    padded = np.pad(samples, (0, max(0, size - len(samples))))
    hop = max(size // 4, (len(padded) - size) // 300 + 1)
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop]
    power = np.abs(np.fft.rfft(frames * np.hanning(size), axis=1)[:, :256]) ** 2
    power = power.reshape(len(power), 128, 2).mean(axis=2).T
    loudest = max(float(power.max()), 1e-12)
    decibels: npt.NDArray[np.float32] = 10 * np.log10(np.maximum(power / loudest, 1e-8))
    return decibels


def _png(decibels: npt.NDArray[np.float32]) -> bytes:
    """A picture with a palette (PNG, W3C 2003, section 11): black is faint, bright is loud."""
    shares = 1 - np.clip(decibels, FAINTEST_DB, 0) / FAINTEST_DB
    rows = np.pad(np.round(255 * shares).astype(np.uint8), ((0, 0), (1, 0)))  # 0: not filtered
    known = np.array([list(bytes.fromhex(colour)) for colour in PALETTE.split()])
    places = np.linspace(0, 255, len(known))
    colours = [np.interp(np.arange(256), places, channel) for channel in known.T]
    height, width = decibels.shape
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        (b"PLTE", np.stack(colours, axis=1).round().astype(np.uint8).tobytes()),
        (b"IDAT", zlib.compress(rows.tobytes(), 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def _path(style: str, shape: str) -> Markup:
    return Markup('<path class="{}" d="{}"/>').format(style, shape)


def _text(style: str, x: float, y: float, text: str) -> Markup:
    return Markup('<text class="{}" x="{:.5g}" y="{:.5g}">{}</text>').format(style, x, y, text)


def _figure(height: int, shapes: Sequence[Markup], title: str, text: str) -> Markup:
    """An SVG element, named for those who hear it."""
    body = Markup().join(shapes)
    key = f"f{digest_of(body + title)[:8]}"
    return Markup(
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="{key}-t {key}-d">'
        f'<title id="{key}-t">{escape(title)}</title><desc id="{key}-d">{escape(text)}</desc>'
        f"{body}</svg>"
    )


def data_uri(content: bytes, kind: str) -> str:
    """The bytes of a small file as an address within the page."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
