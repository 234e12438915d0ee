"""Weighted prediction error: nara_wpe's wpe_v8, within rounding."""

import numpy as np
import pytest
from nara_wpe import utils as nara
from nara_wpe.wpe import wpe_v8
from threadpoolctl import threadpool_limits

from curate.audio.decode import decode
from curate.audio.stft import stft
from curate.audio.wpe import predict, wpe

SETTINGS = [(10, 3, 512, 128), (20, 2, 1024, 256), (7, 1, 256, 64)]


def naras(samples, taps=10, delay=3, size=512, shift=128, iterations=3):
    seen = nara.stft(samples, size=size, shift=shift).T[:, None]
    clean = wpe_v8(seen, taps=taps, delay=delay, iterations=iterations)
    return nara.istft(clean[:, 0].T, size=size, shift=shift)[: len(samples)]


def ours(samples, taps=10, delay=3, size=512, shift=128, iterations=3):
    return wpe(samples, taps=taps, delay=delay, size=size, shift=shift, iterations=iterations)


@pytest.fixture(autouse=True)
def one_thread():
    """The reference's small matrix products crawl when threads wait for each other."""
    with threadpool_limits(1):
        yield


def clips(folder, step, least=0.5, most=60):
    paths = sorted((folder / "wavs").glob("*.wav"))[::step]
    found = [decode(path).samples.astype(np.float64) for path in paths]
    return [clip for clip in found if least * 22050 <= len(clip) < most * 22050]


def noise(length=22050):
    return 0.1 * np.random.default_rng(0).standard_normal(length)


@pytest.mark.parametrize("setting", SETTINGS)
def test_every_fifth_real_clip_equals_nara_wpe(kashmiri_dir, setting):
    for clip in clips(kashmiri_dir, 5):
        np.testing.assert_allclose(ours(clip, *setting), naras(clip, *setting), rtol=0, atol=1e-9)


def test_a_long_filter_equals_nara_wpe_on_real_clips(kashmiri_dir):
    for clip in clips(kashmiri_dir, 16):
        clean = ours(clip, 40, 3, 512, 128)
        np.testing.assert_allclose(clean, naras(clip, 40, 3, 512, 128), rtol=0, atol=1e-9)


@pytest.mark.parametrize("setting", [(40, 3, 512, 128), (20, 2, 1024, 256)])
def test_short_clips_equal_nara_wpe_even_where_rounding_decides(kashmiri_dir, setting):
    short = clips(kashmiri_dir, 1, most=1.2)
    assert len(short) == 6
    for clip in short:
        np.testing.assert_allclose(ours(clip, *setting), naras(clip, *setting), rtol=0, atol=1e-9)


@pytest.mark.parametrize("iterations", [1, 2, 5])
def test_number_of_iterations_is_that_of_nara_wpe(iterations):
    theirs = naras(noise(), iterations=iterations)
    np.testing.assert_allclose(ours(noise(), iterations=iterations), theirs, rtol=0, atol=1e-9)


def test_runs_of_zeros_equal_nara_wpe():
    samples = noise()
    samples[5000:12000] = 0
    np.testing.assert_allclose(ours(samples), naras(samples), rtol=0, atol=1e-9)


def test_clipped_samples_equal_nara_wpe():
    samples = np.clip(4 * noise(44100), -0.3, 0.3)
    np.testing.assert_allclose(ours(samples), naras(samples), rtol=0, atol=1e-9)


def test_eight_bit_samples_equal_nara_wpe():
    samples = np.round(128 * noise(44100)) / 128
    np.testing.assert_allclose(ours(samples), naras(samples), rtol=0, atol=1e-9)


def test_singular_bins_take_the_least_squares_solution_of_nara_wpe():
    samples = np.zeros(22050)
    samples[11025] = 1.0  # four frames hold anything: no ten taps can be told apart
    np.testing.assert_allclose(ours(samples), naras(samples), rtol=0, atol=1e-9)


@pytest.mark.parametrize("length", [0, 1, 500, 2000])
def test_short_signals_keep_their_length_and_stay_finite(length):
    clean = ours(noise(length))
    assert clean.shape == (length,)
    assert np.isfinite(clean).all()


def test_silence_stays_silent():
    assert not ours(np.zeros(22050)).any()


def test_scale_does_not_matter():
    np.testing.assert_allclose(ours(1e-3 * noise()), 1e-3 * ours(noise()), rtol=0, atol=1e-12)


def test_an_echo_behind_the_delay_is_taken_away():
    dry = noise(66150)
    wet = dry.copy()
    wet[1024:] += 0.5 * dry[:-1024]
    left = ours(wet, taps=20, delay=5) - dry
    assert np.sum(left[4096:] ** 2) < 0.5 * np.sum((wet - dry)[4096:] ** 2)


def test_a_higher_floor_takes_more_away(kashmiri_dir):
    clip = clips(kashmiri_dir, 40)[0]
    mild, strong = (clip - wpe(clip, floor_db=floor) for floor in (-100, -30))
    assert np.sum(strong**2) > np.sum(mild**2)


def test_a_spectrum_without_room_for_the_filter_is_refused():
    with pytest.raises(ValueError, match="lead of 8"):
        predict(stft(noise(), 512, 128, lead=8), 10, 3, 3)


@pytest.mark.parametrize("tone_hz", [440, 500, 1000])
def test_a_pure_tone_stays_finite(tone_hz):
    # Nearly every bin of it is singular, so that solving one leaves large numbers behind.
    tone = 0.3 * np.sin(2 * np.pi * tone_hz * np.arange(30_000) / 22_050)
    seen = stft(tone, 2048, 256, lead=33)
    clean = predict(seen, 30, 3, 3, -30.0)
    inside = slice(clean.lead, clean.lead + clean.frames)
    assert np.isfinite(clean.real[:, inside]).all()
    assert np.isfinite(clean.imag[:, inside]).all()
