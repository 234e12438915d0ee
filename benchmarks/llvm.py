"""What compiling in a sandbox costs beside a plain loop of ``xargs``, and what the memo saves.

    python -m benchmarks.llvm --data DIR    # DIR holds sltrans_sources/programs.parquet
    python -m benchmarks.llvm --data DIR --languages c cpp rust --files 1000
    python -m benchmarks.llvm --data DIR --contest        # C++ that begins with bits/stdc++.h
    python -m benchmarks.llvm --many 10000 --workers 2    # memory and disk of a whole run

For each language ``--files`` programs, made distinct by a comment at their end, go through
``xargs -P`` with the compiler's own command in a folder for each file, through the sandbox alone,
and through all of ``curate.llvm.compiler``: sandbox, cleaning, counting, verification, hashes; one
after the other, ``--runs`` times. CPU seconds are of the whole process tree, divided by the files;
wall seconds count from the first job, and say something on a quiet machine only. Then the same
again with everything in a memo, and what one call of ``/usr/bin/true`` costs at each level.
Languages whose IR needs several commands have no plain loop.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import itertools
import json
import multiprocessing
import os
import resource
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from curate.errors import EnvironmentError_
from curate.llvm import precompiled
from curate.llvm.adapter import Command, Mode, Toolchain
from curate.llvm.compiler import Cleaning, Compiled, Compiler, close_sandboxes, open_sandbox
from curate.llvm.memo import Memo
from curate.llvm.sandbox import LEVELS, Limits, Sandbox
from curate.llvm.toolchains import LANGUAGES, adapter_of, toolchain_of

FEW = 16  # files of one job: starting a job counts for nothing


def compiler(language: str, memo: str = "") -> Compiler:
    adapter, toolchain = adapter_of(language), toolchain_of(language)
    assert adapter is not None
    assert isinstance(toolchain, Toolchain)
    kept = Memo(Path(memo)) if memo else None
    box = open_sandbox("auto", toolchain)
    return Compiler(adapter, toolchain, box, Limits(), Cleaning(), kept)


def sandboxed(language: str, sources: list[str], mode: Mode, memo: str) -> list[str]:
    one = compiler(language)
    found = []
    for source in sources:
        stage = next(one.adapter.stages(one.toolchain, source, [mode]))
        given = (one.adapter.file_name, source.encode())
        ran = one.sandbox.run(stage.commands, stage.output, Limits(), given)
        found.append("" if ran.there and not ran.exit else "failed")
    return found


def compiled(language: str, sources: list[str], mode: Mode, memo: str) -> list[str]:
    one = compiler(language, memo)
    found: list[Compiled] = [one.compile(source, [mode])[mode] for source in sources]
    return [result.reason for result in found]


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def closed(seconds: float) -> None:
    """End this worker's sandboxes, so that their CPU time counts; long enough for one each."""
    close_sandboxes()
    time.sleep(seconds)


Way = Callable[[str, list[str], Mode, str], list[str]]


def in_workers(
    way: Way, language: str, sources: list[str], mode: Mode, workers: int, memo: str = ""
) -> tuple[float, float, collections.Counter[str]]:
    """CPU and wall seconds, start-up of the workers taken off, and how programs ended."""
    jobs = [(language, sources[at : at + FEW], mode, memo) for at in range(0, len(sources), FEW)]
    warm = [(language, sources[:1], mode, memo)] * workers
    before = cpu_seconds()
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        pool.starmap(way, warm, chunksize=1)
        started = time.perf_counter()
        results = pool.starmap(way, jobs, chunksize=1)
        wall = time.perf_counter() - started
        pool.map(closed, [0.5] * workers, chunksize=1)
        pool.close()
        pool.join()
    whole = cpu_seconds() - before
    before = cpu_seconds()
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        pool.starmap(way, warm, chunksize=1)
        pool.map(closed, [0.5] * workers, chunksize=1)
        pool.close()
        pool.join()
    return whole - (cpu_seconds() - before), wall, collections.Counter(itertools.chain(*results))


