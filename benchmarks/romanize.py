"""How much faster romanisation is than PyPI ``uroman``, with the same answers.

    python -m benchmarks.romanize --data DIR   # DIR holds uroman_golden.tsv.gz and lid/*.jsonl.gz

For each language of the golden file the same lines, in corpus order, go through
``Uroman().romanize_string`` and through a new ``Romanizer``, which knows no word yet. CPU seconds
of one core, tables loaded before, the best of ``--runs`` for both; a second pass shows the speed
once words are known. Lines with another answer are counted. More lines, more known words: Kashmiri
gains twice as much from 8,000 lines as from 1,000.
"""

from __future__ import annotations

import argparse
import collections
import functools
import gzip
import json
import time
from collections.abc import Callable
from pathlib import Path

from uroman import Uroman

from curate.text.romanize import Romanizer


def lines_by_language(folder: Path, most: int) -> dict[str, list[str]]:
    """Up to so many lines for each label, in the order of the files."""
    found: dict[str, list[str]] = collections.defaultdict(list)
    for name in ("train", "test"):
        with gzip.open(folder / "lid" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
            for line in file:
                row = json.loads(line)
                if len(found[row["lang"]]) < most:
                    found[row["lang"]].append(row["text"])
    return found


def golden_languages(folder: Path) -> list[str]:
    with gzip.open(folder / "uroman_golden.tsv.gz", "rt", encoding="utf-8") as file:
        return sorted({line.split("\t")[0] for line in file} - {"lang"})


def timed(romanize: Callable[[str], str], lines: list[str]) -> tuple[float, list[str]]:
    start = time.process_time()
    answers = [romanize(line) for line in lines]
    return time.process_time() - start, answers


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--lines", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--languages", nargs="*", default=[])
    options = parser.parse_args(argv)
    corpus = lines_by_language(options.data, options.lines)
    uroman = Uroman()
    Romanizer("")("warm")  # loads the tables
    print(f"{'':10}{'lines':>6}{'uroman/s':>10}{'ours/s':>9}{'again/s':>9}{'ratio':>7}{'other':>6}")
    for label in options.languages or golden_languages(options.data):
        lines, code = corpus[label], label[:3]
        runs = []
        for _ in range(options.runs):
            plain, expected = timed(functools.partial(uroman.romanize_string, lcode=code), lines)
            fresh = Romanizer(code)
            cold, answers = timed(fresh, lines)
            runs.append((plain, cold, timed(fresh, lines)[0]))
        plain, cold, warm = map(min, zip(*runs, strict=True))
        other = sum(a != b for a, b in zip(answers, expected, strict=True))
        size = len(lines)
        print(
            f"{label:10}{size:6}{size / plain:10.0f}{size / cold:9.0f}{size / max(warm, 1e-6):9.0f}"
            f"{plain / cold:7.1f}{other:6}",
            flush=True,
        )


if __name__ == "__main__":
    main()
