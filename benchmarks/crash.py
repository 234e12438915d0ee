"""Runs under kill -9: what is left on disk, and whether the same command ends in the same bytes.

    python -m benchmarks.crash [--recipes NAME...] [--kills N] [--processes N] [--json FILE]

Each recipe runs on its bundled sample, once in peace and then under fire: at a random moment the
driver, one process below it, or all of them are killed. Below it are Dask workers, sandboxes and
compilers, and where a language model is asked (``asked``: the sample of korfin_triplets and a
server on this machine), the process that asks. Every run has a home folder of its own, with what
it keeps there between runs. Then

- every process that it started must be gone within 30 s;
- what stands in the dataset folder under its final name must be whole, byte for byte;
- the same command, with one process or two, killed again now and then, must end with exit code 0
  and the bytes of the quiet run within 2 minutes, and leave no temporary file.

A run that lost a process below it must finish by itself, or end with one line and exit code 1 or 2.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import statistics
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

from benchmarks.killed_run import HANG, ORPHANED, Run

ROOT = Path(__file__).resolve().parent.parent
RECIPES = ROOT / "recipes"
VICTIMS = ("driver", "driver of 2 workers", "below", "all")
SHARES = (0.35, 0.15, 0.35, 0.15)
HELPED = ("sltrans", "asked")  # a run in one process has processes below it, too
AGAIN = 0.25  # how often a resumed run is killed, too
HOW = ("versions", "workers", "seconds")  # of run.json: how the work was done
ASKED = """
name: asked
source:
  sources.jsonl: {{path: {samples}/korfin_triplets, shard_rows: 12}}
steps:
  - transforms.ask_llm:
      {{endpoint: "{url}", model: m, prompt: asked.txt, cache: "~/asked.answers", concurrency: 2}}
  - barriers.dedup_exact
"""


class Quiet(NamedTuple):
    """A recipe's undisturbed run: its files, and when work began and ended, in seconds."""

    files: dict[str, bytes]
    began: float
    ended: float


class Trial(NamedTuple):
    """One run that was killed, once or several times, and resumed."""

    recipe: str
    victims: tuple[str, ...]
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


def start(recipe: Path, out: Path, workers: int) -> Run:
    """Run a recipe on its sample; what is kept at home between runs is the folder's own."""
    words = [str(recipe), "--out", str(out), "--workers", str(workers)]
    words += ["--sample"] if recipe.is_relative_to(RECIPES) else []
    return Run(words, out.with_suffix(".log"), out.with_suffix(".home"))


def quiet(recipe: Path, folder: Path, workers: int) -> Quiet:
    """Run in peace; ends the campaign if that alone fails."""
    out = folder / f"{recipe.stem}-quiet-{workers}"
    run = start(recipe, out, workers)
    began = 0.0
    while not run.ended() and time.monotonic() - run.started < 2 * HANG:
        if not began and (out / ".curate/lock").exists():
            began = time.monotonic() - run.started
        time.sleep(0.01)
    ended = time.monotonic() - run.started
    if run.wait() != 0:
        raise SystemExit(f"{recipe}: does not run in peace: {run.said()}")
    return Quiet(files_of(out), began, ended)


def trial(
    recipe: Path, place: Path, calm: dict[int, Quiet], victim: str, random: np.random.Generator
) -> Trial:
    """Kill a run, perhaps its resumption too, and see that the last one ends as it should."""
    killed: list[str] = []
    missed = 0
    problems: list[str] = []
    workers = 1 if victim == "driver" else 2
    if victim == "below" and recipe.stem in HELPED:
        workers = int(random.integers(1, 3))
    while True:
        window = calm[workers]
        run = start(recipe, place, workers)
        # Some moments before the folder is locked, where little can go wrong.
        time.sleep(random.uniform(0.7 * window.began, 1.05 * window.ended))
        hit, code = run.kill(victim, random), None
        killed, missed = killed + [hit] * bool(hit), missed + (not hit)
        if victim == "below" or not hit:
            code = run.wait()
            if code not in (0, 1, 2) or (code == 2 and not run.said().startswith("error: ")):
                problems.append(f"exit code {code} after {hit}: {run.said()}")
        left = run.outlived()
        problems += [f"outlived the run by {ORPHANED:g} s: {', '.join(left)}"] if left else []
        problems += _half_written(place, window.files, code)
        if (hit and random.random() >= AGAIN) or missed > 3 or problems:
            break
        if not hit:  # it was done before its time: begin anew
            shutil.rmtree(place)
    resumed = start(recipe, place, 1 if random.random() < 0.75 else 2)
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
        left = resumed.outlived()
        problems += [f"outlived the resumed run: {', '.join(left)}"] if left else []
    return Trial(recipe.stem, tuple(killed), missed, lasted, tuple(problems))


