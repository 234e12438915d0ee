"""What every worker would do first, done once in the process that they are forked from.

A first numba kernel takes 0.3 s, whatever it does; the first ``pa.array`` imports pandas, 0.3 s.
What is left when that process ends is not searched for cycles, which would take 0.4 s.
"""

import atexit
import gc

import numba as nb
import pyarrow as pa

atexit.register(gc.freeze)
pa.array([0])


@nb.njit(cache=True)
def _nothing() -> int:
    return 0


_nothing()
