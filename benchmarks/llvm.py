"""What compiling in a sandbox costs beside a plain loop of ``xargs``, and what the memo saves.

    python -m benchmarks.llvm --data DIR    # DIR holds sltrans_sources/programs.parquet

For each language its programs, ``--copies`` times over, go through ``xargs -P`` with the compiler's
own command in a folder for each file, through the sandbox alone, and through all of
``curate.llvm.compiler``: sandbox, cleaning, counting, verification, hashes. CPU seconds are of the
whole process tree, divided by the files; wall seconds count from the first job, and say something
on a quiet machine only. Then the same again with everything in a memo, and what one call of
``/usr/bin/true`` costs at each level. Languages whose IR needs several commands have no plain loop.
"""

from __future__ import annotations

import argparse
import collections
import itertools
import multiprocessing
import os
import resource
import shlex
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from curate.errors import EnvironmentError_
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


def programs(folder: Path, language: str, copies: int) -> list[str]:
    table = pq.read_table(
        folder / "sltrans_sources" / "programs.parquet", columns=["lang", "source"]
    )
    return table.filter(pc.equal(table["lang"], language))["source"].to_pylist() * copies


def line(name: str, cpu: float, wall: float, files: int, ended: str) -> None:
    print(
        f"  {name:22}{1000 * cpu / files:9.1f}{wall:9.2f}{files / wall:9.1f}   {ended}", flush=True
    )


def measure(language: str, options: argparse.Namespace) -> None:
    sources = programs(options.data, language, options.copies)
    files = len(sources)
    print(f"{language}, {files} files, {options.mode}, {options.workers} workers")
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
        for name, way, kept in (("sandbox", sandboxed, box), ("all", compiled, whole)):
            cpu, wall, ended = in_workers(way, language, sources, options.mode, options.workers)
            kept.append(cpu)
            line(name, cpu, wall, files, ", ".join(f"{n} {r or 'kept'}" for r, n in ended.items()))
    if plain:
        for name, kept in (("sandbox", box), ("all", whole)):
            extra = 1000 * (statistics.median(kept) - statistics.median(plain)) / files
            share = statistics.median(plain) / statistics.median(kept)
            print(
                f"  {name}: {extra:+.1f} ms a file, {share:.1%} of the loop's files per CPU second"
            )
    with tempfile.TemporaryDirectory() as memo:
        for name in ("all, into a memo", "all, from the memo"):
            cpu, wall, _ = in_workers(
                compiled, language, sources, options.mode, options.workers, memo
            )
            line(name, cpu, wall, files, "")


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--languages", nargs="*", default=["c"], choices=LANGUAGES)
    parser.add_argument("--mode", choices=("O3", "Oz"), default="O3")
    parser.add_argument("--copies", type=int, default=4, help="how often each program is compiled")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args(argv)
    print("milliseconds of /usr/bin/true:", end="")
    for level in ("subprocess", *LEVELS):
        try:
            print(f" {level} {of_true(level):.2f}", end="", flush=True)
        except EnvironmentError_:
            print(f" {level} not here", end="")
    print()
    for language in options.languages:
        measure(language, options)


if __name__ == "__main__":
    main()
