"""The text corpus recipe on documents with planted faults: what it finds, how fast, where it runs.

    python -m benchmarks.text_corpus --data DIR [--documents N] [--workers N]

DIR holds ``train.jsonl.gz`` and ``test.jsonl.gz``, lines of ``text``, ``lang`` and ``source``. Of
the English sentences documents of 8 to 40 are made; a third of all documents then get one fault
each, or come from another language, and the recipe runs from the file to the finished folder. For
every kind: how many were planted, how many were turned away by the step whose business it is, by
another one, or kept. Near copies are judged by their exact Jaccard similarity of word 5-grams.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from benchmarks.dedup import jaccard
from curate.engine.outcome import Outcome
from curate.pipeline import run_recipe
from curate.recipe import load_recipe

RECIPE = Path(__file__).resolve().parent.parent / "recipes" / "text_corpus.yaml"
ENGLISH = "eng_Latn"
FEWEST = 200
"""Sentences of a language from which documents are made."""
NEAR = 0.8
"""The recipe's threshold of near duplicates."""
ADDRESSES = {
    "email": "Write to ann.{at}@example.org, please.",
    "ip": "It came from 8.8.{at}.4 at night.",
    "iban": "The account is GB29 NWBK 6016 1331 9268 19, as before.",  # ISO 13616's example
}
Sentences = dict[str, list[str]]
Rows = list[dict[str, str]]


def sentences(folder: Path) -> Sentences:
    """Sentences of 40 characters or more by language; words and word pairs are left out."""
    found: Sentences = defaultdict(list)
    for name in ("train", "test"):
        with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
            for row in map(json.loads, file):
                if len(row["text"]) >= 40:
                    found[row["lang"]].append(" ".join(row["text"].split()))
    return {lang: texts for lang, texts in found.items() if len(texts) >= FEWEST}


def document(pool: list[str], rng: np.random.Generator) -> str:
    """A text of 8 to 40 sentences in paragraphs of five."""
    chosen = rng.choice(len(pool), rng.integers(8, 41), replace=False)
    parts = [pool[at] for at in chosen]
    return "\n".join(" ".join(parts[at : at + 5]) for at in range(0, len(parts), 5))


