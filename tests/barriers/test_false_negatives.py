"""Negatives that the corpus itself knows for positives."""

from __future__ import annotations

import pyarrow as pa

from curate.barriers.false_negatives import FalseNegatives
from curate.contract import settle

ROWS = [
    # document, anchor, positive, negative, rule
    ("a", "금리가 올랐다.", "금리가 상승했다.", "금리가 내렸다.", "polarity"),
    ("a", "금리가 올랐다.", "The rate rose.", "금리가 상승했습니다.", "negation"),
    ("b", "금리가 상승했다.", "금리가 뛰었다.", "물가가 올랐다.", "mined"),
    ("c", "물가가 올랐다.", "물가가 뛰었다.", "The rate rose.", "mined"),
    ("d", "금리가 뛰었다.", "금리가 치솟았다.", "The rate rose.", "mined"),
    (
        "e",
        "수출이 크게 늘어난 덕분이다.",
        "수출 덕분이다.",
        "수출이 크게 늘어난 덕분이다 또.",
        "mined",
    ),
    ("e", "수출이 크게 늘어난 덕분이다.", "수출 덕분이다.", "수출이 크게 늘어난 탓이다.", "entity"),
]


def verdict(rows: list[tuple[str, ...]]) -> pa.Table:
    names = ("document_id", "anchor", "positive", "negative", "rule")
    batch = {
        name: list(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)
    }
    ids = [str(at) for at in range(len(rows))]
    table = pa.table({"id": ids, "source": ids, **batch})
    step = FalseNegatives(most_overlap=0.7)
    return settle(step, table, step.decide(step.keys(table)))


def test_a_known_positive_of_the_group_is_no_negative_in_any_register() -> None:
    rejected = verdict(ROWS).rejected
    reasons = dict(zip(rejected["id"].to_pylist(), rejected["reason"].to_pylist(), strict=True))
    assert reasons["1"] == "known positive"


def test_a_translation_counts_for_all_groups_that_share_a_text() -> None:
    # d shares a text with b, and b with a, whose positive in English it is
    rejected = verdict(ROWS).rejected
    assert "4" in rejected["id"].to_pylist()
    assert "3" not in rejected["id"].to_pylist()


def test_only_a_mined_negative_is_judged_by_likeness() -> None:
    kept, rejected = verdict(ROWS)
    reasons = dict(zip(rejected["id"].to_pylist(), rejected["reason"].to_pylist(), strict=True))
    assert reasons["5"] == "like a positive"
    assert "6" in kept["id"].to_pylist()


def test_an_order_of_rows_changes_nothing() -> None:
    kept = verdict(ROWS).kept["negative"].to_pylist()
    assert sorted(verdict(ROWS[::-1]).kept["negative"].to_pylist()) == sorted(kept)
