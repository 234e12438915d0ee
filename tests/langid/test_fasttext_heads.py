"""Exponentials, remainders and heaps against the C library, Python and the heap's definition."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.langid.heads import best_many, best_one, exponentials


def test_exponentials_have_the_bits_of_the_c_library() -> None:
    rng = np.random.default_rng(0)
    logits = np.concatenate([-rng.exponential(8, 200_000), [0, -0.0, -87, -103, -104, -1e6]])
    logits = logits.astype(np.float32)
    out = np.zeros_like(logits)
    exponentials(logits, np.float32(0), out)
    expected = np.array([math.exp(float(x)) for x in logits]).astype(np.float32)
    assert np.array_equal(out, expected)


PROBS = st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.25000001, 0.5, 1.0]), min_size=1, max_size=40)


@settings(max_examples=200, deadline=None)
@given(probs=PROBS, threshold=st.sampled_from([0.0, 0.2]))
def test_the_best_of_equals_is_the_last(probs: list[float], threshold: float) -> None:
    values = np.array(probs, np.float32)
    label, score = np.zeros(2, np.int32), np.zeros(2, np.float32)
    found = best_one(values, np.float32(1), np.float32(threshold), label, score)
    scores = np.log(values.astype(np.float64) + 1e-5).astype(np.float32)
    fits = [at for at in range(values.size) if values[at] >= np.float32(threshold)]
    assert found == min(len(fits), 1)
    if fits:
        assert label[0] == max(fits, key=lambda at: (scores[at], at))


@settings(max_examples=200, deadline=None)
@given(probs=PROBS, most=st.integers(1, 8))
def test_the_best_many_come_by_falling_score(probs: list[float], most: int) -> None:
    values = np.array(probs, np.float32)
    labels, scores = np.zeros(most + 1, np.int32), np.zeros(most + 1, np.float32)
    found = best_many(values, np.float32(1), np.float32(0), most, labels, scores)
    assert found == min(most, values.size)
    assert len(set(labels[:found])) == found
    expected = np.sort(values)[::-1][:found]
    assert np.array_equal(values[labels[:found]], expected)
