"""What every worker would do first, done once in the process that they are forked from.

A first numba kernel takes 0.3 s, whatever it does; the first ``pa.array`` imports pandas, 0.3 s.
What is imported by then is never searched for cycles again: by no worker, which would copy the
memory that it shares with the others, and not at the end, which would take 0.4 s.
"""

import gc

import numba as nb
import pyarrow as pa

pa.array([0])


@nb.njit(cache=True)
def _nothing() -> int:
    return 0


_nothing()
gc.set_threshold(100_000)  # as in the driver
gc.freeze()
