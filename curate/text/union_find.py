"""Join members into groups, each known by its first (union-find, paths halved; Tarjan 1975)."""

from __future__ import annotations

import numba as nb
import numpy as np
import numpy.typing as npt


def groups(size: int, ones: npt.ArrayLike, others: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """The first member of each member's group.

    Args:
        size: How many members there are, numbered from 0.
        ones: Members, each joined with the member at the same place of ``others``.
        others: Shape of ``ones``.

    Example:
        >>> groups(5, [4, 2], [2, 1]).tolist()
        [0, 1, 1, 3, 1]
    """
    parent = np.arange(size, dtype=np.int64)
    _join_all(parent, np.asarray(ones, np.int64), np.asarray(others, np.int64))
    return parent


@nb.njit(cache=True, nogil=True)
def root_of(parent, row):  # type: ignore[no-untyped-def]
    """The first member of the group that ``row`` is in; shortens the way to it."""
    while parent[row] != row:
        parent[row] = parent[parent[row]]
        row = parent[row]
    return row


@nb.njit(cache=True, nogil=True)
def join(parent, one, other):  # type: ignore[no-untyped-def]
    """Make one group of two; the root stays its first member."""
    root, its = root_of(parent, one), root_of(parent, other)
    parent[max(root, its)] = min(root, its)


@nb.njit(cache=True, nogil=True)
def settle(parent):  # type: ignore[no-untyped-def]
    """Let every member name its root."""
    for row in range(parent.size):
        parent[row] = root_of(parent, row)


@nb.njit(cache=True, nogil=True)
def _join_all(parent, ones, others):  # type: ignore[no-untyped-def]
    for at in range(ones.size):
        join(parent, ones[at], others[at])
    settle(parent)