def near_copy(text: str, rng: np.random.Generator) -> str:
    """The text with up to 4 % of its words changed: five 5-grams for each of them."""
    words = text.split(" ")
    for at in rng.choice(len(words), rng.integers(1, max(2, len(words) // 25)), replace=False):
        words[at] = f"new{rng.integers(10**6)}"
    return " ".join(words)


def with_addresses(text: str, rng: np.random.Generator) -> str:
    at = int(rng.integers(1, 255))
    lines = [line.format(at=at) for line in ADDRESSES.values()]
    return f"{text}\n{' '.join(lines)}"


def planted(found: Sentences, count: int, seed: int = 0) -> Rows:
    """Documents with ``id``, ``text``, and the ``kind`` and ``original`` that the recipe drops."""
    rng = np.random.default_rng(seed)
    english = found[ENGLISH]
    foreign = sorted(lang for lang in found if lang != ENGLISH)
    sound = [document(english, rng) for _ in range(count * 2 // 3)]
    faults: dict[str, Callable[[str], str]] = {
        "copy": lambda text: "  ".join(text.lower().split(" ")),
        "near copy": lambda text: near_copy(text, rng),
        "foreign": lambda _: document(found[foreign[rng.integers(len(foreign))]], rng),
        "half foreign": lambda text: f"{text}\n{document(found['deu_Latn'], rng)}",
        "refrain": lambda _: " ".join([english[rng.integers(len(english))]] * 12),
        "too short": lambda text: " ".join(text.split()[:40]),
        "hashes": lambda text: text.replace(" ", " # "),
        "addresses": lambda text: with_addresses(document(english, rng), rng),
    }
    rows = [{"kind": "sound", "text": text, "original": ""} for text in sound]
    names = list(faults)
    for number in range(count - len(sound)):
        kind = names[number % len(names)]
        original = sound[rng.integers(len(sound))]
        rows.append({"kind": kind, "text": faults[kind](original), "original": original})
    # the originals stay in front, since of two that are alike the first is kept
    return [{"id": f"{number:07d}", **row} for number, row in enumerate(rows)]


BUSINESS = {
    "copy": "barriers.dedup_exact",
    "near copy": "barriers.dedup_near",
    "foreign": "filters.language",
    "refrain": "filters.repetition",
    "too short": "filters.quality_rules",
    "hashes": "filters.quality_rules",
}
"""Whose business a kind is; the others are to be kept, or may go either way."""


def found_and_missed(rows: Rows, out: Path) -> None:
    """What became of each kind, as a table."""
    gone = {row["id"]: row["rejected_by"] for row in pq.read_table(out / "rejected").to_pylist()}
    ends: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        kind = row["kind"]
        if kind == "near copy" and jaccard(row["text"], row["original"]) < NEAR:
            kind = "less than near"
        ends[kind][gone.get(row["id"], "")] += 1
    print("kind            planted  by its step  by others     kept")
    for kind, counts in sorted(ends.items()):
        mine, kept = counts[BUSINESS.get(kind, "-")], counts[""]
        rest = {by: many for by, many in counts.items() if by not in ("", BUSINESS.get(kind))}
        line = f"{kind:15}{counts.total():8}{mine:13}{sum(rest.values()):11}{kept:9}"
        print(f"{line}  {', '.join(f'{by} {many}' for by, many in sorted(rest.items()))}")


def masked(rows: Rows, out: Path) -> None:
    """How many of the planted addresses are gone."""
    kinds = {row["id"] for row in rows if row["kind"] == "addresses"}
    columns = ["id", *(f"masked_{name}" for name in ADDRESSES)]
    kept = pq.read_table(out / "data", columns=columns).to_pylist()
    with_them = [row for row in kept if row["id"] in kinds]
    for name in ADDRESSES:
        hit = sum(row[f"masked_{name}"] > 0 for row in with_them)
        print(f"masked {name}: in {hit} of {len(with_them)} documents that have one", end="; ")
        others = sum(row[f"masked_{name}"] > 0 for row in kept) - hit
        print(f"{others} in {len(kept) - len(with_them)} others")


def pace(outcome: Outcome, record: dict[str, Any], seconds: float, size: int) -> None:
    """Documents in a second, end to end and by step, and the device of each."""
    devices = {step["step"]: step["device"] for step in record["steps"]}
    read = outcome.rows_read()
    print(
        f"{read:,} documents of {size / read:,.0f} bytes in {seconds:.1f} s, end to end: ", end=""
    )
    print(f"{read / seconds:,.0f} documents/s, {size / seconds / 1e6:.1f} MB/s")
    for count in outcome.funnel():
        rate = count.entered.rows / count.seconds if count.seconds else float("nan")
        device = devices.get(count.step, "cpu")
        print(f"  {count.step:27} {device:5}{count.seconds:8.2f} s {rate:12,.0f} documents/s")


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with the two files")
    parser.add_argument("--documents", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args(argv)
    rows = planted(sentences(options.data), options.documents)
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder) / "documents.jsonl", Path(folder) / "out"
        lines = (json.dumps({"id": row["id"], "text": row["text"]}) for row in rows)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        recipe = load_recipe(RECIPE, [f"source.path={path}"])
        start = time.perf_counter()
        outcome = run_recipe(recipe, out, workers=options.workers)
        seconds = time.perf_counter() - start
        record = json.loads((out / "run.json").read_text(encoding="utf-8"))
        print(f"{outcome.rows_kept()} kept + {outcome.rows_rejected()} rejected", end="")
        print(f" = {outcome.rows_read()} read: {outcome.conserved()}")
        found_and_missed(rows, out)
        masked(rows, out)
        pace(outcome, record, seconds, sum(len(row["text"].encode()) for row in rows))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
