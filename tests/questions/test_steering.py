"""Steering scores against the arithmetic that was published."""

from __future__ import annotations

import json
import math
import random
import statistics
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.errors import SourceError
from curate.questions.steering import harmonic, interval, language_of, read_languages, score
from curate.questions.steering_report import heat_map, pairs, read_outputs, summary, write_scores

NAMES = ("source", "target", "question_id", "output", "judge")


def first_word(texts: pa.Array) -> list[str]:
    """A detector whose answer a test writes into the output."""
    return [text.split(" ")[0] for text in texts.to_pylist()]


def table(rows: list[tuple[object, ...]], judged: bool = True) -> pa.Table:
    names = NAMES if judged else NAMES[:4]
    return pa.table(
        {name: pa.array([None if row[at] is None else str(row[at]) for row in rows], pa.string())
         for at, name in enumerate(names)}
    )  # fmt: skip


def benchmark(rate: dict[str, float], questions: int = 70) -> list[tuple[object, ...]]:
    rng = random.Random(1)
    rows: list[tuple[object, ...]] = []
    for source in rate:
        for target, share in rate.items():
            for question in range(questions):
                said = target if rng.random() < share else "und"
                rows.append((source, target, question, said, rng.choice([0, 1, 2, 2, None])))
    return rows


def published(forcing: float, relevance: float) -> float:
    """The public script: whatever is at most 1 is a fraction."""
    f, j = (100 * one if one <= 1 else one for one in (forcing, relevance))
    return statistics.harmonic_mean([f, j]) if f and j else 0.0


def test_scores_are_the_published_ones_where_rates_exceed_one_percent() -> None:
    rows = benchmark({"en": 0.98, "de": 0.9, "ko": 0.7})
    found = summary(read_languages(table(rows), first_word))["with_diagonal"]
    for target, one in found["targets"].items():
        mine = [row for row in rows if row[1] == target]
        forcing = 100 * sum(row[3] == target for row in mine) / len(mine)
        relevance = 50 * statistics.mean(row[4] for row in mine if row[4] is not None)
        assert one["forcing"] == pytest.approx(forcing, abs=1e-9)
        assert one["relevance"] == pytest.approx(relevance, abs=1e-9)
        assert one["score"] == pytest.approx(published(forcing, relevance), abs=1e-9)


def test_a_rate_under_one_percent_is_right_and_compat_repeats_the_mistake() -> None:
    rows = [("en", "bo", q, "bo" if q == 3 else "en", 2 if q % 2 else 1) for q in range(280)]
    outputs = read_languages(table(rows), first_word)
    every = np.ones(280, bool)
    right, wrong = score(outputs, every), score(outputs, every, compat=True)
    assert right.forcing == pytest.approx(100 / 280)
    assert right.score == pytest.approx(statistics.harmonic_mean([100 / 280, 75]))
    assert wrong.forcing == pytest.approx(35.714, abs=1e-3)
    assert wrong.score == pytest.approx(published(100 / 280, 75), abs=1e-9)
    assert summary(outputs, compat=True)["warnings"]


def test_the_mistake_of_the_paper_in_numbers() -> None:
    assert harmonic(0.357, 88.4, compat=True) == pytest.approx(50.9, abs=0.1)
    assert harmonic(0.357, 88.4) == pytest.approx(0.7, abs=0.02)


def test_pooled_and_macro_differ_where_languages_do() -> None:
    found = summary(read_languages(table(benchmark({"en": 1.0, "bo": 0.1})), first_word))
    part = found["with_diagonal"]
    assert part["macro"]["score"] == pytest.approx(
        statistics.mean(one["score"] for one in part["targets"].values())
    )
    assert part["pooled"]["score"] > part["macro"]["score"]
    low, high = part["pooled"]["score_95"]
    assert low < part["pooled"]["score"] < high


def test_the_diagonal_can_be_left_out() -> None:
    found = summary(read_languages(table(benchmark({"en": 1.0, "de": 1.0}, 2)), first_word))
    assert found["with_diagonal"]["pooled"]["outputs"] == 8
    assert found["without_diagonal"]["pooled"]["outputs"] == 4


