"""What a row costs when there are more of them: time, memory of each process, planning of shards.

    python -m benchmarks scale_rows [--rows 10000 100000 1000000] [--workers 2] [--shards 100000]
                                    [--files 20000]

Rows are an id and a sentence of eight words, in Parquet; the recipe judges repetition, drops exact
copies (a barrier, in buckets from 262,144 rows on), and splits. For each size the whole command
is run: CPU seconds and wall seconds, microseconds a row less start-up (a run of 100 rows), and the
most memory that the driver and any one worker held (resident set size). Then the plan of a source
of ``--shards`` shards, and the driver's memory for it; and the same recipe over ``--files`` files
of JSON lines with five rows each.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq

RECIPE = """
name: scale_rows
source:
  sources.parquet: {{path: {rows}}}
steps:
  - filters.repetition: {{preset: gopher}}
  - barriers.dedup_exact
  - transforms.assign_split: {{group: text, shares: {{train: 0.9, test: 0.1}}}}
"""
WORDS = np.array([f"{first}{last}" for first in "bdfgklmnprst" for last in "aeiou"])
FILE_ROWS = 500_000
FEW = 5  # rows of a tiny file
LINKS = 50_000  # names that one file may have; ext4 stops at 65,000


def make_rows(folder: Path, count: int) -> None:
    """Files of ``FILE_ROWS`` rows; one sentence in fifty is another's copy."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for number, start in enumerate(range(0, count, FILE_ROWS)):
        rows = min(FILE_ROWS, count - start)
        words = WORDS[rng.integers(len(WORDS), size=(rows, 8))]
        texts = [" ".join(row) for row in words]
        texts = [texts[at // 2] if at % 50 == 49 else text for at, text in enumerate(texts)]
        ids = [f"{start + at:09d}" for at in range(rows)]
        table = pa.table({"id": ids, "text": texts})
        pq.write_table(table, folder / f"{number:04d}.parquet", row_group_size=50_000)


class Cost(NamedTuple):
    """What one run took: CPU and wall seconds, and bytes held by the driver and by any worker."""

    cpu: float
    wall: float
    driver: int
    worker: int


def run(arguments: list[str]) -> Cost:
    """Run the command line and watch its processes."""
    started = time.perf_counter()
    tool = str(Path(sys.executable).with_name("curate"))
    program = subprocess.Popen([tool, *arguments], stdout=subprocess.DEVNULL)
    most = {"driver": 0, "worker": 0}
    spent: dict[int, float] = {}
    watcher = threading.Thread(target=_watch, args=(program, most, spent))
    watcher.start()
    if program.wait():
        raise SystemExit(f"curate {' '.join(arguments)} ended with {program.returncode}")
    watcher.join()
    wall = time.perf_counter() - started
    return Cost(sum(spent.values()), wall, most["driver"], most["worker"])


def _watch(program: subprocess.Popen[bytes], most: dict[str, int], spent: dict[int, float]) -> None:
    """Note memory and CPU time of the driver and all below it; workers are not its children."""
    while program.poll() is None:
        try:
            driver = psutil.Process(program.pid)
            for one in (driver, *driver.children(recursive=True)):
                what, times = "driver" if one == driver else "worker", one.cpu_times()
                most[what] = max(most[what], one.memory_info().rss)
                spent[one.pid] = times.user + times.system
        except psutil.Error:
            pass
        time.sleep(0.1)


def measure(sizes: list[int], workers: int) -> None:
    """A table with a line for each size."""
    with tempfile.TemporaryDirectory() as folder:
        print(f"{workers} worker(s)")
        heads = ("CPU s", "wall s", "µs CPU/row", "driver MB", "worker MB")
        print(f"{'rows':>12}" + "".join(f"{head:>11}" for head in heads))
        start = 0.0
        for size in [100, 100, *sizes]:  # the first compiles kernels
            rows, recipe = Path(folder, str(size)), Path(folder, "recipe.yaml")
            make_rows(rows, size)
            recipe.write_text(RECIPE.format(rows=rows))
            out = Path(folder, f"out-{size}")
            cost = run(["run", str(recipe), "--out", str(out), "--workers", str(workers)])
            record = json.loads((out / "run.json").read_text())
            assert record["rows"]["read"] == size, record["rows"]
            start = cost.cpu if size == 100 else start
            each = 1e6 * (cost.cpu - start) / size
            print(
                f"{size:12,}{cost.cpu:11.1f}{cost.wall:11.1f}{each:11.1f}"
                f"{cost.driver / 1e6:11.0f}{cost.worker / 1e6:11.0f}",
                flush=True,
            )
            subprocess.run(["rm", "-rf", rows, out], check=True)


def plan(shards: int) -> None:
    """Plan a source of many small files: seconds, and the driver's memory."""
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder, "rows")
        rows.mkdir()
        first = rows / "000000.parquet"
        for number in range(shards):
            path = rows / f"{number:06d}.parquet"
            if number % LINKS == 0:
                first = path
                pq.write_table(pa.table({"text": ["one sentence"]}), first)
            else:
                os.link(first, path)
        recipe = Path(folder, "recipe.yaml")
        recipe.write_text(RECIPE.format(rows=rows))
        cost = run(["plan", str(recipe)])
        took = f"{cost.wall:.1f} s, {cost.cpu:.1f} s of CPU"
        print(f"plan of {shards:,} files: {took}, {cost.driver / 1e6:.0f} MB")


def tiny(files: int, workers: int) -> None:
    """Run over very many small files."""
    with tempfile.TemporaryDirectory() as folder:
        rows, recipe = Path(folder, "rows"), Path(folder, "recipe.yaml")
        rows.mkdir()
        for number in range(files):
            lines = (json.dumps({"text": f"sentence {number} {at}"}) for at in range(FEW))
            (rows / f"{number:06d}.jsonl").write_text("".join(f"{line}\n" for line in lines))
        recipe.write_text(RECIPE.format(rows=rows).replace("sources.parquet", "sources.jsonl"))
        out = Path(folder, "out")
        cost = run(["run", str(recipe), "--out", str(out), "--workers", str(workers)])
        record = json.loads((out / "run.json").read_text())
        assert record["rows"]["read"] == FEW * files, record["rows"]
        took = f"{cost.wall:.1f} s, {cost.cpu:.1f} s of CPU"
        held = f"{cost.driver / 1e6:.0f} MB, a worker {cost.worker / 1e6:.0f} MB"
        print(f"{files:,} files of {FEW} rows: {took}, {held}")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, nargs="*", default=[10**4, 10**5, 10**6])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--shards", type=int, default=100_000)
    parser.add_argument("--files", type=int, default=20_000)
    options = parser.parse_args(argv)
    if options.rows:
        measure(options.rows, options.workers)
    if options.shards:
        plan(options.shards)
    if options.files:
        tiny(options.files, options.workers)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
