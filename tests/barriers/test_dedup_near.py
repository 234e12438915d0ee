"""Near duplicates planted at known similarities: what is found, and what is merged wrongly."""

from __future__ import annotations

import gzip
import itertools
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.barriers.dedup_near import DedupNear
from curate.contract import Verdict
from curate.pipeline import run_recipe
from curate.recipe import load_recipe

NGRAM = 5


def ngrams(text: str, size: int = NGRAM) -> set[tuple[str, ...]]:
    words = text.split()
    return {tuple(words[at : at + size]) for at in range(max(1, len(words) - size + 1))}


def jaccard(one: str, other: str) -> float:
    a, b = ngrams(one), ngrams(other)
    return len(a & b) / len(a | b)


def planted(pairs: int, most_words: int = 400) -> tuple[pa.Table, list[tuple[int, int]]]:
    """Texts, each with a copy in which up to a tenth of the words are others, in random order."""
    rng = np.random.default_rng(pairs)
    share = 1 / np.arange(1, 5001)  # words are as unequal as Zipf found
    texts = []
    for _ in range(pairs):
        words = rng.choice(5000, rng.integers(30, most_words), p=share / share.sum())
        copy = words.copy()
        at = rng.choice(len(words), rng.integers(1, len(words) // 10 + 1), replace=False)
        copy[at] = rng.integers(5000, 9999, len(at))
        texts += [" ".join(f"w{word}" for word in one) for one in (words, copy)]
    order = rng.permutation(2 * pairs)
    place = np.argsort(order)
    table = pa.table({"id": [f"r{n}" for n in range(2 * pairs)], "text": [texts[n] for n in order]})
    return table, [(int(place[n]), int(place[n + 1])) for n in range(0, 2 * pairs, 2)]


def judge(step: DedupNear, batch: pa.Table) -> Verdict:
    return step.decide(step.keys(batch))


def cluster(step: DedupNear, texts: list[str | None]) -> list[str | None]:
    batch = pa.table({"id": list("abcdefghij")[: len(texts)], "text": pa.array(texts, pa.string())})
    found: list[str | None] = judge(step, batch).measured["near_cluster"].to_pylist()
    return found


def test_pairs_are_found_above_the_threshold_and_never_merged_below() -> None:
    batch, pairs = planted(3000)
    texts = batch["text"].to_pylist()
    found = judge(DedupNear(), batch).measured["near_cluster"].to_pylist()
    merged = [found[one] is not None and found[one] == found[other] for one, other in pairs]
    truth = np.array([jaccard(texts[one], texts[other]) for one, other in pairs])
    assert np.mean(np.array(merged)[truth >= 0.85]) >= 0.98
    assert not np.any(np.array(merged)[truth < 0.8])
    assert (truth >= 0.85).sum() > 400
    assert (truth < 0.8).sum() > 500
    # and rows of different pairs, of which there are 18 million, are never in one cluster
    assert sum(one is not None for one in found) == 2 * sum(merged)


def test_similarity_is_the_exact_one_and_the_first_row_stays() -> None:
    batch, _ = planted(300)
    texts, ids = batch["text"].to_pylist(), batch["id"].to_pylist()
    verdict = judge(DedupNear(), batch)
    likeness = verdict.measured["near_similarity"].to_pylist()
    kept = verdict.measured["near_cluster"].to_pylist()
    rejected = [row for row, stays in enumerate(verdict.keep.to_pylist()) if not stays]
    assert len(rejected) > 50
    for row in rejected:
        first = ids.index(kept[row])
        assert first < row
        assert likeness[row] == np.float32(jaccard(texts[row], texts[first]))
    assert all(likeness[row] is None for row in range(len(ids)) if row not in set(rejected))


@pytest.mark.parametrize("cuts", [[1], [99, 100, 599], range(50, 600, 50)])
def test_verdict_is_the_same_however_sharded(cuts: list[int]) -> None:
    batch, _ = planted(300)
    step = DedupNear()
    whole = judge(step, batch)
    bounds = [0, *cuts, 600]
    pieces = [step.keys(batch.slice(a, b - a)) for a, b in itertools.pairwise(bounds)]
    parts = step.decide(pa.concat_tables(pieces))
    assert parts.keep.equals(whole.keep)
    assert parts.measured == whole.measured


def test_null_empty_and_wordless_texts_are_like_nothing() -> None:
    texts = [None, None, "", "", "?!", "?!", "word", "word"]
    assert cluster(DedupNear(), texts) == [None] * 6 + ["g", "g"]


def test_short_texts_are_alike_only_when_equal() -> None:
    texts = ["good morning", "Good morning!", "good morning all", "morning good"]
    assert cluster(DedupNear(), texts) == ["a", "a", None, None]


def test_case_and_punctuation_count_when_asked() -> None:
    texts = ["One two three four five six.", "one two three four five six"]
    assert cluster(DedupNear(ignore=()), texts) == [None, None]
    assert cluster(DedupNear(ignore=("case", "punctuation")), texts) == ["a", "a"]


def test_scripts_without_spaces_are_compared_by_characters(data_dir: Path) -> None:
    with gzip.open(data_dir / "lid/test.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    text = "".join([row["text"] for row in rows if row["lang"].endswith("_Hans")][:12])
    other = text[:60] + "数" + text[61:]
    assert cluster(DedupNear(unit="character"), [text, other, text[::-1]]) == ["a", "a", None]


def test_threshold_decides() -> None:
    words = [f"w{n}" for n in range(104)]
    changed = [*words[:50], "other", *words[51:]]  # 5 of 100 shingles: 95 / 105 = .905
    texts = [" ".join(words), " ".join(changed)]
    assert cluster(DedupNear(threshold=0.9), texts) == ["a", "a"]
    assert cluster(DedupNear(threshold=0.91), texts) == [None, None]


def test_longest_of_a_cluster_is_kept_when_asked() -> None:
    words = " ".join(f"w{n}" for n in range(60))
    texts = [words, f"{words} and more", "nothing like it"]
    assert cluster(DedupNear(), texts) == ["a", "a", None]
    assert cluster(DedupNear(keep="longest"), texts) == ["b", "b", None]


def test_long_texts_are_compared_by_their_sketches() -> None:
    words = [f"w{n}" for n in range(3000)]
    half = [f"v{n}" for n in range(1500)] + words[1500:]
    step = DedupNear(sketch_shingles=256)
    texts = [" ".join(one) for one in (words, [*words[:2900], *words[2950:]], half)]
    assert cluster(step, texts) == ["a", "a", None]
    keys = step.keys(pa.table({"id": ["a"], "text": [texts[0]]}))
    assert len(keys["sketch"][0].as_py()) == 4 * 256


def test_another_column_can_be_compared() -> None:
    batch = pa.table({"id": ["a", "b"], "code": ["x = 1 + 2", "x = 1 + 2"]})
    assert judge(DedupNear(text="code"), batch).keep.to_pylist() == [True, False]


RECIPE = """\
name: texts
source:
  sources.parquet: {{path: {source}}}
steps:
  - barriers.dedup_exact
  - barriers.dedup_near
"""


def test_a_run_gives_the_same_rows_from_one_shard_or_many(tmp_path: Path) -> None:
    batch, _ = planted(200, most_words=80)
    again = {"id": [f"x{n}" for n in range(30)], "text": batch["text"][:30]}
    nothing = {"id": ["n0", "n1", "n2", "n3"], "text": [None, "", None, ""]}
    batch = pa.concat_tables([pa.table(nothing), batch, pa.table(again)])
    outcomes = []
    for shards in (1, 4):
        folder = tmp_path / str(shards)
        (folder / "in").mkdir(parents=True)
        for shard in range(shards):
            size = -(-batch.num_rows // shards)
            pq.write_table(batch.slice(shard * size, size), folder / f"in/{shard}.parquet")
        (folder / "texts.yaml").write_text(RECIPE.format(source=folder / "in"))
        run_recipe(load_recipe(folder / "texts.yaml"), folder / "out", workers=1)
        columns = ["id", "near_cluster", "near_similarity"]
        kept = pq.read_table(folder / "out/data", columns=columns)
        rejected = pq.read_table(
            folder / "out/rejected", columns=[*columns, "duplicate_of", "reason"]
        )
        outcomes.append((kept.to_pylist(), rejected.sort_by("id").to_pylist()))
        assert kept.num_rows + rejected.num_rows == batch.num_rows
    assert outcomes[0] == outcomes[1]
    reasons = [row["reason"] for row in outcomes[0][1]]
    assert (reasons.count("exact duplicate"), reasons.count("near duplicate") > 20) == (30, True)
    assert [row["id"] for row in outcomes[0][0][:4]] == ["n0", "n1", "n2", "n3"]


def test_listing_the_step_loads_no_numba() -> None:
    code = "import sys, curate.barriers.dedup_near, curate.barriers.dedup_exact, curate.filters.decontaminate; assert 'numba' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
