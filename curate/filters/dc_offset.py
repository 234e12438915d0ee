"""Keep clips whose samples lie around zero.

A mean away from zero comes from a faulty converter; it takes headroom and clicks where clips are
joined. Mean of all samples, no model. Speech itself is asymmetric, but its mean stays under 0.001.
It misleads on clips of a few milliseconds, which have a mean without any fault.
"""

from __future__ import annotations

import dataclasses as dc
from typing import Annotated, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from annotated_types import Ge, Le

from curate.audio.batch import clips
from curate.contract import Filter, Limit, Verdict


@dc.dataclass(frozen=True)
class DcOffset(Filter):
    """Keep clips whose mean is at most ``most`` from zero.

    Args:
        most: Largest absolute mean kept, as a share of full scale; null measures only.

    Reads:
        samples: list<float32>, mono.
        rate_hz: int32.

    Adds:
        dc_offset: float64, mean sample, -1 to 1; 0 for an empty clip.

    Rejects:
        dc offset: Farther from zero than ``most``.

    Example:
        >>> clips = pa.table({"id": ["a"], "samples": [[0.25, 0.75]], "rate_hz": [22050]})
        >>> DcOffset()(clips).measured["dc_offset"].to_pylist()
        [0.5]
    """

    most: Annotated[float, Ge(0), Le(1)] | None = 0.01

    reads: ClassVar = ("samples", "rate_hz")
    adds: ClassVar = {"dc_offset": pa.float64()}
    reasons: ClassVar = ("dc offset",)
    limits: ClassVar = {"most": Limit("dc_offset", "most in size", ("dc offset",))}

    def __call__(self, batch: pa.Table) -> Verdict:
        """Measure every clip."""
        means = [
            float(np.mean(samples, dtype=np.float64)) if samples.size else 0.0
            for samples, _ in clips(batch)
        ]
        measured = pa.array(means, pa.float64())
        keep = pc.less_equal(pc.abs(measured), 1.0 if self.most is None else self.most)
        return Verdict(keep, "dc offset", {"dc_offset": measured})
