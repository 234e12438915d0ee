"""Silence: gaps of known length between tones."""

import numpy as np
import pytest

from curate.audio.silence import silence

RATE_HZ = 22_050
FRAME = (1024 + 256) / RATE_HZ


def tones_and_gaps(*seconds):
    """Silence and tone in turn, silence first."""
    parts = []
    for index, length in enumerate(seconds):
        size = int(length * RATE_HZ)
        tone = 0.5 * np.sin(np.arange(size) * 0.2)
        parts.append(tone if index % 2 else np.zeros(size))
    return np.concatenate(parts).astype(np.float32)


def test_lead_trail_and_pause_are_measured_within_a_frame():
    found = silence(tones_and_gaps(0.5, 1.0, 0.7, 1.0, 0.3, 1.0, 0.4), RATE_HZ)
    assert found.lead == pytest.approx(0.5, abs=FRAME)
    assert found.trail == pytest.approx(0.4, abs=FRAME)
    assert found.longest_pause == pytest.approx(0.7, abs=FRAME)
    assert found.share == pytest.approx(1.0 / 4.0, abs=FRAME)


def test_a_clip_full_of_sound_has_no_silence():
    assert silence(tones_and_gaps(0, 2.0), RATE_HZ) == (0.0, 0.0, 0.0, 0.0)


def test_a_clip_without_sound_is_all_lead():
    assert silence(np.zeros(RATE_HZ, np.float32), RATE_HZ) == (1.0, 0.0, 1.0, 1.0)


def test_an_empty_clip_has_nothing():
    assert silence(np.zeros(0, np.float32), RATE_HZ) == (0.0, 0.0, 0.0, 0.0)


def test_one_sample_is_sound():
    assert silence(np.ones(1, np.float32), RATE_HZ) == (0.0, 0.0, 0.0, 0.0)


def test_noise_under_the_threshold_is_silence():
    samples = tones_and_gaps(0, 1.0, 1.0, 1.0)
    hiss = np.random.default_rng(0).normal(0, 1, samples.size).astype(np.float32)
    assert silence(samples + 1e-3 * hiss, RATE_HZ).longest_pause > 0.9
    assert silence(samples + 1e-1 * hiss, RATE_HZ).longest_pause == 0.0
    assert silence(samples + 1e-1 * hiss, RATE_HZ, top_db=10).longest_pause > 0.9


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_counts_as_without_sound(bad):
    samples = tones_and_gaps(0, 1.0)
    samples[9] = bad
    assert silence(samples, RATE_HZ).share == 1.0
