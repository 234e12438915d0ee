"""DNSMOS P.835 on a network small enough to work out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny_models import DNSMOS_WINDOW as WINDOW
from tiny_models import write_dnsmos

from curate.audio.neural import dnsmos


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dnsmos(tmp_path_factory.mktemp("dnsmos"))


def test_scores_are_the_published_polynomials_of_the_raw_values(weights: Path) -> None:
    clip = np.full(WINDOW, 0.5, np.float32)
    expected = (
        -0.08397278 * 0.5**2 + 1.22083953 * 0.5 + 0.0052439,
        -0.13166888 * 1.0**2 + 1.60915514 * 1.0 - 0.39604546,
        -0.06766283 * 2.0**2 + 1.11546468 * 2.0 + 0.04602535,
    )
    assert dnsmos.score(clip, 16_000, weights, "cpu") == pytest.approx(expected, abs=1e-6)


def test_scores_are_the_mean_over_windows_one_second_apart(weights: Path) -> None:
    # 11 s: windows begin at 0 and 1 s; all is 1/8, but 7/8 in the second's last
    # second (binary fractions, so that the network's sums are exact)
    clip = np.full(11 * 16_000, 0.125, np.float32)
    clip[WINDOW:] = 0.875
    means = np.array([0.125, (0.125 * (WINDOW - 16_000) + 0.875 * 16_000) / WINDOW])
    sig = -0.08397278 * means**2 + 1.22083953 * means + 0.0052439
    assert dnsmos.score(clip, 16_000, weights, "cpu")[0] == pytest.approx(sig.mean(), abs=1e-6)


@pytest.mark.parametrize(
    ("seconds", "count"), [(9.01, 1), (10, 1), (10.99, 1), (11, 2), (4.6, 1), (8, 7), (20.5, 7)]
)
def test_windows_are_as_many_as_in_the_authors_script(seconds: float, count: int) -> None:
    # int(floor(seconds) - 9.01) + 1; under 9.01 s the clip is doubled first; never those from
    # 7 to 23 s, because int((7 + 9.01) * 16000) is 256159
    clip = np.zeros(round(seconds * 16_000), np.float32)
    assert [window.size for window in dnsmos.windows(clip)] == [WINDOW] * count


def test_short_clip_is_repeated_and_not_padded() -> None:
    (window,) = dnsmos.windows(np.arange(73_000, dtype=np.float32))
    assert window.tolist() == [*range(73_000), *range(WINDOW - 73_000)]


def test_other_rates_are_resampled(weights: Path) -> None:
    clip = np.full(48_000 * 10, 0.5, np.float32)
    direct = dnsmos.score(np.full(160_000, 0.5, np.float32), 16_000, weights, "cpu")
    assert dnsmos.score(clip, 48_000, weights, "cpu") == pytest.approx(direct, abs=1e-4)


@pytest.mark.parametrize("samples", [0, 1])
def test_clip_of_next_to_no_samples_does_not_crash(samples: int, weights: Path) -> None:
    assert len(dnsmos.score(np.zeros(samples, np.float32), 48_000, weights, "cpu")) == 3