def by_xargs(
    language: str, sources: list[str], mode: Mode, workers: int
) -> tuple[float, float, int]:
    """The same commands in a shell for each file, and how many gave IR."""
    one = compiler(language)
    with tempfile.TemporaryDirectory() as folder:
        lines = []
        for number, source in enumerate(sources):
            there = Path(folder, str(number))
            there.mkdir()
            (there / one.adapter.file_name).write_text(source)
            (stage,) = one.adapter.stages(one.toolchain, source, [mode])
            call = " && ".join(shlex.join(command.argv) for command in stage.commands)
            (there / "run").write_text(f"{call} 2>/dev/null >/dev/null </dev/null")
            lines.append(str(there))
        call = ["xargs", "-P", str(workers), "-n", "1", "sh", "-c", 'cd "$0" && . ./run']
        before, started = cpu_seconds(), time.perf_counter()
        subprocess.run(call, input="\n".join(lines), text=True, check=False)
        wall, cpu = time.perf_counter() - started, cpu_seconds() - before
        return cpu, wall, len(list(Path(folder).glob("*/out.ll")))


def of_true(level: str, times: int = 200) -> float:
    """Milliseconds of one call of ``/usr/bin/true``: the least."""
    spent = []
    if level == "subprocess":
        for _ in range(times):
            started = time.perf_counter()
            subprocess.run(["/usr/bin/true"], stdin=subprocess.DEVNULL, check=True)
            spent.append(time.perf_counter() - started)
        return 1000 * min(spent)
    box = Sandbox(level, [], ["/usr/bin/true"])  # type: ignore[arg-type]
    for _ in range(times):
        started = time.perf_counter()
        box.run([Command(("/usr/bin/true",))], "", Limits(), ("source.c", b"int x;"))
        spent.append(time.perf_counter() - started)
    box.close()
    return 1000 * min(spent)


def programs(folder: Path, language: str, files: int) -> list[str]:
    """Programs of a language over and over, no two the same."""
    table = pq.read_table(
        folder / "sltrans_sources" / "programs.parquet", columns=["lang", "source"]
    )
    return copies(table.filter(pc.equal(table["lang"], language))["source"].to_pylist(), files)


def copies(sources: list[str], files: int) -> list[str]:
    """As many as are wanted, each later copy with its number in a comment at its end."""
    return [
        sources[number % len(sources)]
        + (f"\n// copy {number // len(sources)}\n" if number >= len(sources) else "")
        for number in range(files)
    ]


def contest_programs(folder: Path) -> list[str]:
    """Ours, and those of the table that begin with the header."""
    text = Path(__file__).with_name("contest_programs.cpp").read_text()
    ours = [one.split("\n", 1)[1] for one in text.split("\n//// ")[1:]]
    adapter = adapter_of("cpp")
    assert adapter is not None
    real = [one.replace("\r\n", "\n") for one in programs(folder, "cpp", 150)]
    return ours + [one for one in real if precompiled.fits(adapter, one)]


def line(name: str, cpu: float, wall: float, files: int, ended: str) -> None:
    print(
        f"  {name:22}{1000 * cpu / files:9.1f}{wall:9.2f}{files / wall:9.1f}   {ended}", flush=True
    )


def measure(name: str, language: str, sources: list[str], options: argparse.Namespace) -> None:
    files = len(sources)
    print(f"{name}, {files} files, {options.mode}, {options.workers} workers")
    print(f"  {'':22}{'CPU ms':>9}{'wall s':>9}{'files/s':>9}")
    plain, box, whole = [], [], []
    for _ in range(options.runs):
        try:
            cpu, wall, there = by_xargs(language, sources, options.mode, options.workers)
        except ValueError:  # several stages
            cpu = 0
        if cpu:
            plain.append(cpu)
            line("xargs", cpu, wall, files, f"{there} gave IR")
        for way, call, kept in (("sandbox", sandboxed, box), ("all", compiled, whole)):
            cpu, wall, ended = in_workers(call, language, sources, options.mode, options.workers)
            kept.append(cpu)
            line(way, cpu, wall, files, ", ".join(f"{n} {r or 'kept'}" for r, n in ended.items()))
    if plain:
        for way, kept in (("sandbox", box), ("all", whole)):
            extra = 1000 * (statistics.median(kept) - statistics.median(plain)) / files
            share = statistics.median(plain) / statistics.median(kept)
            print(
                f"  {way}: {extra:+.1f} ms a file, {share:.1%} of the loop's files per CPU second"
            )
    with tempfile.TemporaryDirectory() as memo:
        spent = []
        for way in ("all, into a memo", "all, from the memo"):
            cpu, wall, _ = in_workers(
                compiled, language, sources, options.mode, options.workers, memo
            )
            spent.append(cpu)
            line(way, cpu, wall, files, "")
        print(f"  a second run: {spent[0] / max(spent[1], 1e-9):.0f} times less CPU")


