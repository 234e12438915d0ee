"""How near the blind SNR comes to the true one, beside that of loud over quiet frames.

    python -m benchmarks.snr --data DIR        # DIR holds wavs/ of clean speech

Clean clips get white, pink and babble noise (eight other clips summed) at known ratios between the
mean power of the trimmed clip and that of the noise, as 16-bit samples. Prints the mean absolute
error and Spearman's rank correlation for each noise, and beside them the ratio of loud to quiet
frames (90th to 10th percentile), the usual stand-in.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import stats

from benchmarks.clips import arguments, wav_paths
from curate.audio.decode import decode
from curate.audio.snr import wada_snr_db
from curate.audio.trim import frame_level_db, speech_bounds

RATE_HZ = 22_050
TRUE_DB = np.arange(0.0, 20.1, 2.5)
NOISES = ("white", "pink", "babble")
Signal = npt.NDArray[np.float64]


def clean_clips(folder: Path, most: int) -> list[Signal]:
    """Trimmed clips of at least two seconds, spread over the folder."""
    paths = wav_paths(folder)
    clips = []
    for path in paths[:: max(1, len(paths) // (2 * most))]:
        samples = decode(path, RATE_HZ).samples
        start, end = speech_bounds(samples)
        if end - start >= 2 * RATE_HZ:
            clips.append(samples[start:end].astype(np.float64))
    return clips[:most]


def noise_of(kind: str, clips: list[Signal], index: int, size: int) -> Signal:
    """Noise of unit power for the clip at ``index``, without that clip's own voice."""
    rng = np.random.default_rng(index)
    if kind == "babble":
        others = [clips[(index + 1 + k) % len(clips)] for k in range(8)]
        noise = np.sum([np.resize(np.roll(o, rng.integers(o.size)), size) for o in others], axis=0)
    else:
        noise = rng.normal(size=size)
        if kind == "pink":
            spectrum = np.fft.rfft(noise)
            spectrum[1:] /= np.sqrt(np.arange(1, spectrum.size))
            noise = np.fft.irfft(spectrum, size)
    return noise / np.sqrt(np.mean(noise**2))


def noisy(clip: Signal, noise: Signal, snr_db: float) -> npt.NDArray[np.float32]:
    """The clip with noise at this ratio, in 16-bit steps."""
    mixed = clip + noise * np.sqrt(np.mean(clip**2) / 10 ** (snr_db / 10))
    mixed *= 0.5 / np.abs(mixed).max()
    return (np.rint(mixed * 32768) / 32768).astype(np.float32)


def loud_over_quiet_db(samples: npt.NDArray[np.float32]) -> float:
    return float(np.ptp(np.percentile(frame_level_db(samples), [10, 90])))


def measure(clips: list[Signal]) -> dict[str, dict[str, tuple[float, float]]]:
    """Mean absolute error (dB) and Spearman correlation: noise → measure → both."""
    measures = {"WADA": wada_snr_db, "P90-P10": loud_over_quiet_db}
    found: dict[str, dict[str, tuple[float, float]]] = {}
    for kind in NOISES:
        truth, read = [], {name: [] for name in measures}
        for index, clip in enumerate(clips):
            noise = noise_of(kind, clips, index, clip.size)
            for snr_db in TRUE_DB:
                mixed = noisy(clip, noise, snr_db)
                truth.append(snr_db)
                for name, estimate in measures.items():
                    read[name].append(estimate(mixed))
        found[kind] = {
            name: (
                float(np.mean(np.abs(np.subtract(values, truth)))),
                float(stats.spearmanr(values, truth).statistic),
            )
            for name, values in read.items()
        }
    return found


def main(argv: list[str] | None = None) -> None:
    parser = arguments(__doc__)
    parser.add_argument("--clips", type=int, default=40)
    options = parser.parse_args(argv)
    clips = clean_clips(options.data, options.clips)
    print(f"{len(clips)} clips, {TRUE_DB[0]:g} to {TRUE_DB[-1]:g} dB")
    print(f"{'noise':8}{'measure':10}{'MAE dB':>8}{'Spearman':>10}")
    for kind, row in measure(clips).items():
        for name, (error, rank) in row.items():
            print(f"{kind:8}{name:10}{error:8.2f}{rank:10.3f}")


if __name__ == "__main__":
    main()
