"""Mined negatives are hard, and none of them is a positive that nobody marked."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from curate.barriers.mine_negatives import MineNegatives
from curate.contract import settle
from curate.pipeline import run_recipe
from curate.recipe import load_recipe
from curate.transforms.embed import Embed
from curate.transforms.paraphrase import Paraphrase


@pytest.fixture(scope="module")
def news(data_dir: Path) -> pa.Table:
    """Real news with a marked positive each, and a second one hidden among them as a row."""
    with (data_dir / "korfin/NMIXX_kor_Fin_news_shared.csv").open(encoding="utf-8") as file:
        texts = list(dict.fromkeys(row["sentence1"] for row in csv.DictReader(file)))
    made = Paraphrase(count=2, least=2, rules=("register", "synonym", "connective"))(
        pa.table({"id": [str(at) for at in range(len(texts))], "text": texts})
    )
    rows = [row for row in made.to_pylist() if row["defect"] is None]
    anchors = [(f"a{row['id']}", row["text"], row["positives"][0]) for row in rows]
    hidden = [(f"h{row['id']}", row["positives"][1], None) for row in rows]
    ids, said, marked = (list(one) for one in zip(*anchors, *hidden, strict=True))
    positives = pa.array([[one] if one else [] for one in marked], pa.list_(pa.string()))
    return embedded(pa.table({"id": ids, "source": ["x"] * len(ids), "text": said, "positives": positives}))  # fmt: skip


def embedded(batch: pa.Table) -> pa.Table:
    return Embed(text="positives", into="positive_vectors")(Embed()(batch))


def mined(step: MineNegatives, batch: pa.Table) -> list[dict[str, Any]]:
    kept, rejected = settle(step, batch, step.decide(step.keys(batch)))
    assert rejected.num_rows == 0
    return kept.to_pylist()


def hits(rows: list[dict[str, Any]]) -> float:
    """Share of anchors whose hidden positive is among their negatives."""
    anchors = [row for row in rows if row["id"][0] == "a"]
    return sum(f"h{row['id'][1:]}" in row["mined_ids"] for row in anchors) / len(anchors)


def test_a_hidden_positive_is_not_mined(news: pa.Table) -> None:
    naive = MineNegatives(count=1, share_of_positive=1, near_duplicate=1)
    vectors = np.array(news["vector"].to_pylist())
    scores = vectors @ vectors.T
    ids = news["id"].to_pylist()
    np.fill_diagonal(scores, -1)
    first = [ids[at] == f"h{name[1:]}" for name, at in zip(ids, scores.argmax(1), strict=True) if name[0] == "a"]  # fmt: skip
    assert len(first) >= 100
    assert np.mean(first) > 0.97
    assert hits(mined(naive, news)) > 0.2  # no margin: those farther than the positive pass
    for step in (MineNegatives(count=1), MineNegatives(share_of_positive=1, margin=0.05)):
        assert hits(mined(step, news)) <= 0.01


def test_negatives_are_the_nearest_within_the_limit(news: pa.Table) -> None:
    vectors = np.array(news["vector"].to_pylist(), np.float64)
    ids = np.array(news["id"].to_pylist())
    for at, row in enumerate(mined(MineNegatives(count=3, near_duplicate=1), news)):
        if row["id"][0] == "h":
            assert (row["mined_ids"], row["positive_score"]) == ([], None)
            continue
        limit = 0.95 * row["positive_score"]
        scores = vectors @ vectors[at]
        order = [one for one in np.argsort(-scores) if scores[one] <= limit][:3]
        assert row["mined_ids"] == ids[order].tolist()
        assert row["mined_scores"] == pytest.approx(scores[order].tolist(), abs=5e-6)
        assert row["mined_negatives"] == [news["text"][int(one)].as_py() for one in order]


def test_neither_order_nor_pieces_of_the_rows_count(news: pa.Table) -> None:
    step = MineNegatives()
    whole = {row["id"]: row for row in mined(step, news)}
    turned = news.take(list(range(news.num_rows - 1, -1, -1)))
    assert {row["id"]: row for row in mined(step, turned)} == whole
    keys = [step.keys(news.slice(at, 37)) for at in range(0, news.num_rows, 37)]
    parts = step.decide(pa.concat_tables(keys)).measured
    assert parts["mined_ids"].to_pylist() == [row["mined_ids"] for row in whole.values()]


ROWS = [
    ("a", "금리가 올랐다고 한다", ["기준 금리가 상승했다고 말한다"], "x", [1.0, 0.0], [[0.9, 0.436]]),
    ("b", "같은 문서의 다른 말이다", [], "x", [0.85, 0.527], []),
    ("c", "기준 금리가 상승했다고 말한다.", [], "y", [0.85, 0.527], []),
    ("d", "다른 말로 한 것이다", ["금리가 올랐다고 한다"], "z", [0.84, 0.543], []),
    ("e", "환율이 크게 내렸다고 한다", [], "v", [0.83, 0.558], []),
    ("f", "환율이 크게 내렸다고 한다", [], "w", [0.83, 0.558], []),
    ("g", "물가가 조금 올랐다", [], None, [0.1, 0.995], []),
    ("h", None, [], None, None, []),
]  # fmt: skip


def small() -> pa.Table:
    names = ("id", "text", "positives", "group", "vector", "positive_vectors")
    columns = dict(zip(names, map(list, zip(*ROWS, strict=True)), strict=True))
    vector = pa.list_(pa.float32(), 2)
    return pa.table({
        **columns, "positives": pa.array(columns["positives"], pa.list_(pa.string())),
        "vector": pa.array(columns["vector"], vector),
        "positive_vectors": pa.array(columns["positive_vectors"], pa.list_(vector)),
    })  # fmt: skip


def test_group_positives_and_their_copies_are_passed_over() -> None:
    # b is of the group, c nearly the positive, d has the anchor for a positive, f is e again.
    (row, *others) = mined(MineNegatives(group="group"), small())
    assert row["mined_ids"] == ["e", "g"]
    assert row["mined_count"] == 2
    assert all(other["mined_count"] == 0 for other in others)
    assert mined(MineNegatives(), small())[0]["mined_ids"] == ["b", "e", "g"]


def test_the_nearest_or_the_farthest_positive_sets_the_limit() -> None:
    batch = small().set_column(5, "positive_vectors", [[[[0.9, 0.436], [0.0, 1.0]]] + [[]] * 7])
    for which, found in (("nearest", ["e", "g"]), ("farthest", [])):
        step = MineNegatives(group="group", positive=which)  # type: ignore[arg-type]
        assert mined(step, batch)[0]["mined_ids"] == found


def test_rows_with_one_text_have_limits_of_their_own() -> None:
    texts = ["a", "a", *"bcdefgh"]
    angles = np.array([0, 0, *np.linspace(0.3, 1.4, 7)])
    vectors = np.stack([np.cos(angles), np.sin(angles)], 1).tolist()
    positives = [vectors[3], vectors[5], *[None] * 7]
    batch = pa.table({
        "id": [str(at) for at in range(9)], "text": texts, "vector": vectors,
        "positives": ["p"] * 9, "positive_vectors": pa.array(positives, pa.list_(pa.float64(), 2)),
    })  # fmt: skip
    rows = mined(MineNegatives(count=1, near_duplicate=1, positives="none"), batch)
    assert [row["mined_negatives"] for row in rows[:2]] == [["d"], ["f"]]


def test_rows_short_of_negatives_can_be_rejected() -> None:
    step = MineNegatives(least=1)
    kept, rejected = settle(step, small(), step.decide(step.keys(small())))
    assert kept["id"].to_pylist() == ["a"]
    assert set(rejected["reason"].to_pylist()) == {"too few negatives"}


def test_a_recipe_mines_the_same_in_any_number_of_shards(news: pa.Table, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    pq.write_table(news.select(["id", "text", "positives"]), tmp_path / "rows.parquet")
    made = []
    for rows in (40, 1000):
        (tmp_path / "mined.yaml").write_text(f"""name: mined
source:
  sources.parquet: {{path: rows.parquet, shard_rows: {rows}}}
steps:
  - transforms.embed: {{dims: 256}}
  - transforms.embed: {{dims: 256, text: positives, into: positive_vectors}}
  - barriers.mine_negatives: {{count: 2}}
""")
        out = tmp_path / f"out{rows}"
        run_recipe(load_recipe(tmp_path / "mined.yaml"), out, workers=1)
        made.append(pq.read_table(out / "data").select(["text", "mined_negatives", "mined_scores"]))
    assert made[0].equals(made[1])
    assert sum(map(len, made[0]["mined_negatives"].to_pylist())) > 200
