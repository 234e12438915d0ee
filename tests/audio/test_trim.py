"""Trimming: the bounds of librosa, always."""

import librosa
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from curate.audio.decode import decode
from curate.audio.trim import Bounds, frame_level_db, pad_bounds, speech_bounds


def librosas(samples, top_db=40.0, frame_length=1024, hop_length=256):
    _, bounds = librosa.effects.trim(
        samples, top_db=top_db, frame_length=frame_length, hop_length=hop_length
    )
    return tuple(bounds)


def bursts(seed, size, steepness):
    """Noise whose level wanders by many dB, with runs of digital silence."""
    rng = np.random.default_rng(seed)
    level_db = np.cumsum(rng.normal(0, steepness, size // 64 + 1)).repeat(64)[:size]
    level_db -= level_db.max(initial=0)
    samples = rng.normal(size=size) * 10 ** (level_db / 20)
    quiet = np.repeat(rng.random(size // 500 + 1) < 0.2, 500)[:size]
    return np.where(quiet, 0, samples).astype(np.float32)


def test_bounds_of_every_real_clip_equal_librosas(kashmiri_dir):
    paths = sorted((kashmiri_dir / "wavs").glob("*.wav"))
    clips = [decode(path).samples for path in paths]
    assert len(clips) == 80
    assert [speech_bounds(clip) for clip in clips] == [librosas(clip) for clip in clips]


@pytest.mark.parametrize("top_db", [20, 30, 60])
def test_bounds_equal_librosas_at_other_depths(kashmiri_dir, top_db):
    for path in sorted((kashmiri_dir / "wavs").glob("*.wav"))[::8]:
        samples = decode(path).samples
        assert speech_bounds(samples, top_db) == librosas(samples, top_db)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 20_000), st.sampled_from([0.5, 3, 10]))
def test_bounds_of_any_signal_equal_librosas(seed, size, steepness):
    samples = bursts(seed, size, steepness)
    assert speech_bounds(samples) == librosas(samples)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 1500), st.integers(1, 700))
@example(0, 1024, 300)
@example(0, 5, 700)
@example(0, 1, 1)
def test_any_frame_and_hop_equal_librosas(seed, frame_length, hop_length):
    samples = bursts(seed, 6000, 5)
    expected = librosas(samples, 40, frame_length, hop_length)
    assert speech_bounds(samples, 40, frame_length, hop_length) == expected


@pytest.mark.parametrize("offset", [-1e-7, 0.0, 1e-7])
def test_a_frame_at_the_very_threshold_goes_librosas_way(offset):
    samples = np.concatenate([np.full(4096, 0.01 * (1 + offset)), np.full(8192, 1.0)])
    samples = samples.astype(np.float32)
    assert speech_bounds(samples) == librosas(samples)


@pytest.mark.parametrize("size", [1, 2, 255, 256, 511, 512, 1023, 1024, 1025])
def test_clips_around_the_length_of_a_frame_equal_librosas(size):
    samples = np.linspace(0, 0.5, size, dtype=np.float32)
    assert speech_bounds(samples) == librosas(samples)


def test_digital_silence_is_kept_whole_as_librosa_does():
    silence = np.zeros(5000, np.float32)
    assert speech_bounds(silence) == librosas(silence) == (0, 5000)


def test_an_empty_clip_has_empty_bounds():
    assert speech_bounds(np.zeros(0, np.float32)) == (0, 0)


def test_level_of_a_full_scale_square_is_zero_db():
    level_db = frame_level_db(np.ones(8192, np.float32))
    assert level_db[8] == pytest.approx(0.0)
    assert level_db.shape == (1 + 8192 // 256,)


def test_padding_stays_within_the_clip():
    assert pad_bounds(Bounds(100, 900), 50, 1000) == (50, 950)
    assert pad_bounds(Bounds(100, 900), 500, 1000) == (0, 1000)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_is_kept_whole(bad):
    samples = bursts(0, 9000, 3)
    samples[9] = bad
    assert speech_bounds(samples) == (0, 9000)
