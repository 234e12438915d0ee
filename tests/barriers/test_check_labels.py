"""Labels of the published files, and of files whose faults are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from support.korfin_files import law_rows, news_rows

from curate.barriers.check_labels import CheckLabels
from curate.contract import Applied, settle
from curate.korean.label_quality import HIGH, LOW, auc, runs_z


def pairs(rows: list[tuple[str | None, str, float | None]]) -> pa.Table:
    first, second, score = zip(*rows, strict=True)
    ids = [f"{at:04}" for at in range(len(rows))]
    return pa.table(
        {
            "id": ids,
            "source": ids,
            "text1": pa.array(first, pa.string()),
            "text2": pa.array(second, pa.string()),
            "score": pa.array(score, pa.float64()),
        }
    )


def judged(step: CheckLabels, batch: pa.Table) -> Applied:
    return settle(step, batch, step.decide(step.keys(batch)))


@pytest.fixture(scope="module")
def law(data_dir: Path) -> pa.Table:
    return pairs([(row.first, row.second, float(row.same)) for row in law_rows(data_dir)])


def test_the_news_file_fails_and_its_rows_say_why(data_dir: Path) -> None:
    kept, rejected = judged(CheckLabels(), pairs([*news_rows(data_dir)]))
    assert kept.num_rows == 0
    assert set(rejected["reason"].to_pylist()) == {"labels unrelated to change"}
    assert set(rejected["label_problems"].to_pylist()) == {
        "labels in blocks, labels unrelated to change"
    }


def test_the_law_file_passes_and_its_shortcut_is_reported(law: pa.Table) -> None:
    kept, rejected = judged(CheckLabels(), law)
    assert rejected.num_rows == 0
    assert "overlap tells labels" in kept["label_problems"][0].as_py()
    assert kept["overlap_auc"][0].as_py() == pytest.approx(0.905, abs=0.01)


def test_a_shortcut_that_takes_too_many_rows_stays_named(law: pa.Table) -> None:
    kept, rejected = judged(CheckLabels(balance=True, balance_share=0.1), law)
    assert rejected.num_rows == 0
    assert "overlap tells labels" in kept["label_problems"][0].as_py()


def test_balancing_drops_rows_until_overlap_and_length_are_within(law: pa.Table) -> None:
    kept, rejected = judged(CheckLabels(balance=True, balance_share=0.9), law)
    assert rejected.num_rows > 0
    assert set(rejected["reason"].to_pylist()) == {"shortcut to the label"}
    same = np.array(kept["score"].to_pylist()) >= 0.5
    overlap = np.array(kept["overlap"].to_pylist(), np.float64)
    assert LOW <= auc(overlap, same) <= HIGH
    assert kept["overlap_auc"][0].as_py() == pytest.approx(auc(overlap, same), abs=1e-6)
    assert kept["overlap_auc_before"][0].as_py() > 0.85


def test_labels_that_follow_change_pass_whatever_their_order() -> None:
    same = [(f"{n}번 금리가 올랐다.", f"{n}번 금리가 상승했다.", 1.0) for n in range(50)]
    other = [(f"{n}번 금리가 올랐다.", f"{n}번 금리가 내렸다.", 0.0) for n in range(50)]
    kept, _ = judged(CheckLabels(), pairs([*same, *other]))
    assert kept.num_rows == 100
    assert kept["label_problems"][0].as_py().startswith("labels in blocks")
    mixed = [one for two in zip(same, other, strict=True) for one in two]
    kept, _ = judged(CheckLabels(), pairs(mixed))
    assert "blocks" not in kept["label_problems"][0].as_py()


def test_a_small_file_is_not_judged() -> None:
    kept, _ = judged(CheckLabels(balance=True), pairs([("금리가 올랐다.", "내렸다.", 1.0)] * 10))
    assert set(kept["label_problems"].to_pylist()) == {"not judged"}
    assert kept["overlap_auc"].null_count == 10


def test_change_is_not_judged_in_other_languages() -> None:
    rows = [("rates rose", "rates fell", float(n % 2)) for n in range(80)]
    kept, _ = judged(CheckLabels(), pairs([*rows]))
    assert kept["label_problems"][0].as_py() == "none"
    assert kept["changed_kinds"].null_count == 80


def test_a_row_without_text_or_score_goes() -> None:
    rows = [("a", "b", 1.0), (None, "b", 1.0), ("a", "b", None)]
    kept, rejected = judged(CheckLabels(), pairs([*rows]))
    assert kept["id"].to_pylist() == ["0000"]
    assert set(rejected["reason"].to_pylist()) == {"no text or score"}


def test_translations_are_no_shortcut_and_stay() -> None:
    rows = [(f"{at}번 금리가 올랐다.", f"Rate {at} rose.", 1.0) for at in range(60)]
    rows += [(f"{at}번 금리가 올랐다.", f"{at}번 금리가 내렸다.", 0.0) for at in range(60)]
    kept, rejected = judged(CheckLabels(balance=True), pairs([*rows]))
    assert rejected.num_rows == 0
    assert kept["overlap"].null_count == 60
    assert kept["label_problems"][0].as_py() == "not judged"


def test_triplets_are_judged_as_two_pairs_each() -> None:
    rows = {
        "id": [f"{at}" for at in range(60)],
        "source": ["made"] * 60,
        "anchor": [f"{at}번 금리가 올랐다." for at in range(60)],
        "positive": [f"{at}번 금리가 상승했다고 밝혔다." for at in range(60)],
        "negative": [f"{at}번 금리가 내렸다." for at in range(60)],
    }
    step = CheckLabels(first="anchor", second="positive", negative="negative")
    kept, _ = judged(step, pa.table(rows))
    assert kept["overlap_auc"][0].as_py() < LOW
    assert kept["label_problems"][0].as_py() == "overlap tells labels, length tells labels"
    assert kept["changed_kinds"][0].as_py() == ["polarity"]


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=2, max_size=40))
def test_auc_is_the_statistic_of_mann_and_whitney(rows: list[tuple[int, bool]]) -> None:
    values = np.array([value for value, _ in rows], np.float64)
    labels = np.array([label for _, label in rows], np.bool_)
    if labels.all() or not labels.any():
        assert np.isnan(auc(values, labels))
        return
    u = scipy.stats.mannwhitneyu(values[labels], values[~labels]).statistic
    assert auc(values, labels) == pytest.approx(u / (labels.sum() * (~labels).sum()))


def test_runs_are_as_many_as_in_the_mean_of_all_orders() -> None:
    rng = np.random.default_rng(3)
    labels = np.repeat([True, False], [30, 70])
    found = [runs_z(rng.permutation(labels)) for _ in range(2000)]
    assert np.mean(found) == pytest.approx(0, abs=0.08)
    assert np.std(found) == pytest.approx(1, abs=0.05)
