"""Keep clips in which the wanted language is spoken.

Pratap et al. 2024, "Scaling speech technology to 1,000+ languages": a wav2vec 2.0 classifier over
126 to 4,017 languages. **The MMS weights are CC BY-NC 4.0: not for commercial use.** It misleads
on clips of one or two words, on code-switching, and among neighbours (Kashmiri, Urdu, Hindi):
look at what it rejects before trusting it.
"""

from __future__ import annotations

import dataclasses as dc
from typing import Annotated, ClassVar, Literal

import pyarrow as pa
import pyarrow.compute as pc
from annotated_types import Ge, Le

from curate.audio.batch import clips
from curate.contract import Filter, Verdict


@dc.dataclass(frozen=True)
class SpokenLanguage(Filter):
    """Keep clips in which ``language`` is heard with at least ``least_prob``.

    Args:
        weights: Folder with ``config.json``, ``preprocessor_config.json``, ``model.safetensors``:
            local path, or ``hub:org/name@revision``.
        language: A label of the model, an ISO 639-3 code for MMS; checked before any work.
        least_prob: Least probability kept, 0 to 1.
        missing: Without weights or package, stop before any work (``error``), or keep every clip
            with null results (``skip``).
        device: ``cuda``, ``cpu``, or whichever torch finds (``auto``).

    Reads:
        samples, rate_hz: Decoded clip.

    Adds:
        spoken_language: string, the most probable label.
        spoken_language_prob: float32, its probability, rounded to 4 decimals. Both null for clips
            under 0.1 s, which are kept.

    Rejects:
        wrong spoken language: Another label is more probable, or ``least_prob`` is not reached.

    Raises:
        EnvironmentError_: Weights or package are missing and ``missing`` is ``error``; or the
            model does not know ``language``: the message lists the nearest labels.

    Example:
        >>> silence = pa.array([[0.0] * 800], pa.list_(pa.float32()))
        >>> batch = pa.table({"id": ["a"], "samples": silence, "rate_hz": [8000]})
        >>> verdict = SpokenLanguage(missing="skip")(batch)
        >>> verdict.keep.to_pylist(), verdict.measured["spoken_language"].to_pylist()
        ([True], [None])
    """

    weights: str = ""
    language: str = "kas"
    least_prob: Annotated[float, Ge(0), Le(1)] = 0.5
    missing: Literal["error", "skip"] = "error"
    device: Literal["auto", "cpu", "cuda"] = "auto"

    reads: ClassVar = ("samples", "rate_hz")
    adds: ClassVar = {"spoken_language": pa.string(), "spoken_language_prob": pa.float32()}
    reasons: ClassVar = ("wrong spoken language",)

    def prepare(self) -> dict[str, str]:
        """Find the weights, or say that they are missing; check the language."""
        from curate.audio import neural

        found = neural.resolve_or_skip("spoken_language", self.weights, self.missing)
        if neural.SKIPPED not in found.values():
            folder = neural.locate("spoken_language", self.weights)
            neural.spoken_language.check_language(folder, self.language)
        return found

    def runs_on(self) -> str:
        """``"cuda"`` if it was not refused and torch sees a GPU."""
        from curate.audio import neural

        return neural.device("spoken_language", self.device)

    def __call__(self, batch: pa.Table) -> Verdict:
        """Identify the language of each clip by itself."""
        from curate.audio import neural

        heard = neural.languages(
            clips(batch), weights=self.weights, device=self.runs_on(), missing=self.missing
        )
        labels = pa.array([one and one[0] for one in heard], pa.string())
        probs = pa.array([one and one[1] for one in heard], pa.float32())
        sure = pc.greater_equal(probs, pa.scalar(self.least_prob, pa.float32()))
        keep = pc.fill_null(pc.and_(pc.equal(labels, self.language), sure), True)
        measured = {"spoken_language": labels, "spoken_language_prob": probs}
        return Verdict(keep, "wrong spoken language", measured)
