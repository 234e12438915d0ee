"""Encode each clip once, as a 16-bit FLAC or WAV file within the row.

Samples become the nearest 16-bit step, without dither, so that equal samples give equal bytes;
FLAC takes about half of WAV and loses nothing. Samples over full scale are cut there: bring clips
to a level with a peak limit first (``transforms.normalize_loudness``).
"""

from __future__ import annotations

import dataclasses as dc
from typing import ClassVar, Literal

import pyarrow as pa

from curate.arrow import AUDIO, audio_field
from curate.audio.batch import clips, noted_rate_hz
from curate.contract import DEFECT, Adds, Transform, put


@dc.dataclass(frozen=True)
class EncodeAudio(Transform):
    """Encode samples to an ``audio`` column that the Hub plays.

    Args:
        format: ``flac`` (lossless, half the size) or ``wav``.

    Reads:
        samples: list<float32>, mono; its field metadata names the rate if it is one for all.
        rate_hz: int32.
        id: string, becomes the file's name.

    Adds:
        audio: struct<bytes: binary, path: string>, the Hub's ``Audio``; ``path`` is a bare, unique
            file name. It takes the place of ``samples`` and ``rate_hz``.

    Rejects:
        no samples: Nothing was left of the clip.

    Example:
        >>> batch = pa.table({"id": ["a"], "samples": [[0.5, -0.5]], "rate_hz": [22050]})
        >>> EncodeAudio()(batch)["audio"][0]["path"].as_py()
        'a.flac'
    """

    format: Literal["flac", "wav"] = "flac"

    reads: ClassVar = ("samples", "rate_hz", "id")
    adds: ClassVar = {"audio": AUDIO}
    drops: ClassVar = ("samples", "rate_hz")
    reasons: ClassVar = ("no samples",)

    def added(self, schema: pa.Schema) -> Adds:
        """The audio column, with the rate for the Hub if it is one for all clips."""
        return {"audio": audio_field("audio", noted_rate_hz(schema))}

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Encode every clip."""
        from curate.audio.encode import encode, file_name

        cells, defects = [], []
        for row_id, (samples, rate_hz) in zip(batch["id"].to_pylist(), clips(batch), strict=True):
            empty = samples.size == 0
            encoded = None if empty else encode(samples, rate_hz, self.format)
            cells.append({"bytes": encoded, "path": file_name(row_id, self.format)})
            defects.append("no samples" if empty else None)
        out = put(batch, self.added(batch.schema)["audio"], pa.array(cells, AUDIO))
        return put(out.drop_columns(list(self.drops)), DEFECT, defects)
