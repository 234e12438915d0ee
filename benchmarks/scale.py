"""Does the engine scale, and what does it cost over the bare kernels?

Runs the Kashmiri recipe on clips from ``--data``, repeated under new names (some with a room added,
so that stage 1 has work) to ``--minutes`` of audio:

- one worker against n workers: n-fold speed-up wanted, wall time, workers' start-up told apart;
- the recipe in one process against a bare loop over the same library calls in the same order;
- memory of the process on 1x and 10x the clips.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile as sf

RECIPE = Path(__file__).resolve().parent.parent / "recipes" / "kashmiri_speech.yaml"
ROOM_SHARE = 3  # every third clip gets a room


def make_clips(data: Path, folder: Path, minutes: float) -> float:
    """Write an audio folder of that many minutes; returns seconds written."""
    (folder / "wavs").mkdir(parents=True)
    rng = np.random.default_rng(0)
    with (data / "metadata.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if 1 < float(row["duration_s"]) < 20]
    seconds, number = 0.0, 0
    with (folder / "metadata.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["file_name", "speaker_id", "style", "text"])
        while seconds < minutes * 60:
            row = rows[number % len(rows)]
            samples, rate = sf.read(data / row["file_name"], dtype="float32")
            if number % ROOM_SHARE == 0:
                samples = _in_a_room(samples, rate, rng)
            name = f"wavs/{number:06d}.wav"
            sf.write(folder / name, samples, rate)
            out.writerow([name, row["speaker_id"], row["style"], row["text"]])
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
    me, kids = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    print(json.dumps({
        "wall": time.perf_counter() - start,
        "cpu": time.process_time() - cpu,
        "steps": {count.step: count.seconds for count in outcome.funnel()},
        "peak_mb": max(me.ru_maxrss, kids.ru_maxrss) / 1024,
        "rows": outcome.rows_read(), "kept": outcome.rows_kept(), "failed": len(outcome.failures),
    }))
"""


def run(clips: Path, out: Path, workers: int) -> dict[str, object]:
    """One run in a process of its own, one core a worker."""
    script = out.with_suffix(".py")
    script.write_text(CHILD)
    one = dict.fromkeys(("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "POLARS_MAX_THREADS"), "1")
    command = [sys.executable, str(script), str(RECIPE), str(clips), str(out), str(workers)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env={**os.environ, **one}
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main(argv: list[str]) -> None:
    """Print speed-up, overhead and memory."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with metadata.csv, wavs/")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        seconds = make_clips(args.data, folder / "clips", args.minutes)
        run(folder / "clips", folder / "warm", 1)  # compiles the kernels, once for all
        one = run(folder / "clips", folder / "one", 1)
        many = run(folder / "clips", folder / "many", args.workers)
        idle = run(folder / "clips", folder / "many", args.workers)
        small = folder / "small"
        make_clips(args.data, small, args.minutes / 10)
        little = run(small, folder / "little", 1)
    steps = sum(one["steps"].values())  # type: ignore[attr-defined]
    ratio = one["wall"] / many["wall"]  # type: ignore[operator]
    print(
        f"audio {seconds / 60:.1f} min, {one['rows']} clips, {one['kept']} kept, {os.cpu_count()} cores"
    )
    print(f"1 process: {one['wall']:.1f} s = {seconds / one['wall']:.0f}x realtime")  # type: ignore[operator]
    print(
        f"{args.workers} workers: {many['wall']:.1f} s, {ratio:.2f} times one = "
        f"{ratio / args.workers:.2f} x {args.workers} (workers' start included)"
    )
    print(f"a run with nothing to do: {idle['wall']:.2f} s")
    overhead = one["wall"] / steps - 1  # type: ignore[operator]
    print(f"inside steps {steps:.1f} s; everything else {100 * overhead:.1f} % on top")
    print(f"peak memory: {little['peak_mb']:.0f} MB on a tenth, {one['peak_mb']:.0f} MB on all")
    print("CPU seconds inside each step:")
    for step, spent in one["steps"].items():  # type: ignore[attr-defined]
        print(f"  {step:32} {spent:8.2f} s  {seconds / max(spent, 1e-9):8.0f}x realtime")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main(sys.argv[1:])
