"""Faults of the machine, one at a time: full disks, jumping clocks, edited files, two runs at once.

    python -m benchmarks.faults [--recipes NAME...] [--seed N]

Each recipe runs on its sample, once in peace and then

- into a file system that is full after a tenth, a third, … of what the run writes, and again when
  it has grown;
- into one that can only be read;
- killed half-way and resumed with the clock 20 years back or ahead, and with a clock that jumps
  while it runs (where ``faketime`` is installed);
- again after one file of it was cut, emptied or had a byte changed;
- twice at the same time.

A run must end with exit code 0 and the bytes of the quiet one, or with 2 and one line that says
why; a line for each. File systems are mounted in a namespace of the user's own (``unshare``).
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.crash import RECIPES, files_of

FULL = (0.1, 0.3, 0.5, 0.7, 0.9)
CLOCKS = {
    "20 years back": ["faketime", "-f", "-20y"],
    "20 years ahead": ["faketime", "-f", "+20y"],
    "an hour a second": ["faketime", "-f", "+0 x3600"],
}
EDITED = 30
SLOW = 300.0  # seconds


class Done:
    """How a command ended."""

    def __init__(self, words: Sequence[str], **more: str) -> None:
        found = subprocess.run(
            words, capture_output=True, text=True, timeout=SLOW, env={**os.environ, **more}
        )
        self.code = found.returncode
        lines = found.stderr.strip().splitlines()
        self.said = lines[-1] if lines else ""
        self.traced = "Traceback" in found.stderr


def command(recipe: Path, out: Path, workers: int = 1) -> list[str]:
    words = [sys.executable, "-m", "curate.cli", "run", str(recipe), "--sample"]
    return [*words, "--out", str(out), "--workers", str(workers)]


def in_tmpfs(place: Path, size: int, *lines: str) -> list[str]:
    """Lines of a shell that sees a file system of so many bytes at a place."""
    mount = f"mount -t tmpfs -o size={size} none {shlex.quote(str(place))}"
    return ["unshare", "-rm", "sh", "-c", "\n".join([mount, *lines])]


def full_disks(recipe: Path, scratch: Path, calm: dict[str, bytes], size: int) -> Iterator[str]:
    """Runs out of room at several moments, and is given room."""
    place, copy = scratch / "small", scratch / "copy"
    run = shlex.join(command(recipe, place / "out"))
    for share in FULL:
        place.mkdir(exist_ok=True)
        first, again = scratch / "first.err", scratch / "again.err"
        lines = [
            f"{run} > /dev/null 2> {first}; echo $? >> {first}",
            f"find {place} -name '*.tmp' >> {first}",
            f"mount -o remount,size=4g {place}",
            f"{run} > /dev/null 2> {again}; echo $? >> {again}",
            f"cp -r {place}/out {copy}",
        ]
        Done(in_tmpfs(place, max(4096, int(share * size)), *lines))
        said = first.read_text().strip().splitlines()
        ok = said[-1] == "2" and said[-2].startswith("error: ") and "Traceback" not in str(said)
        ok |= said[-1] == "0"
        same = again.read_text().split()[-1] == "0" and files_of(copy) == calm
        yield f"disk full at {share:.0%}: exit {said[-1]}, {said[-2][:90]!r}; " + verdict(ok, same)
        shutil.rmtree(copy, ignore_errors=True)


def read_only(recipe: Path, scratch: Path) -> Iterator[str]:
    """Cannot write at all."""
    place = scratch / "locked"
    place.mkdir()
    run = shlex.join(command(recipe, place / "out"))
    done = Done(in_tmpfs(place, 1 << 20, f"mount -o remount,ro {place}", run))
    yield f"read-only: exit {done.code}, {done.said[:90]!r}; " + verdict(
        done.code == 2 and done.said.startswith("error: ") and not done.traced
    )


def clocks(recipe: Path, scratch: Path, calm: dict[str, bytes]) -> Iterator[str]:
    """Resumes at another time."""
    if shutil.which("faketime") is None or recipe.stem == "sltrans":
        # It lets poll() with a time limit fail, by which compilers are looked for.
        yield "clocks: not tried, for want of faketime or for what it breaks"
        return
    for name, prefix in CLOCKS.items():
        out = scratch / "clock"
        process = subprocess.Popen(
            command(recipe, out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while process.poll() is None and not list(out.glob(".curate/pass-*/*")):
            pass
        process.kill()
        process.wait()
        done = Done([*prefix, *command(recipe, out)], DONT_FAKE_MONOTONIC="1")
        same = files_of(out) == calm
        yield f"clock {name}: exit {done.code}; " + verdict(done.code == 0, same)
        shutil.rmtree(out)


def edited(
    recipe: Path, quiet: Path, scratch: Path, calm: dict[str, bytes], seed: int
) -> Iterator[str]:
    """Somebody damaged one file of a finished run."""
    random = np.random.default_rng(seed)
    paths = sorted(path.relative_to(quiet) for path in quiet.rglob("*") if path.is_file())
    kinds = [(path, how) for path in paths for how in ("cut", "emptied", "changed")]
    chosen = random.choice(len(kinds), min(len(kinds), EDITED), replace=False)
    problems = []
    for path, how in (kinds[at] for at in sorted(chosen)):
        out = Path(shutil.copytree(quiet, scratch / "edited"))
        raw = bytearray((out / path).read_bytes())
        if raw and how == "changed":
            raw[int(random.integers(len(raw)))] ^= 0x20
        size = {"cut": len(raw) // 2, "emptied": 0, "changed": len(raw)}[how]
        (out / path).write_bytes(raw[:size])
        done = Done(command(recipe, out))
        if done.code or files_of(out) != calm:
            problems.append(f"  {path} {how}: exit {done.code}, {done.said[:90]}")
        shutil.rmtree(out)
    yield f"edited files: {len(chosen) - len(problems)} of {len(chosen)} made whole; " + verdict(
        not problems
    )
    yield from problems


def two_at_once(recipe: Path, scratch: Path, calm: dict[str, bytes]) -> Iterator[str]:
    """Two runs want one folder."""
    out = scratch / "two"
    both = [
        subprocess.Popen(command(recipe, out), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    said = [one.communicate(timeout=SLOW)[1].decode().strip() for one in both]
    codes = sorted(one.returncode for one in both)
    clear = codes == [0, 0] or any("another run is working here" in one for one in said)
    yield f"two runs at once: exits {codes}; " + verdict(clear, files_of(out) == calm)


def verdict(*good: bool) -> str:
    return "good" if all(good) else "WRONG"


def main(argv: list[str] | None = None) -> None:
    """Try every fault on every recipe; exit code 1 if one ended as it should not."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--recipes", nargs="*", default=["text_corpus", "language_model"])
    parser.add_argument("--seed", type=int, default=0, help="of the bytes that are changed [0]")
    options = parser.parse_args(argv)
    wrong = 0
    for name in options.recipes:
        recipe = RECIPES / f"{name}.yaml"
        with tempfile.TemporaryDirectory() as folder:
            scratch = Path(folder)
            quiet = scratch / "quiet"
            assert Done(command(recipe, quiet)).code == 0
            calm = files_of(quiet)
            size = sum(path.stat().st_size for path in quiet.rglob("*") if path.is_file())
            for lines in (
                full_disks(recipe, scratch, calm, size),
                read_only(recipe, scratch),
                clocks(recipe, scratch, calm),
                two_at_once(recipe, scratch, calm),
                edited(recipe, quiet, scratch, calm, options.seed),
            ):
                for line in lines:
                    print(f"{name:16} {line}", flush=True)
                    wrong += "WRONG" in line
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
