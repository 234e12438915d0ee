"""Blind dereverberation of simulated rooms against nara_wpe: gain, harm to dry clips, speed.

    python -m benchmarks.dereverberation --data DIR        # DIR holds wavs/

Every case is a clip in a room (image source method, four reverberation times). Printed are means
over cases of the change in PESQ-wb, ESTOI and SRMR against the reverberant input, for this package
and for nara_wpe's default side by side; how well blind reverberation time and clarity follow the
measured ones; what happens to dry clips; and audio seconds per CPU second on one thread. The
rooms are not those that the defaults were chosen on.
"""

from __future__ import annotations

import os
import warnings
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import soundfile as sf
from scipy.stats import mannwhitneyu, spearmanr

from benchmarks.clips import arguments, best, wav_paths
from benchmarks.rooms import TARGETS, Room, rooms
from benchmarks.speech_metrics import Scores, scores
from benchmarks.wpe import nara
from curate.audio.batch import samples_array
from curate.audio.decay import decay
from curate.transforms.dereverberate import Dereverberate

RATE_HZ = 22_050
Clip = npt.NDArray[np.float32]


class Case(NamedTuple):
    """A dry clip, the same in a room, and the room."""

    dry: Clip
    wet: Clip
    room: Room


def step(clips: list[Clip]) -> list[dict]:
    """What the recipe's step makes of clips, with its defaults."""
    batch = pa.table(
        {
            "id": [str(row) for row in range(len(clips))],
            "samples": samples_array(clips),
            "rate_hz": pa.array([RATE_HZ] * len(clips), pa.int32()),
        }
    )
    return Dereverberate()(batch).to_pylist()


def judge(case: Case) -> tuple[Scores, Scores, Scores]:
    """Scores of the input, of ours and of nara_wpe's default."""
    warnings.filterwarnings("ignore")
    ours = np.array(step([case.wet])[0]["samples"], np.float64)
    peer = nara(case.wet.astype(np.float64), 10, 3, 512, 128)
    return tuple(scores(case.dry, other, RATE_HZ) for other in (case.wet, ours, peer))


def cases(clips: list[Clip], many: int, seed: int) -> list[Case]:
    """``many`` clips of 2.5 to 9 s, each in four rooms of their own."""
    usual = [clip for clip in clips if 2.5 <= len(clip) / RATE_HZ <= 9]
    order = np.random.default_rng(seed).permutation(len(usual))[:many]
    bank = iter(rooms(len(order), seed))
    pairs = [(usual[at], next(bank)) for at in order for _ in TARGETS]
    return [Case(dry, room.reverberate(dry).astype(np.float32), room) for dry, room in pairs]


def report_quality(found: list[Case], workers: int) -> None:
    with ProcessPoolExecutor(workers) as pool:
        values = np.array(list(pool.map(judge, found, chunksize=4)))
    target = np.array([case.room.target for case in found])
    print(f"{len(found)} cases; input: " + "  ".join(map("{:.3f}".format, values[:, 0].mean(0))))
    print(f"{'change in':24} PESQ-wb   ESTOI    SRMR")
    groups = [("all", target > 0), *((f"T60 about {t} s", target == t) for t in TARGETS)]
    for name, which in groups:
        for who, row in (("ours", 1), ("nara_wpe default", 2)):
            change = (values[which, row] - values[which, 0]).mean(0)
            print(f"{name + ', ' + who:34} {change[0]:+.3f}  {change[1]:+.3f}  {change[2]:+.2f}")
    better = (values[:, 1] > values[:, 0]).mean(0)
    print("better than the input: " + "  ".join(f"{share:.0%}" for share in better))


def report_blind(found: list[Case], dry: list[Clip]) -> None:
    seen = [(case.room, decay(case.wet, RATE_HZ)) for case in found]
    known = [(room, each) for room, each in seen if each]
    t60 = np.array([(room.t60, each.t60()) for room, each in known])
    c50_db = np.array([(room.c50_db, each.c50_db()) for room, each in known])
    apart = [each.p50 for clip in dry if (each := decay(clip, RATE_HZ))]
    area = mannwhitneyu([each.p50 for _, each in known], apart).statistic
    off = np.median(np.abs(t60[:, 1] / t60[:, 0] - 1))
    print(f"blind T60: Spearman {spearmanr(*t60.T)[0]:.3f}, median error {off:.1%}, ", end="")
    print(f"no estimate {len(seen) - len(known)} of {len(seen)}")
    wrong_db = np.abs(c50_db[:, 1] - c50_db[:, 0]).mean()
    print(f"blind C50: Spearman {spearmanr(*c50_db.T)[0]:.3f}, mean error {wrong_db:.2f} dB")
    print(f"dry or not: AUC {area / (len(known) * len(apart)):.4f}")


def report_dry(clips: list[Clip], names: list[str]) -> None:
    done = [row["dereverb_applied"] for row in step(clips)]
    print(f"dry clips processed: {sum(done)} of {len(done)}", end=" ")
    print([name for name, each in zip(names, done, strict=True) if each])
    long = [clip for clip in clips if len(clip) > RATE_HZ]
    after = [np.array(row["samples"], np.float32) for row in step(long)]
    pairs = zip(long, after, strict=True)
    heard = [scores(clip, other, RATE_HZ).pesq for clip, other in pairs]
    print(f"PESQ of dry clips after the step: {np.nanmean(heard):.3f}")


def report_speed(found: list[Case], dry: list[Clip], rounds: int) -> None:
    wet = [case.wet for case in found[:16]]
    for name, clips, work in (
        ("decay", dry, lambda clip: decay(clip, RATE_HZ)),
        ("stage 1, dry", dry, _stage),
        ("stage 1, reverberant", wet, _stage),
        ("nara_wpe v8 20/2 1024/256", wet, lambda clip: nara(clip, 20, 2, 1024, 256)),
    ):
        seconds = sum(map(len, clips)) / RATE_HZ
        work(clips[0])
        print(f"{name:28} {seconds / best(work, clips, rounds):7.0f}x realtime")


def _stage(clip: Clip) -> None:
    from curate.audio.dereverb import Settings, dereverberate, is_reverberant

    measured = decay(clip, RATE_HZ)
    if is_reverberant(measured, Dereverberate.gate_decay):
        dereverberate(clip, RATE_HZ, Settings(), measured)


def main(argv: list[str] | None = None) -> None:
    parser = arguments(__doc__)
    parser.add_argument("--clips", type=int, default=32)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--workers", type=int, default=max(1, (os.cpu_count() or 2) // 2))
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args(argv)
    paths = wav_paths(args.data)
    clips = [sf.read(path, dtype="float32")[0] for path in paths]
    found = cases(clips, args.clips, args.seed)
    report_speed(found, clips, args.rounds)
    report_blind(found, clips)
    report_dry(clips, [path.name for path in paths])
    report_quality(found, args.workers)


if __name__ == "__main__":
    main()
