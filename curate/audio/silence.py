"""Where a clip is silent: before, after and between words.

By the rule of trimming (see ``trim``): frames of 1024 samples every 256, silent when ``top_db``
under the loudest. Noise less than that under the voice hides every pause.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from curate.audio.batch import Samples
from curate.audio.trim import FLOOR_POWER, frame_level_db

_FRAME, _HOP = 1024, 256


class Silence(NamedTuple):
    """Silence of one clip.

    Attributes:
        lead: Seconds before the first frame with sound.
        trail: Seconds after the last.
        share: Share of silent frames between the two, from 0 to 1.
        longest_pause: Seconds of the longest stretch of silent frames between the two.
    """

    lead: float
    trail: float
    share: float
    longest_pause: float


def silence(samples: Samples, rate_hz: int, top_db: float = 40.0) -> Silence:
    """Measure the silence of a clip; one without sound is all lead."""
    seconds = samples.size / rate_hz
    if samples.size == 0:
        return Silence(0.0, 0.0, 0.0, 0.0)
    level_db = frame_level_db(samples, _FRAME, _HOP)
    if not 10 * np.log10(FLOOR_POWER) < level_db.max() < np.inf:
        return Silence(seconds, 0.0, 1.0, seconds)
    loud = np.flatnonzero(level_db > level_db.max() - top_db)
    first, last = int(loud[0]), int(loud[-1])
    pauses = np.diff(loud) - 1
    return Silence(
        lead=first * _HOP / rate_hz,
        trail=max(0, samples.size - (last + 1) * _HOP) / rate_hz,
        share=1 - loud.size / (last - first + 1),
        longest_pause=int(pauses.max(initial=0)) * _HOP / rate_hz,
    )
