"""What every benchmark of speech starts from: a folder with ``wavs/``, and a clock over its clips.

Who says what stands in ``metadata.csv``, or else in lists of ``path|speaker|text`` lines
(``test.txt``); most benchmarks need neither.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple


class Spoken(NamedTuple):
    """One clip and what is said in it; ``style`` is empty where nobody says."""

    path: Path
    speaker_id: str
    style: str
    text: str


def arguments(about: str | None) -> argparse.ArgumentParser:
    """A parser with ``--data DIR``, which shows a benchmark's docstring as its help."""
    shown = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=about, formatter_class=shown)
    parser.add_argument(
        "--data", type=Path, required=True, metavar="DIR", help="folder with wavs/ of clean speech"
    )
    return parser


def wav_paths(folder: Path) -> list[Path]:
    """The folder's ``wavs/*.wav``, by name; ends the program with one line if there are none."""
    paths = sorted((folder / "wavs").glob("*.wav"))
    if not paths:
        raise SystemExit(f"{folder / 'wavs'} holds no .wav; give a folder of clips with --data")
    return paths


def spoken(folder: Path) -> list[Spoken]:
    """What ``metadata.csv`` says of the clips, or else the folder's lists."""
    table = folder / "metadata.csv"
    if table.is_file():
        with table.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        return [
            Spoken(folder / row["file_name"], row["speaker_id"], row.get("style", ""), row["text"])
            for row in rows
        ]
    texts = [file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.txt"))]
    lines = [line.split("|") for text in texts for line in text.splitlines()]
    found = [Spoken(folder / line[0], line[1], "", line[2]) for line in lines if len(line) == 3]
    if not found:
        raise SystemExit(f"{folder} has no metadata.csv and no list of path|speaker|text lines")
    return found


def best(work: Callable[[Any], object], inputs: Sequence[Any], rounds: int) -> float:
    """Least CPU seconds over the rounds, each over all inputs."""
    seconds = []
    for _ in range(rounds):
        start = time.process_time()
        for one in inputs:
            work(one)
        seconds.append(time.process_time() - start)
    return min(seconds)
