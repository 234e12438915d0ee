"""Figures of the report: matplotlib draws, CSS colours, so that light and dark both hold.

Colours are placeholders that become CSS variables; text stays text; ids are made unique; the same
numbers give the same bytes. Figures are drawn for the width of a phone and never scaled below it.
"""

from __future__ import annotations

import base64
import io
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
from markupsafe import Markup, escape

from curate.publish.report.measure import Distribution
from curate.publish.report.words import tick, unit_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 3.6  # inches of 72 points: 346 CSS pixels, a phone's column
# matplotlib writes these six digits, CSS variables take their place
INK, MUTED, GRID, REJECTED, KEPT, LIMIT, OTHER = (f"#01020{digit}" for digit in range(1, 8))
_NAMES = {
    INK: "ink", MUTED: "muted", GRID: "line", REJECTED: "rejected", KEPT: "kept",
    LIMIT: "limit", OTHER: "other",
}  # fmt: skip
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "curate",
    "font.family": "sans-serif",
    "font.size": 9,
    "text.parse_math": False,
    "text.color": INK,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "hatch.linewidth": 0.6,
    "hatch.color": INK,
    "path.simplify": True,
}


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


def funnel(bars: Sequence[Bar], title: str, description: str) -> Markup:
    """Rows that were read, those that each step left, and those that it rejected."""
    with _Drawing(WIDTH, 0.42 * len(bars) + 0.1) as (figure, save):
        axes = figure.add_axes((0.005, 0.0, 0.99, 1.0))
        axes.set_axis_off()
        most = max([1, *(bar.rows + bar.lost for bar in bars), *(bar.other or 0 for bar in bars)])
        for place, bar in enumerate(bars):
            axes.text(0, place - 0.16, bar.label, va="bottom", ha="left", color=INK)
            axes.barh(place + 0.08, bar.rows / most, height=0.34, color=KEPT)
            if bar.lost:
                axes.barh(
                    place + 0.08, bar.lost / most, left=bar.rows / most, height=0.34,
                    facecolor=REJECTED, hatch="////", edgecolor=INK, linewidth=0,
                )  # fmt: skip
            if bar.other is not None:
                axes.plot([0, bar.other / most], [place + 0.33] * 2, color=OTHER, lw=2.5, ls="--")
        axes.set_xlim(0, 1)
        axes.set_ylim(len(bars) - 0.45, -0.62)
        return save(title, description)


def histogram(one: Distribution, other: Distribution | None, title: str, text: str) -> Markup:
    """All measured rows, those that were kept, the thresholds, and what the other run kept."""
    with _Drawing(WIDTH, 1.75) as (figure, save):
        axes = figure.add_axes((0.12, 0.235, 0.81, 0.73))
        edges = one.axis.edges
        if one.axis.log:
            axes.set_xscale("log")
        axes.stairs(
            one.measured, edges, fill=True, facecolor=REJECTED, hatch="//////", edgecolor=INK, lw=0
        )
        axes.stairs(one.kept, edges, fill=True, facecolor=KEPT, edgecolor=KEPT, lw=0.4)
        if other is not None:
            axes.stairs(other.kept, edges, color=OTHER, lw=1.6, ls="--")
        for mark in sorted({mark for limit in one.thresholds for mark in limit.marks()}):
            if edges[0] <= mark <= edges[-1]:
                axes.axvline(mark, color=LIMIT, lw=1.6)
        most = max(int(counts.max(initial=1)) for counts in (one.measured, (other or one).kept))
        axes.set_ylim(0, 1.04 * most)
        _finish(axes, one, unit_of(one.column))
        return save(title, text)


def _finish(axes: Axes, one: Distribution, unit: str) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

    axes.set_xlim(one.axis.edges[0], one.axis.edges[-1])
    axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _short(value)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(value)))
    if one.axis.log:
        axes.xaxis.set_minor_formatter(NullFormatter())
    else:
        axes.xaxis.set_major_locator(MaxNLocator(4, integer=one.axis.whole))
    ends = one.axis.cut_low or one.axis.cut_high
    note = "the end bins hold all beyond" if ends else ""
    axes.set_xlabel(", ".join(filter(None, (unit, note))), labelpad=3)
    axes.tick_params(length=3)