def test_the_interval_is_that_of_questions_drawn_one_by_one() -> None:
    rows = benchmark({"en": 0.9, "de": 0.5}, 30)
    outputs = read_languages(table(rows), first_word)
    rng, every, slow = random.Random(3), np.ones(len(rows), bool), []
    for _ in range(400):
        drawn = [row for one in rng.choices(range(30), k=30) for row in rows if row[2] == one]
        forcing = 100 * sum(row[3] == row[1] for row in drawn) / len(drawn)
        slow.append(
            harmonic(forcing, 50 * statistics.mean(r[4] for r in drawn if r[4] is not None))
        )
    low, high = np.percentile(slow, [2.5, 97.5])
    assert interval(outputs, every) == pytest.approx((low, high), abs=1.0)


def test_unparsed_and_duplicate_and_missing_are_counted() -> None:
    rows = [("en", "de", 1, "de", "Rating: [[2]]"), ("en", "de", 2, "de", "no idea"),
            ("en", "de", 1, "fr", 0), ("de", "de", 1, "de", 1)]  # fmt: skip
    outputs = read_languages(table(rows), first_word)
    found = summary(outputs)
    assert (found["outputs"], found["duplicates_left_out"]) == (3, 1)
    assert (found["unparsed_ratings"], found["pairs_incomplete"]) == (1, 1)
    assert found["with_diagonal"]["pooled"]["relevance"] == 75


@pytest.mark.parametrize("rows", [[], [("en", "en", 1, "en", 2)], [("en", "de", 1, None, None)]])
@pytest.mark.parametrize("judged", [True, False])
def test_little_or_nothing_gives_figures_or_none(
    rows: list[tuple[object, ...]], judged: bool, tmp_path: Path
) -> None:
    outputs = read_languages(
        table(rows, judged), lambda texts: [t and "en" for t in texts.to_pylist()]
    )
    found = write_scores(outputs, tmp_path)
    assert json.loads((tmp_path / "scores.json").read_text()) == found
    assert found["outputs"] == pq.read_table(tmp_path / "pairs.parquet").num_rows == len(rows)


@given(st.floats(0, 100), st.floats(0, 100))
def test_the_harmonic_mean_lies_between(one: float, other: float) -> None:
    assert 0 <= harmonic(one, other) <= max(one, other) * (1 + 1e-12)
    assert math.isclose(harmonic(one, other), harmonic(other, one))


@pytest.mark.parametrize(("label", "code"), [("nno_Latn", "no"), ("zho_Hans", "zh"), ("yue_Hant", "zh"),
                                             ("pes_Arab", "fa"), ("swh_Latn", "sw"), ("tgl_Latn", "tl"),
                                             ("prs_Arab", "prs_Arab"), ("zsm_Latn", "zsm_Latn")])  # fmt: skip
def test_labels_are_mapped_as_the_benchmark_does(label: str, code: str) -> None:
    assert language_of(label) == code


def test_json_lines_and_parquet_say_the_same(tmp_path: Path) -> None:
    rows = benchmark({"en": 0.5, "de": 0.5}, 3)
    lines = [json.dumps(dict(zip(NAMES, row, strict=True))) for row in rows]
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    pq.write_table(table(rows), tmp_path / "a.parquet")
    one, other = (
        read_languages(read_outputs(tmp_path / f"a.{kind}"), first_word)
        for kind in ("jsonl", "parquet")
    )
    assert summary(one) == summary(other)


def test_a_missing_column_or_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no column 'target'"):
        read_languages(pa.table({"source": ["en"]}), first_word)
    with pytest.raises(SourceError, match="cannot be read"):
        read_outputs(tmp_path / "a.jsonl")
    with pytest.raises(SourceError, match="neither"):
        read_outputs(tmp_path / "a.csv")


def test_the_heat_map_stands_alone_and_escapes_names() -> None:
    outputs = read_languages(table([("<b>", "de", 1, "de", 2)]), first_word)
    page = heat_map(pairs(outputs), summary(outputs))
    assert "&lt;b&gt;" in page
    assert "<b>" not in page
    assert "http" not in page
    assert page.count("<table") == 3
