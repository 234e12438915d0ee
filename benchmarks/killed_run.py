"""One ``curate run`` below a warden, so that each process it starts can be found, killed, missed.

The warden is a small process that whatever loses its parent is handed to, whichever session or
namespace it is in (Dask workers, confined compilers, the courier of a language model). It ends when
the last of them is gone: that nothing outlived a run is seen by its end, not looked for.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

HANG = 120.0  # seconds after which a run counts as hung
ORPHANED = 30.0  # seconds that processes may outlive their driver
_SUBREAPER = 36
_WARDEN = f"""
import ctypes, os, subprocess, sys
ctypes.CDLL(None).prctl({_SUBREAPER}, 1, 0, 0, 0)
child = subprocess.Popen(sys.argv[2:], stdout=subprocess.DEVNULL, stderr=open(sys.argv[1], "wb"))
os.write(1, b"%d\\n" % child.pid)
while True:
    try:
        pid, status = os.wait()
    except ChildProcessError:
        break
    if pid == child.pid:
        os.write(1, b"%d\\n" % os.waitstatus_to_exitcode(status))
"""
KINDS = {
    "curate.llm.courier": "LLM client",
    "confinement": "sandbox",
    "distributed": "worker",
    "multiprocessing": "worker",
    "spawn_main": "worker",
}
"""Words of a command line, and what kind of process that is; any other is a compiler."""


class Run:
    """One ``curate run`` and all that it starts.

    Args:
        words: What follows ``curate run``.
        log: Where it says what it has to say.
        home: Its home folder: caches there are its own.
    """

    def __init__(self, words: Sequence[str], log: Path, home: Path) -> None:
        self.log = log
        self.started = time.monotonic()
        self.code: int | None = None
        for folder in (home, log.parent):
            folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-c", _WARDEN, str(log)]
        command += [sys.executable, "-m", "curate.cli", "run", *words]
        self.warden = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            start_new_session=True,
            env={**os.environ, "HOME": str(home)},
        )
        self.driver = self._heard(60)
        assert self.driver is not None, "no run began"

    def _heard(self, seconds: float) -> int | None:
        """The next number that the warden tells; None if it does not in time."""
        assert self.warden.stdout is not None
        ready, _, _ = select.select([self.warden.stdout], [], [], max(0.0, seconds))
        return int(self.warden.stdout.readline()) if ready else None

    def ended(self) -> bool:
        """Whether the driver is gone."""
        if self.code is None:
            self.code = self._heard(0)
        return self.code is not None

    def below(self) -> dict[int, str]:
        """Processes that live, the driver excepted, each with its kind."""
        parents = _parents()
        found: list[int] = []
        fresh = [self.warden.pid]
        while fresh:
            parent = fresh.pop()
            children = [pid for pid, its in parents.items() if its == parent]
            found += children
            fresh += children
        return {pid: _kind(pid) for pid in found if pid != self.driver}

    def kill(self, victim: str, random: np.random.Generator) -> str:
        """Kill; what it was, and nothing if there was nothing to kill."""
        assert self.driver is not None
        if self.ended():
            return ""
        if victim == "all":
            for pid in (self.driver, *self.below()):
                _kill(pid)
            return victim
        if victim != "below":
            return victim if _kill(self.driver) else ""
        below = self.below()
        if not below:
            return ""
        kind = str(random.choice(sorted(set(below.values()))))
        pid = int(random.choice([pid for pid, its in below.items() if its == kind]))
        return kind if _kill(pid) else ""

    def wait(self) -> int | None:
        """The exit code; None if it hangs, and then it is killed."""
        if self.code is None:
            self.code = self._heard(HANG - (time.monotonic() - self.started))
        hangs = self.code is None
        if hangs:
            assert self.driver is not None
            for pid in (self.driver, *self.below()):
                _kill(pid)
            self.code = self._heard(60)
        return None if hangs else self.code

    def outlived(self) -> list[str]:
        """What is still there so long after the driver's end; it is killed."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.warden.wait(ORPHANED)
            return []
        left = self.below()
        for pid in left:
            _kill(pid)
        self.warden.wait(60)
        return sorted(left.values())

    def said(self) -> str:
        """Its last line on stderr."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else ""


def _parents() -> dict[int, int]:
    """The parent of every process that lives."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, ValueError):
                state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
                if state != "Z":
                    found[int(entry.name)] = int(parent)
    return found


def _kind(pid: int) -> str:
    with contextlib.suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace")
        return next((kind for word, kind in KINDS.items() if word in words), "compiler")
    return "compiler"


def _kill(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True
