"""One job for every text pipeline: English by fastText, Gopher's rules, Parquet; who is how fast.

    python -m benchmarks text_peers --data DIR --peers ENVIRONMENTS [--documents N] [--workers 1 4]

DIR holds ``train.jsonl.gz`` and ``test.jsonl.gz`` of sentences with their language, and
``lid.176.ftz``. ENVIRONMENTS is a folder with one virtual environment for each peer that is to be
measured, named ``datatrove``, ``data_juicer``, ``opusfilter`` or ``dolma``, each with fastText
beside it; what is not there is left out. Documents of 300 to 1,500 characters in eight JSON lines
files, three in ten in another language, one in ten with a fault; every program gets the same
fastText model, and the peers the same plain Python rules (``peers/rules.py``), so that the kept
documents must be the same; how many differ is printed. ``plain`` is a bare loop of those, and
``ceiling`` fastText in C++ with the rules in C over Arrow's buffers and no framework at all.

Counted is everything from the start of the program to its end: CPU seconds of all processes, wall
seconds, and the most memory that they hold together (proportional set size). Rounds are
interleaved, and the least of each kind is taken. ``curate`` is the command line with its whole
output: rejected rows with reasons, card, Croissant, report, checksums.
"""

from __future__ import annotations

import argparse
import ctypes
import gzip
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil
import pyarrow.parquet as pq

from benchmarks.text_corpus import ENGLISH, Sentences, sentences

FILES = 8
PEERS = ("datatrove", "data_juicer", "opusfilter", "dolma")
GOALS = {"datatrove": 4, "data_juicer": 5, "opusfilter": 3, "dolma": 5, "ceiling": 1}
"""Documents a CPU second that ``curate`` is to have, times theirs."""
RECIPE = """
name: text_peers
source:
  sources.jsonl: {{path: {documents}}}
steps:
  - transforms.select_columns: {{names: [text]}}
  - filters.language: {{languages: [eng], model: {model}, least_prob: 0.5}}
  - filters.quality_rules: {{presets: [gopher]}}
"""


