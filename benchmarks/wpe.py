"""Our WPE against nara_wpe's ``wpe_v8``: speed per core and equality in the time domain.

    python -m benchmarks.wpe --data DIR        # DIR holds wavs/

Both sides do the whole of it: transform, three iterations, inverse transform. Speeds are audio
seconds per CPU second on one thread, the best of several rounds; the difference is the largest of
any sample over all clips of half a second and more. A chosen few clips are timed, all are compared.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import soundfile as sf
from nara_wpe import utils as nara_utils
from nara_wpe.wpe import wpe_v8

from benchmarks.clips import arguments, best, wav_paths
from curate.audio.stft import istft, stft
from curate.audio.wpe import wpe

Signal = npt.NDArray[np.float64]
SETTINGS = ((10, 3, 512, 128), (20, 2, 1024, 256), (40, 3, 512, 128))
"""Taps, delay, frame and shift."""


def nara(samples: Signal, taps: int, delay: int, size: int, shift: int) -> Signal:
    """The reference, one channel."""
    seen = nara_utils.stft(samples, size=size, shift=shift).T[:, None]
    clean = wpe_v8(seen, taps=taps, delay=delay, iterations=3)
    return nara_utils.istft(clean[:, 0].T, size=size, shift=shift)[: len(samples)]


def ours(samples: Signal, taps: int, delay: int, size: int, shift: int) -> Signal:
    """The same through this package."""
    return wpe(samples, taps=taps, delay=delay, iterations=3, size=size, shift=shift)


def hard_signals(rate_hz: int = 22_050) -> dict[str, Signal]:
    """Signals that make a filter ill-posed."""
    rng, n = np.random.default_rng(0), 2 * rate_hz
    noise = rng.standard_normal(n) * 0.1
    gaps = noise.copy()
    gaps[n // 4 : n // 2] = 0
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(n) / rate_hz)
    return {
        "silence": np.zeros(n),
        "zero run": gaps,
        "clipped": np.clip(4 * noise, -0.2, 0.2),
        "8-bit": np.round(noise * 128) / 128,
        "tone": tone,
        "half a second": noise[: rate_hz // 2],
    }


def speed(clips: list[Signal], rate_hz: int, setting: tuple[int, ...], rounds: int) -> None:
    seconds = sum(map(len, clips)) / rate_hz
    mine = seconds / best(lambda clip: ours(clip, *setting), clips, 2 * rounds)
    peer = seconds / best(lambda clip: nara(clip, *setting), clips, rounds)
    taps, delay, size, shift = setting
    name = f"wpe {taps}/{delay} {size}/{shift}"
    print(f"{name:24} ours {mine:7.0f}x   nara_wpe v8 {peer:6.1f}x   ratio {mine / peer:5.2f}")


def difference(clips: list[Signal], setting: tuple[int, ...]) -> float:
    """Largest difference of any sample."""
    return max(float(np.abs(ours(c, *setting) - nara(c, *setting)).max()) for c in clips)


def transforms(clips: list[Signal], rate_hz: int, rounds: int) -> None:
    seconds = sum(map(len, clips)) / rate_hz
    pairs = [(stft(clip, 512, 128), len(clip)) for clip in clips]
    spectra = [seen.frames_by_bins() for seen, _ in pairs]

    def line(name: str, mine: float, peer: float) -> None:
        print(f"{name:24} ours {mine:7.0f}x   nara_wpe    {peer:6.0f}x   ratio {mine / peer:5.2f}")

    line(
        "stft 512/128",
        seconds / best(lambda clip: stft(clip, 512, 128), clips, 2 * rounds),
        seconds / best(lambda clip: nara_utils.stft(clip, 512, 128), clips, rounds),
    )
    line(
        "istft 512/128",
        seconds / best(lambda pair: istft(pair[0], 512, 128, pair[1]), pairs, 2 * rounds),
        seconds / best(lambda seen: nara_utils.istft(seen, 512, 128), spectra, rounds),
    )


def main(argv: list[str] | None = None) -> None:
    parser = arguments(__doc__)
    parser.add_argument("--timed", type=int, default=10, help="clips that are timed")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args(argv)
    read = [sf.read(path) for path in wav_paths(args.data)]
    rate_hz = read[0][1]
    usual = [clip for clip, _ in read if 2 <= len(clip) / rate_hz <= 15]
    usual = usual[:: max(1, len(usual) // args.timed)][: args.timed]
    long = [clip for clip, _ in read if len(clip) >= 0.5 * rate_hz]
    for setting in SETTINGS:
        speed(usual, rate_hz, setting, args.rounds)
    transforms(usual, rate_hz, args.rounds)
    for setting in SETTINGS:
        worst = difference(long, setting)
        print(f"largest difference, {len(long)} clips of 0.5 s and more, {setting}: {worst:.1e}")
        for name, signal in hard_signals().items():
            print(f"    {name:14} {difference([signal], setting):.1e}")


if __name__ == "__main__":
    main()
