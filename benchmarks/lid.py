"""Language identification: this package against the C++ library, the same models and lines.

    python -m benchmarks.lid --data DIR      # DIR holds lid.176.ftz, test.jsonl.gz, fixtures/

Documents per CPU second on one core (best of several, interleaved) against ``fasttext`` list
predict, for the models of DIR, the bundled one, and two of random weights in the shapes of GlotLID
v3 and NLLB lid218e; on lines, on documents of 3 kB and on 20 characters; then the gain in wall time
from 2 to 4 threads, and their CPU time against that of one. Labels and probabilities of every line
are compared on the way. The random models take 2 GB on disk in ``--scratch`` and 4 GB of memory;
``--small`` leaves them out. With ``--device cuda`` the GPU path is measured instead; see
``benchmarks.lid_gpu``.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import struct
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from curate.langid.catalog import DEFAULT_MODEL
from curate.langid.model import MAGIC, SUPERVISED, Model
from curate.langid.predict import load, predict_numbers


class Shape(NamedTuple):
    """Size of a published model."""

    name: str
    words: int
    labels: int
    bucket: int = 1_000_000
    dim: int = 256
    minn: int = 2
    maxn: int = 5


SHAPES = (
    Shape("GlotLID v3 shape", words=660_000, labels=2_102),
    Shape("lid218e shape", words=170_000, labels=218),
)
FIXTURES = ("ova_w2.bin", "words_w2.bin", "softmax.bin", "hs493_qout.ftz")


def lines(folder: Path) -> list[str]:
    with gzip.open(folder / "test.jsonl.gz", "rt", encoding="utf-8") as file:
        found = [json.loads(line)["text"].replace("\n", " ") for line in file]
    return [found[at] for at in np.random.default_rng(3).permutation(len(found))]


def vocabulary(texts: list[str], many: int) -> list[bytes]:
    """The most frequent words, and made-up ones where the texts have too few."""
    seen = Counter(word for text in texts for word in text.split(" ") if word)
    words = [b"</s>", *(word.encode() for word, _ in seen.most_common(many - 1))]
    return words + [b"made-up-%d" % at for at in range(many - len(words))]


def write_random(shape: Shape, texts: list[str], path: Path) -> None:
    """A dense softmax model with random weights, in the format of version 12."""
    arguments = (shape.dim, 5, 2, 1, 5, 1, 3, SUPERVISED)
    arguments += (shape.bucket, shape.minn, shape.maxn, 100)
    entries = vocabulary(texts, shape.words)
    entries += [b"__label__l%04d" % at for at in range(shape.labels)]
    rng = np.random.default_rng(0)
    with path.open("wb") as file:
        file.write(struct.pack("<2i12id", MAGIC, 12, *arguments, 1e-4))
        sizes = (len(entries), shape.words, shape.labels, 10**9, -1)
        file.write(struct.pack("<3i2q", *sizes))
        for at, entry in enumerate(entries):
            file.write(entry + b"\0" + struct.pack("<qb", 1000, at >= shape.words))
        for rows, scale in ((shape.words + shape.bucket, 0.3), (shape.labels, 1.0)):
            file.write(struct.pack("<?2q", False, rows, shape.dim))
            for first in range(0, rows, 50_000):
                many = min(50_000, rows - first)
                file.write(rng.normal(0, scale, (many, shape.dim)).astype(np.float32).tobytes())


def best_seconds(
    calls: dict[str, Callable[[], object]], repeats: int, clock: Callable[[], float]
) -> dict[str, float]:
    """Least time of each call; they take turns, so that a busy machine hits all alike."""
    best = dict.fromkeys(calls, math.inf)
    for _ in range(repeats):
        for name, call in calls.items():
            start = clock()
            call()
            best[name] = min(best[name], clock() - start)
    return best


def differences(model: Model, peer: object, texts: list[str]) -> tuple[int, float]:
    """Lines whose label differs, and the largest difference of probabilities."""
    ours = predict_numbers(model, pa.array(texts, pa.large_string()))
    labels, probs = peer.predict(texts, k=1)
    theirs = [found[0] if found else None for found in labels]
    names = [
        model.labels[at] if many else None
        for at, many in zip(ours.labels[:, 0], ours.counts, strict=True)
    ]
    gaps = [
        abs(np.float32(one[0]) - mine)
        for one, mine in zip(probs, ours.probs[:, 0], strict=True)
        if len(one)
    ]
    wrong = sum(one != other for one, other in zip(names, theirs, strict=True))
    return wrong, float(max(gaps, default=0))


def compare(name: str, path: Path, texts: list[str], repeats: int, threads: int) -> None:
    import fasttext

    fasttext.FastText.eprint = lambda *_: None
    start = time.process_time()
    model = load(path)
    loaded = time.process_time() - start
    peer = fasttext.load_model(str(path))
    wrong, gap = differences(model, peer, texts)
    print(f"{name}: {wrong} other labels in {len(texts)}, |Δp| {gap:g}, loaded in {loaded:.1f} s")
    joined = [" ".join(texts[at : at + 25]) for at in range(0, len(texts), 25)]
    for kind, sample in (("lines", texts), ("3 kB", joined), ("20 bytes", [t[:20] for t in texts])):
        column = pa.array(sample, pa.large_string())
        size = column.nbytes / len(sample)
        calls = {
            "C++": lambda sample=sample: peer.predict(sample, k=1),
            "ours": lambda column=column: predict_numbers(model, column),
            "ours k=3": lambda column=column: predict_numbers(model, column, k=3),
        }
        seconds = best_seconds(calls, repeats, time.process_time)
        rates = ", ".join(f"{who} {len(sample) / one:,.0f}/s" for who, one in seconds.items())
        gain = seconds["C++"] / seconds["ours"]
        print(f"  {kind:9} ({size:5.0f} bytes): {rates}, x{gain:.2f}", flush=True)
    # at least some tenths of a second, or starting threads is what is measured
    column = pa.array(texts * max(1, int(100_000 / len(texts))), pa.large_string())
    shared = {
        str(many): lambda many=many: predict_numbers(model, column, threads=many)
        for many in range(1, threads + 1)
    }
    walls = best_seconds(shared, repeats + 2, time.perf_counter)
    print("  threads, wall: " + ", ".join(f"{n}: x{walls['1'] / s:.2f}" for n, s in walls.items()))
    # what threads cost each other, whatever else the machine does: 1 is nothing
    costs = best_seconds(shared, repeats, time.process_time)
    print("  threads, CPU: " + ", ".join(f"{n}: {s / costs['1']:.2f}" for n, s in costs.items()))


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--scratch", type=Path, help="where the random models are written")
    parser.add_argument("--lines", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--small", action="store_true", help="only the models that are in DIR")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--rows", type=int, default=10_000_000, help="of Parquet, for a GPU")
    options = parser.parse_args(argv)
    every = lines(options.data)
    texts = every[: options.lines]
    known = [options.data / name for name in ("lid.176.ftz", "lid_small_ref.ftz")]
    known.append(DEFAULT_MODEL)
    known += [options.data / "fixtures" / name for name in FIXTURES]
    measure = compare
    if options.device == "cuda":
        from benchmarks.lid_gpu import compare_devices, describe

        print(describe())

        def measure(name: str, path: Path, texts: list[str], repeats: int, threads: int) -> None:
            compare_devices(name, path, texts, repeats, threads, options.rows, options.scratch)

    for path in known:
        measure(path.name, path, texts, options.repeats, options.threads)
    for shape in () if options.small else SHAPES:
        with tempfile.TemporaryDirectory(dir=options.scratch) as folder:
            path = Path(folder) / "random.bin"
            write_random(shape, every, path)
            measure(shape.name, path, texts[:5_000], options.repeats, options.threads)


if __name__ == "__main__":
    main()
