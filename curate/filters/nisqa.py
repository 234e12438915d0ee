"""Keep clips whose quality NISQA predicts to be good enough.

Mittag et al. 2021, "NISQA: A deep CNN-self-attention model for multidimensional speech quality
prediction with crowdsourced datasets". **The weights are CC BY-NC-SA 4.0: not for commercial
use.** It was made for telephone and conference speech; of its five scales only the overall one
decides here, the others say why. It misleads on quiet recordings: normalise loudness first.
"""

from __future__ import annotations

import dataclasses as dc
from typing import Annotated, ClassVar, Literal

import pyarrow as pa
import pyarrow.compute as pc
from annotated_types import Ge, Le

from curate.audio.batch import clips
from curate.contract import Filter, Limit, ModelPath, Verdict


@dc.dataclass(frozen=True)
class Nisqa(Filter):
    """Keep clips with a predicted mean opinion score of at least ``least_mos``.

    Args:
        weights: Folder with ``nisqa.tar``: local path, or ``hub:org/name@revision/folder``.
        least_mos: Least overall quality kept, 1 to 5.
        missing: Without weights or package, stop before any work (``error``), or keep every clip
            with null scores (``skip``).

    Reads:
        samples, rate_hz: Decoded clip.

    Adds:
        nisqa_mos, nisqa_noisiness, nisqa_discontinuity, nisqa_coloration, nisqa_loudness: float32,
            1 to 5 (more is better), rounded to 4 decimals. Null for clips under 0.15 s or over
            52 s, which are kept.

    Rejects:
        low NISQA: ``nisqa_mos`` under ``least_mos``.

    Raises:
        EnvironmentError_: Weights or package are missing, and ``missing`` is ``error``.

    Example:
        >>> silence = pa.array([[0.0] * 800], pa.list_(pa.float32()))
        >>> batch = pa.table({"id": ["a"], "samples": silence, "rate_hz": [8000]})
        >>> verdict = Nisqa(missing="skip")(batch)
        >>> verdict.keep.to_pylist(), verdict.measured["nisqa_mos"].to_pylist()
        ([True], [None])
    """

    weights: ModelPath = ""
    least_mos: Annotated[float, Ge(1), Le(5)] = 3.0
    missing: Literal["error", "skip"] = "error"

    reads: ClassVar = ("samples", "rate_hz")
    adds: ClassVar = {
        "nisqa_mos": pa.float32(),
        "nisqa_noisiness": pa.float32(),
        "nisqa_discontinuity": pa.float32(),
        "nisqa_coloration": pa.float32(),
        "nisqa_loudness": pa.float32(),
    }
    reasons: ClassVar = ("low NISQA",)
    limits: ClassVar = {"least_mos": Limit("nisqa_mos", "least", ("low NISQA",))}

    def prepare(self) -> dict[str, str]:
        """Find the weights, or say that they are missing."""
        from curate.audio import neural

        return neural.resolve_or_skip("nisqa", self.weights, self.missing)

    def __call__(self, batch: pa.Table) -> Verdict:
        """Score each clip by itself."""
        from curate.audio import neural

        measured = neural.scores("nisqa", clips(batch), weights=self.weights, missing=self.missing)
        enough = pc.greater_equal(measured["nisqa_mos"], pa.scalar(self.least_mos, pa.float32()))
        return Verdict(pc.fill_null(enough, True), "low NISQA", measured)
