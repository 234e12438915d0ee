"""Each operation on vectors against the same in numpy."""

import numba as nb
import numpy as np

from curate.audio import lanes
from curate.audio.lanes import LANES

RNG = np.random.default_rng(0)
A, B = RNG.uniform(0.5, 2, 64), RNG.uniform(0.5, 2, 64)
HERE = slice(3, 3 + LANES)
STEPS = slice(2, 2 + 5 * LANES, 5)


@nb.njit
def _arithmetic(a, b, out):
    x, y = lanes.load(a, 3), lanes.load(b, 3)
    lanes.store(out, 0, x + y)
    lanes.store(out, LANES, x - y)
    lanes.store(out, 2 * LANES, x * y)
    lanes.store(out, 3 * LANES, x / y)
    lanes.store(out, 4 * LANES, lanes.root(x))
    lanes.store(out, 5 * LANES, lanes.smaller(x, y))
    lanes.store(out, 6 * LANES, lanes.larger(x, y))
    lanes.store(out, 7 * LANES, lanes.spread(a[0]))


@nb.njit
def _apart(a, out, more):
    found = lanes.gather(a, 2, 5)
    lanes.scatter(out, 2, 5, found)
    lanes.scatter_add(more, 2, 5, found)
    return lanes.total(found), lanes.largest(found)


@nb.njit
def _interpolate(table, at, out):
    lanes.store(out, 0, lanes.interpolate(table, lanes.load(at, 0)))


def test_arithmetic_goes_lane_by_lane():
    out = np.zeros(8 * LANES)
    _arithmetic(A, B, out)
    x, y = A[HERE], B[HERE]
    right = [x + y, x - y, x * y, x / y, np.sqrt(x), np.minimum(x, y), np.maximum(x, y)]
    right.append(np.full(LANES, A[0]))
    np.testing.assert_array_equal(out.reshape(8, LANES), right)


def test_numbers_that_lie_apart_are_gathered_scattered_and_folded():
    out, more = np.zeros(64), np.ones(64)
    total, largest = _apart(A, out, more)
    wanted = np.zeros(64)
    wanted[STEPS] = A[STEPS]
    np.testing.assert_array_equal(out, wanted)
    np.testing.assert_array_equal(more, wanted + 1)
    np.testing.assert_allclose(total, A[STEPS].sum(), rtol=1e-15)
    assert largest == A[STEPS].max()


def test_interpolation_is_linear():
    at, out = RNG.uniform(0, 62, LANES), np.zeros(LANES)
    _interpolate(A, at, out)
    np.testing.assert_allclose(out, np.interp(at, np.arange(64), A), rtol=1e-14)


def test_aligned_zeros_start_a_vector():
    for shape in ((1,), (7, 5), (2, 3, 4)):
        zeros = lanes.aligned_zeros(*shape)
        assert (zeros.shape, zeros.ctypes.data % (8 * LANES)) == (shape, 0)
        assert not zeros.any()
