"""Loudness: equal to pyloudnorm; the recommendation's filters by its own reference values."""

import math

import librosa
import numpy as np
import pyloudnorm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.audio.decode import decode
from curate.audio.loudness import block_power, gain_to_db, integrated_lufs, is_short


def sine(rate_hz, dbfs, seconds, frequency=1000.0):
    time = np.arange(int(seconds * rate_hz)) / rate_hz
    return 10 ** (dbfs / 20) * np.sin(2 * np.pi * frequency * time)


def test_real_clips_equal_pyloudnorm(kashmiri_dir):
    meter = pyloudnorm.Meter(22_050)
    for path in sorted((kashmiri_dir / "wavs").glob("*.wav")):
        samples = decode(path).samples
        if samples.size < 8820:
            continue
        wide = samples.astype(np.float64)
        assert abs(integrated_lufs(wide, 22_050) - meter.integrated_loudness(wide)) <= 1e-9
        assert abs(integrated_lufs(samples, 22_050) - meter.integrated_loudness(samples)) <= 1e-6


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 24_000, 44_100, 48_000, 96_000])
def test_other_rates_equal_pyloudnorm(rate_hz):
    rng = np.random.default_rng(rate_hz)
    samples = rng.normal(0, 0.1, int(2.37 * rate_hz)) * np.linspace(0, 1, int(2.37 * rate_hz)) ** 3
    expected = pyloudnorm.Meter(rate_hz).integrated_loudness(samples)
    assert abs(integrated_lufs(samples, rate_hz) - expected) <= 1e-9


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(8820, 60_000), st.floats(-90, 0))
def test_any_length_and_level_equals_pyloudnorm(seed, size, dbfs):
    rng = np.random.default_rng(seed)
    steps = np.repeat(rng.choice([0.0, 0.01, 0.1, 1.0], size // 3000 + 1), 3000)[:size]
    samples = 10 ** (dbfs / 20) * rng.normal(size=size) * steps
    expected = pyloudnorm.Meter(22_050).integrated_loudness(samples)
    assert integrated_lufs(samples, 22_050) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("size", [220, 2000, 4410, 8000, 8819])
def test_a_short_clip_equals_pyloudnorm_with_one_block_of_its_length(size):
    samples = np.random.default_rng(size).normal(0, 0.1, size)
    block = (size - 0.01) / 22_050  # pyloudnorm refuses a block that rounds to over the clip
    expected = pyloudnorm.Meter(22_050, block_size=block).integrated_loudness(samples)
    assert integrated_lufs(samples, 22_050) == pytest.approx(expected, abs=1e-2)
    assert is_short(samples, 22_050)


def test_a_clip_of_exactly_one_block_is_not_short():
    assert is_short(np.zeros(8819), 22_050)
    assert not is_short(np.zeros(8820), 22_050)


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 22_050, 44_100, 48_000, 96_000])
def test_full_scale_sine_at_997_hz_is_minus_3_01_lufs(rate_hz):
    """ITU-R BS.1770-4, annex 1: one front channel."""
    lufs = integrated_lufs(sine(rate_hz, 0, 5, 997), rate_hz, "bs1770")
    assert lufs == pytest.approx(-3.01, abs=0.005)


@pytest.mark.parametrize(
    ("levels", "expected"),
    [  # EBU Tech 3341, cases 1 to 4, in one channel instead of two: 3.01 LU lower
        ([(-23, 20)], -23.0),
        ([(-33, 20)], -33.0),
        ([(-36, 10), (-23, 60), (-36, 10)], -23.0),
        ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23.0),
    ],
)
def test_gating_passes_the_cases_of_ebu_tech_3341(levels, expected):
    samples = np.concatenate([sine(48_000, dbfs, seconds) for dbfs, seconds in levels])
    lufs = integrated_lufs(samples, 48_000, "bs1770")
    assert lufs == pytest.approx(expected - 10 * math.log10(2), abs=0.1)


def test_coefficients_at_48_khz_are_the_recommendations():
    """ITU-R BS.1770-4, tables 1 and 2."""
    from curate.audio.loudness import _coefficients

    shelf = [1.53512485958697, -2.69169618940638, 1.19839281085285]
    shelf += [1.0, -1.69065929318241, 0.73248077421585]
    high_pass = [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621]
    np.testing.assert_allclose(_coefficients(48_000, "bs1770"), [shelf, high_pass], atol=1e-8)


def test_bs1770_reads_the_same_at_every_rate(kashmiri_dir):
    samples = decode(kashmiri_dir / "wavs" / "KAS_F_WIKI_00205.wav").samples
    there = librosa.resample(samples, orig_sr=22_050, target_sr=48_000, res_type="soxr_vhq")
    gap = integrated_lufs(samples, 22_050, "bs1770") - integrated_lufs(there, 48_000, "bs1770")
    assert abs(gap) < 0.03


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros(1), np.zeros(50_000)])
def test_silence_is_minus_infinity(samples):
    assert integrated_lufs(samples, 22_050) == -math.inf


def test_what_stays_under_the_absolute_gate_is_minus_infinity():
    assert integrated_lufs(sine(22_050, -75, 2), 22_050) == -math.inf


def test_one_sample_is_measured():
    assert math.isfinite(integrated_lufs(np.ones(1), 22_050))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_has_no_loudness(bad):
    samples = sine(22_050, -20, 2)
    samples[9] = bad
    assert not math.isfinite(integrated_lufs(samples, 22_050))


def test_gain_reaches_the_target_where_quiet_blocks_cross_the_absolute_gate() -> None:
    # Noise at -71 LUFS comes over the gate with the gain, pulls the relative gate down, and lets in
    # the soft second half of the speech: the plain difference of 2 dB ends far off the target.
    meter = pyloudnorm.Meter(22050)
    noise = np.random.default_rng(5).normal(0, 0.05, 22050)
    level = meter.integrated_loudness(noise)
    loud, soft, floor = (noise * 10 ** ((lufs - level) / 20) for lufs in (-25, -40, -71))
    clip = np.concatenate([loud, loud, soft, soft, np.tile(floor, 120)])
    plain_db = -23 - meter.integrated_loudness(clip)
    gain_db = gain_to_db(-23, block_power(clip, 22050))
    assert abs(meter.integrated_loudness(clip * 10 ** (plain_db / 20)) + 23) > 0.5
    assert meter.integrated_loudness(clip * 10 ** (gain_db / 20)) == pytest.approx(-23, abs=0.002)
