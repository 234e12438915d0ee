"""Read what ``hf_xet`` leaves in a folder when a Hub answers ``casUrl = local://<folder>``.

A commit tells a Hub the sha256 of a file only; its Xet hash stands in the shard files that the
client registered (MDB format: entries of 48 bytes, a bookend of 0xff after the files).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ENTRY = 48
VERIFICATION, METADATA = 1 << 31, 1 << 30


class XetFile(NamedTuple):
    sha256: str
    xet_hash: str
    size: int


def _hex(raw: bytes) -> str:
    """A hash as Xet writes it: four little-endian words."""
    return "".join(f"{word:016x}" for word in struct.unpack("<4Q", raw))


def files_in_shard(content: bytes) -> Iterator[XetFile]:
    at = ENTRY
    while content[at : at + 32] != b"\xff" * 32:
        xet_hash = _hex(content[at : at + 32])
        flags, segments = struct.unpack("<II", content[at + 32 : at + 40])
        at += ENTRY
        starts = [at + number * ENTRY for number in range(segments)]
        size = sum(struct.unpack("<I", content[one + 36 : one + 40])[0] for one in starts)
        at += segments * ENTRY * (2 if flags & VERIFICATION else 1)
        if flags & METADATA:
            yield XetFile(_hex(content[at : at + 32]), xet_hash, size)
            at += ENTRY


def files_in(cas: Path) -> dict[str, XetFile]:
    """sha256 → file, for every file that was registered."""
    shards = (cas / "xet/xorbs/shards").glob("*.mdb")
    return {one.sha256: one for shard in shards for one in files_in_shard(shard.read_bytes())}


def stored_bytes(cas: Path) -> int:
    """Bytes of content that the clients sent, chunks that were there already not counted."""
    return sum(one.stat().st_size for one in (cas / "xet/xorbs/xorbs").rglob("*") if one.is_file())
