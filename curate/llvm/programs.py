"""Programs of this machine: which version they are, and what identifies them."""

from __future__ import annotations

import functools
import hashlib
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

_MOST_READ = 1 << 26
_SYSTEM = ("/usr/bin/", "/usr/lib/", "/usr/libexec/", "/usr/include/", "/usr/share/")


@functools.cache
def version_text(*command: str) -> str:
    """What a program says of its version; empty if it cannot be run."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/nonexistent"},
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout + done.stderr if done.returncode == 0 else ""


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
