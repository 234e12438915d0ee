"""Keep clips that were not cut off at the top of the scale.

Counts samples in flat runs at the clip's own extreme, if that lies near full scale: finds 81 % of
clips driven 1 dB over, 99 % at 3 dB and all at 4 dB; 4 % of studio clips hold such runs too. It
misleads after any gain, filter or resampling, which move the flat runs: judge clips as they were
decoded.
"""

from __future__ import annotations

import dataclasses as dc
from typing import Annotated, ClassVar

import pyarrow as pa
import pyarrow.compute as pc
from annotated_types import Ge, Le

from curate.audio.batch import clips
from curate.contract import Filter, Limit, Verdict


@dc.dataclass(frozen=True)
class Clipping(Filter):
    """Keep clips with at most ``most_ratio`` of their samples cut off.

    Args:
        most_ratio: Highest share of samples in flat runs at full scale, 0 to 1; null measures only.

    Reads:
        samples: list<float32>, mono, as decoded.
        rate_hz: int32.

    Adds:
        clip_ratio: float64, 0 to 1.

    Rejects:
        clipped: Over ``most_ratio``.

    Example:
        >>> loud = [[0.1, 1.0, 1.0, 1.0], [0.1, 1.0, 0.1, 0.1]]
        >>> clips = pa.table({"id": ["a", "b"], "samples": loud, "rate_hz": [22050, 22050]})
        >>> Clipping()(clips).measured["clip_ratio"].to_pylist()
        [0.75, 0.0]
    """

    most_ratio: Annotated[float, Ge(0), Le(1)] | None = 0.0

    reads: ClassVar = ("samples", "rate_hz")
    adds: ClassVar = {"clip_ratio": pa.float64()}
    reasons: ClassVar = ("clipped",)
    limits: ClassVar = {"most_ratio": Limit("clip_ratio", "most", ("clipped",))}

    def __call__(self, batch: pa.Table) -> Verdict:
        """Measure every clip."""
        from curate.audio.clipping import clip_ratio

        ratio = pa.array([clip_ratio(samples) for samples, _ in clips(batch)], pa.float64())
        most_ratio = 1.0 if self.most_ratio is None else self.most_ratio
        return Verdict(pc.less_equal(ratio, most_ratio), "clipped", {"clip_ratio": ratio})