def text_of(found: Sentences, number: int, rng: np.random.Generator) -> str:
    """A document: English in seven of ten, one of which has a fault."""
    kind = number % 10
    others = sorted(lang for lang in found if lang != ENGLISH)
    pool = found[ENGLISH] if kind < 7 else found[others[rng.integers(len(others))]]
    wanted, parts, size = rng.integers(300, 1500), [], 0
    while size < wanted:
        parts.append(pool[rng.integers(len(pool))])
        size += len(parts[-1]) + 1
    text = "\n".join(" ".join(parts[at : at + 3]) for at in range(0, len(parts), 3))[:1500]
    if kind < 6 or kind > 6:
        return text
    letters = "".join(text.split())
    faults = (
        text.replace(" ", " # "),
        "\n".join(f"- {part[:30]}..." for part in parts),
        " ".join(text.split()[:30]),
        " ".join(letters[at : at + 14] for at in range(0, len(letters), 14)),
    )
    return faults[number // 10 % 4]


def make_documents(data: Path, folder: Path, count: int) -> None:
    """The same documents as JSON lines, as lines for OpusFilter, and compressed for dolma."""
    found, rng = sentences(data), np.random.default_rng(0)
    for name in ("jsonl", "lines", "dolma/documents"):
        (folder / name).mkdir(parents=True)
    with (folder / "lines/lines.txt").open("w", encoding="utf-8") as lines:
        for file in range(FILES):
            numbers = range(file * count // FILES, (file + 1) * count // FILES)
            rows = [{"id": f"{n:07d}", "text": text_of(found, n, rng)} for n in numbers]
            with (
                gzip.open(
                    folder / f"dolma/documents/{file:03}.jsonl.gz", "wt", 1, "utf-8"
                ) as packed,
                (folder / f"jsonl/{file:03}.jsonl").open("w", encoding="utf-8") as plain,
            ):
                for row in rows:
                    plain.write(json.dumps(row, ensure_ascii=False) + "\n")
                    packed.write(json.dumps({**row, "source": "peers"}, ensure_ascii=False) + "\n")
                    flat = row["text"].replace("\n", "\u2028")
                    lines.write(f"{row['id']}\t{flat}\n")


class Cost(NamedTuple):
    """What one run took.

    Attributes:
        cpu: Seconds, of all its processes.
        wall: Seconds.
        memory: Most bytes of all processes together at one time.
    """

    cpu: float
    wall: float
    memory: int


def run(command: list[str], folder: Path, log: Path) -> Cost:
    """Run a program to its end and watch it."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    most = [0]
    limits = {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    with log.open("w") as said:
        program = subprocess.Popen(
            command, cwd=folder, stdout=said, stderr=subprocess.STDOUT, env={**os.environ, **limits}
        )
        watcher = threading.Thread(target=_watch, args=(program, most))
        watcher.start()
        code = program.wait()
        watcher.join()
        _wait_for_orphans()
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if code:
        raise SystemExit(f"{command[:2]} ended with {code}:\n{log.read_text()[-2000:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(cpu, wall, most[0])


def _adopt_orphans() -> None:
    """Be the parent of what a program leaves behind (datatrove's fork server), to count it."""
    ctypes.CDLL(None, use_errno=True).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER, Linux


def _wait_for_orphans() -> None:
    try:
        while True:
            os.waitpid(-1, 0)
    except ChildProcessError:
        pass


def _watch(program: subprocess.Popen[bytes], most: list[int]) -> None:
    while program.poll() is None:
        held = 0
        try:
            root = psutil.Process(program.pid)
            for one in (root, *root.children(recursive=True)):
                text = Path(f"/proc/{one.pid}/smaps_rollup").read_text()
                held += 1024 * int(re.search(r"^Pss: +(\d+)", text, re.M)[1])  # type: ignore[index]
        except (psutil.Error, OSError, TypeError):
            pass
        most[0] = max(most[0], held)
        time.sleep(0.2)


def kept(out: Path) -> set[str]:
    """Ids of the documents that a program kept, whatever it wrote them into."""
    found: set[str] = set()
    for path in sorted(out.rglob("*")):
        if path.suffix == ".parquet" and not {"rejected", ".curate"} & set(path.parts):
            found |= set(pq.read_table(path, columns=["id"])["id"].to_pylist())
        elif path.suffix == ".jsonl" and not path.name.endswith("stats.jsonl"):
            rows = map(json.loads, path.open(encoding="utf-8"))
            found |= {row["id"] for row in rows if "id" in row}
        elif path.parent.name == "mixed" and path.suffix == ".gz":
            with gzip.open(path, "rt", encoding="utf-8") as lines:
                found |= {json.loads(line)["id"] for line in lines}
        elif path.name == "kept.txt":
            found |= {line.partition("\t")[0] for line in path.open(encoding="utf-8")}
    return found


def command(
    name: str, peers: Path | None, inputs: Path, out: Path, model: Path, workers: int
) -> list[str]:
    """How a program is started."""
    if name == "curate":
        recipe = out.parent / "recipe.yaml"
        recipe.write_text(RECIPE.format(documents=inputs / "jsonl", model=model))
        tool = str(Path(sys.executable).with_name("curate"))
        return [tool, "run", str(recipe), "--out", str(out), "--workers", str(workers)]
    python = sys.executable
    if name in PEERS:
        assert peers is not None
        python = str(peers / name / "bin" / "python")
    script = Path(__file__).parent / "peers" / f"{name}_job.py"
    folder = {"opusfilter": "lines", "dolma": "dolma"}.get(name, "jsonl")
    return [python, str(script), str(inputs / folder), str(out), str(model), str(workers)]


def measure(
    options: argparse.Namespace, inputs: Path, folder: Path, workers: int
) -> list[dict[str, object]]:
    """All programs, ``options.runs`` times, by turns."""
    there = [name for name in PEERS if options.peers and (options.peers / name).is_dir()]
    names = ["curate", "ceiling", "plain", *there]
    costs: dict[str, list[Cost]] = {name: [] for name in names}
    ids: dict[str, set[str]] = {}
    for turn in range(options.runs):
        for name in names:
            out = folder / f"{name}-{workers}-{turn}" / "out"
            out.parent.mkdir()
            if name != "curate":
                out.mkdir()
            call = command(name, options.peers, inputs, out, options.data / "lid.176.ftz", workers)
            costs[name].append(run(call, out.parent, out.parent / "log"))
            ids[name] = {one.split(":")[-1] for one in kept(out)}
            subprocess.run(["rm", "-rf", out.parent], check=True)
    best = {name: min(cost.cpu for cost in some) for name, some in costs.items()}
    rows = []
    print(f"\n{options.documents:,} documents, {workers} worker(s), least of {options.runs}")
    heads = (
        f"{'CPU s':>8}{'docs/CPU s':>12}{'curate is':>11}{'wall s':>8}{'curate is':>11}{'MB':>7}"
    )
    print(f"{'':12}{heads}  differ  (CPU s: least and most)")
    walls = {name: min(cost.wall for cost in some) for name, some in costs.items()}
    for name, some in costs.items():
        memory = statistics.median(cost.memory for cost in some) / 1e6
        times = best[name] / best["curate"]
        sooner = walls[name] / walls["curate"]
        differ = len(ids[name] ^ ids["curate"])
        goal = f" of {GOALS[name]}" if name in GOALS else ""
        most = max(cost.cpu for cost in some)
        print(
            f"{name:12}{best[name]:8.1f}{options.documents / best[name]:12,.0f}{times:9.2f} x"
            f"{walls[name]:8.1f}{sooner:9.2f} x{memory:7.0f}  {differ}{goal}"
            f"  ({best[name]:.1f}–{most:.1f})"
        )
        rows.append(
            {"program": name, "workers": workers, "cpu_s": best[name], "wall_s": walls[name],
             "mb": memory, "curate_is": times, "curate_is_sooner": sooner, "differ": differ,
             "all_cpu_s": [cost.cpu for cost in some], "all_wall_s": [cost.wall for cost in some]}
        )  # fmt: skip
    return rows


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="the folder data/lid")
    parser.add_argument("--peers", type=Path, help="folder of the peers' virtual environments")
    parser.add_argument("--documents", type=int, default=200_000)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    options = parser.parse_args(argv)
    _adopt_orphans()
    options.data = options.data.resolve()
    options.peers = options.peers and options.peers.resolve()
    with tempfile.TemporaryDirectory() as folder:
        inputs = Path(folder) / "inputs"
        make_documents(options.data, inputs, options.documents)
        rows = [
            row for workers in options.workers
            for row in measure(options, inputs, Path(folder), workers)
        ]  # fmt: skip
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
