"""Hashed n-grams beside what scikit-learn counts of the same n-grams."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.embedding.ngrams import embed


def test_cosines_are_those_of_counted_ngrams(data_dir: Path) -> None:
    from sklearn.feature_extraction.text import CountVectorizer

    with (data_dir / "korfin/NMIXX_kor_Fin_news_shared.csv").open(encoding="utf-8") as file:
        texts = [row["sentence1"] for row in csv.DictReader(file)][:60]
    flat = [f" {' '.join(text.casefold().split())} " for text in texts]
    counts = CountVectorizer(analyzer="char", ngram_range=(2, 4), lowercase=False)
    weights = np.sqrt(counts.fit_transform(flat).toarray())
    weights /= np.linalg.norm(weights, axis=1, keepdims=True)
    exact = (weights @ weights.T)[np.triu_indices(60, 1)]
    vectors = embed(texts, 16_384)
    ours = (vectors @ vectors.T)[np.triu_indices(60, 1)]
    assert np.corrcoef(exact, ours)[0, 1] > 0.97
    assert np.abs(exact - ours).max() < 0.05


@given(st.lists(st.text(max_size=30) | st.none(), max_size=6))
def test_a_vector_has_length_one_or_there_is_none(texts: list[str | None]) -> None:
    for text, vector in zip(texts, embed(texts, 32), strict=True):
        length = np.linalg.norm(vector)
        assert np.isnan(length) or length == pytest.approx(1, abs=1e-5)
        assert np.isnan(length) or (text and text.strip())


def test_case_width_and_spaces_make_no_difference() -> None:
    vectors = embed(["ＫＯＳＰＩ  Up\n", "kospi up"], 64)
    assert np.array_equal(*vectors)
