"""What a folder has published where: how its own commits are told from other people's.

Each commit says in its description which dataset it holds and a digest of its files; the folder
remembers the digests that it tried to publish. Memory comes before the commit, so that a publisher
that is killed between the two takes the commit for its own.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path

from curate.engine.store import WORK, write_text

MEMORY = "published.json"


def said_in(message: str) -> Mapping[str, str]:
    """The ``key: value`` lines of a commit's description."""
    pairs = (line.partition(": ") for line in message.splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs}


def remembered(folder: Path, url: str) -> list[str]:
    """Digests of what this folder has tried to publish there."""
    return _read(folder).get(url, [])


def remember(folder: Path, url: str, digest: str) -> None:
    """Add one; a folder that cannot be written to forgets."""
    known = _read(folder)
    known[url] = [*(one for one in known.get(url, []) if one != digest), digest]
    with contextlib.suppress(OSError):
        write_text(folder / WORK / MEMORY, json.dumps(known, indent=1))


def _read(folder: Path) -> dict[str, list[str]]:
    try:
        known = json.loads((folder / WORK / MEMORY).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}
