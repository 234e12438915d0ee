"""Texts made from a column of texts, as Arrow lists with their evidence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from curate.korean.shifts import Candidate
from curate.text.utf8 import readable

SPAN = pa.struct([("start", pa.int32()), ("before", pa.string()), ("after", pa.string())])
STRINGS = pa.list_(pa.string())


class Made(NamedTuple):
    """What was made of each text; lists of equal length for a row.

    Attributes:
        texts: list<string>.
        rules: list<string>, what made each.
        spans: list<list<struct>>, what was changed in each.
        seeds: list<int64>.
        missing: int32, how many fewer than asked for.
        defect: Why a row cannot be used; null where it can.
    """

    texts: pa.Array
    rules: pa.Array
    spans: pa.Array
    seeds: pa.Array
    missing: pa.Array
    defect: pa.Array


def made_of(
    texts: pa.ChunkedArray,
    make: Callable[[str], Sequence[Candidate]],
    *,
    count: int,
    least: int,
    too_few: str,
) -> Made:
    """Make texts of each text.

    Args:
        texts: string.
        make: What is made of one text.
        count: How many are asked for.
        least: A row with fewer cannot be used.
        too_few: The reason for that.
    """
    listed = readable(texts).cast(pa.string()).to_pylist()
    rows = [[] if text is None else list(make(text)) for text in listed]
    flat = [one for row in rows for one in row]
    counts = [len(row) for row in rows]
    offsets = pa.array(np.concatenate([[0], np.cumsum(counts)]).astype(np.int32))
    spans = [[span._asdict() for span in one.spans] for one in flat]
    defect = [
        "no text" if text is None else too_few if size < least else None
        for text, size in zip(listed, counts, strict=True)
    ]
    lists = (
        pa.array([one.text for one in flat], pa.string()),
        pa.array([one.rule for one in flat], pa.string()),
        pa.array(spans, pa.list_(SPAN)),
        pa.array([one.seed for one in flat], pa.int64()),
    )
    texts_, rules, changed, seeds = (pa.ListArray.from_arrays(offsets, values) for values in lists)
    missing = pa.array([count - size for size in counts], pa.int32())
    return Made(texts_, rules, changed, seeds, missing, pa.array(defect, pa.string()))
