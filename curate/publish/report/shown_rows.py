"""Sample rows as they came and as they went: players, waveforms, spectrograms, marked texts."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from curate.publish.report.examples import Value, evidence
from curate.publish.report.figures import data_uri, sound
from curate.publish.report.marked import language_tag, shown
from curate.publish.report.measure import Threshold
from curate.publish.report.words import number, visible
from curate.publish.samples import EXCERPT

MOST_VALUES = 6
_ID = 100


class Sound(NamedTuple):
    """A clip, or the first seconds of it.

    Attributes:
        stage: ``before`` or ``after``.
        player: Address of the sound within the page.
        figure: Waveform and spectrogram.
        seconds: How much of the clip it is.
    """

    stage: str
    player: str
    figure: Markup
    seconds: float


class ShownRow(NamedTuple):
    """A sample row.

    Attributes:
        id: Its id.
        step: The step that rejected it, or nothing.
        reason: Why, or nothing.
        lang: BCP 47 tag of its text, or nothing.
        text: Its text, marked; or nothing.
        sounds: Its clip before and after.
        values: What was measured.
    """

    id: str
    step: str
    reason: str
    lang: str
    text: Markup
    sounds: list[Sound]
    values: list[Value]


def shown_rows(
    samples: Sequence[Mapping[str, Any]],
    steps: Sequence[Mapping[str, Any]],
    limits: Sequence[Threshold],
) -> list[ShownRow]:
    """The stored samples, kept ones first."""
    return [_shown(row, steps, limits) for row in samples]


def _shown(
    sample: Mapping[str, Any], steps: Sequence[Mapping[str, Any]], limits: Sequence[Threshold]
) -> ShownRow:
    row, step, reason = sample["row"], sample["rejected_by"] or "", sample["reason"] or ""
    place = next((at for at, one in enumerate(steps) if one["step"] == step), -1)
    name = visible(sample["id"])[:_ID]
    said = f"rejected as {visible(reason)}" if step else "kept"
    stages = [("before", sample["audio_before"]), ("after", sample["audio_after"])]
    text = shown(sample["text_before"], sample["text_after"], reason or None)
    return ShownRow(
        name,
        visible(step),
        visible(reason),
        language_tag(row),
        text if sample["text_after"] or sample["text_before"] else Markup(),
        [_sound(clip, stage, f"{name}, {said}") for stage, clip in stages if clip],
        _values(row, steps, place, limits),
    )


def _values(
    row: Mapping[str, Any],
    steps: Sequence[Mapping[str, Any]],
    place: int,
    limits: Sequence[Threshold],
) -> list[Value]:
    """Of a rejected row what its step measured; of a kept one what thresholds limit."""
    if place >= 0:
        mine = [limit for limit in limits if limit.step == place]
        return evidence({**row, "reason": row.get("reason")}, steps[place], mine)[:MOST_VALUES]
    columns = dict.fromkeys(("duration", *(limit.column for limit in limits)))
    numbers = [(name, row.get(name)) for name in columns]
    there = [(name, value) for name, value in numbers if isinstance(value, int | float)]
    there.sort(key=lambda one: one[1] == 0)  # a share of 0 says least
    return [Value(name, number(value)) for name, value in there[:MOST_VALUES]]


def _sound(flac: bytes, stage: str, name: str) -> Sound:
    import soundfile as sf

    samples, rate_hz = sf.read(io.BytesIO(flac), dtype="float32")
    seconds = len(samples) / rate_hz
    title = f"{name}, {stage} processing"
    part = f"the first {EXCERPT:g} s" if seconds >= EXCERPT else f"{seconds:.1f} s"
    peak = abs(samples).max(initial=0)
    text = f"Waveform and spectrogram of {part}; highest sample {peak:.2f} of full scale."
    return Sound(stage, data_uri(_mp3(samples, rate_hz), "audio/mpeg"),
                 sound(samples, rate_hz, title, text), seconds)  # fmt: skip


def _mp3(samples: Any, rate_hz: int) -> bytes:
    """MP3, which every phone plays; 6 s take 25 kB (older iPhones play no Ogg)."""
    import soundfile as sf

    out = io.BytesIO()
    sf.write(out, samples, rate_hz, format="MP3", subtype="MPEG_LAYER_III", compression_level=0.7)
    return out.getvalue()
