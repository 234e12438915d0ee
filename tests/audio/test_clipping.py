"""Clipping: counted by hand, and found on real speech driven over full scale."""

import numpy as np
import pytest

from curate.audio.clipping import clip_ratio
from curate.audio.decode import decode


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        ([1, 1, 1, 0, 0, 0], 3 / 6),
        ([1, 1, 0, 1, 1, 0], 0),
        ([1, 1, 1, 1, -1, -1, -1, 0], 7 / 8),
        ([1, -1, 1, -1, 1, -1], 0),
        ([0.5, 0.5, 0.5, 0.5], 0),
        ([0.98, 0.98, 0.98, -0.5], 3 / 4),
        ([1, 1, 1, -0.99, -0.99, -0.99], 1),
        ([1], 0),
        ([], 0),
    ],
)
def test_runs_of_three_at_the_extreme_are_counted(samples, expected):
    assert clip_ratio(np.array(samples, np.float32)) == pytest.approx(expected)


def test_a_full_scale_16_bit_run_counts_on_both_sides():
    samples = np.array([32767] * 3 + [0] * 4 + [-32768] * 3, np.float32) / 32768
    assert clip_ratio(samples) == pytest.approx(0.6)


def test_a_sine_that_touches_full_scale_is_not_clipped():
    samples = np.sin(np.arange(22_050) * 0.31).astype(np.float32)
    assert clip_ratio(samples) == 0.0


@pytest.mark.parametrize(("over_db", "least"), [(1, 0.75), (3, 0.98), (4, 1.0)])
def test_speech_driven_over_full_scale_is_found(kashmiri_dir, over_db, least):
    clips = [decode(path).samples for path in sorted((kashmiri_dir / "wavs").glob("*.wav"))]
    driven = [np.clip(x / np.abs(x).max() * 10 ** (over_db / 20), -1, 1) for x in clips]
    assert np.mean([clip_ratio(clip) > 0 for clip in driven]) >= least


def test_speech_softened_after_the_cut_is_not_found(kashmiri_dir):
    samples = decode(kashmiri_dir / "wavs" / "KAS_F_ANGER_00071.wav").samples
    cut = np.clip(2 * samples, -1, 1)
    assert clip_ratio(cut) > 0
    assert clip_ratio(0.9 * cut) == 0
