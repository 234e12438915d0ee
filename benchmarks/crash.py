"""Runs under kill -9: what is left on disk, and whether the same command ends in the same bytes.

    python -m benchmarks.crash [--recipes NAME...] [--kills N] [--processes N] [--json FILE]

Each recipe runs on its bundled sample, once in peace and then under fire: at a random moment the
driver, one process below it (a Dask worker, a compiler), or all of them are killed. Then

- every process that it started must be gone within 30 s;
- what stands in the dataset folder under its final name must be whole, byte for byte;
- the same command, with one process or two, killed again now and then, must end with exit code 0
  and the bytes of the quiet run within 2 minutes, and leave no temporary file.

A run that lost a process below it must finish by itself, or end with one line and exit code 2.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

RECIPES = Path(__file__).resolve().parent.parent / "recipes"
VICTIMS = ("driver", "driver of 2 workers", "worker", "all")
SHARES = (0.4, 0.2, 0.2, 0.2)
AGAIN = 0.25  # how often a resumed run is killed, too
HANG = 120.0  # seconds after which a run counts as hung
ORPHANED = 30.0  # seconds that workers may outlive their driver
HOW = ("versions", "workers", "seconds")  # of run.json: how the work was done


class Quiet(NamedTuple):
    """A recipe's undisturbed run: its files, and when work began and ended, in seconds."""

    files: dict[str, bytes]
    began: float
    ended: float


class Trial(NamedTuple):
    """One run that was killed, once or several times, and resumed."""

    recipe: str
    victim: str
    kills: int
    missed: int
    lasted: float
    problems: tuple[str, ...]


def files_of(out: Path) -> dict[str, bytes]:
    """What a dataset folder holds, without what says how long the work took."""
    found = {}
    for path in sorted(out.rglob("*")):
        name = path.relative_to(out).as_posix()
        if not path.is_file() or name.startswith(".curate/") or name == "report.html":
            continue
        found[name] = _lasting(path.read_bytes()) if name == "run.json" else path.read_bytes()
    return found


def _lasting(text: bytes) -> bytes:
    record = json.loads(text)
    for key in HOW:
        record.pop(key, None)
    for line in record["funnel"]:
        line.pop("seconds")
    return json.dumps(record, sort_keys=True).encode()


