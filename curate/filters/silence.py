"""Keep clips without much silence inside.

Frames 40 dB under the loudest are silent, as in ``transforms.trim_silence``. Long pauses often mean
two utterances in one clip or a transcript that misses words. It misleads in noise: what lies less
than ``top_db`` under the voice is no silence, so a noisy clip seems to have no pause.
"""

from __future__ import annotations

import dataclasses as dc
from typing import Annotated, ClassVar

import pyarrow as pa
import pyarrow.compute as pc
from annotated_types import Ge, Gt, Le

from curate.audio.batch import clips
from curate.contract import Filter, Limit, Verdict


@dc.dataclass(frozen=True)
class Silence(Filter):
    """Keep clips whose silence between words stays under a share and a length.

    Args:
        most_share: Highest share of silent frames between the first and last sound, 0 to 1; null
            for any.
        most_pause: Longest pause between the first and last sound, in seconds; null for any.
        top_db: Depth under the loudest frame at which silence begins, in dB.

    Reads:
        samples: list<float32>, mono.
        rate_hz: int32.

    Adds:
        silence_lead: float64, seconds before the first sound; the whole clip if there is none.
        silence_trail: float64, seconds after the last sound.
        silence_share: float64, share of silent frames between the two, 0 to 1; 1 if no sound.
        longest_pause: float64, seconds of the longest silence between the two.

    Rejects:
        too much silence: ``silence_share`` over ``most_share``.
        long pause: ``longest_pause`` over ``most_pause``.

    Example:
        >>> clip = ([0.5] * 4096) + [0.0] * 22050 + ([0.5] * 4096)
        >>> clips = pa.table({"id": ["a"], "samples": [clip], "rate_hz": [22050]})
        >>> Silence(most_pause=0.5)(clips).reason.to_pylist()
        ['long pause']
    """

    most_share: Annotated[float, Ge(0), Le(1)] | None = None
    most_pause: Annotated[float, Ge(0)] | None = None
    top_db: Annotated[float, Gt(0)] = 40.0

    reads: ClassVar = ("samples", "rate_hz")
    adds: ClassVar = {
        "silence_lead": pa.float64(),
        "silence_trail": pa.float64(),
        "silence_share": pa.float64(),
        "longest_pause": pa.float64(),
    }
    reasons: ClassVar = ("too much silence", "long pause")
    limits: ClassVar = {
        "most_share": Limit("silence_share", "most", ("too much silence",)),
        "most_pause": Limit("longest_pause", "most", ("long pause",)),
    }

    def __call__(self, batch: pa.Table) -> Verdict:
        """Measure every clip."""
        from curate.audio.silence import silence

        rows = [silence(samples, rate_hz, self.top_db) for samples, rate_hz in clips(batch)]
        columns = [pa.array([row[at] for row in rows], pa.float64()) for at in range(4)]
        measured = dict(zip(self.adds, columns, strict=True))
        much = _over(measured["silence_share"], self.most_share)
        long = _over(measured["longest_pause"], self.most_pause)
        reason = pc.if_else(much, "too much silence", "long pause")
        return Verdict(pc.invert(pc.or_(much, long)), reason, measured)


def _over(values: pa.DoubleArray, most: float | None) -> pa.BooleanArray:
    return pc.greater(values, float("inf") if most is None else most)
