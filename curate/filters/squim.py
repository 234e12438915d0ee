"""Keep clips for which SQUIM predicts a fair PESQ; record its STOI and SI-SDR beside it.

Kumar et al. 2023, "TorchAudio-Squim: Reference-less speech quality and intelligibility measures
in TorchAudio": what PESQ, STOI and SI-SDR would be, had the clean recording been there. It
misleads on languages, voices and rooms far from the English DNS 2020 data it was trained on, and
on reverberation more than on noise.
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
class Squim(Filter):
    """Keep clips with a predicted wide-band PESQ of at least ``least_pesq``.

    Args:
        weights: ``squim_objective_dns2020.pth``: local path, or ``hub:org/name@revision/file``.
        least_pesq: Least predicted PESQ kept, 1 to 4.64. In simulated rooms true PESQ was 1.2 on
            average, on dry speech 4.6.
        missing: Without weights or package, stop before any work (``error``), or keep every clip
            with null scores (``skip``).
        device: ``cuda``, ``cpu``, or whichever torch finds (``auto``).

    Reads:
        samples, rate_hz: Decoded clip.

    Adds:
        squim_stoi: float32, 0 to 1, predicted intelligibility.
        squim_pesq: float32, 1 to 4.64, predicted quality.
        squim_si_sdr_db: float32, dB, predicted signal to distortion. All three rounded to 4
            decimals, and null for digital silence and clips under 4 ms, which are kept.

    Rejects:
        low predicted PESQ: ``squim_pesq`` under ``least_pesq``.

    Raises:
        EnvironmentError_: Weights or package are missing, and ``missing`` is ``error``.

    Example:
        >>> silence = pa.array([[0.0] * 800], pa.list_(pa.float32()))
        >>> batch = pa.table({"id": ["a"], "samples": silence, "rate_hz": [8000]})
        >>> verdict = Squim(missing="skip")(batch)
        >>> verdict.keep.to_pylist(), verdict.measured["squim_pesq"].to_pylist()
        ([True], [None])
    """

    weights: ModelPath = ""
    least_pesq: Annotated[float, Ge(1), Le(4.64)] = 2.0
    missing: Literal["error", "skip"] = "error"
    device: Literal["auto", "cpu", "cuda"] = "auto"

    reads: ClassVar = ("samples", "rate_hz")
    adds: ClassVar = dict.fromkeys(("squim_stoi", "squim_pesq", "squim_si_sdr_db"), pa.float32())
    reasons: ClassVar = ("low predicted PESQ",)
    limits: ClassVar = {"least_pesq": Limit("squim_pesq", "least", ("low predicted PESQ",))}

    def prepare(self) -> dict[str, str]:
        """Find the weights, or say that they are missing."""
        from curate.audio import neural

        return neural.resolve_or_skip("squim", self.weights, self.missing)

    def runs_on(self) -> str:
        """``"cuda"`` if it was not refused and torch sees a GPU."""
        from curate.audio import neural

        return neural.device("squim", self.device)

    def __call__(self, batch: pa.Table) -> Verdict:
        """Score each clip by itself."""
        from curate.audio import neural

        measured = neural.scores(
            "squim",
            clips(batch),
            weights=self.weights,
            device=self.runs_on(),
            missing=self.missing,
        )
        enough = pc.greater_equal(measured["squim_pesq"], pa.scalar(self.least_pesq, pa.float32()))
        return Verdict(pc.fill_null(enough, True), "low predicted PESQ", measured)
