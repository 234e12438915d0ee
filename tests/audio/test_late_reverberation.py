"""Late reverberation: the gain of Ephraim and Malah, frame by frame as published."""

import numpy as np
import pytest
from scipy.special import exp1

from curate.audio.late_reverberation import KNOTS, gain_table, suppress_late, turn_down_late
from curate.audio.stft import stft

RATE_HZ = 22050


def noise(length=RATE_HZ):
    return 0.1 * np.random.default_rng(0).standard_normal(length)


def gain_by_the_book(power, late, floor, memory):
    """Ephraim and Malah 1985, eq. 20, with the decision-directed ratio, shape (bins, frames)."""
    gain = np.empty_like(power)
    before = power[:, 0]
    for t in range(power.shape[1]):
        posterior = np.minimum(power[:, t] / late[:, t], 1e4)
        prior = np.maximum(posterior - 1, 0)
        if t:
            prior = memory * gain[:, t - 1] ** 2 * before + (1 - memory) * prior
        prior = np.maximum(prior, 1e-3)
        v = np.maximum(prior / (1 + prior) * posterior, 1e-6)
        gain[:, t] = np.clip(prior / (1 + prior) * np.exp(exp1(v) / 2), floor, 1)
        before = posterior
    return gain


def late_by_the_book(power, back, left, smoothing):
    late = np.full_like(power, 1e-14)
    smooth = power[:, 0]
    for t in range(power.shape[1] - back):
        smooth = smoothing * smooth + (1 - smoothing) * power[:, t]
        late[:, t + back] = left * smooth
    return late


@pytest.mark.parametrize("t60", [0.3, 1.2])
def test_gain_is_that_of_the_papers(t60):
    before = np.abs(stft(noise(), 512, 128).frames_by_bins().T)
    seen = stft(noise(), 512, 128)
    turn_down_late(seen, RATE_HZ / 128, t60, guard=0.03, amount=0.7, floor_db=-15, memory=0.8)
    back = round(0.03 * RATE_HZ / 128)
    left = 0.7 * 10 ** (-6 * back * 128 / RATE_HZ / t60)
    power = before**2 + 1e-14
    late = late_by_the_book(power, back, left, 0.5)
    expected = before * gain_by_the_book(power, late, 10 ** (-15 / 20), 0.8)
    np.testing.assert_allclose(np.abs(seen.frames_by_bins().T), expected, rtol=1e-6, atol=1e-12)


def test_exponential_integral_in_the_table_is_scipys():
    v = np.geomspace(1e-6, 500, 100_001)
    w = v / (1 + v)
    table = gain_table()
    factor = np.interp(w * KNOTS, np.arange(len(table)), table) / np.sqrt(w)
    np.testing.assert_allclose(factor, np.exp(exp1(v) / 2), rtol=1e-7)


def test_gain_never_falls_below_the_floor():
    before, seen = stft(noise(), 512, 128), stft(noise(), 512, 128)
    turn_down_late(seen, RATE_HZ / 128, 5.0, floor_db=-12, amount=100)
    gain = np.abs(seen.frames_by_bins()) / np.abs(before.frames_by_bins())
    assert gain.min() == pytest.approx(10 ** (-12 / 20))
    assert gain.max() <= 1 + 1e-12


def test_a_very_dry_room_leaves_the_signal_alone():
    clean = suppress_late(noise(), RATE_HZ, 0.01)
    np.testing.assert_allclose(clean, noise(), rtol=0, atol=1e-4)


def test_a_dying_tail_is_turned_down():
    tail = noise(2 * RATE_HZ) * 10 ** (-3 * np.arange(2 * RATE_HZ) / RATE_HZ)
    clean = suppress_late(tail, RATE_HZ, 1.0)
    half = slice(RATE_HZ // 2, RATE_HZ)
    assert np.sum(clean[half] ** 2) < 0.5 * np.sum(tail[half] ** 2)


@pytest.mark.parametrize("length", [0, 1, 700])
def test_short_signals_keep_their_length_and_stay_finite(length):
    clean = suppress_late(noise(length), RATE_HZ, 0.5)
    assert clean.shape == (length,)
    assert np.isfinite(clean).all()


def test_silence_stays_silent():
    assert not suppress_late(np.zeros(RATE_HZ), RATE_HZ, 0.5).any()
