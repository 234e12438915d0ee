"""Batches of tokens for neural models, each of one shape whichever texts are in it.

A fixed number of texts, padded to a multiple of some tokens that depends on each text alone: sums
of another shape differ in their last bits, so this way what a model says of a text does not depend
on the texts beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt


def padded_batches(
    tokenizer: Any,
    said: Mapping[str, Sequence[Sequence[int]]],
    *,
    step: int,
    rows: int,
    most: int,
) -> Iterator[tuple[npt.NDArray[np.int64], Any]]:
    """Batches from the shortest texts to the longest.

    Args:
        tokenizer: Of transformers; it pads.
        said: What it said of the texts, ``input_ids`` among it; none longer than ``most``.
        step: Tokens that lengths are rounded up to.
        rows: Texts in a batch.
        most: Most tokens of a text.

    Yields:
        Places of the texts in ``said``, at most ``rows``, and tensors of ``rows`` texts, of which
        those come first; the others repeat them.
    """
    sizes = np.array([len(ids) for ids in said["input_ids"]], np.int64)
    padded = np.minimum(-(-sizes // step) * step, most)
    for length in np.unique(padded):
        alike = np.flatnonzero(padded == length)
        for first in range(0, len(alike), rows):
            chosen = alike[first : first + rows]
            filled = np.resize(chosen, rows)
            batch = {name: [values[int(at)] for at in filled] for name, values in said.items()}
            yield (
                chosen,
                tokenizer.pad(
                    batch, padding="max_length", max_length=int(length), return_tensors="pt"
                ),
            )
