"""Keep clips that hold sound up to a high frequency: no telephone, no upsampled audio.

The highest frequency whose mean level in loud frames lies within 75 dB of the spectrum's peak.
Sources of 8, 12 and 16 kHz read 3.9, 5.8 and 7.7 kHz whatever their rate is now. It misleads on
quiet 16-bit clips, whose quantisation noise is of full bandwidth, and on audio denoised by a model
that makes up its high band.
"""

from __future__ import annotations

import dataclasses as dc
from typing import Annotated, ClassVar

import pyarrow as pa
import pyarrow.compute as pc
from annotated_types import Ge

from curate.audio.batch import clips
from curate.contract import Filter, Limit, Verdict


@dc.dataclass(frozen=True)
class Bandwidth(Filter):
    """Keep clips with sound up to at least ``least_hz``.

    Args:
        least_hz: Lowest bandwidth kept, in Hz, under half the rate of the samples; null measures
            only.

    Reads:
        samples: list<float32>, mono.
        rate_hz: int32.

    Adds:
        bandwidth_hz: float64, Hz; null for silence.

    Rejects:
        narrow band: Under ``least_hz``.
        not measurable: ``bandwidth_hz`` is null, unless ``least_hz`` is.

    Example:
        >>> import numpy as np
        >>> tone = np.sin(np.arange(22050, dtype=np.float32))
        >>> clips = pa.table({"id": ["a"], "samples": [tone], "rate_hz": [22050]})
        >>> Bandwidth()(clips).reason.to_pylist()
        ['narrow band']
    """

    least_hz: Annotated[float, Ge(0)] | None = 7000.0

    reads: ClassVar = ("samples", "rate_hz")
    adds: ClassVar = {"bandwidth_hz": pa.float64()}
    reasons: ClassVar = ("narrow band", "not measurable")
    limits: ClassVar = {"least_hz": Limit("bandwidth_hz", "least", ("narrow band",))}

    def __call__(self, batch: pa.Table) -> Verdict:
        """Measure every clip."""
        from curate.audio.bandwidth import bandwidth_hz

        values = [bandwidth_hz(samples, rate_hz) for samples, rate_hz in clips(batch)]
        measured = pa.array(values, pa.float64())
        keep = pc.fill_null(pc.greater_equal(measured, self.least_hz or 0.0), self.least_hz is None)
        reason = pc.if_else(pc.is_null(measured), "not measurable", "narrow band")
        return Verdict(keep, reason, {"bandwidth_hz": measured})
