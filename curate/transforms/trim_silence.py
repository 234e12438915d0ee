"""Cut the silence before and after speech.

A frame is silent when its RMS lies ``top_db`` under that of the loudest frame; everything from the
first frame that is not silent to the last is kept. Bounds equal ``librosa.effects.trim`` (McFee et
al., librosa 0.11) in every case. It misleads in three ways: it cuts soft
onsets and breaths (40 dB takes 4 % of studio speech; give ``pad_ms`` 50-100 for speech synthesis),
noise less than ``top_db`` under the voice is never silence, and a click ends the lead-in.
"""

from __future__ import annotations

import dataclasses as dc
from typing import Annotated, ClassVar

import pyarrow as pa
from annotated_types import Ge, Gt

from curate.audio.batch import DURATION, SAMPLES, clips, samples_array, samples_field
from curate.contract import Adds, Transform, put


@dc.dataclass(frozen=True)
class TrimSilence(Transform):
    """Keep a clip from its first to its last frame that is not silent.

    Args:
        top_db: Depth under the loudest frame at which silence begins, in dB.
        frame_length: Samples in a frame.
        hop_length: Samples between frames; fastest where it divides ``frame_length``.
        pad_ms: Silence left on both sides, in milliseconds, as far as the clip has it.

    Reads:
        samples: list<float32>, mono.
        rate_hz: int32.

    Adds:
        samples: list<float32>, trimmed.
        duration: float64, seconds after trimming.
        trim_start: float64, seconds into the untrimmed clip.
        trim_end: float64, seconds into the untrimmed clip.

    Example:
        >>> clip = [0.0] * 4096 + [0.5] * 4096
        >>> batch = pa.table({"id": ["a"], "samples": [clip], "rate_hz": [8192]})
        >>> TrimSilence()(batch)["trim_start"].to_pylist()
        [0.46875]
    """

    top_db: Annotated[float, Gt(0)] = 40.0
    frame_length: Annotated[int, Ge(1)] = 1024
    hop_length: Annotated[int, Ge(1)] = 256
    pad_ms: Annotated[float, Ge(0)] = 0.0

    reads: ClassVar = ("samples", "rate_hz")
    adds: ClassVar = {
        "samples": SAMPLES,
        "duration": DURATION,
        "trim_start": pa.float64(),
        "trim_end": pa.float64(),
    }

    def added(self, schema: pa.Schema) -> Adds:
        """The columns; ``samples`` keeps its noted rate."""
        return {**self.adds, "samples": samples_field(schema)}

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Trim every clip."""
        from curate.audio.trim import pad_bounds, speech_bounds

        arrays, duration, trim_start, trim_end = [], [], [], []
        for samples, rate_hz in clips(batch):
            bounds = speech_bounds(samples, self.top_db, self.frame_length, self.hop_length)
            pad = round(self.pad_ms * rate_hz / 1000)
            start, end = pad_bounds(bounds, pad, samples.size)
            arrays.append(samples[start:end])
            duration.append((end - start) / rate_hz)
            trim_start.append(start / rate_hz)
            trim_end.append(end / rate_hz)
        batch = put(batch, self.added(batch.schema)["samples"], samples_array(arrays))
        batch = put(batch, DURATION, duration)
        batch = put(batch, pa.field("trim_start", pa.float64()), trim_start)
        return put(batch, pa.field("trim_end", pa.float64()), trim_end)
