"""Keep clips whose overall quality DNSMOS P.835 predicts to be good enough.

Reddy et al. 2022, "DNSMOS P.835: A non-intrusive perceptual objective speech quality metric to
evaluate noise suppressors". A mean opinion score from 1 to 5; Emilia keeps 3.0 and up. It
misleads on emotional and sung speech, and it was trained on noise suppressors' output, mostly in
English: on a new corpus, listen to what lies just under the threshold.
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
class Dnsmos(Filter):
    """Keep clips with a predicted overall quality of at least ``least_ovrl``.

    Args:
        weights: ``sig_bak_ovr.onnx``: local path, or ``hub:org/name@revision/file``.
        least_ovrl: Least overall quality kept, 1 to 5.
        missing: Without weights or package, stop before any work (``error``), or keep every clip
            with null scores (``skip``).
        device: ``cuda``, ``cpu``, or whichever onnxruntime finds (``auto``).

    Reads:
        samples, rate_hz: Decoded clip.

    Adds:
        dnsmos_sig, dnsmos_bak, dnsmos_ovrl: float32, 1 to 5, rounded to 4 decimals: speech,
            background, overall. Null for an empty clip, which is kept.

    Rejects:
        low DNSMOS: ``dnsmos_ovrl`` under ``least_ovrl``.

    Raises:
        EnvironmentError_: Weights or package are missing, and ``missing`` is ``error``.

    Example:
        >>> silence = pa.array([[0.0] * 800], pa.list_(pa.float32()))
        >>> batch = pa.table({"id": ["a"], "samples": silence, "rate_hz": [8000]})
        >>> verdict = Dnsmos(missing="skip")(batch)
        >>> verdict.keep.to_pylist(), verdict.measured["dnsmos_ovrl"].to_pylist()
        ([True], [None])
    """

    weights: ModelPath = ""
    least_ovrl: Annotated[float, Ge(1), Le(5)] = 3.0
    missing: Literal["error", "skip"] = "error"
    device: Literal["auto", "cpu", "cuda"] = "auto"

    reads: ClassVar = ("samples", "rate_hz")
    adds: ClassVar = dict.fromkeys(("dnsmos_sig", "dnsmos_bak", "dnsmos_ovrl"), pa.float32())
    reasons: ClassVar = ("low DNSMOS",)
    limits: ClassVar = {"least_ovrl": Limit("dnsmos_ovrl", "least", ("low DNSMOS",))}

    def prepare(self) -> dict[str, str]:
        """Find the weights, or say that they are missing."""
        from curate.audio import neural

        return neural.resolve_or_skip("dnsmos", self.weights, self.missing)

    def runs_on(self) -> str:
        """``"cuda"`` if it was not refused and onnxruntime sees a GPU."""
        from curate.audio import neural

        return neural.device("dnsmos", self.device)

    def __call__(self, batch: pa.Table) -> Verdict:
        """Score each clip by itself."""
        from curate.audio import neural

        measured = neural.scores(
            "dnsmos",
            clips(batch),
            weights=self.weights,
            device=self.runs_on(),
            missing=self.missing,
        )
        enough = pc.greater_equal(measured["dnsmos_ovrl"], pa.scalar(self.least_ovrl, pa.float32()))
        return Verdict(pc.fill_null(enough, True), "low DNSMOS", measured)
