"""Planted leaks of published news and law: copies, parts, the other register."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.korfin_files import law_rows, news_rows

from curate.barriers.leakage import Leakage
from curate.contract import Applied, apply, settle
from curate.errors import EnvironmentError_
from curate.korean.paraphrases import paraphrase
from curate.transforms.assign_split import AssignSplit


def batch(texts: list[str], **columns: list[str | None]) -> pa.Table:
    ids = [f"{at:05}" for at in range(len(texts))]
    return pa.table({"id": ids, "source": ids, "text": texts, **columns})


def judged(step: Leakage, rows: pa.Table) -> Applied:
    return settle(step, rows, step.decide(step.keys(rows)))


@pytest.fixture(scope="module")
def texts(data_dir: Path) -> list[str]:
    news = [first for first, *_ in news_rows(data_dir)]
    return [text for text in [*news, *(row.source for row in law_rows(data_dir))] if len(text) > 99]


def planted(texts: list[str], others: list[str]) -> Iterator[tuple[str, str]]:
    """Every text as a copy, seven tenths of it beside another text, and in the other register."""
    chance = random.Random(5)
    for text in texts:
        yield "copy", f"{text}\n"
        cut = int(len(text) * 0.7)
        filler = chance.choice(others)[: len(text) - cut]
        yield "70 % overlap", text[:cut] + filler
        for one in paraphrase(text, 4, ("register",)):
            yield "other register", one.text


def test_planted_leaks_from_a_benchmark_are_found(texts: list[str], tmp_path: Path) -> None:
    benchmark, others = texts[::4], texts[1::2]
    path = tmp_path / "benchmark.jsonl"
    path.write_text("\n".join(json.dumps({"text": text}) for text in benchmark), encoding="utf-8")
    leaks = list(planted(benchmark, others))
    step = Leakage(benchmark=str(path))
    _, rejected = judged(step, batch([text for _, text in leaks]))
    found = set(rejected["id"].to_pylist())
    for kind in {kind for kind, _ in leaks}:
        of_kind = [f"{at:05}" for at, (one, _) in enumerate(leaks) if one == kind]
        assert len(of_kind) > 40
        assert sum(one in found for one in of_kind) / len(of_kind) >= 0.99, kind
    assert set(rejected["reason"].to_pylist()) == {"in the benchmark"}
    kept, _ = judged(step, batch(others))
    assert kept.num_rows / len(others) > 0.97  # law texts of one template


def test_no_group_crosses_splits(texts: list[str]) -> None:
    leaks = [text for _, text in planted(texts[:60], texts[60:])]
    kept, _ = judged(Leakage(), batch([*texts[:60], *leaks]))
    shares = {"train": 0.5, "test": 0.5}
    split = apply(AssignSplit(group="leak_group", shares=shares), kept).kept
    again, rejected = judged(Leakage(split="split", splits=("train", "test")), split)
    assert rejected.num_rows == 0
    assert again.num_rows == len(leaks) + 60


def test_rows_that_stand_in_a_better_protected_split_go(texts: list[str]) -> None:
    rows = batch([texts[0], texts[1], texts[0]], split=["train", "train", "test"])
    kept, rejected = judged(Leakage(split="split"), rows)
    assert kept["id"].to_pylist() == ["00001", "00002"]
    assert rejected["reason"].to_pylist() == ["in another split"]


def test_a_leak_in_any_column_counts_and_says_of_what(texts: list[str]) -> None:
    rows = batch([texts[0], texts[1], texts[2]], negative=["아니다.", texts[0], "그렇다."])
    kept, _ = judged(Leakage(columns=("text", "negative")), rows)
    assert kept["leak_group"].to_pylist() == ["00000", "00000", "00002"]
    assert kept["leak_of"].to_pylist() == [None, "00000", None]
    assert kept["leak_containment"].to_pylist() == [None, 1.0, None]


def test_rows_of_one_document_are_one_group_and_no_leak_of_each_other(texts: list[str]) -> None:
    rows = batch([texts[0], texts[0], texts[1]], document=["a", "a", None])
    kept, _ = judged(Leakage(group="document"), rows)
    assert kept["leak_group"].to_pylist() == ["00000", "00000", "00002"]
    assert kept["leak_of"].null_count == 3


def test_the_same_is_found_however_rows_are_sharded(texts: list[str]) -> None:
    rows = batch([*texts[:40], *texts[20:60]])
    step = Leakage()
    parts = [step.keys(rows.slice(0, 7)), step.keys(rows.slice(7))]
    whole = step.decide(step.keys(rows))
    assert step.decide(pa.concat_tables(parts)).measured == whole.measured


def test_a_benchmark_that_is_not_there_stops_before_work(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentError_, match=r"no file .*none\.jsonl"):
        Leakage(benchmark=str(tmp_path / "none.jsonl")).prepare()
    path = tmp_path / "there.parquet"
    pq.write_table(pa.table({"text": ["금리"]}), path)
    assert set(Leakage(benchmark=str(path)).prepare()) == {"benchmark"}
