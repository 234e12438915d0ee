"""How fast exact search for negatives is beside a plain blocked matrix product and topk of torch.

    python -m benchmarks.mining [--rows 18800] [--dims 1024] [--k 64] [--threads 4] [--runs 3]
    python -m benchmarks.mining --device cuda
    python -m benchmarks.mining --data DIR    # DIR holds korfin/*.csv: hidden positives

Random vectors of length 1, every row a query. ``plain`` multiplies 1,024 queries at a time with the
whole corpus and takes ``topk`` of each block; ``ours`` is ``curate.embedding.search.nearest``. Both
in turn, ``--runs`` times; the ratios are those of the run with the median one, of elapsed and,
where the CPU computes, of CPU seconds. Queries whose neighbours are not the same set are counted,
and decided by sums in double precision.

With ``--data`` real news and law rows get two paraphrases each by rule, one marked as the positive,
one hidden among the rows: for how many anchors the nearest text is the hidden positive, and for how
many ``barriers.mine_negatives`` takes it, by hashed n-grams.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from curate.embedding.search import ONE, Nearest, nearest


def corpus(rows: int, dims: int) -> Any:
    vectors = np.random.default_rng(0).normal(size=(rows, dims)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def plain(vectors: Any, k: int, device: str) -> Any:
    """Places of the nearest, by torch alone."""
    import torch

    there = torch.from_numpy(vectors).to(device)
    places = [(some @ there.T).topk(k).indices.cpu() for some in there.split(1024)]
    return torch.cat(places).numpy()


def timed(call: Callable[[], Any]) -> tuple[float, float, Any]:
    wall, cpu = time.perf_counter(), time.process_time()
    found = call()
    return time.perf_counter() - wall, time.process_time() - cpu, found


def differences(vectors: Any, theirs: Any, ours: Nearest) -> tuple[int, int]:
    """Queries with another set of neighbours, and those for which ours is not the right one."""
    other = [at for at in range(len(vectors)) if set(theirs[at]) != set(ours.places[at])]
    wrong = 0
    for at in other:
        exact = vectors.astype(np.float64) @ vectors[at].astype(np.float64)
        least = exact[ours.places[at]].min()
        # two vectors closer together than fixed point tells apart are equals
        wrong += int((np.delete(exact, ours.places[at]) > least + 4e-6).any())
    return len(other), wrong


def search(options: argparse.Namespace) -> None:
    import torch

    torch.set_num_threads(options.threads)
    if options.device == "cuda":
        print(f"device {torch.cuda.get_device_name()}")
    vectors = corpus(options.rows, options.dims)
    nearest(vectors[:2048], options.k, device=options.device)  # compiles
    plain(vectors[:2048], options.k, options.device)
    runs = []
    for _ in range(options.runs):
        slow = timed(lambda: plain(vectors, options.k, options.device))
        runs.append((slow, timed(lambda: nearest(vectors, options.k, device=options.device))))
    for at, what in enumerate(("elapsed", "CPU")[: 1 if options.device == "cuda" else 2]):
        slow, fast = sorted(runs, key=lambda run: run[1][at] / run[0][at])[len(runs) // 2]
        ratio = fast[at] / slow[at]
        print(f"{what}: plain {slow[at]:.2f} s, ours {fast[at]:.2f} s, ratio {ratio:.2f}")
    theirs, ours = runs[-1][0][2], runs[-1][1][2]
    other, wrong = differences(vectors, theirs, ours)
    print(f"other neighbours for {other} of {options.rows} queries, ours wrong for {wrong}")
    print(f"best score {ours.scores[:, 1].max() / ONE:.4f} beside the query itself")


def hidden_positives(texts: list[str]) -> None:
    import pyarrow as pa

    from curate.barriers.mine_negatives import MineNegatives
    from curate.transforms.embed import Embed
    from curate.transforms.paraphrase import Paraphrase

    Embed()(pa.table({"text": texts[:2]}))  # compiles
    step = Paraphrase(count=2, least=2, rules=("register", "synonym", "connective"))
    made = step(pa.table({"id": [str(at) for at in range(len(texts))], "text": texts})).to_pylist()
    rows = [(one["id"], one["text"], one["positives"]) for one in made if one["defect"] is None]
    table = pa.table(
        {
            "id": [f"a{one[0]}" for one in rows] + [f"h{one[0]}" for one in rows],
            "text": [one[1] for one in rows] + [one[2][1] for one in rows],
            "positives": [one[2][:1] for one in rows] + [[] for _ in rows],
        }
    )
    _, cpu, table = timed(lambda: Embed()(table))
    print(f"{len(table) / cpu:.0f} rows embedded by n-grams a CPU second")
    table = Embed(text="positives", into="positive_vectors")(table)
    vectors = np.array(table["vector"].to_pylist(), np.float32)
    first = nearest(vectors, 2).places[: len(rows)]
    naive = np.mean([at + len(rows) in found for at, found in enumerate(first)])
    print(f"{len(rows)} anchors; the nearest text is the hidden positive for {naive:.1%}")
    for share, margin in ((0.95, 0.0), (1.0, 0.05)):
        for copies in (1.0, 0.5):
            mine = MineNegatives(
                near_duplicate=copies, share_of_positive=share, margin=margin, device="cpu"
            )
            found = mine.decide(mine.keys(table)).measured["mined_ids"].to_pylist()[: len(rows)]
            hits = np.mean([f"h{row[0]}" in mined for row, mined in zip(rows, found, strict=True)])
            full = np.mean([len(mined) == 4 for mined in found])
            what = f"at most {share} of the positive less {margin}, copies from {copies}"
            print(f"  {what}: mined for {hits:.1%}; {full:.1%} have 4 negatives")


def texts_of(folder: Path, name: str, column: str) -> list[str]:
    with (folder / "korfin" / name).open(encoding="utf-8") as file:
        return list(dict.fromkeys(row[column] for row in csv.DictReader(file)))


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=18_800)
    parser.add_argument("--dims", type=int, default=1024)
    parser.add_argument("--k", type=int, default=64)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--data", type=Path)
    options = parser.parse_args(argv)
    if options.data:
        hidden_positives(texts_of(options.data, "NMIXX_kor_Fin_news_shared.csv", "sentence1"))
        hidden_positives(texts_of(options.data, "final_law_df_shared.csv", "text"))
    else:
        search(options)


if __name__ == "__main__":
    main()
