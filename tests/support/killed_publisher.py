"""A publisher that is killed with -9 at a chosen moment, and then run again to the end."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from support.hub_legs import other_process
from support.loopback_hub import LoopbackHub

PUBLISH = """
import sys
from pathlib import Path
from curate.publish.hub import publish_folder
from curate.publish.retry import Patience
print(publish_folder(Path(sys.argv[1]), patience=Patience(wait=0.05)).commit)
"""


def start(folder: Path, hub: LoopbackHub, leg: str, place: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PUBLISH, str(folder)],
        env=other_process(hub, leg, place),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def kill_after(publisher: subprocess.Popen[str], hub: LoopbackHub, calls: int, wait: float) -> bool:
    """Kill -9 when the Hub has heard so many calls, and a moment later; False if it was done."""
    while len(hub.log) < calls and publisher.poll() is None:
        time.sleep(0.001)
    time.sleep(wait)
    was_running = publisher.poll() is None
    publisher.kill()
    publisher.communicate()
    return was_running


def finish(folder: Path, hub: LoopbackHub, leg: str, place: Path) -> str:
    """Run it to the end; the commit."""
    publisher = start(folder, hub, leg, place)
    out, err = publisher.communicate(timeout=120)
    assert publisher.returncode == 0, err
    return out.strip()
