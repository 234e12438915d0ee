"""How the engine scales with workers, and what it costs over its own steps; there is no peer.

    python -m benchmarks.scale --data DIR        # DIR holds wavs/ and metadata.csv or test.txt

Runs the Kashmiri recipe on the clips, repeated under new names to ``--minutes`` of audio: dry as
they are, with a room added to every third, and to all, so that dereverberation has work.

- one process against n workers: wall time, n-fold wanted; then the pace without start and end;
- CPU seconds of the run in one process against those spent inside its steps;
- memory of the process on a tenth of the clips and on all;
- a run that finds everything done.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile as sf

from benchmarks.clips import arguments, spoken

RECIPE = Path(__file__).resolve().parent.parent / "recipes" / "kashmiri_speech.yaml"


def make_clips(data: Path, folder: Path, minutes: float, rooms: int) -> float:
    """Write an audio folder, every ``rooms``-th clip in a room; returns seconds written."""
    (folder / "wavs").mkdir(parents=True)
    rng = np.random.default_rng(0)
    usual = [clip for clip in spoken(data) if 1 < sf.info(clip.path).duration < 20]
    seconds, number = 0.0, 0
    with (folder / "metadata.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["file_name", "speaker_id", "style", "text"])
        while seconds < minutes * 60:
            clip = usual[number % len(usual)]
            samples, rate = sf.read(clip.path, dtype="float32")
            if rooms and number % rooms == 0:
                samples = _in_a_room(samples, rate, rng)
            name = f"wavs/{number:06d}.wav"
            sf.write(folder / name, samples, rate)
            out.writerow([name, clip.speaker_id, clip.style, clip.text])
            seconds += len(samples) / rate
            number += 1
    return seconds


def _in_a_room(samples: np.ndarray, rate: int, rng: np.random.Generator) -> np.ndarray:
    """Exponentially decaying noise as a room's tail, T60 0.7 s."""
    time_s = np.arange(int(0.8 * rate)) / rate
    tail = rng.normal(0, 0.02, time_s.size) * 10 ** (-3 * time_s / 0.7)
    tail[0] = 1.0
    size = 1 << (len(samples) + len(tail)).bit_length()
    wet = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(tail, size))[: len(samples)]
    return (0.7 * wet / max(np.abs(wet).max(), 1e-9)).astype(np.float32)


CHILD = """
import json, resource, sys, time
from pathlib import Path
from curate.pipeline import run_recipe
from curate.recipe import load_recipe
if __name__ == "__main__":
    start, cpu = time.perf_counter(), time.process_time()
    recipe = load_recipe(Path(sys.argv[1]), [f"source.path={sys.argv[2]}"])
    outcome = run_recipe(recipe, Path(sys.argv[3]), workers=int(sys.argv[4]))
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    peaks = [resource.getrusage(who).ru_maxrss for who in whose]
    print(json.dumps({
        "wall": time.perf_counter() - start,
        "cpu": time.process_time() - cpu,
        "steps": {count.step: count.seconds for count in outcome.funnel()},
        "peak_mb": max(peaks) / 1024,
        "rows": outcome.rows_read(), "kept": outcome.rows_kept(), "failed": len(outcome.failures),
    }))
"""


class Run(NamedTuple):
    """One run: seconds, seconds inside each step, peak memory, rows."""

    wall: float
    cpu: float
    steps: dict[str, float]
    peak_mb: float
    rows: int
    kept: int
    failed: int


def run(clips: Path, out: Path, workers: int) -> Run:
    """One run in a process of its own, one core a worker."""
    script = out.with_suffix(".py")
    script.write_text(CHILD)
    one = {"POLARS_MAX_THREADS": "1"}  # the others are set already, for this package
    command = [sys.executable, str(script), str(RECIPE), str(clips), str(out), str(workers)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env={**os.environ, **one}
    )
    return Run(**json.loads(done.stdout.splitlines()[-1]))


def shards_per_second(out: Path) -> float:
    """Pace in the middle of a run: from its receipts, without the first and last fifth."""
    ends = sorted(path.stat().st_mtime for path in out.glob(".curate/pass-00/*.json"))
    first, last = len(ends) // 5, len(ends) - len(ends) // 5 - 1
    return (last - first) / (ends[last] - ends[first])


def main(argv: list[str] | None = None) -> None:
    """Print speed-up, overhead and memory."""
    parser = arguments(__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(argv)
    for name, rooms in (("dry clips", 0), ("a third in rooms", 3), ("all in rooms", 1)):
        print(f"\n{name}")
        measure(options, rooms)


def measure(options: argparse.Namespace, rooms: int) -> None:
    """One mixture: one worker, n workers, nothing to do, a tenth of the clips."""
    minutes, workers = options.minutes, options.workers
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        seconds = make_clips(options.data, folder / "clips", minutes, rooms)
        make_clips(options.data, folder / "small", minutes / 10, rooms)
        little = run(folder / "small", folder / "little", 1)  # compiles the kernels, too
        one = run(folder / "clips", folder / "one", 1)
        many = run(folder / "clips", folder / "many", workers)
        pace = [shards_per_second(folder / name) for name in ("one", "many")]
        idle = run(folder / "clips", folder / "many", workers)
    steps = sum(one.steps.values())
    ratio = one.wall / many.wall
    print(f"audio {seconds / 60:.1f} min, {one.rows} clips, {one.kept} kept")
    print(f"1 process: {one.wall:.1f} s wall, {seconds / one.cpu:.0f}x realtime per core")
    print(
        f"{workers} workers: {many.wall:.1f} s = {ratio:.2f}x one: {ratio / workers:.2f} of linear"
    )
    steady = pace[1] / pace[0]
    print(f"  without start and end: {steady:.2f}x one: {steady / workers:.2f} of linear")
    print(f"a run with nothing to do: {idle.wall:.2f} s")
    print(f"steps {steps:.2f} s of {one.cpu:.2f} s CPU: {100 * (one.cpu / steps - 1):.1f} % on top")
    print(f"peak memory: {little.peak_mb:.0f} MB on a tenth, {one.peak_mb:.0f} MB on all")
    for step, spent in one.steps.items():
        print(f"  {step:32} {spent:8.2f} s  {seconds / max(spent, 1e-9):8.0f}x realtime")


if __name__ == "__main__":
    main()
