"""The report's figures: lengths, outlines and ticks are the numbers that they stand for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from curate.publish.report.axis import Axis, choose_axis, powers, round_numbers
from curate.publish.report.figures import WIDTH, Bar, funnel, histogram, sound
from curate.publish.report.measure import Distribution, Threshold, as_floats


def distribution(
    edges: Sequence[float], measured: Sequence[int], kept: Sequence[int], *limits: Threshold,
    log: bool = False, column: str = "score",
) -> Distribution:  # fmt: skip
    axis = Axis(np.array(edges, np.float64), log=log)
    counts = (np.array(measured, np.int64), np.array(kept, np.int64))
    return Distribution(column, axis, *counts, limits, [], edges[0], edges[-1])


def least(value: float) -> Threshold:
    return Threshold(0, "filters.score", "least", "score", "least", value, ("too low",))


def paths(svg: str, style: str) -> list[str]:
    return [one.get("d", "") for one in ElementTree.fromstring(svg) if one.get("class") == style]


def labels(svg: str) -> list[str]:
    return [one.text or "" for one in ElementTree.fromstring(svg) if one.tag == "text"]


def heights(outline: str) -> list[tuple[float, float, float]]:
    """Left, right and height above the ground of each bin of an outline."""
    left, ground, bins, end = re.fullmatch(r"M(\S+) (\S+?)(V.*)V(\S+)z", outline).groups()  # type: ignore[union-attr]
    assert end == ground
    found = []
    for height, right in re.findall(r"V([^H]+)H([^V]+)", bins):
        found.append((float(left), float(right), float(ground) - float(height)))
        left = right
    return found


def test_a_figure_is_named_for_those_who_hear_it() -> None:
    svg = funnel([Bar("read: <9>", 9, 0)], "<T>", "D & d")
    assert re.fullmatch(
        r'<svg viewBox="0 0 346 42" role="img" aria-labelledby="(f\w+)-t \1-d">'
        r'<title id="\1-t">&lt;T&gt;</title><desc id="\1-d">D &amp; d</desc>'
        r'<text class="" x="0" y="12">read: &lt;9&gt;</text><path class="kept" [^>]*/></svg>',
        svg,
    )


def test_bars_are_as_long_as_rows_are_many() -> None:
    svg = funnel([Bar("read", 400, 0), Bar("a", 100, 300, other=200)], "", "")
    assert paths(svg, "kept") == [f"M0 16H{WIDTH}v13H0z", f"M0 58H{WIDTH / 4:g}v13H0z"]
    lost = WIDTH * 3 / 4
    assert paths(svg, "rejected") == [f"M{WIDTH / 4:g} 58h{lost:g}v13h-{lost:g}z"]
    assert paths(svg, "other") == [f"M0 75H{WIDTH / 2:g}"]


def test_a_funnel_without_rows_is_drawn() -> None:
    assert paths(funnel([Bar("read: 0", 0, 0, other=0)], "", ""), "kept") == ["M0 16H0v13H0z"]


def test_bins_are_as_high_as_rows_are_many() -> None:
    svg = histogram(distribution([0, 1, 3, 4], [4, 10, 0], [2, 5, 0]), None, "", "")
    for style, counts in (("rejected", [4, 10, 0]), ("kept", [2, 5, 0])):
        bins = heights(paths(svg, style)[0])
        full = 122 / 10.4  # pixels for a row
        assert [height / full for *_, height in bins] == pytest.approx(counts, abs=0.01)
        assert [right - left for left, right, _ in bins] == pytest.approx([70, 140, 70], abs=0.01)


def test_bins_of_a_logarithmic_axis_are_equally_wide_and_labelled_by_powers() -> None:
    one = distribution(np.geomspace(0.1, 1000, 5).tolist(), [1, 1, 1, 1], [1, 1, 1, 1], log=True)
    svg = histogram(one, None, "", "")
    widths = [right - left for left, right, _ in heights(paths(svg, "kept")[0])]
    assert widths == pytest.approx([70] * 4, abs=0.01)
    assert labels(svg)[:5] == ["0.1", "1", "10", "100", "1,000"]


def test_a_threshold_stands_at_its_value_or_is_not_drawn() -> None:
    svg = histogram(distribution([0, 1, 2], [1, 1], [0, 1], least(0.5), least(9)), None, "", "")
    assert paths(svg, "limit") == ["M112 6V128"]


def test_the_other_run_is_drawn_to_the_same_height() -> None:
    one, other = distribution([0, 1], [1], [1]), distribution([0, 1], [50], [50])
    svg = histogram(one, other, "", "")
    assert heights(paths(svg, "other")[0])[0][2] == pytest.approx(122 / 1.04, abs=0.01)
    assert heights(paths(svg, "kept")[0])[0][2] == pytest.approx(122 / 52, abs=0.01)


def test_the_unit_stands_below_the_axis() -> None:
    assert "Hz" in labels(histogram(distribution([0, 1], [1], [1], column="rate_hz"), None, "", ""))


def test_the_same_numbers_give_the_same_bytes() -> None:
    tone = np.sin(np.arange(6000) / 3).astype(np.float32)
    assert sound(tone, 8000, "a", "b") == sound(tone, 8000, "a", "b")


@pytest.mark.filterwarnings("error")
@given(st.lists(st.floats(allow_nan=False), min_size=1, max_size=9), st.floats(-1e6, 1e6))
def test_numbers_of_any_size_are_drawn(values: list[float], limit: float) -> None:
    numbers = as_floats(pa.chunked_array([pa.array(values)]))
    numbers = numbers[~np.isnan(numbers)]
    assume(len(numbers))
    low, high = float(numbers.min()), float(numbers.max())
    axis = choose_axis(numbers, low, high, False, [limit])
    counts = axis.tally(numbers)
    one = Distribution("score", axis, counts, counts, (least(limit),), [], low, high)
    assert not re.search("nan|inf", histogram(one, None, "", ""))


@pytest.mark.parametrize("length", [0, 1, 100, 511, 48000])
def test_clips_of_any_length_are_drawn(length: int) -> None:
    svg = sound(np.zeros(length, np.float32), 16000, "", "")
    assert {"0 s", "0 kHz", "4 kHz", "8 kHz"} <= set(labels(svg))


@pytest.mark.parametrize(
    ("low", "high", "most", "whole", "places"),
    [  # as matplotlib's MaxNLocator cuts them
        (9, 535, 4, False, [150, 300, 450]),
        (2.522, 14, 4, False, [3, 6, 9, 12]),
        (-0.0113, 0.0108, 4, False, [-0.006, 0, 0.006]),
        (-0.5, 8.5, 4, True, [0, 3, 6]),
        (0, 1.04, 3, True, [0, 1]),
        (0, 130000, 3, True, [0, 50000, 100000]),
    ],
)
def test_round_numbers_are_those_of_another_library(
    low: float, high: float, most: int, whole: bool, places: list[float]
) -> None:
    assert round_numbers(low, high, most, whole) == pytest.approx(places)


@given(st.floats(-1e12, 1e12), st.floats(1e-6, 1e12), st.integers(2, 6), st.booleans())
def test_round_numbers_lie_in_their_range_and_are_not_many(
    low: float, span: float, most: int, whole: bool
) -> None:
    high = low + max(span, 1e-9 * abs(low))
    places = round_numbers(low, high, most, whole)
    near = 1e-6 * (high - low)
    assert len(places) <= most + 1
    assert all(low - near <= place <= high + near for place in places)
    assert not whole or all(place == round(place) for place in places)


@given(st.floats(1e-9, 1e9), st.floats(200, 1e12))
def test_powers_of_ten_label_every_logarithmic_axis(low: float, ratio: float) -> None:
    assert 2 <= len(powers(low, low * ratio)) <= 6
