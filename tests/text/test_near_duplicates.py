"""Candidates, checks and clusters against exact sets and SciPy's graph components."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from curate.text.minhash import Sketches
from curate.text.near_duplicates import CROWD, Buckets, Clusters, buckets, clusters, jaccard


def sketched(sets: list[set[int]], most: int = 10**6) -> Sketches:
    values = [sorted(one)[:most] for one in sets]
    offsets = np.cumsum([0, *map(len, values)])
    flat = np.array(list(itertools.chain(*values)), np.uint32)
    return Sketches(flat, offsets, np.array([len(one) for one in sets], np.int32))


def one_bucket(sets: list[set[int]], threshold: float, **options: bool) -> Clusters:
    rows = np.arange(len(sets))
    found = Buckets(rows, np.array([0, len(sets)]))
    return clusters(found, rows, sketched(sets), 10**6, threshold, **options)


def random_sets(count: int) -> list[set[int]]:
    rng = np.random.default_rng(count)
    return [set(rng.integers(0, 14, rng.integers(1, 14)).tolist()) for _ in range(count)]


def test_similarity_of_whole_sketches_is_exact() -> None:
    sets = random_sets(60)
    known = sketched(sets)
    for one, other in itertools.combinations(range(60), 2):
        exact = len(sets[one] & sets[other]) / len(sets[one] | sets[other])
        assert jaccard(known, one, other, 10**6) == exact


def test_similarity_of_cut_sketches_is_off_as_theory_says() -> None:
    rng = np.random.default_rng(4)
    errors = []
    for _ in range(400):
        numbers = rng.choice(2**32, 2000, replace=False).tolist()
        known = sketched([set(numbers[:1800]), set(numbers[200:])], 128)
        errors.append(jaccard(known, 0, 1, 128) - 0.8)
    theory = np.sqrt(0.8 * 0.2 / 128)
    assert abs(np.mean(errors)) < 4 * theory / 20
    assert np.std(errors) < 1.1 * theory


def test_rows_without_shingles_are_like_nothing() -> None:
    assert jaccard(sketched([set(), set(), {1}]), 0, 1, 8) == 0
    assert one_bucket([set(), set()], 0.5).rows.size == 0


def test_buckets_hold_the_rows_that_share_a_band() -> None:
    bands = [np.array([5, 9, 5, 7, 9], np.uint64), np.array([1, 2, 3, 3, 4], np.uint64)]
    found = buckets(bands, np.array([0, 2, 4, 6, 8]))
    held = [found.rows[a:b].tolist() for a, b in itertools.pairwise(found.bounds)]
    assert held == [[0, 4], [2, 8], [4, 6]]


def test_different_bands_alone_make_no_bucket() -> None:
    found = buckets([np.arange(3, dtype=np.uint64)], np.arange(3))
    assert (found.rows.size, found.bounds.tolist()) == (0, [0])


@pytest.mark.parametrize("threshold", [0.5, 0.7, 0.9])
def test_clusters_are_the_components_of_the_pairs_alike(threshold: float) -> None:
    sets = random_sets(150)
    alike = [
        (one, other)
        for one, other in itertools.combinations(range(150), 2)
        if len(sets[one] & sets[other]) / len(sets[one] | sets[other]) >= threshold
    ]
    graph = coo_matrix((np.ones(len(alike)), tuple(zip(*alike, strict=True))), (150, 150))
    _, label = connected_components(graph, directed=False)
    first = np.array([np.flatnonzero(label == one)[0] for one in label])
    found = one_bucket(sets, threshold)
    assert found.rows.tolist() == [row for row in range(150) if (label == label[row]).sum() > 1]
    assert found.kept.tolist() == first[found.rows].tolist()


def test_order_of_the_buckets_changes_nothing() -> None:
    sets, rows = random_sets(40), np.arange(40)
    halves = [np.arange(25), np.arange(15, 40)]
    results = []
    for order in (halves, halves[::-1]):
        found = Buckets(np.concatenate(order), np.array([0, 25, 50]))
        results.append(clusters(found, rows, sketched(sets), 10**6, 0.6))
    assert all(map(np.array_equal, *results))


def test_similarity_is_that_with_the_row_kept_even_in_a_chain() -> None:
    chain = [set(range(at, at + 10)) for at in range(3)]
    found = one_bucket(chain, 0.8)
    assert found.kept.tolist() == [0, 0, 0]
    np.testing.assert_allclose(found.jaccard, [1, 9 / 11, 8 / 12], rtol=1e-6)


def test_longest_row_is_kept_if_asked_for_and_of_equals_the_first() -> None:
    sets = [set(range(9)), set(range(10)), set(range(10)), {90, 91}, {90, 91}]
    assert one_bucket(sets, 0.8).kept.tolist() == [0, 0, 0, 3, 3]
    assert one_bucket(sets, 0.8, is_longest_kept=True).kept.tolist() == [1, 1, 1, 3, 3]


def test_a_crowd_in_one_band_is_told_apart_by_its_first_rows() -> None:
    kinds = [set(range(kind * 100, kind * 100 + 20)) for kind in range(7)]
    rows = 3 * CROWD
    found = one_bucket([kinds[row % 7] for row in range(rows)], 0.8)
    assert found.rows.tolist() == list(range(rows))
    assert found.kept.tolist() == [row % 7 for row in range(rows)]
