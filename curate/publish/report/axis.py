"""How the axis of a histogram is cut: linear, logarithmic or by whole numbers; no far tails."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
BINS = 60
FINE = 2  # points for a threshold in each bin
LEAST_FILLED = 0.08  # of the axis: a threshold that leaves less to the values is not drawn
LEAST_SPAN = 1e-300  # less is no span: 1e-320 cannot be divided by the number of bins
MOST_WHOLE = 60  # up to so many whole numbers get a bin each
_STEPS = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)


class Axis(NamedTuple):
    """Bins of a histogram; values outside count in the first and last.

    Attributes:
        edges: Ascending, one more than there are bins.
        log: Whether it is drawn on a logarithmic scale.
        whole: Whether each bin stands for one whole number.
        cut_low: Whether there are values below the first edge.
        cut_high: Whether there are values above the last edge.
    """

    edges: Floats
    log: bool = False
    whole: bool = False
    cut_low: bool = False
    cut_high: bool = False

    def tally(self, values: Floats) -> npt.NDArray[np.int64]:
        """Values in each bin: they are sorted first, a tenth of the work of placing each."""
        below = np.searchsorted(np.sort(values), self.edges[1:-1], side="left")
        return np.diff(below, prepend=0, append=len(values))

    def grid(self) -> Floats:
        """Points at which a threshold could stand, as round as four digits are."""
        if self.whole:
            return self.edges[:-1] + 0.5
        parts = np.linspace(0, 1, FINE, endpoint=False)
        low, high = self.edges[:-1, None], self.edges[1:, None]
        between = low * (high / low) ** parts if self.log else low + (high - low) * parts
        points = np.append(between.ravel(), self.edges[-1])
        return np.unique([float(f"{point:.4g}") for point in points])


def choose_axis(
    sample: Floats, low: float, high: float, whole: bool, thresholds: Sequence[float]
) -> Axis:
    """Cut an axis.

    Args:
        sample: Some of the values.
        low: The smallest of all.
        high: The largest of all.
        whole: Whether all are whole numbers.
        thresholds: Values that should be on it, unless they lie far off.
    """
    if whole and high - low <= MOST_WHOLE:
        near = [float(round(value)) for value in thresholds]
        near = [value for value in near if low - MOST_WHOLE <= value <= high + MOST_WHOLE]
        first, last = min([low, *near]), max([high, *near])
        return Axis(np.arange(first, last + 2) - 0.5, whole=True)
    middle = float(np.median(sample))
    if low > 0 and high > 20 * middle and high / low > 200:
        near = [value for value in thresholds if low / 10 <= value <= high * 10 and value > 0]
        first, last = min([low, *near]), max([high, *near])
        return Axis(np.geomspace(first, last * (1 + 1e-9), BINS + 1), log=True)
    first, last = _without_tails(sample, low, high)
    near = []
    for value in thresholds:
        if last - first >= LEAST_FILLED * (max(last, value) - min(first, value)):
            near.append(value)
    first, last = min([first, *near]), max([last, *near])
    if last - first < LEAST_SPAN:
        pad = abs(first) * 0.5 or 0.5
        first, last = first - pad, last + pad
    elif near:  # so that a threshold at the end of the values does not lie on the frame
        pad = 0.04 * (last - first)
        first = first - pad if min(near) == first != 0 else first
        last = last + pad if max(near) == last != 1 else last
    return Axis(np.linspace(first, last, BINS + 1), cut_low=low < first, cut_high=high > last)


def _without_tails(sample: Floats, low: float, high: float) -> tuple[float, float]:
    """The range, but for the last percent where it is stretched to more than thrice the rest."""
    least, most = np.quantile(sample, [0.01, 0.99])
    span = float(most - least)
    if span <= 0:
        return low, high
    first = float(least - span / 2) if low < least - 2 * span else low
    last = float(most + span / 2) if high > most + 2 * span else high
    return first, last


def round_numbers(low: float, high: float, most: int, whole: bool = False) -> Floats:
    """Round numbers within a range, as far apart as at most so many steps need.

    >>> round_numbers(0, 1, 4).tolist(), round_numbers(9, 535, 4, whole=True).tolist()
    ([0.0, 0.25, 0.5, 0.75, 1.0], [150.0, 300.0, 450.0])
    """
    least = max((high - low) / most, 1.0 if whole else 0.0)
    power = 10.0 ** math.floor(math.log10(least))
    steps = [step * power for step in _STEPS if not whole or (step * power).is_integer()]
    step = next(step for step in steps if step >= least * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return np.arange(first, last + 1, dtype=np.float64) * step


def powers(low: float, high: float, most: int = 6) -> Floats:
    """Powers of ten within a range, about so many at most.

    >>> powers(0.02, 3000).tolist()
    [0.1, 1.0, 10.0, 100.0, 1000.0]
    """
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    apart = math.ceil((last - first + 1) / most)
    return np.array([10.0**power for power in range(first, last + 1, apart)])
