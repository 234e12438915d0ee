"""Keep clips whose length is usable for training.

Very short clips hold no whole word, very long ones are skipped by most trainers without a word:
the trainer of the Bolbosh speech model passes over everything above 25 s. It misleads on clips
that are long only because of silence; trim first.
"""

from __future__ import annotations

import dataclasses as dc
import math
from typing import Annotated, ClassVar

import pyarrow as pa
import pyarrow.compute as pc
from annotated_types import Ge

from curate.contract import Filter, Limit, Verdict


@dc.dataclass(frozen=True)
class Duration(Filter):
    """Keep clips that last between ``least`` and ``most`` seconds.

    Args:
        least: Shortest length kept, in seconds.
        most: Longest length kept, in seconds; null for any.

    Reads:
        duration: float64, seconds.

    Rejects:
        too short: Shorter than ``least``.
        too long: Longer than ``most``.
        length unknown: ``duration`` is null.

    Example:
        >>> clips = pa.table({"id": ["a", "b", "c"], "duration": [0.2, 3.0, 40.0]})
        >>> Duration(least=0.4, most=25)(clips).keep.to_pylist()
        [False, True, False]
    """

    least: Annotated[float, Ge(0)] = 0.4
    most: Annotated[float, Ge(0)] | None = 25.0

    reads: ClassVar = ("duration",)
    reasons: ClassVar = ("too short", "too long", "length unknown")
    limits: ClassVar = {
        "least": Limit("duration", "least", ("too short",)),
        "most": Limit("duration", "most", ("too long",)),
    }

    def __call__(self, batch: pa.Table) -> Verdict:
        """Judge by the ``duration`` column."""
        seconds = batch["duration"].combine_chunks()
        most = math.inf if self.most is None else self.most
        short, long = pc.less(seconds, self.least), pc.greater(seconds, most)
        keep = pc.fill_null(pc.invert(pc.or_(short, long)), False)
        reason = pc.if_else(short, "too short", "too long")
        return Verdict(keep, pc.fill_null(reason, "length unknown"))
