"""Keep clips that are neither noisy nor reverberant by Brouhaha's estimate.

Lavechin et al. 2023, "Brouhaha: Multi-task training for voice activity detection, speech-to-noise
ratio, and C50 room acoustics estimation": means over the frames where it hears speech. The blind
measures ``filters.snr`` and the decay rate need no weights and are far faster; this one is for
comparison with corpora that publish it. It misleads where speech is whispered or sung, because
its own speech detector misses it. Loading its checkpoint runs code from it: see
``curate/audio/neural/brouhaha.py``.
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
class Brouhaha(Filter):
    """Keep clips with at least ``least_snr_db`` and ``least_c50_db``.

    Args:
        weights: ``best.ckpt``: local path, or ``hub:org/name@revision/file``.
        least_snr_db: Least speech-to-noise ratio kept, in dB, -15 to 80.
        least_c50_db: Least clarity kept, in dB, -10 to 60; the default keeps all. A room of T60
            0.6 s has about 6.5 dB, one of 0.3 s about 13 dB.
        missing: Without weights or package, stop before any work (``error``), or keep every clip
            with null scores (``skip``).
        device: ``cuda``, ``cpu``, or whichever torch finds (``auto``).

    Reads:
        samples, rate_hz: Decoded clip.

    Adds:
        brouhaha_snr_db, brouhaha_c50_db: float32, dB, rounded to 4 decimals. Null where it hears
            no speech; such a clip is kept.

    Rejects:
        noisy: ``brouhaha_snr_db`` under ``least_snr_db``.
        reverberant: ``brouhaha_c50_db`` under ``least_c50_db``.

    Raises:
        EnvironmentError_: Weights or package are missing, and ``missing`` is ``error``.

    Example:
        >>> silence = pa.array([[0.0] * 800], pa.list_(pa.float32()))
        >>> batch = pa.table({"id": ["a"], "samples": silence, "rate_hz": [8000]})
        >>> verdict = Brouhaha(missing="skip")(batch)
        >>> verdict.keep.to_pylist(), verdict.measured["brouhaha_snr_db"].to_pylist()
        ([True], [None])
    """

    weights: ModelPath = ""
    least_snr_db: Annotated[float, Ge(-15), Le(80)] = 20.0
    least_c50_db: Annotated[float, Ge(-10), Le(60)] = -10.0
    missing: Literal["error", "skip"] = "error"
    device: Literal["auto", "cpu", "cuda"] = "auto"

    reads: ClassVar = ("samples", "rate_hz")
    adds: ClassVar = dict.fromkeys(("brouhaha_snr_db", "brouhaha_c50_db"), pa.float32())
    reasons: ClassVar = ("noisy", "reverberant")
    limits: ClassVar = {
        "least_snr_db": Limit("brouhaha_snr_db", "least", ("noisy",)),
        "least_c50_db": Limit("brouhaha_c50_db", "least", ("reverberant",)),
    }

    def prepare(self) -> dict[str, str]:
        """Find the weights, or say that they are missing."""
        from curate.audio import neural

        return neural.resolve_or_skip("brouhaha", self.weights, self.missing)

    def runs_on(self) -> str:
        """``"cuda"`` if it was not refused and torch sees a GPU."""
        from curate.audio import neural

        return neural.device("brouhaha", self.device)

    def __call__(self, batch: pa.Table) -> Verdict:
        """Score each clip by itself."""
        from curate.audio import neural

        measured = neural.scores(
            "brouhaha",
            clips(batch),
            weights=self.weights,
            device=self.runs_on(),
            missing=self.missing,
        )
        least_snr_db = pa.scalar(self.least_snr_db, pa.float32())
        least_c50_db = pa.scalar(self.least_c50_db, pa.float32())
        noisy = pc.fill_null(pc.less(measured["brouhaha_snr_db"], least_snr_db), False)
        reverberant = pc.fill_null(pc.less(measured["brouhaha_c50_db"], least_c50_db), False)
        keep = pc.invert(pc.or_(noisy, reverberant))
        return Verdict(keep, pc.if_else(noisy, "noisy", "reverberant"), measured)
