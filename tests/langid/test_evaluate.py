"""Tables of an evaluation against values worked out by hand."""

from __future__ import annotations

import pytest

from curate.langid.evaluate import (
    Evaluation,
    Score,
    accuracy,
    by_length,
    figures,
    known_lines,
    macro_recall,
    most_confused,
    report,
    scores,
)
from curate.langid.training_lines import Line

TRUTH = ["mt", "mt", "mt", "it", "it", "ko"]
GIVEN = ["mt", "mt", "it", "it", "", "mt"]


def test_recall_is_of_the_label_and_precision_of_what_was_given_it() -> None:
    assert scores(TRUTH, GIVEN) == {
        "it": Score(2, 1 / 2, 1 / 2), "ko": Score(1, 0.0, 0.0), "mt": Score(3, 2 / 3, 2 / 3),
    }  # fmt: skip


def test_accuracy_is_the_share_of_right_lines() -> None:
    assert (accuracy(TRUTH, GIVEN), accuracy([], [])) == (3 / 6, 0.0)


def test_macro_recall_is_the_mean_over_labels_and_an_absent_one_is_a_miss() -> None:
    found = scores(TRUTH, GIVEN)
    assert macro_recall(found) == pytest.approx((1 / 2 + 0 + 2 / 3) / 3)
    assert macro_recall(found, ["mt", "it"]) == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert macro_recall(found, ["it", "fr"]) == 1 / 4
    assert macro_recall({}) == 0.0


def test_a_length_belongs_to_the_row_that_begins_with_it() -> None:
    texts = ["x" * n for n in (1, 4, 5, 9, 10, 99)]
    assert by_length(texts, TRUTH, GIVEN, (5, 10)) == {
        "0-4": (2, 1.0),
        "5-9": (2, 0.5),
        "10-": (2, 0.0),
    }


def test_confusions_come_by_number_and_then_by_name() -> None:
    truth, given = ["a", "a", "b", "b", "c"], ["b", "b", "a", "b", "a"]
    assert most_confused(truth, given) == [("a", "b", 2), ("b", "a", 1), ("c", "a", 1)]
    assert most_confused(truth, given, 1) == [("a", "b", 2)]


def test_lines_of_a_dialect_count_for_the_merged_label_and_unknown_ones_not_at_all() -> None:
    plan = Evaluation(merge={"prs": "pes"})
    lines = [Line("a", "prs"), Line("b", "pes"), Line("c", "xyz")]
    assert [line.label for line in known_lines(lines, ["pes"], plan)] == ["pes", "pes"]


def test_words_are_scored_apart_from_sentences() -> None:
    plan = Evaluation(macro=("pes",), word_sources=("list",), merge={"prs": "pes"})
    lines = [
        Line("one", "pes"),
        Line("two", "urd"),
        Line("w", "urd", "list"),
        Line("v", "pes", "list"),
    ]
    found = figures(lines, ["prs", "pes", "urd", "urd"], plan)
    assert {key: found[key] for key in ("sentences", "accuracy", "macro_recall", "macro_recall_all")} == {
        "sentences": 2, "accuracy": 0.5, "macro_recall": 1.0, "macro_recall_all": 0.5,
    }  # fmt: skip
    assert (found["words"], found["word_accuracy"]) == (2, 0.5)
    assert found["labels"]["pes"] == {"lines": 1, "recall": 1.0, "precision": 0.5}
    assert found["most_confused"] == [["urd", "pes", 1]]


def test_the_report_names_the_weakest_label_first() -> None:
    text = report(figures([Line("one", "pes"), Line("two", "urd")], ["pes", "pes"], Evaluation()))
    assert text.startswith("2 sentences: accuracy 0.5000, macro recall 0.5000")
    assert text.index("urd ") < text.index("pes ")
