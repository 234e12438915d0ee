"""Decode a clip of any rate and number of channels to mono float32.

WAV, AIFF, FLAC, Ogg (Vorbis, Opus) and MP3 by libsndfile, channels averaged, resampled by soxr's
HQ setting: the samples that ``librosa.load(mono=True)`` gives. On top of it, a file that cannot be
used is told apart by one of ``REASONS``; the container is checked before decoding (see
``container``), and memory grows with what was decoded, never with what a header claims.
"""

from __future__ import annotations

import io
import math
import mmap
import os
import stat
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt
import soundfile as sf
import soxr

from curate.audio.batch import Samples
from curate.audio.container import Container, inspect
from curate.errors import RowError

REASONS = (
    "file missing",
    "file empty",
    "file unreadable",
    "not audio",
    "file truncated",
    "no samples",
    "not finite",
    "too long to decode",
)
LEAST_RATE_HZ, MOST_RATE_HZ = 4_000, 384_000
"""Rates outside are taken for a broken header: under 4 kHz the K-weighting filter is unstable."""

_MOST_LEVEL = 1e7
"""Full scale is 1, 24-bit integers left as floats reach 8e6; spectra of much more overflow."""

_TO_THE_END = b"\xff\xff\xff\xff"
"""A size of samples that libsndfile takes for "up to the file's end"; 0 it takes at its word."""
_BLOCK = 1 << 20
"""Samples read at once, over all channels: 4 MiB, 48 s of mono at 22.05 kHz."""


class Clip(NamedTuple):
    """One decoded clip.

    Attributes:
        samples: Mono float32 in [-1, 1], shape (samples,).
        rate_hz: Rate of the samples.
        source_rate_hz: Rate of the file.
        channels: Channels of the file.
    """

    samples: Samples
    rate_hz: int
    source_rate_hz: int
    channels: int


class _Forward(sf.SoundFile):  # type: ignore[misc]
    """A sound file read from front to end.

    soundfile seeks after each read: in FLAC that decodes again, and fails where the header does
    not know the length.
    """

    def seekable(self) -> bool:
        return False


def decode(source: bytes | Path, rate_hz: int | None = None, most: float = 3600.0) -> Clip:
    """Decode the bytes of a file, or the file at a path.

    Args:
        source: The whole file's bytes, or its path.
        rate_hz: Resample to this rate; None keeps the file's own.
        most: Longest clip decoded, in seconds; judged by the header before decoding.

    Raises:
        RowError: One of ``REASONS``.
    """
    if isinstance(source, bytes):
        return _decode(io.BytesIO(source), len(source), rate_hz, most)
    try:
        status = os.stat(source)
        if not stat.S_ISREG(status.st_mode):
            raise RowError("file unreadable", "a directory, pipe or device")
        with open(source, "rb") as file:
            return _decode(file, status.st_size, rate_hz, most)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise RowError("file missing", str(error)) from None
    except OSError as error:
        raise RowError("file unreadable", str(error)) from None
    except ValueError as error:  # a null character in the path
        raise RowError("file missing", str(error)) from None


def _decode(file: BinaryIO, size: int, rate_hz: int | None, most: float) -> Clip:
    if size == 0:
        raise RowError("file empty")
    container = inspect(file, size)
    if container.unsized_at is not None:
        file = _with_size_mended(file, container.unsized_at)
    with _opened(file) as sound:
        rate, channels = sound.samplerate, sound.channels
        if not LEAST_RATE_HZ <= rate <= MOST_RATE_HZ:
            raise RowError("not audio", f"a sample rate of {rate} Hz")
        mono = _read(sound, container, most)
    if not mono.size:
        raise RowError("no samples")
    if rate_hz and rate_hz != rate:
        mono = _resample(mono, rate, rate_hz)
    # asked last, as resampling huge floats can overflow too; NaN is in no range
    if not (mono.min() >= -_MOST_LEVEL and mono.max() <= _MOST_LEVEL):
        raise RowError("not finite", f"NaN, infinity or a value above {_MOST_LEVEL:g}")
    return Clip(mono, rate_hz or rate, rate, channels)


def _opened(file: BinaryIO) -> _Forward:
    try:
        if isinstance(file, io.BytesIO | mmap.mmap):
            file.seek(0)
            return _Forward(file)
        # by descriptor: by name or named file, soundfile would go by the extension
        os.lseek(file.fileno(), 0, os.SEEK_SET)
        return _Forward(file.fileno(), closefd=False)
    except sf.LibsndfileError as error:
        raise RowError("not audio", str(error)) from None


def _with_size_mended(file: BinaryIO, at: int) -> io.BytesIO:
    file.seek(0)
    raw = bytearray(file.read())
    raw[at : at + 4] = _TO_THE_END
    return io.BytesIO(raw)


def _read(sound: _Forward, container: Container, most: float) -> Samples:
    """All samples, channels averaged, in blocks that no header can make large."""
    limit = math.floor(most * sound.samplerate)
    promised = sound.frames if container.kind != "flac" else container.frames or 0
    if promised > limit:
        raise RowError("too long to decode", f"over {most:g} s")
    block_frames = max(1, min(sound.frames + 1, _BLOCK // sound.channels))
    blocks: list[Samples] = []
    decoded = 0
    while True:
        try:
            block = sound.read(block_frames, dtype="float32", always_2d=True)
        except sf.LibsndfileError as error:
            raise RowError("file truncated", str(error)) from None
        blocks.append(_mono(block))
        decoded += len(block)
        if decoded > limit:
            raise RowError("too long to decode", f"over {most:g} s")
        if len(block) < block_frames:
            break
    if container.frames is not None and decoded < container.frames:
        raise RowError("file truncated", f"{decoded} of {container.frames} samples")
    return blocks[0] if len(blocks) == 1 else np.concatenate(blocks)


def _mono(block: npt.NDArray[np.float32]) -> Samples:
    return block[:, 0] if block.shape[1] == 1 else block.mean(axis=1)


def _resample(samples: Samples, rate: int, target: int) -> Samples:
    """Soxr HQ, cut or padded to ceil(n * target / rate) samples as librosa does."""
    out: Samples = soxr.resample(samples, rate, target, quality="HQ")
    length = math.ceil(len(samples) * (target / rate))
    if len(out) < length:
        return np.pad(out, (0, length - len(out)))
    return out[:length]
