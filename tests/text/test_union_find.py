"""Groups by pairs, beside those of scipy."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from curate.text.union_find import groups

PAIRS = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=20)


@given(PAIRS)
def test_groups_are_the_connected_components_of_the_pairs(pairs: list[tuple[int, int]]) -> None:
    ones, others = np.array(pairs, np.int64).reshape(-1, 2).T
    graph = coo_array((np.ones(len(pairs)), (ones, others)), shape=(12, 12))
    labels = connected_components(graph, directed=False)[1]
    first = [int(np.flatnonzero(labels == label)[0]) for label in labels]
    assert groups(12, ones, others).tolist() == first


def test_no_pairs_leave_each_alone() -> None:
    assert groups(3, [], []).tolist() == [0, 1, 2]


def test_nothing_has_no_groups() -> None:
    assert groups(0, [], []).tolist() == []
