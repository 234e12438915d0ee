"""Bandwidth: known cuts of filtered noise and of resampled speech."""

import numpy as np
import pytest
import soxr

from curate.audio.bandwidth import bandwidth_hz
from curate.audio.decode import decode


def noise_below(cut_hz, rate_hz, seconds=3.0):
    spectrum = np.fft.rfft(np.random.default_rng(0).normal(size=int(seconds * rate_hz)))
    spectrum[np.fft.rfftfreq(int(seconds * rate_hz), 1 / rate_hz) > cut_hz] = 0
    return (0.1 * np.fft.irfft(spectrum)).astype(np.float32)


@pytest.mark.parametrize("rate_hz", [16_000, 22_050, 48_000])
@pytest.mark.parametrize("cut_hz", [1_000, 3_400, 6_900])
def test_noise_reads_its_cut(rate_hz, cut_hz):
    measured = bandwidth_hz(noise_below(cut_hz, rate_hz), rate_hz)
    assert measured == pytest.approx(cut_hz, abs=6 * rate_hz / 2048)  # bins; 140 Hz at 48 kHz


@pytest.mark.parametrize(("source_hz", "least", "most"), [(8e3, 3500, 4e3), (16e3, 7300, 8e3)])
def test_upsampled_speech_reads_half_its_old_rate(kashmiri_dir, source_hz, least, most):
    for path in sorted((kashmiri_dir / "wavs").glob("*.wav"))[::4]:
        samples = decode(path).samples
        narrow = soxr.resample(soxr.resample(samples, 22_050, source_hz), source_hz, 22_050)
        assert least < bandwidth_hz(narrow, 22_050) < most
        assert bandwidth_hz(samples, 22_050) > 10_500


def test_level_does_not_matter():
    samples = noise_below(5_000, 22_050)
    assert bandwidth_hz(samples * np.float32(1e-3), 22_050) == bandwidth_hz(samples, 22_050)


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros(100), np.zeros(30_000)])
def test_silence_has_none(samples):
    assert bandwidth_hz(samples.astype(np.float32), 22_050) is None


def test_one_click_is_as_wide_as_the_rate():
    click = np.zeros(3000, np.float32)
    click[1500] = 1.0
    assert bandwidth_hz(click, 22_050) > 10_900


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_has_none(bad):
    samples = noise_below(5_000, 22_050)
    samples[9] = bad
    assert bandwidth_hz(samples, 22_050) is None


def test_a_long_clip_reads_as_its_parts_do():
    samples = noise_below(5_000, 22_050, seconds=60)
    parts = bandwidth_hz(samples[: 22_050 * 10], 22_050)
    assert bandwidth_hz(samples, 22_050) == pytest.approx(parts, abs=22_050 / 2048 * 2)
