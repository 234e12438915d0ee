"""Speed and quality of ``curate`` beside its peers; see ``python -m benchmarks``.

Figures are per core: importing this package, before any library starts its threads, allows one.
"""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[_name] = "1"
