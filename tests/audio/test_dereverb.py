"""The whole of stage 1 on one clip: what it gains on a room, what it leaves alone."""

import dataclasses as dc
import os

import numpy as np
import pytest
from scipy import signal

from curate.audio.decay import Decay, decay
from curate.audio.decode import decode
from curate.audio.dereverb import Settings, dereverberate, frame_at, is_reverberant, restore
from curate.errors import EnvironmentError_

RATE_HZ = 22050


def clip(folder, index=3):
    return decode(sorted((folder / "wavs").glob("*.wav"))[index]).samples


def in_a_room(dry, t60=0.5):
    """Direct sound and an exponential tail 15 dB under it at the start (Polack's model)."""
    at = np.arange(int(1.2 * t60 * RATE_HZ)) / RATE_HZ
    tail = np.random.default_rng(0).standard_normal(at.size) * 10 ** (-3 * at / t60)
    response = 0.05 * tail
    response[0] = 1
    return (0.5 * signal.fftconvolve(dry, response)[: dry.size]).astype(np.float32)


def test_reverberant_speech_gains_in_pesq_and_estoi(kashmiri_dir):
    from pesq import pesq
    from pystoi import stoi

    dry = clip(kashmiri_dir)
    wet = in_a_room(dry)
    clean = dereverberate(wet, RATE_HZ, Settings(), decay(wet, RATE_HZ))
    dry, wet, clean = (signal.resample_poly(x, 320, 441) for x in (dry, wet, clean))
    assert pesq(16000, dry, clean, "wb") > pesq(16000, dry, wet, "wb") + 0.1
    assert stoi(dry, clean, 16000, extended=True) > stoi(dry, wet, 16000, extended=True) + 0.05


def test_result_is_float32_of_the_same_length(kashmiri_dir):
    wet = in_a_room(clip(kashmiri_dir))
    clean = dereverberate(wet, RATE_HZ, Settings(), decay(wet, RATE_HZ))
    assert clean.dtype == np.float32
    assert clean.shape == wet.shape


def test_the_same_clip_gives_the_same_samples(kashmiri_dir):
    wet = in_a_room(clip(kashmiri_dir))
    first, second = (dereverberate(wet, RATE_HZ, Settings(), Decay(0.3, 0.4, 0.5)) for _ in "ab")
    assert first.tobytes() == second.tobytes()


def test_without_an_estimate_the_late_rest_is_left(kashmiri_dir):
    wet = in_a_room(clip(kashmiri_dir))
    alone = dc.replace(Settings(), suppress_late=False)
    expected = dereverberate(wet, RATE_HZ, alone, Decay(0.3, 0.4, 0.5))
    np.testing.assert_array_equal(dereverberate(wet, RATE_HZ, Settings(), None), expected)


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(0, np.float32),
        np.zeros(1, np.float32),
        np.zeros(RATE_HZ - 1, np.float32),
        np.full(2 * RATE_HZ, np.nan, np.float32),
    ],
    ids=["empty", "one sample", "under a second", "NaN"],
)
def test_clips_that_no_filter_fits_come_back_as_they_are(samples):
    assert dereverberate(samples, RATE_HZ, Settings(), None) is samples


def test_silence_stays_silent():
    clean = dereverberate(np.zeros(2 * RATE_HZ, np.float32), RATE_HZ, Settings(), None)
    assert not clean.any()


@pytest.mark.parametrize("rate_hz", [8000, 16000, 44100, 48000])
def test_other_rates_are_processed(rate_hz):
    samples = 0.1 * np.random.default_rng(0).standard_normal(2 * rate_hz).astype(np.float32)
    clean = dereverberate(samples, rate_hz, Settings(), Decay(0.3, 0.4, 0.5))
    assert np.isfinite(clean).all()
    assert not np.array_equal(clean, samples)


@pytest.mark.parametrize(
    ("measured", "gate", "expected"),
    [
        (Decay(0.1, 0.2, 0.3), 0.22, False),
        (Decay(0.1, 0.25, 0.3), 0.22, True),
        (None, 0.22, False),
        (None, 0, True),
    ],
)
def test_gate_compares_the_median_decay(measured, gate, expected):
    assert is_reverberant(measured, gate) is expected


@pytest.mark.parametrize(
    ("rate_hz", "size"), [(22050, 2048), (16000, 2048), (8000, 1024), (44100, 4096), (48000, 4096)]
)
def test_a_frame_lasts_about_as_long_at_every_rate(rate_hz, size):
    assert frame_at(2048, rate_hz) == size


def test_a_neural_backend_without_weights_says_so(tmp_path):
    with pytest.raises(EnvironmentError_):
        restore(
            "deepfilternet",
            np.zeros(RATE_HZ, np.float32),
            RATE_HZ,
            f"{tmp_path}{os.sep}no",
            "cpu",
            0,
        )