def _half_written(out: Path, whole: dict[str, bytes], finished: int | None) -> list[str]:
    """Files under their final names that are not what they should be.

    Args:
        out: The dataset folder.
        whole: Files of a quiet run.
        finished: The exit code of a run that was not itself killed; 1 says that a shard failed, the
            rest is there, and ``run.json`` tells so.
    """
    try:
        found = {name: one for name, one in files_of(out).items() if not name.endswith(".tmp")}
    except ValueError as error:
        return [f"half-written run.json: {error}"]
    if finished == 1 and not json.loads(found.get("run.json", b"{}")).get("complete", True):
        return []
    if "run.json" in found and found != whole:
        return ["run.json stands in a folder that is not complete"]
    return [f"half-written {name}" for name, one in found.items() if whole.get(name) != one]


def _differences(out: Path, whole: dict[str, bytes]) -> list[str]:
    found = files_of(out)
    names = sorted(name for name in found | whole if found.get(name) != whole.get(name))
    page = out / "report.html"
    if not page.is_file() or not page.read_text(encoding="utf-8").rstrip().endswith("</html>"):
        names.append("report.html")
    return [f"{name} is not what a quiet run gives" for name in names]


def campaign(options: argparse.Namespace) -> list[Trial]:
    """All trials; a line for each that went wrong."""
    said = threading.Lock()
    with tempfile.TemporaryDirectory() as scratch, _recipes(options.recipes, scratch) as recipes:
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
            shutil.rmtree(place.with_suffix(".home"), ignore_errors=True)
            if not done.problems:
                shutil.rmtree(place, ignore_errors=True)
            elif options.keep:
                shutil.copytree(place, options.keep / place.name, dirs_exist_ok=True)
            with said:
                print(_line(number, done), file=sys.stderr, flush=True)
            return done

        with ThreadPoolExecutor(options.processes) as pool:
            return list(pool.map(one, range(options.kills)))


@contextlib.contextmanager
def _recipes(names: Sequence[str], scratch: str) -> Iterator[list[Path]]:
    """Recipes by name, all that have a sample if none is named, and the one that asks."""
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(RECIPES.glob("*.yaml"))}
    names = names or [*(path.stem for path, text in texts.items() if "\nsample:" in text), "asked"]
    found = [Path(one) if one.endswith(".yaml") else RECIPES / f"{one}.yaml" for one in names]
    if "asked" not in names:
        yield found
        return
    sys.path.insert(0, str(ROOT / "tests"))
    from support.completions_server import CompletionsServer

    with CompletionsServer(delay=0.2) as server:
        asked = Path(scratch, "asked.yaml")
        asked.with_suffix(".txt").write_text("Say it otherwise.\n{{ text }}", encoding="utf-8")
        text = ASKED.format(samples=RECIPES / "samples", url=server.url)
        asked.write_text(text, encoding="utf-8")
        yield [asked if path.stem == "asked" else path for path in found]


def _line(number: int, done: Trial) -> str:
    state = "; ".join(done.problems) or f"resumed to the same bytes in {done.lasted:.1f} s"
    return f"{number:4d} {done.recipe:20} killed {', '.join(done.victims)}: {state}"


def table(trials: Sequence[Trial]) -> str:
    """A line for each recipe."""
    head = f"{'recipe':22} {'runs':>5} {'kills':>6} {'resumed, same bytes':>20}"
    lines = [f"{head} {'problems':>9} {'median s':>9} {'longest s':>10}"]
    for recipe in dict.fromkeys(one.recipe for one in trials):
        own = [one for one in trials if one.recipe == recipe]
        kills, good = sum(len(one.victims) for one in own), sum(not one.problems for one in own)
        bad = sum(len(one.problems) for one in own)
        lasted = [one.lasted for one in own]
        times = f"{statistics.median(lasted):9.1f} {max(lasted):10.1f}"
        lines.append(f"{recipe:22} {len(own):5} {kills:6} {good:20} {bad:9} {times}")
    victims = Counter(victim for one in trials for victim in one.victims)
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
    parser.add_argument("--keep", type=Path, help="folder for what a trial with problems left")
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
