"""MinHash against datasketch and rensa, and near duplicates planted at known similarities.

    python -m benchmarks.dedup [--data DIR] [--documents N] [--rows N]

Speed is in documents per CPU second on one core, word 5-grams and 112 permutations everywhere;
the peers' shingles are made by ``str.split`` ("from shingles": that time is not counted, ours is).
With --data, documents are made from the sentences of ``DIR/train.jsonl.gz`` (keys text and lang),
else from words as unequal as Zipf found. Every measure is the best of three.

Quality is the share of the pairs merged whose words were changed until their exact Jaccard
similarity lay in a range. Last come the time and memory of the driver's decisions. The peers are
needed for it: ``pip install datasketch rensa``.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
import tracemalloc
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa

from curate.barriers.dedup_exact import DedupExact
from curate.barriers.dedup_near import DedupNear
from curate.text.minhash import signatures, signatures_and_sketches
from curate.text.shingles import Shingling

NGRAM, PERMUTATIONS = 5, 112
LANGUAGES = ("eng_Latn", "eng_Latn", "deu_Latn", "fra_Latn", "rus_Cyrl", "arb_Arab", "hin_Deva")
RANGES = ((0.0, 0.5), (0.5, 0.7), (0.7, 0.75), (0.75, 0.8), (0.8, 0.85), (0.85, 0.9), (0.9, 1.0))


def shingles(text: str) -> set[str]:
    words = text.split()
    return {" ".join(words[at : at + NGRAM]) for at in range(max(1, len(words) - NGRAM + 1))}


def jaccard(one: str, other: str) -> float:
    a, b = shingles(one), shingles(other)
    return len(a & b) / len(a | b)


def generated(count: int, least: int, most: int, seed: int = 0) -> list[list[str]]:
    """Documents as lists of words."""
    rng = np.random.default_rng(seed)
    share = np.cumsum(1 / np.arange(1, 30_001))
    sizes = rng.integers(least, most, count)
    words = np.searchsorted(share, rng.random(sizes.sum()) * share[-1])
    texts = np.array([f"word{n}" for n in range(30_000)], object)[words]
    return [part.tolist() for part in np.split(texts, np.cumsum(sizes)[:-1])]


def documents(folder: Path | None, count: int) -> list[str]:
    """Documents of 3 to 4 kB."""
    if folder is None:
        return [" ".join(words) for words in generated(count, 150, 850)]
    sentences: dict[str, list[str]] = defaultdict(list)
    with gzip.open(folder / "train.jsonl.gz", "rt", encoding="utf-8") as file:
        for row in map(json.loads, file):
            sentences[row["lang"]].append(row["text"])
    rng = np.random.default_rng(0)
    chosen = [sentences[LANGUAGES[at]] for at in rng.integers(0, len(LANGUAGES), count)]
    return [" ".join(rng.choice(one, rng.integers(8, 60))) for one in chosen]


def rate(work: Callable[[], object], count: int) -> float:
    """Documents per CPU second, the best of three."""
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return count / best


def speed(texts: list[str]) -> None:
    import rensa
    from datasketch import MinHash

    column, few = pa.array(texts), texts[:500]
    how = Shingling(NGRAM)

    def with_datasketch(sets: list[set[str]] | None = None) -> None:
        for made in sets or map(shingles, few):
            one = MinHash(num_perm=PERMUTATIONS, seed=1)
            one.update_batch([shingle.encode() for shingle in made])

    def with_rensa() -> None:
        for text in few:
            one = rensa.RMinHash(num_perm=PERMUTATIONS, seed=1)
            one.update(list(shingles(text)))
            one.digest()

    batch = pa.table({"id": [str(row) for row in range(len(texts))], "text": column})
    signatures(column, how, PERMUTATIONS)  # compile
    signatures_and_sketches(column, how, PERMUTATIONS, 4096)
    ours = rate(lambda: signatures(column, how, PERMUTATIONS), len(texts))
    plain = Shingling(NGRAM, "word", ())
    sets = [shingles(text) for text in few]
    peers: dict[str, Callable[[], object]] = {
        "datasketch": with_datasketch,
        "rensa": with_rensa,
        "datasketch, from shingles": lambda: with_datasketch(sets),
        "rensa, from shingles": lambda: rensa.RMinHash.digest_matrix_from_token_sets(
            sets, PERMUTATIONS, 1
        ),
    }
    size = sum(len(text.encode()) for text in texts) / len(texts)
    print(f"{len(texts)} documents of {size:,.0f} bytes; documents per CPU second")
    print(f"  signatures                 {ours:9,.0f}  {ours * size / 1e6:.0f} MB/s")
    for name, work in peers.items():
        theirs = rate(work, len(few))
        print(f"  {name:26s} {theirs:9,.0f}  ours x{ours / theirs:.1f}")
    works: dict[str, Callable[[], object]] = {
        "signatures, all counts": lambda: signatures(column, plain, PERMUTATIONS),
        "keys of dedup_near": lambda: DedupNear().keys(batch),
        "keys of dedup_exact": lambda: DedupExact().keys(batch),
    }
    for name, work in works.items():
        print(f"  {name:26s} {rate(work, len(texts)):9,.0f}")


def estimates() -> None:
    """Error of the signatures beside datasketch's and rensa's, on the same pairs."""
    import rensa
    from datasketch import MinHash

    pairs = [edited(words, at) for at, words in enumerate(generated(1000, 100, 500, seed=3))]
    truth = np.array([jaccard(*pair) for pair in pairs])
    theory = float(np.sqrt(np.mean(truth * (1 - truth)) / PERMUTATIONS))
    sides = [signatures(pa.array(side), Shingling(NGRAM)) for side in zip(*pairs, strict=True)]
    errors = {"ours": (sides[0] == sides[1]).mean(axis=1) - truth}
    found: dict[str, list[float]] = {"datasketch": [], "rensa": []}
    for pair in pairs:
        one, other = MinHash(PERMUTATIONS, 1), MinHash(PERMUTATIONS, 1)
        his, hers = (rensa.RMinHash(num_perm=PERMUTATIONS, seed=1) for _ in pair)
        for text, sketch, peer in zip(pair, (one, other), (his, hers), strict=True):
            sketch.update_batch([shingle.encode() for shingle in shingles(text)])
            peer.update(list(shingles(text)))
        found["datasketch"].append(one.jaccard(other))
        found["rensa"].append(his.jaccard(hers))
    errors |= {name: np.array(values) - truth for name, values in found.items()}
    print(f"error of the estimated similarity, {len(pairs)} pairs; theory: sd {theory:.4f}")
    for name, error in errors.items():
        print(f"  {name:26s} mean {error.mean():+.4f}  sd {error.std():.4f}")


def edited(words: list[str], seed: int, largest: float = 0.12) -> tuple[str, str]:
    """A document, and a copy in which up to ``largest`` of the words are others."""
    rng = np.random.default_rng(seed)
    copy = list(words)
    for at in rng.choice(len(words), rng.integers(1, max(2, int(len(words) * largest)))):
        copy[at] = f"new{rng.integers(10**6)}"
    return " ".join(words), " ".join(copy)


def quality(count: int) -> None:
    """Planted pairs, three quarters of them among as many documents that are like no other."""
    pairs = [edited(words, at) for at, words in enumerate(generated(count, 30, 1500, seed=1))]
    alone = [" ".join(words) for words in generated(count, 30, 1500, seed=2)]
    texts = [text for pair in pairs for text in pair] + alone
    order = np.random.default_rng(0).permutation(len(texts))
    ids = np.array([str(row) for row in range(len(texts))])
    batch = pa.table({"id": ids[order], "text": [texts[row] for row in order]})
    step = DedupNear()
    verdict = step.decide(step.keys(batch))
    cluster = dict(zip(order, verdict.measured["near_cluster"].to_pylist(), strict=True))
    merged = np.array([cluster[at] is not None and cluster[at] == cluster[at + 1]
                       for at in range(0, 2 * count, 2)])  # fmt: skip
    truth = np.array([jaccard(*pair) for pair in pairs])
    print(f"{len(texts)} documents, {count} planted pairs; threshold {step.threshold}")
    for least, most in RANGES:
        inside = (truth >= least) & (truth < most)
        share = f"{merged[inside].mean():.4f}" if inside.any() else "-"
        print(f"  Jaccard {least:.2f} to {most:.2f}: {inside.sum():5d} pairs, merged {share}")
    strangers = sum(one is not None for one in cluster.values()) - 2 * merged.sum()
    wrong = int((merged & (truth < step.threshold)).sum() + strangers)
    near = merged[truth >= 0.85]
    print(f"  found at 0.85 and above: {near.mean():.4f} of {near.size}")
    print(f"  merged wrongly: {wrong} of {merged.sum()} merged pairs; {strangers} with strangers")


def decision(rows: int) -> None:
    """Memory and time of the driver; a tenth of the rows are copies."""
    texts = [" ".join(words) for words in generated(rows * 9 // 10, 60, 140, seed=4)]
    texts += texts[: rows - len(texts)]
    batch = pa.table({"id": [f"row-{row:09d}" for row in range(rows)], "text": texts})
    print("decisions over texts of 60 to 140 words")
    for step in (DedupExact(), DedupNear()):
        keys = step.keys(batch)
        start = time.process_time()
        kept = step.decide(keys).keep.true_count
        seconds = time.process_time() - start
        tracemalloc.start()  # counts NumPy's arrays; what Arrow takes is its ids and chunks
        step.decide(keys)
        more = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        print(
            f"  {step.step_name():22s} {rows:,} rows, {kept:,} kept: {seconds:.2f} s; bytes a row: "
            f"keys {keys.nbytes / rows:.0f}, while it decides {more / rows:.0f} more"
        )


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, help="folder with train.jsonl.gz")
    parser.add_argument("--documents", type=int, default=4000)
    parser.add_argument("--rows", type=int, default=200_000)
    options = parser.parse_args(argv)
    speed(documents(options.data, options.documents))
    estimates()
    quality(options.documents)
    decision(options.rows)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