class Run:
    """One ``curate run`` in a session of its own."""

    def __init__(self, recipe: Path, out: Path, workers: int) -> None:
        self.out = out
        self.log = out.with_suffix(".log")
        command = [sys.executable, "-m", "curate.cli", "run", str(recipe), "--sample"]
        command += ["--out", str(out), "--workers", str(workers)]
        self.started = time.monotonic()
        out.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, stdout=subprocess.DEVNULL, stderr=log, start_new_session=True
            )

    def session(self) -> list[int]:
        """Processes of the session that are alive, its leader excluded."""
        return [pid for pid in _session(self.process.pid) if pid != self.process.pid]

    def kill(self, victim: str, random: np.random.Generator) -> bool:
        """Kill; whether there was something to kill."""
        if self.process.poll() is not None:
            return False
        if victim == "worker":
            below = self.session()
            if not below:
                return False
            return _kill(int(random.choice(below)))
        if victim == "all":
            for pid in (self.process.pid, *self.session()):
                _kill(pid)
            return True
        return _kill(self.process.pid)

    def wait(self) -> int | None:
        """The exit code; None if it hangs, and then it is killed."""
        try:
            return self.process.wait(max(0.1, HANG - (time.monotonic() - self.started)))
        except subprocess.TimeoutExpired:
            for pid in (self.process.pid, *self.session()):
                _kill(pid)
            self.process.wait()
            return None

    def said(self) -> str:
        """Its last line on stderr."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else ""


def _session(leader: int) -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            state, _, _, session = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
        except (OSError, ValueError):
            continue
        if int(session) == leader and state != "Z":
            yield int(entry.name)


def _kill(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def quiet(recipe: Path, folder: Path, workers: int) -> Quiet:
    """Run in peace; ends the campaign if that alone fails."""
    run = Run(recipe, folder / f"{recipe.stem}-quiet-{workers}", workers)
    began = 0.0
    while run.process.poll() is None and time.monotonic() - run.started < HANG:
        if not began and (run.out / ".curate/lock").exists():
            began = time.monotonic() - run.started
        time.sleep(0.01)
    ended = time.monotonic() - run.started
    if run.wait() != 0:
        raise SystemExit(f"{recipe}: does not run in peace: {run.said()}")
    return Quiet(files_of(run.out), began, ended)


def trial(
    recipe: Path, place: Path, calm: dict[int, Quiet], victim: str, random: np.random.Generator
) -> Trial:
    """Kill a run, perhaps its resumption too, and see that the last one ends as it should."""
    kills = missed = 0
    problems: list[str] = []
    workers = 1 if victim == "driver" else 2
    while True:
        window = calm[workers]
        run = Run(recipe, place, workers)
        # Some moments before the folder is locked, where little can go wrong.
        moment = random.uniform(0.7 * window.began, 1.05 * window.ended)
        time.sleep(moment)
        hit = run.kill(victim, random)
        kills, missed = kills + hit, missed + (not hit)
        if victim == "worker" or not hit:
            code = run.wait()
            if code not in (0, 2) or (code == 2 and not run.said().startswith("error: ")):
                problems.append(f"exit code {code} after {victim}: {run.said()}")
        else:
            run.process.wait()
        problems += _leftovers(run)
        problems += _half_written(place, window.files)
        if (hit and random.random() >= AGAIN) or missed > 3 or problems:
            break
        if not hit:  # it was done before its time: begin anew
            shutil.rmtree(place)
    resumed = Run(recipe, place, 1 if random.random() < 0.75 else 2)
    code = resumed.wait()
    lasted = time.monotonic() - resumed.started
    if code is None:
        problems.append(f"the resumed run hangs: {resumed.said()}")
    elif code:
        problems.append(f"the resumed run ends with {code}: {resumed.said()}")
    else:
        problems += _differences(place, calm[1].files)
        problems += [f"stray {path}" for path in place.rglob("*.tmp")]
        problems += [f"stray {path}" for path in place.glob(".curate/dask/*/worker-*")]
    return Trial(recipe.stem, victim, kills, missed, lasted, tuple(problems))


def _leftovers(run: Run) -> list[str]:
    deadline = time.monotonic() + ORPHANED
    while left := run.session():
        if time.monotonic() > deadline:
            for pid in left:
                _kill(pid)
            return [f"{len(left)} processes outlived the run by {ORPHANED:g} s"]
        time.sleep(0.02)
    return []


def _half_written(out: Path, whole: dict[str, bytes]) -> list[str]:
    """Files under their final names that are not what they should be."""
    try:
        found = files_of(out)
    except ValueError as error:
        return [f"half-written run.json: {error}"]
    if "run.json" in found and found != whole:
        return ["run.json stands in a folder that is not complete"]
    return [f"half-written {name}" for name, content in found.items() if whole[name] != content]


def _differences(out: Path, whole: dict[str, bytes]) -> list[str]:
    found = files_of(out)
    names = sorted(name for name in found | whole if found.get(name) != whole.get(name))
    page = out / "report.html"
    if not page.is_file() or not page.read_text(encoding="utf-8").rstrip().endswith("</html>"):
        names.append("report.html")
    return [f"{name} is not what a quiet run gives" for name in names]


def campaign(options: argparse.Namespace) -> list[Trial]:
    """All trials; a line for each that went wrong."""
    recipes = _recipes(options.recipes)
    said = threading.Lock()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        quiet(recipes[0], folder / "warm", 1)  # compiles kernels, fills the disk's cache
        calm = {path: {n: quiet(path, folder, n) for n in (1, 2)} for path in recipes}
        for path, both in calm.items():
            if both[1].files != both[2].files:
                raise SystemExit(f"{path}: one process and two give other bytes")

        def one(number: int) -> Trial:
            random = np.random.default_rng([options.seed, number])
            victim = str(random.choice(VICTIMS, p=SHARES))
            recipe, place = recipes[number % len(recipes)], folder / f"trial-{number:04d}"
            done = trial(recipe, place, calm[recipe], victim, random)
            if not done.problems:
                shutil.rmtree(place, ignore_errors=True)
            with said:
                print(_line(number, done), file=sys.stderr, flush=True)
            return done

        with ThreadPoolExecutor(options.processes) as pool:
            return list(pool.map(one, range(options.kills)))


def _recipes(names: Sequence[str]) -> list[Path]:
    if not names:
        texts = {path: path.read_text(encoding="utf-8") for path in sorted(RECIPES.glob("*.yaml"))}
        return [path for path, text in texts.items() if "\nsample:" in text]
    return [Path(name) if name.endswith(".yaml") else RECIPES / f"{name}.yaml" for name in names]


def _line(number: int, done: Trial) -> str:
    state = "; ".join(done.problems) or f"resumed to the same bytes in {done.lasted:.1f} s"
    return f"{number:4d} {done.recipe:22} {done.victim:20} {done.kills} kills: {state}"


def table(trials: Sequence[Trial]) -> str:
    """A line for each recipe."""
    head = f"{'recipe':22} {'runs':>5} {'kills':>6} {'resumed, same bytes':>20}"
    lines = [f"{head} {'problems':>9} {'median s':>9} {'longest s':>10}"]
    for recipe in dict.fromkeys(one.recipe for one in trials):
        own = [one for one in trials if one.recipe == recipe]
        kills, good = sum(one.kills for one in own), sum(not one.problems for one in own)
        bad = sum(len(one.problems) for one in own)
        lasted = [one.lasted for one in own]
        times = f"{statistics.median(lasted):9.1f} {max(lasted):10.1f}"
        lines.append(f"{recipe:22} {len(own):5} {kills:6} {good:20} {bad:9} {times}")
    victims = Counter(one.victim for one in trials for _ in range(one.kills))
    lines.append(", ".join(f"{victim}: {kills} kills" for victim, kills in victims.items()))
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> None:
    """Run the campaign; exit code 1 if anything was lost, left or hung."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--recipes", nargs="*", default=[], help="names or files [all bundled]")
    parser.add_argument("--kills", type=int, default=200, help="runs, each killed [200]")
    parser.add_argument("--processes", type=int, default=2, help="runs at a time [2]")
    parser.add_argument("--seed", type=int, default=0, help="of victims and moments [0]")
    parser.add_argument("--json", type=Path, help="write every trial there")
    options = parser.parse_args(argv)
    trials = campaign(options)
    print(table(trials))
    if options.json:
        rows: list[dict[str, Any]] = [one._asdict() for one in trials]
        options.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    if any(one.problems for one in trials):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
