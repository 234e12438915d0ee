"""Exact search beside NumPy in double precision: any shape, any limit, ties, another path."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.embedding import search
from curate.embedding.search import ONE, fixed_point, nearest


def made(rows: int, dims: int, seed: int = 0, distinct: int = 0) -> npt.NDArray[np.float32]:
    vectors = np.random.default_rng(seed).normal(size=(distinct or rows, dims))
    vectors = np.resize(vectors, (rows, dims)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def by_hand(vectors: npt.NDArray[np.float32], k: int, most: float = 2.0) -> list[list[int]]:
    """Rows by exact integer score, then by number."""
    fixed = fixed_point(vectors).astype(object)
    scores = fixed @ fixed.T
    return [
        [one for one in sorted(range(len(row)), key=lambda at: (-row[at], at)) if row[one] <= most * ONE][:k]
        for row in scores
    ]  # fmt: skip


def rows_of(found: search.Nearest) -> list[list[int]]:
    return [[place for place in row if place >= 0] for row in found.places.tolist()]


@settings(max_examples=25)
@given(
    st.integers(1, 60),
    st.integers(1, 40),
    st.integers(1, 70),
    st.integers(1, 60),
    st.integers(0, 9),
)
def test_the_nearest_are_those_of_exact_arithmetic(rows: int, dims: int, k: int, distinct: int, seed: int) -> None:  # fmt: skip
    vectors = made(rows, dims, seed, min(distinct, rows))
    assert rows_of(nearest(vectors, k)) == by_hand(vectors, k)
    high = np.full(rows, ONE // 3)
    assert rows_of(nearest(vectors, k, most=high)) == by_hand(vectors, k, 1 / 3)


@pytest.fixture(scope="module")
def vectors() -> npt.NDArray[np.float32]:
    return made(2500, 48)


@pytest.fixture(scope="module")
def whole(vectors: npt.NDArray[np.float32]) -> search.Nearest:
    return nearest(vectors, 20)


def test_scores_are_cosines(vectors: npt.NDArray[np.float32], whole: search.Nearest) -> None:
    exact = vectors.astype(np.float64) @ vectors.T.astype(np.float64)
    best = -np.sort(-exact, axis=1)[:, :20]
    assert np.abs(best - whole.scores / ONE).max() < 1e-6


def test_some_queries_find_what_all_do(
    vectors: npt.NDArray[np.float32], whole: search.Nearest
) -> None:
    asked = np.array([7, 2499, 7, 1030, 0], np.int32)
    some = nearest(vectors, 20, queries=asked)
    assert np.array_equal(some.places, whole.places[asked])
    assert np.array_equal(some.scores, whole.scores[asked])


@pytest.mark.parametrize("threads", [1, 3])
def test_threads_make_no_difference(
    vectors: npt.NDArray[np.float32], whole: search.Nearest, threads: int
) -> None:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    again = nearest(vectors, 20)
    assert torch.get_num_threads() == threads
    torch.set_num_threads(before)
    assert all(np.array_equal(one, other) for one, other in zip(again, whole, strict=True))


def test_what_runs_on_a_gpu_finds_the_same(
    vectors: npt.NDArray[np.float32], whole: search.Nearest
) -> None:
    asked = np.arange(2500, dtype=np.int32)
    limit = np.full(2500, 2, np.float32)
    scores, places = search._candidates_by_torch(vectors, asked, 28, limit, "cpu")
    for row, found in zip(places.tolist(), whole.places.tolist(), strict=True):
        assert set(found) <= set(row)
    assert (np.diff(scores, axis=1) >= 0).all()


def test_many_copies_at_the_edge_are_taken_by_rank() -> None:
    vectors = np.concatenate([made(3, 8), np.repeat(made(1, 8, 5), 300, axis=0)])
    rank = np.arange(len(vectors))[::-1].copy()
    found = nearest(vectors, 4, queries=np.array([3], np.int32), rank=rank)
    assert found.places.tolist() == [[302, 301, 300, 299]]
