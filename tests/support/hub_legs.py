"""The loopback Hub in both ways of sending content, for the client in this process or another."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.loopback_hub import LoopbackHub

LEGS = ("lfs", "xet")


@contextlib.contextmanager
def hub_of(leg: str, place: Path, patch: pytest.MonkeyPatch) -> Iterator[LoopbackHub]:
    """A Hub that the client of this process talks to, as a member."""
    import huggingface_hub.constants as constants

    cas = place / "cas" if leg == "xet" else None
    with LoopbackHub(cas) as hub:
        for name, value in environment(hub, leg, place).items():
            patch.setenv(name, value)
        patch.setattr(constants, "HF_HUB_DISABLE_XET", leg == "lfs")
        yield hub


def environment(hub: LoopbackHub, leg: str, place: Path) -> dict[str, str]:
    """What a process needs to talk to this Hub, and to leave nothing outside ``place``."""
    mine = {"HF_ENDPOINT": hub.url, "HF_TOKEN": hub.token, "HF_HUB_DISABLE_XET": str(leg == "lfs")}
    mine |= {"HF_HOME": str(place / "home"), "HF_XET_CACHE": str(place / "xet")}
    return {**mine, "NO_PROXY": "127.0.0.1", "HF_HUB_DISABLE_TELEMETRY": "1"}


def other_process(hub: LoopbackHub, leg: str, place: Path) -> dict[str, str]:
    """A whole environment for another process."""
    return {**os.environ, **environment(hub, leg, place)}