def _short(value: float) -> str:
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def sound(samples: npt.NDArray[np.float32], rate_hz: int, title: str, text: str) -> Markup:
    """Waveform above spectrogram."""
    with _Drawing(WIDTH, 1.5) as (figure, save):
        from matplotlib.ticker import FuncFormatter

        seconds, top = max(len(samples), 1) / rate_hz, rate_hz / 2000
        axes = figure.add_axes((0.14, 0.17, 0.82, 0.82))
        axes.imshow(
            _spectrogram(samples, rate_hz), origin="lower", aspect="auto", cmap="magma",
            vmin=-80, vmax=0, extent=(0, seconds, 0, top), interpolation="none",
        )  # fmt: skip
        # The waveform lies above, in the same axes: a second pair takes as long as all the rest.
        low, high = _envelope(samples, 240)
        middle, half = 1.45 * top, 0.4 * top
        times = np.linspace(0, seconds, len(low))
        axes.fill_between(times, middle + half * low, middle + half * high, color=KEPT, lw=0.5)
        axes.set(xlim=(0, seconds), ylim=(0, 1.87 * top), yticks=[0, top // 2, top // 1])
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g} kHz"))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g} s"))
        axes.xaxis.set_major_locator(_few(4))
        axes.spines["left"].set_visible(False)
        axes.tick_params(length=2)
        return save(title, text)


def _few(ticks: int) -> Any:
    """Ticks that stay clear of both ends, where their labels would be cut off."""
    from matplotlib.ticker import MaxNLocator

    class Inside(MaxNLocator):
        def tick_values(self, vmin: float, vmax: float) -> Any:
            inner = 0.05 * (vmax - vmin)
            places = np.asarray(super().tick_values(vmin, vmax))
            return places[(places >= vmin) & (places <= vmax - inner)]

    return Inside(ticks)


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


class _Drawing:
    """A figure in the report's style, and what turns it into inline SVG."""

    def __init__(self, width: float, height: float) -> None:
        self._size = (width, height)

    def __enter__(self) -> tuple[Figure, Callable[[str, str], Markup]]:
        import matplotlib
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure

        self._style = matplotlib.rc_context(_STYLE)
        self._style.__enter__()
        self._figure = Figure(figsize=self._size, dpi=72)
        FigureCanvasSVG(self._figure)
        return self._figure, self._save

    def __exit__(self, *_: object) -> None:
        self._style.__exit__(None, None, None)

    def _save(self, title: str, text: str) -> Markup:
        out = io.StringIO()
        metadata: Mapping[str, None] = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        with warnings.catch_warnings():
            # The browser draws the letters, so what matplotlib's own font lacks is no matter.
            warnings.filterwarnings("ignore", "Glyph .* missing", UserWarning)
            self._figure.savefig(out, format="svg", transparent=True, metadata=metadata)
        return inline(out.getvalue(), title, text)


def inline(svg: str, title: str, text: str) -> Markup:
    """An SVG document as an element of a page: coloured by CSS, named for those who hear it."""
    svg = re.sub(r".*?(?=<svg)", "", svg, count=1, flags=re.DOTALL)
    svg = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", "", svg, flags=re.DOTALL)
    key = _digest(svg + title)
    svg = re.sub(r'\bid="([^"]*)"', rf'id="{key}-\1"', svg)
    svg = re.sub(r"url\(#", f"url(#{key}-", svg)
    svg = re.sub(r'href="#', f'href="#{key}-', svg)
    for colour, name in _NAMES.items():
        svg = svg.replace(colour, f"var(--{name})")
    svg = re.sub(r" font-family: [^;\"]*;?", "", svg)
    svg = re.sub(r"(?<=[\d.]) \n|\n", " ", svg)
    box = re.search(r'viewBox="([^"]*)"', svg)
    head = (
        f'<svg viewBox="{box[1] if box else ""}" role="img" '
        f'aria-labelledby="{key}-t {key}-d" xmlns:xlink="http://www.w3.org/1999/xlink">'
        f'<title id="{key}-t">{escape(title)}</title><desc id="{key}-d">{escape(text)}</desc>'
    )
    return Markup(re.sub(r"<svg[^>]*>", lambda _: head, svg, count=1).strip())


def _digest(text: str) -> str:
    from curate.arrow import digest_of

    return f"f{digest_of(text)[:8]}"


def data_uri(content: bytes, kind: str) -> str:
    """The bytes of a small file as an address within the page."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
