"""Blind SNR: its curve by an independent integration, its accuracy on real speech with noise."""

import numpy as np
import pytest
from scipy import integrate, special, stats

from benchmarks.snr import clean_clips, measure
from curate.audio.snr import _curve, wada_snr_db

SHAPE = 0.4


def curve_by_series(snr_db):
    """log E|x| - E log|x| by adaptive quadrature; E log|x| by noncentral chi-square series."""
    noise = np.sqrt(SHAPE * (SHAPE + 1) / 10 ** (snr_db / 10))

    def mean_log(m):
        if m**2 > 600:
            return np.log(m) - 1 / (2 * m**2) - 3 / (4 * m**4)
        terms = np.arange(int(m**2 / 2 + 9 * m + 50))
        weights = stats.poisson.pmf(terms, m**2 / 2)
        return 0.5 * (np.log(2) + np.sum(weights * special.digamma(0.5 + terms)))

    def mean(m):
        return np.sqrt(2 / np.pi) * np.exp(-(m**2) / 2) + m * special.erf(m / np.sqrt(2))

    def expected(function):
        def integrand(u):
            s = u ** (1 / SHAPE)
            return function(s / noise) * np.exp(-s) / (SHAPE * special.gamma(SHAPE))

        return sum(integrate.quad(integrand, a, a + 0.25)[0] for a in np.arange(0, 4.5, 0.25))

    return np.log(expected(mean)) - expected(mean_log)


@pytest.mark.parametrize("snr_db", [-20, 0, 10, 20, 40])
def test_the_curve_is_that_of_gamma_speech_in_normal_noise(snr_db):
    at, curve = _curve()
    assert curve[np.searchsorted(at, snr_db)] == pytest.approx(curve_by_series(snr_db), abs=1e-4)


@pytest.mark.parametrize("snr_db", [-5, 0, 5, 10, 15, 20, 30])
def test_speech_of_the_modelled_kind_is_measured_within_half_a_db(snr_db):
    rng = np.random.default_rng(snr_db + 9)
    speech = rng.gamma(SHAPE, size=400_000) * rng.choice([-1, 1], 400_000)
    noise = np.sqrt(SHAPE * (SHAPE + 1) / 10 ** (snr_db / 10))
    mixed = speech + noise * rng.normal(size=speech.size)
    assert wada_snr_db(mixed.astype(np.float32) * 0.01) == pytest.approx(snr_db, abs=0.5)


def test_real_speech_in_noise_is_measured_within_two_db(kashmiri_dir):
    clips = clean_clips(kashmiri_dir, 40)
    assert len(clips) == 40
    for kind, row in measure(clips).items():
        error, rank = row["WADA"]
        assert error <= 2.0, kind
        assert rank >= 0.95, kind


def test_level_does_not_matter():
    samples = np.random.default_rng(0).gamma(SHAPE, size=20_000)
    assert wada_snr_db(samples) == pytest.approx(wada_snr_db(samples * 1e-4), abs=1e-6)


@pytest.mark.parametrize("size", [28 * 100, 28 * 100 + 1, 28 * 100 + 27])
def test_every_sample_counts(size):
    samples = np.random.default_rng(size).normal(size=size)
    amplitude = np.abs(samples)
    at, curve = _curve()
    expected = np.interp(np.log(amplitude.mean()) - np.log(amplitude).mean(), curve, at)
    assert wada_snr_db(samples) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("samples", [np.zeros(0), np.ones(999), np.zeros(50_000)])
def test_silence_and_a_moment_of_sound_have_none(samples):
    assert wada_snr_db(samples) is None


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_has_none(bad):
    samples = np.random.default_rng(0).normal(size=5000)
    samples[9] = bad
    assert wada_snr_db(samples) is None


def test_mostly_digital_silence_stays_on_the_scale():
    samples = np.zeros(50_000)
    samples[7] = 1.0
    assert wada_snr_db(samples) == 60.0
