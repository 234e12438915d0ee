"""Encode mono float32 samples as a 16-bit FLAC or WAV file.

A sample becomes the nearest 16-bit step (1/32768; half to even) and is held at full scale, never
wrapped; no dither, so that the same samples give the same bytes. Decoding gives them back within
half a step; 16-bit audio that was not changed comes back exactly.
"""

from __future__ import annotations

import hashlib
import io
import re
import wave
from typing import Literal

import numpy as np
import numpy.typing as npt
import soundfile as sf

from curate.audio.batch import Samples

Format = Literal["flac", "wav"]

_SOURCE_EXTENSION = re.compile(r"\.(wav|flac|ogg|opus|mp3)$", re.IGNORECASE)
_UNSAFE = re.compile(r'[\x00-\x20<>:"/\\|?*\x7f]+')
_MOST_NAME_BYTES = 200


def to_int16(samples: npt.NDArray[np.floating]) -> npt.NDArray[np.int16]:
    """The nearest 16-bit steps, held at full scale, in the shape of ``samples``."""
    steps = samples * np.float32(32768)
    np.rint(steps, out=steps)
    np.clip(steps, -32768, 32767, out=steps)
    return steps.astype(np.int16)


def encode(samples: Samples, rate_hz: int, form: Format = "flac") -> bytes:
    """The bytes of a whole mono 16-bit file."""
    out = io.BytesIO()
    if form == "flac":
        sf.write(out, to_int16(samples), rate_hz, format="FLAC", subtype="PCM_16")
        return out.getvalue()
    with wave.open(out, "wb") as file:  # the same bytes as soundfile's in a third of the time
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframesraw(to_int16(samples).astype("<i2", copy=False).data)
    return out.getvalue()


def file_name(row_id: str, extension: str) -> str:
    """A file name for a row: its id without the source's extension, folders joined by ``_``.

    Where anything else has to go (spaces, what Windows forbids, an overlong end), a part of the
    id's SHA-256 keeps names apart.
    """
    wanted = _SOURCE_EXTENSION.sub("", row_id).replace("/", "_")
    safe = _UNSAFE.sub("_", wanted).lstrip(".")
    safe = safe.encode("utf-8", "replace")[:_MOST_NAME_BYTES].decode("utf-8", "ignore")
    if safe == wanted and safe:
        return f"{safe}.{extension}"
    digest = hashlib.sha256(row_id.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{safe}-{digest}.{extension}"
