"""Take the reverberation of rooms out of speech, and leave dry clips alone.

The default backend needs no weights: single-channel WPE (Nakatani et al. 2010) with a filter of a
third of a second and a raised weight floor, then suppression of late reverberation (Lebart et
al. 2001) with the blind reverberation time. A clip is processed only if its median decay exceeds
``gate_decay``, because the same filter spoils dry speech. Neural restorers (resemble-enhance,
DeepFilterNet, SGMSE+) run when their weights are given; the generative ones invent detail, and do
so reproducibly: the seed is the hash of the row's id.

It misleads on music and on speech under steady noise, which looks like slow decay: of 76 dry clips
under white noise none passes the gate at 30 dB, five at 25 dB and 13 at 20 dB; filter by SNR first.
"""

from __future__ import annotations

import dataclasses as dc
from typing import Annotated, ClassVar, Literal, NamedTuple

import pyarrow as pa
from annotated_types import Ge, Le

from curate.arrow import stable_hash
from curate.audio.batch import SAMPLES, Samples, clips, samples_array, samples_field
from curate.contract import Adds, ModelPath, Transform, put
from curate.errors import EnvironmentError_


class _Outcome(NamedTuple):
    """One row, in the order of the columns added."""

    samples: Samples
    dereverb_method: str
    dereverb_applied: bool
    dereverb_decay: float | None
    dereverb_t60: float | None


@dc.dataclass(frozen=True)
class Dereverberate(Transform):
    """Dereverberate every clip that sounds like a room; under one second none is.

    Frames are given in samples at 22,050 Hz and last as long at other rates, to the nearest power
    of two.

    Args:
        backend: ``wpe`` needs nothing; the others their package and ``weights``.
        weights: Path or ``hub:org/name@revision/path`` of a neural backend.
        fallback: What to do if the weights are missing: stop before any work, or use ``wpe``.
        device: Where a neural backend runs.
        gate_decay: Median decay in seconds (60 dB) above which a clip is processed; 0 processes
            every clip, as published neural chains do.
        taps: Length of the WPE filter, in frames.
        delay: Frames between a frame and the first one it is predicted from.
        iterations: How often weights and filter are made in turn.
        size: Samples in a frame, a power of two.
        shift: Samples from frame to frame.
        floor_db: Least power in the weights, in dB against the loudest frame of a bin.
        suppress_late: Whether WPE is followed by suppression of the late rest.

    Reads:
        samples: list<float32>, mono.
        rate_hz: int32.

    Adds:
        samples: list<float32>, as long as before and at the same rate.
        dereverb_method: string, the backend that was applied, or ``none``.
        dereverb_applied: bool, whether the samples were changed.
        dereverb_decay: float32, median time to fall 60 dB in seconds; null without an estimate.
        dereverb_t60: float32, blind reverberation time in seconds; null without an estimate.

    Raises:
        EnvironmentError_: Before any work: a neural backend lacks its package or weights.

    Example:
        >>> batch = pa.table({"id": ["a"], "samples": [[0.1, -0.1] * 4000], "rate_hz": [8000]})
        >>> Dereverberate()(batch)["dereverb_method"].to_pylist()
        ['none']
    """

    backend: Literal["wpe", "resemble", "deepfilternet", "sgmse"] = "wpe"
    weights: ModelPath = ""
    fallback: Literal["error", "wpe"] = "error"
    device: Literal["auto", "cpu", "cuda"] = "auto"
    # 0.22 s: flags 1.0 % of 2,272 studio clips and every simulated room from T60 0.25 s up
    gate_decay: Annotated[float, Ge(0)] = 0.22
    taps: Annotated[int, Ge(1), Le(200)] = 30
    delay: Annotated[int, Ge(1), Le(50)] = 3
    iterations: Annotated[int, Ge(1), Le(20)] = 3
    # Simulated rooms, halves of other clips and rooms: +0.28/+0.29 PESQ-wb, +0.147/+0.146 ESTOI.
    # 1024/256 with 2 frames of delay: +0.23, +0.12; long frames tell speech from its own tail.
    size: Literal[512, 1024, 2048, 4096] = 2048
    shift: Literal[64, 128, 256] = 256
    floor_db: Annotated[float, Ge(-200), Le(0)] = -30.0
    suppress_late: bool = True

    reads: ClassVar = ("samples", "rate_hz")
    adds: ClassVar = {
        "samples": SAMPLES,
        "dereverb_method": pa.string(),
        "dereverb_applied": pa.bool_(),
        "dereverb_decay": pa.float32(),
        "dereverb_t60": pa.float32(),
    }

    def added(self, schema: pa.Schema) -> Adds:
        """The columns; ``samples`` keeps its noted rate."""
        return {**self.adds, "samples": samples_field(schema)}

    def prepare(self) -> dict[str, str]:
        """Resolve the weights of a neural backend."""
        if self.backend == "wpe":
            return {}
        from curate.audio import neural

        try:
            return neural.resolve(self.backend, self.weights)
        except EnvironmentError_:
            if self.fallback == "wpe":
                return {}
            raise

    def runs_on(self) -> str:
        """CPU for ``wpe``; else what ``device`` finds."""
        if self.backend == "wpe":
            return "cpu"
        from curate.audio import neural

        return neural.device(self.backend, self.device)

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Process the clips that pass the gate."""
        ids = batch["id"].to_pylist()
        rows = [self._one(*clip, name) for clip, name in zip(clips(batch), ids, strict=True)]
        samples = samples_array([row.samples for row in rows])
        batch = put(batch, self.added(batch.schema)["samples"], samples)
        for name, kind in self.adds.items():
            if name != "samples":
                batch = put(batch, pa.field(name, kind), [getattr(row, name) for row in rows])
        return batch

    def _one(self, samples: Samples, rate_hz: int, name: str) -> _Outcome:
        from curate.audio.decay import decay
        from curate.audio.dereverb import Settings, dereverberate, is_reverberant, restore

        measured = decay(samples, rate_hz)
        record = (measured.p50, measured.t60()) if measured else (None, None)
        if not is_reverberant(measured, self.gate_decay):
            return _Outcome(samples, "none", False, *record)
        if self.backend != "wpe":
            seed = stable_hash(name) % 2**32
            try:
                clean = restore(self.backend, samples, rate_hz, self.weights, self.runs_on(), seed)
                return _Outcome(clean, self.backend, True, *record)
            except EnvironmentError_:
                if self.fallback == "error":
                    raise
        options = ("taps", "delay", "iterations", "size", "shift", "floor_db", "suppress_late")
        settings = Settings(**{option: getattr(self, option) for option in options})
        clean = dereverberate(samples, rate_hz, settings, measured)
        applied = clean is not samples
        return _Outcome(clean, "wpe" if applied else "none", applied, *record)
