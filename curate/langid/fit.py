"""One fastText training, in a process of its own: ``python fit.py SPEC.json``; see ``train.fit``.

The process is part of the method. fastText 0.9.3 allocates its input matrix without clearing it,
and each thread fills a tenth of it, so fewer than ten threads train on whatever the memory held
before ("Encountered NaN" in 24 of 24 small trainings with one thread). One thread is what makes a
training repeatable, so the caller starts this file with ``MALLOC_MMAP_THRESHOLD_=4096``, which
glibc reads at start only: every allocation of a page or more is then fresh pages of zeros.
"""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any


def main(spec: dict[str, Any]) -> None:
    """Train, compress if asked to, and save.

    Args:
        spec: ``text`` and ``out`` are paths; ``train`` and ``compress`` are the options that
            fastText's ``train_supervised`` and ``quantize`` take, ``compress`` may be null.
    """
    import numpy as np

    fasttext: Any = importlib.import_module("fasttext")
    fasttext.FastText.eprint = lambda *_: None
    model = fasttext.train_supervised(spec["text"], verbose=0, **spec["train"])
    # Trained values stay below 20; what unset memory holds is mostly not a number, or huge.
    largest = np.abs(model.get_input_matrix()).max()
    if not largest < 1e3:
        raise SystemExit(f"the training went astray (largest value {largest}); lower the rate")
    if spec["compress"] is not None:
        model.quantize(input=spec["text"], verbose=0, **spec["compress"])
    model.save_model(spec["out"])


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        main(json.load(file))
