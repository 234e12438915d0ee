"""Measure ``curate`` against its peers: ``python -m benchmarks SUBJECT --data DIR [options]``.

speech   wpe · dereverberation · speech_chain · snr · scale, one after the other
         or one of them by name, with options of its own (``python -m benchmarks scale --help``)
"""

from __future__ import annotations

import importlib
import os
import platform
import sys

SUBJECTS = {"speech": ("wpe", "dereverberation", "speech_chain", "snr", "scale")}
PARTS = tuple(part for parts in SUBJECTS.values() for part in parts)


def main(argv: list[str]) -> int:
    """Run every part of a subject in this process, one thread each."""
    if not argv or argv[0] not in (*SUBJECTS, *PARTS):
        print(__doc__, file=sys.stderr)
        return 2
    machine = platform.processor() or platform.machine()
    print(f"# {machine}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for part in SUBJECTS.get(argv[0], (argv[0],)):
        print(f"\n## {part}", flush=True)
        importlib.import_module(f"benchmarks.{part}").main(argv[1:])
    return 0


if __name__ == "__main__":
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ[name] = "1"  # per core, before any library reads them
    sys.exit(main(sys.argv[1:]))
