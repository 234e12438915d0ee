"""The small complex system against LAPACK."""

import numpy as np
import pytest

from curate.audio.cholesky import solve
from curate.audio.lanes import LANES


def solved(matrix, right):
    """Our solution of a Hermitian system, or None where it is not positive definite."""
    taps = len(right)
    width = -(-(taps + 1) // LANES) * LANES
    rows = np.zeros((taps, width), complex)
    rows[:, :taps] = np.triu(matrix)
    rows[:, taps] = right
    system = np.array([rows.real.ravel(), rows.imag.ravel()])
    real, imag = np.full(taps + LANES, np.nan), np.full(taps + LANES, np.nan)
    if not solve(system, taps, real, imag):
        return None
    assert not np.any(real[taps:]) | np.any(imag[taps:])
    return real[:taps] + 1j * imag[:taps]


def random(rng, *shape):
    return rng.standard_normal(shape) + 1j * rng.standard_normal(shape)


@pytest.mark.parametrize("taps", [1, 2, LANES - 1, LANES, LANES + 1, 30, 40])
def test_the_solution_is_that_of_lapack(taps):
    rng = np.random.default_rng(taps)
    root, right = random(rng, taps, taps + 3), random(rng, taps)
    matrix = root @ root.conj().T
    np.testing.assert_allclose(solved(matrix, right), np.linalg.solve(matrix, right), rtol=1e-8)


def test_a_singular_system_has_no_solution():
    rng = np.random.default_rng(0)
    root = random(rng, 6, 3)
    assert solved(root @ root.conj().T, random(rng, 6)) is None
    assert solved(np.zeros((3, 3)), np.zeros(3)) is None
