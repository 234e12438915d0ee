"""Containment against sets of Python, all pairs compared."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from curate.text.containment import LEAST_SHINGLES, contained
from curate.text.minhash import Sketches

sets = st.lists(st.sets(st.integers(0, 120), max_size=60), max_size=9)


def sketches(texts: list[set[int]]) -> Sketches:
    values = np.array([one for text in texts for one in sorted(text)], np.uint32)
    sizes = np.array([len(text) for text in texts], np.int32)
    return Sketches(values, np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64), sizes)


def share(one: set[int], other: set[int]) -> float:
    fewer = min(len(one), len(other))
    if fewer == 0:
        return 0.0
    if fewer < LEAST_SHINGLES:
        return float(one == other)
    return len(one & other) / fewer


@given(sets)
def test_texts_of_one_cluster_are_those_that_share_enough(texts: list[set[int]]) -> None:
    found = contained(sketches(texts), 0.5)
    cluster = list(range(len(texts)))
    for at, text in enumerate(texts):
        for other in range(at):
            if share(text, texts[other]) >= 0.5:
                old, new = sorted((cluster[at], cluster[other]), reverse=True)
                cluster = [new if one == old else one for one in cluster]
    assert found.cluster.tolist() == cluster


@given(sets)
def test_the_nearest_is_the_earlier_text_that_shares_most(texts: list[set[int]]) -> None:
    found = contained(sketches(texts), 0.5)
    for at, text in enumerate(texts):
        most = max((share(text, other) for other in texts[:at]), default=0.0)
        assert found.containment[at] == np.float32(most if most >= 0.5 else 0)
        assert (found.nearest[at] >= 0) == (most >= 0.5)


@given(sets)
def test_references_are_compared_with_and_not_joined(texts: list[set[int]]) -> None:
    references = len(texts) // 2
    found = contained(sketches(texts), 0.5, references=references)
    assert found.cluster[:references].tolist() == list(range(references))
    assert (found.cluster[references:] >= references).all()
    for at in range(references, len(texts)):
        most = max((share(texts[at], one) for one in texts[:references]), default=0.0)
        assert found.reference_containment[at] == np.float32(most if most >= 0.5 else 0)


def test_texts_of_one_owner_are_not_compared() -> None:
    text = set(range(30))
    found = contained(sketches([text, text, text]), 0.5, np.array([7, 7, 8]))
    assert found.nearest.tolist() == [-1, -1, 0]


def test_more_copies_than_a_shingle_points_to_are_one_cluster() -> None:
    found = contained(sketches([set(range(30))] * 200), 0.5)
    assert set(found.cluster.tolist()) == {0}
