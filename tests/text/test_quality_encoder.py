"""Scores of a tiny BERT with random weights, beside those of transformers' own pipeline."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from tiny_models import write_bert

from curate.errors import EnvironmentError_
from curate.text import quality_model

WORDS = [
    "the",
    "cat",
    "sat",
    "on",
    "a",
    "mat",
    "and",
    "then",
    "went",
    "home",
    "to",
    "sleep",
    "all",
    "day",
    "long",
]
RANDOM = np.random.default_rng(5)
TEXTS = [
    " ".join(RANDOM.choice(WORDS, size)) for size in (1, 300, 7, 64, 62, 5, 130, 2, 40, 63, 11)
]


def scores(folder: Path, label: str, texts: list[str | None], max_tokens: int = 512) -> list:
    found, _ = quality_model.judge(
        folder, label, pa.array(texts, pa.string()), owner="o", device="cpu", max_tokens=max_tokens
    )
    return found.to_pylist()


def by_the_pipeline(folder: Path, function: str) -> list[dict[str, float]]:
    from transformers import pipeline

    classify = pipeline("text-classification", model=str(folder), device="cpu")
    found = classify(TEXTS, function_to_apply=function, top_k=None, truncation=True)
    return [{one["label"]: one["score"] for one in row} for row in found]


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bert(tmp_path_factory.mktemp("classes"), WORDS, ["bad", "fair", "good"])


@pytest.fixture(scope="module")
def regressor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bert(tmp_path_factory.mktemp("score"), WORDS, ["score"])


@pytest.mark.parametrize("label", ["bad", "good"])
def test_probability_of_a_label_is_the_pipelines_in_the_order_of_the_rows(
    classifier: Path, label: str
) -> None:
    expected = [row[label] for row in by_the_pipeline(classifier, "softmax")]
    assert scores(classifier, label, TEXTS) == pytest.approx(expected, abs=1e-6)


def test_labels_are_the_most_probable_ones(classifier: Path) -> None:
    _, labels = quality_model.judge(
        classifier, "good", pa.array(TEXTS), owner="o", device="cpu", max_tokens=512
    )
    expected = [max(row, key=row.get) for row in by_the_pipeline(classifier, "softmax")]
    assert labels.to_pylist() == expected


def test_one_output_is_the_score_as_it_is(regressor: Path) -> None:
    expected = [row["score"] for row in by_the_pipeline(regressor, "none")]
    assert scores(regressor, "", TEXTS) == pytest.approx(expected, abs=1e-5)
    assert min(expected) < 0 or max(expected) > 1  # no probabilities


def test_labels_that_do_not_exclude_each_other_have_sigmoids(tmp_path: Path) -> None:
    write_bert(tmp_path, WORDS, ["kind", "clear"], problem_type="multi_label_classification")
    expected = [row["clear"] for row in by_the_pipeline(tmp_path, "sigmoid")]
    assert scores(tmp_path, "clear", TEXTS) == pytest.approx(expected, abs=1e-6)


def test_one_of_several_regressions_is_the_score_as_it_is(tmp_path: Path) -> None:
    write_bert(tmp_path, WORDS, ["kind", "clear"], problem_type="regression")
    expected = [row["clear"] for row in by_the_pipeline(tmp_path, "none")]
    assert scores(tmp_path, "clear", TEXTS) == pytest.approx(expected, abs=1e-5)


def test_labels_without_names_are_numbered(tmp_path: Path) -> None:
    write_bert(tmp_path, WORDS, ["LABEL_0", "LABEL_1"])
    assert "LABEL_1" not in (tmp_path / "config.json").read_text()
    quality_model.check_label(tmp_path, "LABEL_1", owner="o")
    expected = [row["LABEL_1"] for row in by_the_pipeline(tmp_path, "softmax")]
    assert scores(tmp_path, "LABEL_1", TEXTS) == pytest.approx(expected, abs=1e-6)


def test_a_score_is_the_same_to_the_last_bit_whatever_stands_beside_the_text(
    regressor: Path,
) -> None:
    together = scores(regressor, "", TEXTS)
    assert [scores(regressor, "", [text])[0] for text in TEXTS] == together
    assert scores(regressor, "", TEXTS[::-1])[::-1] == together


def test_a_text_is_read_up_to_max_tokens(regressor: Path) -> None:
    (whole,), (cut,) = scores(regressor, "", [TEXTS[1]]), scores(regressor, "", [TEXTS[1]], 32)
    start = " ".join(TEXTS[1].split()[:30])  # and two tokens around them
    assert cut == pytest.approx(scores(regressor, "", [start])[0], abs=1e-6)
    assert cut != pytest.approx(whole, abs=1e-4)


def test_null_has_no_score_and_no_text_no_batch(regressor: Path) -> None:
    assert scores(regressor, "", [None, None]) == [None, None]
    assert scores(regressor, "", []) == []


def test_bytes_that_are_no_unicode_are_scored(regressor: Path) -> None:
    texts = pa.array([b"\xff the cat"], pa.binary())
    found, _ = quality_model.judge(regressor, "", texts, owner="o", device="cpu", max_tokens=512)
    assert found.null_count == 0


def test_a_label_that_the_model_does_not_have_is_named_with_the_nearest(
    classifier: Path, regressor: Path
) -> None:
    with pytest.raises(EnvironmentError_, match=r"3 labels but not 'god'; .* such as good"):
        quality_model.check_label(classifier, "god", owner="o")
    with pytest.raises(EnvironmentError_, match=r"3 labels but not ''; .* such as bad, fair, good"):
        quality_model.check_label(classifier, "", owner="o")
    with pytest.raises(EnvironmentError_, match="one output, its score; leave label empty"):
        quality_model.check_label(regressor, "good", owner="o")
