"""Blind decay against signals and simulated rooms whose reverberation time is known."""

import itertools

import numpy as np
import pytest
from scipy import signal
from scipy.stats import spearmanr

from curate.audio.decay import decay
from curate.audio.decode import decode


def dying_bursts(t60, rate_hz, seconds=8.0):
    """A burst of noise every second, each dying by 60 dB in ``t60`` seconds."""
    rng = np.random.default_rng(0)
    since = np.arange(int(seconds * rate_hz)) % rate_hz / rate_hz
    return 0.3 * rng.standard_normal(since.size) * 10 ** (-3 * since / t60)


def rooms_of(times, rate_hz=22050):
    """Noise dying exponentially (Polack's model of a room's response), one for each time."""
    for index, t60 in enumerate(times):
        rng = np.random.default_rng(index)
        at = np.arange(int(1.2 * t60 * rate_hz)) / rate_hz
        response = 0.05 * rng.standard_normal(at.size) * 10 ** (-3 * at / t60)
        response[0] = 1
        yield response


@pytest.mark.parametrize("rate_hz", [8000, 16000, 22050, 48000])
@pytest.mark.parametrize("t60", [0.25, 0.4])
def test_median_decay_is_that_of_an_exponential_tail(t60, rate_hz):
    assert decay(dying_bursts(t60, rate_hz), rate_hz).p50 == pytest.approx(t60, rel=0.2)


def test_levels_and_slopes_equal_scipys_and_polyfits(kashmiri_dir):
    samples = decode(sorted((kashmiri_dir / "wavs").glob("*.wav"))[3]).samples
    assert decay(samples, 22050) == pytest.approx(reference(samples, 22050), rel=1e-9)


def reference(samples, rate_hz):
    """The same measure from scipy's transform and numpy's fits."""
    hop, length = int(0.008 * rate_hz), int(0.032 * rate_hz)
    hertz, _, seen = signal.stft(
        samples.astype(float), rate_hz, "hann", length, length - hop, 1024, boundary=None,
        padded=False,
    )  # fmt: skip
    edges, found = np.geomspace(200, 6000, 21), []
    for low, high in itertools.pairwise(edges):
        power = (np.abs(seen[(hertz >= low) & (hertz < high)]) ** 2).sum(0)
        level = np.convolve(10 * np.log10(power + 1e-14), np.ones(3) / 3, "valid")
        steps = np.diff(np.concatenate(([0], np.diff(level) < 0, [0])).astype(int))
        for first, last in zip(
            np.flatnonzero(steps == 1), np.flatnonzero(steps == -1), strict=True
        ):
            if last - first >= 10 and level[first] > level.max() - 35:
                at = np.arange(last - first + 1) * hop / rate_hz
                slope = np.polyfit(at, level[first : last + 1], 1)[0]
                if slope < -20:
                    found.append(-60 / slope)
    return tuple(np.percentile(found, [20, 50, 80]))


def test_reverberation_time_ranks_rooms_and_clarity_ranks_them_the_other_way(kashmiri_dir):
    paths = sorted((kashmiri_dir / "wavs").glob("*.wav"))
    clips = [clip for path in paths if (clip := decode(path).samples).size > 3 * 22050][:24]
    times = np.linspace(0.3, 1.2, len(clips))
    found = []
    for dry, response in zip(clips, rooms_of(times), strict=True):
        found.append(decay(signal.fftconvolve(dry, response)[: dry.size], 22050))
    assert spearmanr(times, [each.t60() for each in found])[0] > 0.93
    assert spearmanr(times, [each.c50_db() for each in found])[0] < -0.93


def test_dry_and_reverberant_clips_are_told_apart(kashmiri_dir):
    response = next(rooms_of([0.5]))
    for path in sorted((kashmiri_dir / "wavs").glob("*.wav"))[::8]:
        dry = decode(path).samples
        wet = signal.fftconvolve(dry, response)[: dry.size]
        assert decay(dry, 22050).p50 < 0.22 < decay(wet, 22050).p50


def test_level_does_not_matter(kashmiri_dir):
    samples = decode(sorted((kashmiri_dir / "wavs").glob("*.wav"))[5]).samples
    soft, loud = decay(samples / 8, 22050), decay(samples, 22050)
    assert tuple(soft) == pytest.approx(tuple(loud), rel=1e-2)


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(0, np.float32),
        np.zeros(1, np.float32),
        np.zeros(44100, np.float32),
        np.full(44100, np.nan, np.float32),
        np.full(44100, np.inf, np.float32),
        np.full(44100, 0.5, np.float32),
    ],
    ids=["empty", "one sample", "silence", "NaN", "infinity", "constant"],
)
def test_a_signal_without_falls_has_no_estimate(samples):
    assert decay(samples, 22050) is None
