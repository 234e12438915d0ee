"""Bring every clip to one integrated loudness.

Loudness is ITU-R BS.1770-4's gated measure, as pyloudnorm computes it (Steinmetz and Reiss 2021).
The gain is one number for a clip; it is held back where a sample would pass ``peak_dbfs``, and the
row says so in ``gain_limited``: of 2,272 studio clips brought to -23 LUFS, 21 would pass full scale
and be cut by a 16-bit file. Loudness follows voice and pauses alike, so trim first; clips under
0.4 s hold no whole block and are measured as one block (``loudness_short``); steady noise counts as
voice. Peaks are those of the samples, not of the wave between them.
"""

from __future__ import annotations

import dataclasses as dc
import math
from typing import Annotated, ClassVar, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from annotated_types import Ge, Le

from curate.audio.batch import SAMPLES, Samples, clips, samples_array, samples_field
from curate.contract import DEFECT, Adds, Transform, put

_FULL_SCALE = 32767 / 32768
"""The highest step of a 16-bit file: a gain that ends here cuts no sample."""


class _Outcome(NamedTuple):
    """One row, in the order of the columns added."""

    samples: Samples
    loudness_lufs_before: float | None
    gain_db: float | None
    gain_limited: bool | None
    loudness_short: bool
    defect: str | None


@dc.dataclass(frozen=True)
class NormalizeLoudness(Transform):
    """Amplify or soften each clip to ``target_lufs``, without cutting peaks.

    Args:
        target_lufs: Integrated loudness of every clip, in LUFS.
        peak_dbfs: Highest sample peak the gain may lead to, in dB of full scale; null for no limit
            and no correction of the gain, as published chains do it (a 16-bit file then cuts what
            passes full scale).
        weighting: ``pyloudnorm`` for that library's filters, which published corpora were made
            with; ``bs1770`` for the recommendation's (0.06 LU higher on speech at 22.05 kHz).

    Reads:
        samples: list<float32>, mono.
        rate_hz: int32.

    Adds:
        samples: list<float32>, after the gain.
        loudness_lufs_before: float64, LUFS before the gain.
        gain_db: float64, dB applied.
        gain_limited: bool, whether ``peak_dbfs`` held the gain back.
        loudness_short: bool, whether the clip is under 0.4 s.

    Rejects:
        silent: No block reaches -70 LUFS, so there is nothing to bring to a level.

    Example:
        >>> clip = [0.01, -0.01] * 22050
        >>> batch = pa.table({"id": ["a"], "samples": [clip], "rate_hz": [22050]})
        >>> out = NormalizeLoudness(target_lufs=-16)(batch)
        >>> out.select(["gain_db", "gain_limited"]).to_pylist()
        [{'gain_db': 2..., 'gain_limited': False}]
    """

    target_lufs: Annotated[float, Ge(-70), Le(0)] = -23.0
    peak_dbfs: Annotated[float, Ge(-60), Le(0)] | None = -1.0
    weighting: Literal["pyloudnorm", "bs1770"] = "pyloudnorm"

    reads: ClassVar = ("samples", "rate_hz")
    adds: ClassVar = {
        "samples": SAMPLES,
        "loudness_lufs_before": pa.float64(),
        "gain_db": pa.float64(),
        "gain_limited": pa.bool_(),
        "loudness_short": pa.bool_(),
    }
    reasons: ClassVar = ("silent",)

    def added(self, schema: pa.Schema) -> Adds:
        """The columns; ``samples`` keeps its noted rate."""
        return {**self.adds, "samples": samples_field(schema)}

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Measure every clip and apply its gain."""
        rows = [self._normalize(samples, rate_hz) for samples, rate_hz in clips(batch)]
        samples = samples_array([row.samples for row in rows])
        batch = put(batch, self.added(batch.schema)["samples"], samples)
        for name in (*self.adds, DEFECT.name):
            if name != "samples":
                kind = self.adds.get(name, DEFECT.type)
                batch = put(batch, pa.field(name, kind), [getattr(row, name) for row in rows])
        return batch

    def _normalize(self, samples: Samples, rate_hz: int) -> _Outcome:
        from curate.audio.loudness import block_power, gain_to_db, gated_lufs, is_short

        short = is_short(samples, rate_hz)
        power = block_power(samples, rate_hz, self.weighting)
        before = gated_lufs(power)
        if not math.isfinite(before):
            return _Outcome(samples, None, None, None, short, "silent")
        gain_db = self.target_lufs - before
        limited = False
        if self.peak_dbfs is not None:
            gain_db = gain_to_db(self.target_lufs, power)
            headroom_db = 20 * math.log10(
                min(10 ** (self.peak_dbfs / 20), _FULL_SCALE) / _peak(samples)
            )
            limited = gain_db > headroom_db
            gain_db = min(gain_db, headroom_db)
        louder = samples * np.float32(10 ** (gain_db / 20))
        return _Outcome(louder, before, gain_db, limited, short, None)


def _peak(samples: npt.NDArray[np.float32]) -> float:
    return float(max(samples.max(), -samples.min()))
