"""The short-time transform: nara_wpe's, forth and back."""

import numpy as np
import pytest
from nara_wpe import utils as nara

from curate.audio.stft import istft, stft, transform

FRAMES = [(16, 8), (256, 64), (512, 128), (1024, 256), (1024, 64), (2048, 1024)]


def noise(length):
    return np.random.default_rng(length).standard_normal(length)


@pytest.mark.parametrize(("size", "shift"), FRAMES)
@pytest.mark.parametrize("length", [0, 1, 100, 5003, 22050])
def test_spectrum_equals_that_of_nara_wpe(size, shift, length):
    ours = stft(noise(length), size, shift, lead=13).frames_by_bins()
    theirs = nara.stft(noise(length), size, shift)
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("size", "shift"), FRAMES)
@pytest.mark.parametrize("length", [0, 1, 100, 5003, 22050])
def test_inverse_gives_the_signal_back(size, shift, length):
    seen = stft(noise(length), size, shift)
    np.testing.assert_allclose(istft(seen, size, shift, length), noise(length), rtol=0, atol=1e-13)


def test_inverse_of_a_changed_spectrum_equals_that_of_nara_wpe():
    seen = stft(noise(5003), 512, 128, lead=40)
    seen.real[100:] *= 0.1
    seen.imag[100:] *= 0.1
    theirs = nara.istft(seen.frames_by_bins(), 512, 128)[:5003]
    np.testing.assert_allclose(istft(seen, 512, 128, 5003), theirs, rtol=0, atol=1e-13)


def test_columns_around_the_frames_are_zero():
    seen = stft(noise(5003), 512, 128, lead=13)
    outside = np.ones(seen.real.shape[1], bool)
    outside[seen.lead : seen.lead + seen.frames] = False
    assert not seen.real[:, outside].any()
    assert not seen.imag[:, outside].any()


def test_frames_under_another_window_equal_numpys():
    window, samples = np.hanning(1024), noise(6000)
    seen = transform(samples, 0, window, 176, 20).frames_by_bins()
    frames = [np.fft.rfft(window * samples[at : at + 1024]) for at in range(0, 20 * 176, 176)]
    np.testing.assert_allclose(seen, frames, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("size", "shift"), [(500, 125), (512, 100), (512, 512), (8, 4)])
def test_frames_that_the_kernels_cannot_take_are_refused(size, shift):
    with pytest.raises(ValueError, match="frame of"):
        stft(noise(1000), size, shift)
