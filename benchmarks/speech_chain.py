"""Decoding, trimming, loudness and encoding against librosa, pyloudnorm and soundfile; filters.

    python -m benchmarks.speech_chain --data DIR        # DIR holds wavs/

The published chain (librosa, pyloudnorm, soundfile) and ours read the same files, trim, bring to
-23 LUFS and write 16-bit WAV; seconds are CPU seconds, the best of several rounds.
Prints what differs (trim bounds, loudness, samples), then each speed as audio seconds per CPU
second and as a ratio to the peer's.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import librosa
import numpy as np
import pyloudnorm
import soundfile as sf

from benchmarks.clips import arguments, best, wav_paths
from curate.audio.bandwidth import bandwidth_hz
from curate.audio.clipping import clip_ratio
from curate.audio.decode import decode
from curate.audio.encode import encode
from curate.audio.loudness import integrated_lufs, is_short
from curate.audio.silence import silence
from curate.audio.snr import wada_snr_db
from curate.audio.trim import speech_bounds

RATE_HZ, TARGET_LUFS = 22_050, -23.0
LIBROSA_TRIM = {"top_db": 40, "frame_length": 1024, "hop_length": 256}


def published_chain(path: Path, out: Path) -> None:
    """The published script's stages 2 and 3 for one file."""
    samples, _ = librosa.load(path, sr=RATE_HZ, mono=True)
    samples, _ = librosa.effects.trim(samples, **LIBROSA_TRIM)
    if len(samples) < 0.4 * RATE_HZ:
        return
    lufs = pyloudnorm.Meter(RATE_HZ).integrated_loudness(samples)
    sf.write(out, pyloudnorm.normalize.loudness(samples, lufs, TARGET_LUFS), RATE_HZ)


def our_chain(path: Path, out: Path) -> None:
    """The same by this package's libraries, in the settings of the published chain."""
    samples = decode(path, RATE_HZ).samples
    start, end = speech_bounds(samples)
    samples = samples[start:end]
    if is_short(samples, RATE_HZ):
        return
    gain_db = TARGET_LUFS - integrated_lufs(samples, RATE_HZ)
    out.write_bytes(encode(samples * np.float32(10 ** (gain_db / 20)), RATE_HZ, "wav"))


def report_differences(paths: list[Path], folder: Path) -> None:
    """Print how far trim bounds, loudness and written samples are from the peers'."""
    bounds, loudness, steps, files = 0, 0.0, 0, 0
    meter = pyloudnorm.Meter(RATE_HZ)
    for path in paths:
        samples, _ = librosa.load(path, sr=RATE_HZ, mono=True)
        trimmed, index = librosa.effects.trim(samples, **LIBROSA_TRIM)
        bounds += tuple(index) == tuple(speech_bounds(samples))
        if len(trimmed) < 0.4 * RATE_HZ:
            continue
        wide = trimmed.astype(np.float64)
        gap = abs(meter.integrated_loudness(wide) - integrated_lufs(wide, RATE_HZ))
        loudness = max(loudness, gap)
        published_chain(path, folder / "a.wav")
        our_chain(path, folder / "b.wav")
        theirs, _ = sf.read(folder / "a.wav", dtype="int16")
        ours, _ = sf.read(folder / "b.wav", dtype="int16")
        steps = max(steps, int(np.abs(theirs.astype(int) - ours).max()))
        files += 1
    print(f"trim bounds equal to librosa's     {bounds} of {len(paths)}")
    print(f"loudness against pyloudnorm        {loudness:.1e} LU at most ({files} clips)")
    print(f"samples against the published      {steps} of 16 bits at most")


def report_speeds(paths: list[Path], folder: Path, rounds: int) -> None:
    """Print audio seconds per CPU second, ours beside the peer's."""
    clips = [decode(path, RATE_HZ).samples for path in paths]
    seconds = sum(map(len, clips)) / RATE_HZ
    out = folder / "out.wav"

    def over(items: list, work: Callable) -> float:
        best(work, items, 1)  # compiles, and warms the caches
        return seconds / best(work, items, rounds)

    def line(name: str, ours: float, theirs: float | None = None) -> None:
        beside = f"{theirs:12,.0f}{ours / theirs:10.1f}x" if theirs else ""
        print(f"{name:28}{ours:12,.0f}{beside}")

    def trim_theirs(x: np.ndarray) -> object:
        return librosa.effects.trim(x, **LIBROSA_TRIM)

    def loudness_ours(x: np.ndarray) -> object:
        return integrated_lufs(x, RATE_HZ)

    def loudness_theirs(x: np.ndarray) -> object:
        enough = len(x) >= 0.4 * RATE_HZ
        return enough and pyloudnorm.Meter(RATE_HZ).integrated_loudness(x)

    print(f"{'x realtime per core':28}{'ours':>12}{'peer':>12}{'ratio':>11}")
    line(
        "stages 2 + 3",
        over(paths, lambda path: our_chain(path, out)),
        over(paths, lambda path: published_chain(path, out)),
    )
    line(
        "  read",
        over(paths, lambda path: decode(path, RATE_HZ)),
        over(paths, lambda path: librosa.load(path, sr=RATE_HZ)),
    )
    line("  trim", over(clips, speech_bounds), over(clips, trim_theirs))
    line("  loudness", over(clips, loudness_ours), over(clips, loudness_theirs))
    line(
        "  write wav",
        over(clips, lambda x: out.write_bytes(encode(x, RATE_HZ, "wav"))),
        over(clips, lambda x: sf.write(out, x, RATE_HZ)),
    )
    line("  encode flac", over(clips, lambda x: encode(x, RATE_HZ)))
    line("filter snr", over(clips, wada_snr_db))
    line("filter clipping", over(clips, clip_ratio))
    line("filter bandwidth", over(clips, lambda x: bandwidth_hz(x, RATE_HZ)))
    line("filter silence", over(clips, lambda x: silence(x, RATE_HZ)))
    line("filter dc_offset", over(clips, lambda x: np.mean(x, dtype=np.float64)))


def main(argv: list[str] | None = None) -> None:
    parser = arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(argv)
    warnings.simplefilter("ignore")  # pyloudnorm's "possible clipped samples" for each loud clip
    paths = wav_paths(options.data)
    with tempfile.TemporaryDirectory() as name:
        report_differences(paths, Path(name))
        report_speeds(paths, Path(name), options.rounds)


if __name__ == "__main__":
    main()