MANY = """\
name: many
source:
  sources.jsonl: {path: %s, shard_rows: 250, batch_rows: 250}
steps:
  - transforms.compile_to_ir: {language: c, modes: [O3], memo: %s}
  - transforms.assign_split: {group: id, shares: {train: 1}}
"""
TINY = """#include <stdio.h>
static int twice_%d(int n) { return n * %d; }
int main(void) { int n = 0; scanf("%%d", &n); printf("%%d\\n", twice_%d(n)); return 0; }
"""


def many(files: int, workers: int) -> None:
    """A whole run of distinct small C files: memory of its processes and disk, looked at often."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with (folder / "programs.jsonl").open("w") as out:
            for number in range(files):
                out.write(json.dumps({"text": TINY % (number, number, number)}) + "\n")
        recipe = folder / "many.yaml"
        recipe.write_text(MANY % (folder / "programs.jsonl", folder / "memo"))
        for name in ("first", "again, from the memo"):
            call = [sys.executable, "-m", "curate.cli", "run", str(recipe)]
            call += ["--out", str(folder / name), "--workers", str(workers)]
            started, before = time.perf_counter(), cpu_seconds()
            with (folder / "said").open("w") as said:
                run = subprocess.Popen(call, stdout=said, stderr=said)
                peaks = watched(run, folder)
            wall, cpu = time.perf_counter() - started, cpu_seconds() - before
            print(f"{name}: {files} files, {wall:.0f} s, {cpu:.0f} CPU s, exit {run.returncode}")
            for what, most in sorted(peaks.items()):
                print(f"  {what}: {most:.0f} MB at most, {most * 1000 / files:.1f} kB a file")


def watched(run: subprocess.Popen[bytes], folder: Path) -> dict[str, float]:
    """Largest resident memory by kind of process, and of all files in the folder, in MB."""
    peaks: collections.defaultdict[str, float] = collections.defaultdict(float)
    told = started = time.monotonic()
    while run.poll() is None:
        if time.monotonic() - told > 60:  # whether it grows
            told = time.monotonic()
            so_far = ", ".join(f"{what} {most:.0f} MB" for what, most in sorted(peaks.items()))
            print(f"  after {told - started:.0f} s: {so_far}", flush=True)
        for process in (run.pid, *below(run.pid)):
            try:
                words = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
                resident = int(Path(f"/proc/{process}/statm").read_text().split()[1]) * 4096 / 1e6
            except (OSError, IndexError, ValueError):
                continue
            kind = "driver" if process == run.pid else "worker"
            kind = "compiler" if b"clang" in words[0] else kind
            kind = "sandbox" if any(b"confinement" in word for word in words) else kind
            peaks[kind] = max(peaks[kind], resident)
        used = (os.path.join(at, name) for at, _, names in os.walk(folder) for name in names)
        sizes = (os.lstat(path).st_size for path in used if os.path.lexists(path))
        with contextlib.suppress(FileNotFoundError):
            peaks["disk"] = max(peaks["disk"], sum(sizes) / 1e6)
        time.sleep(1)
    return dict(peaks)


def below(process: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):  # it may be gone by now
        for told in Path(f"/proc/{process}/task").glob("*/children"):
            found += [int(child) for child in told.read_text().split()]
    return [one for child in found for one in (child, *below(child))]


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--languages", nargs="*", default=["c"], choices=LANGUAGES)
    parser.add_argument("--mode", choices=("O3", "Oz"), default="O3")
    parser.add_argument("--files", type=int, default=600, help="programs compiled of a language")
    parser.add_argument("--contest", action="store_true", help="C++ that begins with bits/stdc++.h")
    parser.add_argument("--many", type=int, default=0, help="small C files through a whole run")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args(argv)
    if options.many:
        many(options.many, options.workers)
        return
    if options.data is None:
        parser.error("--data is needed")
    print("milliseconds of /usr/bin/true:", end="")
    for level in ("subprocess", *LEVELS):
        try:
            print(f" {level} {of_true(level):.2f}", end="", flush=True)
        except EnvironmentError_:
            print(f" {level} not here", end="")
    print()
    if options.contest:
        measure("contest", "cpp", contest_programs(options.data), options)
        return
    for language in options.languages:
        sources = programs(options.data, language, options.files)
        measure(language, language, sources, options)


if __name__ == "__main__":
    main()
