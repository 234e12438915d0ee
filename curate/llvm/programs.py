"""Programs of this machine: which version they are, and what identifies them."""

from __future__ import annotations

import functools
import hashlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from curate.errors import EnvironmentError_

_TRIES = 3
_PATH = "/usr/bin:/bin"
_MOST_READ = 1 << 26
_SYSTEM = ("/usr/bin/", "/usr/lib/", "/usr/libexec/", "/usr/include/", "/usr/share/")


@functools.cache
def version_text(*command: str) -> str:
    """What a program says of its version; empty if it cannot be run.

    Raises:
        EnvironmentError_: See ``told``.
    """
    return told(*command, env={"PATH": _PATH, "LC_ALL": "C.UTF-8", "HOME": "/nonexistent"})


def told(*command: str, env: Mapping[str, str] | None = None) -> str:
    """What a program says of itself; empty if it cannot be run.

    Args:
        command: The program and its arguments.
        env: Its environment, if not ours.

    Raises:
        EnvironmentError_: It was killed, again and again, or says nothing: that it is not there
            would be wrong, and its language would be missing from a corpus without a word.
    """
    for _ in range(_TRIES):
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                timeout=60,
                stdin=subprocess.DEVNULL,
                env=env,
                check=False,
            )
        except OSError:
            return ""
        except subprocess.TimeoutExpired:
            break
        if done.returncode != -signal.SIGKILL:
            return done.stdout + done.stderr if done.returncode == 0 else ""
    what = f"{command[0]} was killed or said nothing when asked for its version (no memory left?)"
    raise EnvironmentError_(f"{what}; run it again, or take it out of PATH")


def digest(*command: str, files: Sequence[str] = ()) -> str:
    """Identity of a compiler: its version text, its program's bytes, and those of key headers.

    Of a program above 64 MB size and version text must do.
    """
    known = hashlib.sha256(version_text(*command).encode())
    for path in (command[0], *files):
        size = os.path.getsize(path)
        known.update(f"{size}".encode())
        if size <= _MOST_READ:
            known.update(Path(path).read_bytes())
    return known.hexdigest()


def folder_of(path: str) -> tuple[str, ...]:
    """What a compiler outside the system's folders reads: the folder above its ``bin``."""
    real = os.path.realpath(path)
    if real.startswith(_SYSTEM):
        return ()
    return (str(Path(real).parent.parent),)
