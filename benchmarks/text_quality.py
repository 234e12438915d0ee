"""Text quality in one pass over UTF-8, against plain Python and polars expressions.

    python -m benchmarks.text_quality [--documents 3000]

Documents are made here: words of Zipf's frequencies in sentences, lines and paragraphs, two thirds
in Latin letters and the others in Cyrillic, Arabic, Devanagari and Han, with repeated lines, lists,
ellipses and boilerplate; 3.5 kB on average. Prints documents per second of CPU time on one core,
the ratio to plain Python, and in how many documents any number differs from it. polars is given
what its expressions can say: ten rates, and repeated lines. Last, what the kernels take to compile
with an empty cache, and to load from a full one.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import polars as pl
import pyarrow as pa

from curate.text import quality_reference
from curate.text.characters import BULLETS
from curate.text.counters import count
from curate.text.repetition import repetition
from curate.text.scripts import SCRIPTS, count_scripts

STOP_WORDS = ("the", "be", "to", "of", "and", "that", "have", "with")
ALPHABETS = [
    # as often as in English, e first; the kernel looks closer at f, j, k, p and v
    *["eeeeeeetttttaaaaaooooiiiinnnnsssshhhhrrrrdddlllcccuummwwffggyyppbbvkéöß"] * 8,
    "абвгдежзийклмнопрстуфхцчшщьюя",
    "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "कखगघचछजझटठडढणतथदधनपफबभमयरलवशषसह",
    "".join(map(chr, range(0x4E00, 0x5000))),
]
T = TypeVar("T")


def make_documents(number: int, seed: int = 7) -> list[str]:
    """Documents of 8 to 60 sentences, some with lists, repeats, ellipses or boilerplate."""
    rng = random.Random(seed)
    vocabularies = []
    for alphabet in ALPHABETS:
        words = ["".join(rng.choices(alphabet, k=rng.randint(2, 10))) for _ in range(4000)]
        vocabularies.append([*STOP_WORDS, *words] if alphabet[0] == "e" else words)
    weights = [1 / rank for rank in range(8, 4016)]
    documents = []
    for _ in range(number):
        words = rng.choice(vocabularies)
        lines = [
            " ".join(rng.choices(words, weights[: len(words)], k=rng.randint(4, 18)))
            + rng.choice([".", ".", ".", "!", "?", "", "。"])
            for _ in range(rng.randint(8, 60))
        ]
        chance = rng.random()
        if chance < 0.2:
            lines += lines[: len(lines) // 3]
        elif chance < 0.3:
            lines = [f"- {line}" for line in lines]
        elif chance < 0.4:
            lines = [f"{line}..." for line in lines]
        elif chance < 0.5:
            lines += ["This site uses cookies: see our privacy policy.", "# Turn on JavaScript {}"]
        joins = rng.choices(["\n", " ", " ", "\n\n"], k=len(lines))
        documents.append("".join(map("".join, zip(lines, joins, strict=True))).strip())
    return documents


def count_in_polars(documents: pl.DataFrame) -> pl.DataFrame:
    """Ten of the counters as expressions, words and lines as there."""
    text = pl.col("text")
    words = text.str.count_matches(r"\S+")
    lines = text.str.count_matches(r"(?m)^.*\S.*$")
    bullets = BULLETS.replace("-", r"\-")
    stop = [text.str.contains(rf"(?:^|\s){word}(?:\s|$)").cast(pl.Int32) for word in STOP_WORDS]
    marks = ("#", "...", "…", "{")
    return documents.select(
        words.alias("words"),
        text.str.count_matches(r"\S").alias("word_characters"),
        *(text.str.count_matches(mark, literal=True).alias(mark) for mark in marks),
        text.str.count_matches(r"[^\s\p{Alphabetic}]*\p{Alphabetic}\S*").alias("letter_words"),
        pl.sum_horizontal(stop).alias("stop_words"),
        lines.alias("lines"),
        text.str.count_matches(rf"(?m)^[^\S\n]*[{bullets}]").alias("bullet_lines"),
        text.str.count_matches(r"(?m)(\.\.\.|…)[^\S\n]*$").alias("ellipsis_lines"),
        text.str.count_matches(r"(?m)[.!?\"'。][^\S\n]*$").alias("end_mark_lines"),
        text.str.contains("(?i)lorem ipsum").alias("lorem_ipsum"),
        text.str.contains("(?i)javascript").alias("javascript"),
    )


def repeated_lines_in_polars(documents: pl.DataFrame) -> pl.DataFrame:
    """The shares of repeated lines and of the characters in them."""
    line = pl.col("line").str.strip_chars()
    lines = documents.with_row_index("row").select(
        "row", pl.col("text").str.len_chars().alias("all"), line=pl.col("text").str.split("\n")
    )
    lines = lines.explode("line").with_columns(line).filter(pl.col("line") != "")
    again = ~pl.struct("row", "line").is_first_distinct()
    inside = (pl.col("line").str.len_chars() * again).alias("inside")
    return (
        lines.with_columns(again.alias("again"), inside)
        .group_by("row", maintain_order=True)
        .agg(pl.col("again").mean(), pl.col("inside").sum() / pl.col("all").first())
    )


def scripts_in_python(text: str) -> list[int]:
    """Letters of the commonest scripts, by the library ``regex``."""
    import regex

    letters = "".join(filter(str.isalpha, text))
    names = ("Latn", "Cyrl", "Arab", "Deva", "Hani")
    return [len(regex.findall(rf"\p{{Script={name}}}", letters)) for name in names]


def best(work: Callable[[], T], repeats: int) -> tuple[float, T]:
    """CPU seconds of the fastest run, and its result."""
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        result = work()
        seconds.append(time.process_time() - start)
    return min(seconds), result


def compile_seconds() -> tuple[float, float]:
    """Seconds until every kernel has run once in a new process: cache empty, cache full."""
    code = (
        "import time, pyarrow as pa; t = time.perf_counter();"
        "from curate.text import counters, repetition, scripts; a = pa.array(['a b']);"
        "counters.count(a); repetition.repetition(a); scripts.count_scripts(a);"
        "print(time.perf_counter() - t)"
    )
    with tempfile.TemporaryDirectory() as folder:
        there = {**os.environ, "NUMBA_CACHE_DIR": folder}
        runs = [
            subprocess.run([sys.executable, "-c", code], env=there, check=True, capture_output=True)
            for _ in range(2)
        ]
    return float(runs[0].stdout), float(runs[1].stdout)


def show(name: str, number: int, size: int, seconds: dict[str, float], differing: int) -> None:
    """One line for each way: documents a second, and how many times plain Python's rate."""
    for way, took in seconds.items():
        rate = f"{number / took:10,.0f}/s {size / took / 1e6:8.1f} MB/s"
        print(f"{name:12}{way:8}{rate}  x{seconds['Python'] / took:.1f}")
    print(f"{'':12}{differing} of {number} documents differ")


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--documents", type=int, default=3000)
    options = parser.parse_args(argv)
    texts = make_documents(options.documents)
    column, frame, number = pa.array(texts), pl.DataFrame({"text": texts}), len(texts)
    size = sum(len(text.encode()) for text in texts)
    print(f"{number} documents of {size / number:,.0f} bytes on average")
    count(column[:1]), repetition(column[:1]), count_scripts(column[:1])

    took: dict[str, float] = {}
    took["Python"], plain = best(
        lambda: [quality_reference.count(text, STOP_WORDS) for text in texts], 3
    )
    took["polars"], _ = best(lambda: count_in_polars(frame), 3)
    took["curate"], ours = best(lambda: count(column, STOP_WORDS), 7)
    show("counters", number, size, took, int((ours != np.array(plain)).any(axis=1).sum()))

    took["Python"], shares = best(lambda: [quality_reference.repetition(t) for t in texts], 2)
    took["curate"], measured = best(lambda: repetition(column), 7)
    del took["polars"]
    show("repetition", number, size, took, int((measured != np.array(shares)).any(axis=1).sum()))
    lines, _ = best(lambda: repeated_lines_in_polars(frame), 3)
    print(f"{'':12}polars, repeated lines alone: {number / lines:,.0f}/s")

    took["Python"], letters = best(lambda: [scripts_in_python(text) for text in texts], 2)
    took["curate"], found = best(lambda: count_scripts(column), 7)
    five = [SCRIPTS.index(name) for name in ("Latn", "Cyrl", "Arab", "Deva", "Hani")]
    show("scripts", number, size, took, int((found[:, five] != letters).any(axis=1).sum()))

    empty, full = compile_seconds()
    print(f"first call   {empty:.1f} s with an empty cache, {full:.1f} s with a full one")


if __name__ == "__main__":
    main()
