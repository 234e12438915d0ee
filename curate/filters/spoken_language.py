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
from annotated_types import Ge, Le, MinLen

from curate.audio.batch import clips
from curate.contract import Filter, Limit, ModelPath, Verdict
from curate.errors import EnvironmentError_


@dc.dataclass(frozen=True)
class SpokenLanguage(Filter):
    """Keep clips in which one of ``languages`` is heard with at least ``least_prob``.

    What ``filters.language`` does for texts: the same options, columns and reasons, with ``spoken``
    before them so that a row can have both.

    Args:
        languages: Wanted languages by any of their names: ``kas``, ``ks``; checked against the
            labels of the model before any work.
        weights: Folder with ``config.json``, ``preprocessor_config.json``, ``model.safetensors``:
            local path, or ``hub:org/name@revision``.
        least_prob: Least probability, 0 to 1, that decides for or against a language.
        missing: Without weights or package, stop before any work (``error``), or keep every clip
            with null results (``skip``).
        device: ``cuda``, ``cpu``, or whichever torch finds (``auto``).

    Reads:
        samples, rate_hz: Decoded clip.

    Adds:
        spoken_language: string, ISO 639-3, the most probable one.
        spoken_language_prob: float32, its probability, 0 to 1, rounded to 4 decimals.
        spoken_wanted_prob: float32, sum of the probabilities of ``languages`` among the five most
            probable labels. All three null for clips under 0.1 s.
        spoken_language_judged: bool, whether they decided; false for clips under 0.1 s, which are
            kept, and without the model.

    Rejects:
        wrong spoken language: Another language has the least probability.
        uncertain spoken language: Neither the wanted ones nor another has it.

    Raises:
        EnvironmentError_: Weights or package are missing and ``missing`` is ``error``; or the
            model does not know one of ``languages``: the message lists the nearest.

    Example:
        >>> silence = pa.array([[0.0] * 800], pa.list_(pa.float32()))
        >>> batch = pa.table({"id": ["a"], "samples": silence, "rate_hz": [8000]})
        >>> verdict = SpokenLanguage(missing="skip")(batch)
        >>> verdict.keep.to_pylist(), verdict.measured["spoken_language"].to_pylist()
        ([True], [None])
    """

    languages: Annotated[tuple[str, ...], MinLen(1)] = ("kas",)
    weights: ModelPath = ""
    least_prob: Annotated[float, Ge(0), Le(1)] = 0.5
    missing: Literal["error", "skip"] = "error"
    device: Literal["auto", "cpu", "cuda"] = "auto"

    reads: ClassVar = ("samples", "rate_hz")
    adds: ClassVar = {
        "spoken_language": pa.string(),
        "spoken_language_prob": pa.float32(),
        "spoken_wanted_prob": pa.float32(),
        "spoken_language_judged": pa.bool_(),
    }
    reasons: ClassVar = ("wrong spoken language", "uncertain spoken language")
    limits: ClassVar = {"least_prob": Limit("spoken_wanted_prob", "least", reasons)}
    version: ClassVar = 2

    def prepare(self) -> dict[str, str]:
        """Find the weights, or say that they are missing; check the languages."""
        from curate.audio import neural
        from curate.langid.labels import matching

        found = neural.resolve_or_skip("spoken_language", self.weights, self.missing)
        if neural.SKIPPED not in found.values():
            folder = neural.locate("spoken_language", self.weights)
            try:
                matching(self.languages, neural.spoken_language.languages(folder))
            except ValueError as error:
                raise EnvironmentError_(f"{self.step_name()}: {error}") from error
        return found

    def runs_on(self) -> str:
        """``"cuda"`` if it was not refused and torch sees a GPU."""
        from curate.audio import neural

        return neural.device("spoken_language", self.device)

    def __call__(self, batch: pa.Table) -> Verdict:
        """Identify the language of each clip by itself."""
        from curate.audio import neural
        from curate.langid.labels import matches, parse

        heard = neural.languages(
            clips(batch), weights=self.weights, device=self.runs_on(), missing=self.missing
        )
        wanted = [parse(name) for name in self.languages]
        found = [[(parse(label), prob) for label, prob in best] for best in heard]
        hits = [
            [prob * any(matches(one, language) for one in wanted) for language, prob in best]
            for best in found
        ]
        judged = pa.array([bool(best) for best in found], pa.bool_())
        first = _rounded([best[0][1] if best else None for best in found])
        total = _rounded([sum(best) if best else None for best in hits])
        # half a unit of the last decimal, so that 0.9 as float32 reaches 0.9
        least = self.least_prob - 5e-5
        keep = pc.or_(pc.invert(judged), pc.fill_null(pc.greater_equal(total, least), False))
        another = pa.array([bool(best) and not best[0] for best in hits], pa.bool_())
        wrong = pc.and_(another, pc.fill_null(pc.greater_equal(first, least), False))
        measured = {
            "spoken_language": pa.array(
                [best[0][0].code if best else None for best in found], pa.string()
            ),
            "spoken_language_prob": first,
            "spoken_wanted_prob": total,
            "spoken_language_judged": judged,
        }
        reason = pc.if_else(wrong, "wrong spoken language", "uncertain spoken language")
        return Verdict(keep, reason, measured)


def _rounded(probs: list[float | None]) -> pa.FloatArray:
    """To 4 decimals, so that the CPU and a GPU decide alike."""
    return pc.round(pa.array(probs, pa.float64()), 4).cast(pa.float32())
