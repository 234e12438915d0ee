"""Tell an audio file by its content, and whether it holds all that its header promises.

Decoders are kind: they pad or shorten a cut file and say nothing. Here the container is walked
without decoding: RIFF and AIFF chunks against the file's size, Ogg pages up to the one that ends
the stream, MP3 frames against the count in the Xing header. (FLAC promises a number of samples,
which only decoding can check.) The file's name is never looked at.

A cut between two frames of an MP3 without a Xing or Info header cannot be told from its end; with
one, a cut before the very last frame (26 ms) passes, because some encoders count the header as a
frame. MPEG layers I and II and free-format MP3 count as "not audio".
"""

from __future__ import annotations

import struct
from typing import Any, BinaryIO, NamedTuple, cast

from curate.errors import RowError

MOST_CHUNKS = 10_000
STREAMED = {0xFFFFFFFF, 0x7FFFFFFF, 0x7FFFF000, 0x80000000}
"""Data sizes that writers to a pipe leave in a WAV header (FFmpeg, SoX): up to the file's end."""

_BITRATES_KBPS = {
    True: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    False: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES_HZ = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


class Container(NamedTuple):
    """What a walk over the file found.

    Attributes:
        kind: ``wav``, ``aiff``, ``flac``, ``ogg`` or ``mp3``.
        frames: Samples per channel that decoding must give, where the header promises a number.
        unsized_at: Where a WAV header holds a data size of 0 although samples follow, as writers
            leave it that were never closed; None otherwise.
    """

    kind: str
    frames: int | None = None
    unsized_at: int | None = None


def inspect(file: BinaryIO, size: int) -> Container:
    """Walk a seekable file of ``size`` bytes from its start.

    Raises:
        RowError: ``not audio`` or ``file truncated``.
    """
    start = _after_id3(file, size)
    file.seek(start)
    magic = file.read(4)
    if magic in (b"RIFF", b"RF64", b"BW64", b"RIFX", b"FORM"):
        return _chunks(file, start, size, ">" if magic in (b"RIFX", b"FORM") else "<")
    if magic == b"fLaC":
        return _flac(file, start)
    if magic == b"OggS":
        return _ogg(file, start, size)
    return _mp3(file, start, size)


def _after_id3(file: BinaryIO, size: int) -> int:
    at = 0
    for _ in range(8):
        file.seek(at)
        head = file.read(10)
        if len(head) < 10 or head[:3] != b"ID3":
            break
        # a length of 28 bits, seven a byte; a footer repeats the header
        length = 0
        for byte in head[6:]:
            length = length << 7 | byte & 0x7F
        at += 10 + length + (10 if head[5] & 0x10 else 0)
        if at > size:
            raise RowError("file truncated", "cut within its ID3 tag")
    return at


def _chunks(file: BinaryIO, start: int, size: int, order: str) -> Container:
    file.seek(start + 4)
    (promised,) = _unpack(file, order + "I")
    form = file.read(4)
    kind = {b"WAVE": "wav", b"AIFF": "aiff", b"AIFC": "aiff"}.get(form)
    if kind is None:
        raise RowError("not audio", f"a RIFF file of {form!r}")
    at, long_size = start + 12, None
    for _ in range(MOST_CHUNKS):
        if at + 8 > size:
            break
        file.seek(at)
        name, length = _unpack(file, order + "4sI")
        body = at + 8
        if not all(32 <= letter < 127 for letter in name):
            raise RowError("not audio", f"a chunk named {name!r}")
        if name == b"ds64":
            long_size = _unpack(file, "<QQ")[1]
        if name in (b"data", b"SSND"):
            if length == 0xFFFFFFFF and long_size is not None:
                length = long_size
            elif length in STREAMED and body + length > size:
                return Container(kind)
            elif length == 0 and body < size and promised + 8 < size - start:
                return Container(kind, unsized_at=at + 4)
            if body + length > size:
                raise RowError("file truncated", f"{size - body} of {length} bytes of samples")
            return Container(kind)
        at = body + length + (length & 1)
    if promised + 8 > size - start:
        raise RowError("file truncated", "cut before its samples")
    raise RowError("not audio", "no chunk of samples")


def _flac(file: BinaryIO, start: int) -> Container:
    file.seek(start + 18)
    (packed,) = _unpack(file, ">Q")
    return Container("flac", frames=(packed & (2**36 - 1)) or None)


def _ogg(file: BinaryIO, start: int, size: int) -> Container:
    at, ended = start, False
    while at < size:
        file.seek(at)
        head = file.read(27)
        if head[:4] != b"OggS":
            break
        table = file.read(head[26]) if len(head) == 27 else b""
        at += 27 + len(table) + sum(table)
        if len(head) < 27 or len(table) < head[26] or at > size:
            raise RowError("file truncated", "cut within an Ogg page")
        ended = bool(head[5] & 4)
    if not ended:
        raise RowError("file truncated", "no Ogg page ends the stream")
    return Container("ogg")


def _mp3(file: BinaryIO, start: int, size: int) -> Container:
    at, found, promised, cut = start, 0, None, False
    while at + 4 <= size:
        file.seek(at)
        length = _frame_bytes(file.read(4))
        if length is None:
            break
        if at == start:
            promised = _promised_frames(file.read(60))
        cut = at + length > size
        if cut:
            break
        found += 1
        at += length
    cut = cut or 0 < size - at < 4
    if promised is not None:  # the first frame holds the promise, not sound
        missing = promised - (found - 1)
        if missing > 1 or (missing == 1 and cut):
            raise RowError("file truncated", f"{found - 1} of {promised} MP3 frames")
    elif found < 2:  # one frame may be chance: two bytes decide where text begins with a BOM
        raise RowError("not audio", "none of WAV, AIFF, FLAC, Ogg, MP3")
    elif cut:
        raise RowError("file truncated", "cut within an MP3 frame")
    return Container("mp3")


def _frame_bytes(head: bytes) -> int | None:
    """Length of the MPEG layer III frame with this header; None if it is none, or free-format."""
    word = int.from_bytes(head, "big")
    version, layer = word >> 19 & 3, word >> 17 & 3
    bitrate, rate, padding = word >> 12 & 15, word >> 10 & 3, word >> 9 & 1
    if word >> 21 != 0x7FF or version == 1 or layer != 1 or bitrate in (0, 15) or rate == 3:
        return None
    kbps = _BITRATES_KBPS[version == 3][bitrate - 1]
    return (144 if version == 3 else 72) * kbps * 1000 // _RATES_HZ[version][rate] + padding


def _promised_frames(frame: bytes) -> int | None:
    at = max(frame.find(b"Xing"), frame.find(b"Info"))
    if at < 0 or len(frame) < at + 12:
        return None
    flags, frames = cast(tuple[int, int], struct.unpack_from(">II", frame, at + 4))
    return frames if flags & 1 else None


def _unpack(file: BinaryIO, layout: str) -> tuple[Any, ...]:
    raw = file.read(struct.calcsize(layout))
    if len(raw) < struct.calcsize(layout):
        raise RowError("file truncated", "cut within its header")
    return struct.unpack(layout, raw)
