"""Decode each clip once, to mono float32 at one rate.

WAV, AIFF, FLAC, Ogg and MP3 of any rate and number of channels, told apart by content; channels
are averaged and the rate is changed by soxr's HQ setting, as ``librosa.load`` does. A file that
cannot be used becomes a rejected row with a reason. It misleads on MP3 without a frame count in its
header: a cut between two frames cannot be seen there (see ``curate.audio.container``).
"""

from __future__ import annotations

import dataclasses as dc
from pathlib import Path
from typing import Annotated, Any, ClassVar

import numpy as np
import pyarrow as pa
from annotated_types import Ge, Gt, Le

from curate.audio.batch import DURATION, RATE, SAMPLES, samples_array, with_rate
from curate.contract import DEFECT, Adds, Column, Transform, put
from curate.errors import RowError, StepError

_READABLE = (pa.types.is_struct, pa.types.is_string, pa.types.is_binary)


@dc.dataclass(frozen=True)
class DecodeAudio(Transform):
    """Decode the audio column to samples.

    Args:
        column: Encoded clips: a struct of ``bytes`` (the whole file) and ``path`` (read if no
            bytes), or one of the two; a relative path starts at the working folder.
        rate_hz: Rate of the samples in Hz, 4,000 to 384,000; 0 keeps each clip's own.
        most: Longest clip decoded, in seconds; judged by the header, before decoding.

    Reads:
        audio: struct<bytes: binary, path: string>, binary or string; ``column`` names another.

    Adds:
        samples: list<float32>, mono in [-1, 1]; field metadata ``rate_hz`` if it is fixed.
        rate_hz: int32, of the samples.
        duration: float64, seconds.
        source_rate_hz: int32, of the file.
        channels: int16, of the file.

    Rejects:
        file missing: No file at the path, or neither bytes nor path.
        file empty: No bytes.
        file unreadable: No permission, or a directory, pipe or device.
        not audio: None of the formats above, or a header that makes no sense.
        file truncated: It holds less than its header promises, or stops within a frame.
        no samples: Whole, but without sound.
        not finite: NaN, infinity or a value above 1e7 among its samples.
        too long to decode: Longer than ``most``.

    Example:
        >>> clip = {"bytes": b"no sound file", "path": None}
        >>> batch = pa.table({"id": ["a"], "audio": [clip]})
        >>> DecodeAudio()(batch)["defect"].to_pylist()
        ['not audio']
    """

    column: Column = "audio"
    rate_hz: Annotated[int, Ge(0), Le(384_000)] = 22_050
    most: Annotated[float, Gt(0)] = 3600.0

    adds: ClassVar = {
        "samples": SAMPLES,
        "rate_hz": RATE,
        "duration": DURATION,
        "source_rate_hz": pa.int32(),
        "channels": pa.int16(),
    }
    reasons: ClassVar = (
        "file missing",
        "file empty",
        "file unreadable",
        "not audio",
        "file truncated",
        "no samples",
        "not finite",
        "too long to decode",
    )

    def __post_init__(self) -> None:
        if 0 < self.rate_hz < 4_000:
            raise ValueError("rate_hz is 0 or at least 4000: speech does not fit in less")

    def added(self, schema: pa.Schema) -> Adds:
        """The columns, with the rate noted on ``samples`` if it is one for all."""
        return {**self.adds, "samples": with_rate(self.rate_hz)} if self.rate_hz else self.adds

    def output_schema(self, schema: pa.Schema) -> pa.Schema:
        """Samples for audio: ``column`` goes, whatever its name."""
        out = super().output_schema(schema)
        at = out.get_field_index(self.column)
        return out if at < 0 else out.remove(at)

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Decode every row."""
        schema = self.output_schema(batch.schema)
        columns: dict[str, list[Any]] = {name: [] for name in (*self.adds, DEFECT.name)}
        kind = batch.schema.field(self.column).type
        if not any(test(kind) for test in _READABLE):
            wanted = "clips as {bytes, path}, as bytes or as paths"
            raise StepError(self.step_name(), f"{self.column!r} holds {kind}; it reads {wanted}")
        for cell in batch[self.column]:
            try:
                row = self._decode(cell.as_py())
            except RowError as error:
                row = (np.zeros(0, np.float32), None, None, None, None, error.reason)
            for values, value in zip(columns.values(), row, strict=True):
                values.append(value)
        out = batch.drop_columns([self.column])
        out = put(out, schema.field("samples"), samples_array(columns.pop("samples")))
        out = put(out, DEFECT, columns.pop("defect"))
        for name, values in columns.items():
            out = put(out, schema.field(name), values)
        return out

    def _decode(self, cell: Any) -> tuple[Any, ...]:
        from curate.audio.decode import decode

        if isinstance(cell, dict):
            cell = cell["path"] if cell.get("bytes") is None else cell["bytes"]
        if cell is None:
            raise RowError("file missing", "neither bytes nor a path")
        clip = decode(
            Path(cell) if isinstance(cell, str) else cell, self.rate_hz or None, self.most
        )
        seconds = len(clip.samples) / clip.rate_hz
        return clip.samples, clip.rate_hz, seconds, clip.source_rate_hz, clip.channels, None
