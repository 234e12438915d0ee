"""Keep clips whose speech stands out of the noise.

Blind signal-to-noise ratio by waveform amplitude distribution (WADA; Kim and Stern 2008): within
2 dB from 0 to 20 dB of white, pink or babble noise. It misleads on music and tones, and digital
silence reads as clean, so trim first; studio speech reads 60, the end of its scale.
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
class Snr(Filter):
    """Keep clips with a blind signal-to-noise ratio of at least ``least_db``.

    Args:
        least_db: Lowest ratio kept, in dB; null measures only.

    Reads:
        samples: list<float32>, mono.
        rate_hz: int32.

    Adds:
        snr_db: float64, -20 to 60, in steps of 0.01; null for silence and under 1,000 samples.

    Rejects:
        too noisy: Under ``least_db``.
        not measurable: ``snr_db`` is null, unless ``least_db`` is.

    Example:
        >>> import numpy as np
        >>> hiss = np.random.default_rng(0).normal(0, 0.1, 22050)
        >>> clips = pa.table({"id": ["a"], "samples": [hiss], "rate_hz": [22050]})
        >>> Snr()(clips).reason.to_pylist()
        ['too noisy']
    """

    least_db: Annotated[float, Ge(-20), Le(60)] | None = 20.0

    reads: ClassVar = ("samples", "rate_hz")
    adds: ClassVar = {"snr_db": pa.float64()}
    reasons: ClassVar = ("too noisy", "not measurable")
    limits: ClassVar = {"least_db": Limit("snr_db", "least", ("too noisy",))}

    def __call__(self, batch: pa.Table) -> Verdict:
        """Measure every clip."""
        from curate.audio.snr import wada_snr_db

        values = [wada_snr_db(samples) for samples, _ in clips(batch)]
        # rounded, so that no processor's last bit decides
        snr_db = pc.round(pa.array(values, pa.float64()), 2)
        least_db = -20.0 if self.least_db is None else self.least_db
        keep = pc.fill_null(pc.greater_equal(snr_db, least_db), self.least_db is None)
        reason = pc.if_else(pc.is_null(snr_db), "not measurable", "too noisy")
        return Verdict(keep, reason, {"snr_db": snr_db})
