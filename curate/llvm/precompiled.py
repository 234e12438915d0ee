"""A header that programs begin with, read by the compiler once for all of them.

Contest-style C++ begins with ``#include <bits/stdc++.h>``, 1.7 of the 2 seconds that clang takes.
The header in clang's own precompiled form gives the same IR for a fifth of that, byte for byte; so
that this stays true of every compiler,

- only a program that *begins* with the header is given it: nothing can change what it means;
- it is tried on a program that uses much of the library before anything else sees it;
- one program in 64, chosen by its hash, is compiled both ways, and if ever the bytes differ the
  ordinary way counts, for that program and all later ones on this machine;
- what fails with it is compiled again without, so that a failure is the ordinary one.

It is made in a sandbox that has seen no program, from nothing but the compiler and its headers,
kept in the user's cache folder, where no program can write, and shown to compilers read-only.
"""

from __future__ import annotations

import contextlib
import dataclasses as dc
import fcntl
import hashlib
import json
import os
import re
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from curate.errors import EnvironmentError_, RowError
from curate.llvm.adapter import Adapter, Command, Header, Mode, Toolchain
from curate.llvm.sandbox import Level, Limits, Ran, Sandbox

_ONE_IN = 64
_KEPT = 8  # of 23 MB each; two for each version of a compiler
_REFUSED = "refused"
_LIMITS = Limits(cpu_seconds=120, wall_seconds=600, memory_mb=4096, file_mb=200)


def cache_folder() -> Path:
    """Where precompiled headers are kept: the user's cache folder."""
    return Path("~/.cache/curate/precompiled").expanduser()


def fits(adapter: Adapter, source: str) -> bool:
    r"""Whether a program begins with the header of its language.

    Example:
        >>> from curate.llvm.languages.cpp import ADAPTER
        >>> fits(ADAPTER, "// one\n#include <bits/stdc++.h>\nint main() {}\n")
        True
        >>> fits(ADAPTER, "#define int long long\n#include <bits/stdc++.h>\n")
        False
    """
    return adapter.header is not None and adapter.header.begins.match(source) is not None


def is_sampled(source: bytes) -> bool:
    """Whether a program is compiled both ways; a matter of its bytes alone."""
    return hashlib.sha256(b"precompiled" + source).digest()[0] % _ONE_IN == 0


@dc.dataclass(frozen=True)
class Ready:
    """A precompiled header that may be used.

    Attributes:
        path: The file.
        box: A sandbox in which it can be read.
    """

    path: Path
    box: Sandbox

    def commands(self, plain: Sequence[Command]) -> tuple[Command, ...]:
        """The same calls, with the header given ready-made."""
        *before, last = plain
        argv = (*last.argv[:-3], "-include-pch", str(self.path), *last.argv[-3:])
        return (*before, Command(argv, last.gives))

    def refuse(self) -> None:
        """Let nobody use it any more: it gave other bytes."""
        with contextlib.suppress(OSError):
            self.path.with_suffix(f".{_REFUSED}").touch()
        _forget(self)


_READY: dict[tuple[str, Level, Mode], Ready | None] = {}
_BOXES: dict[tuple[str, Level], Sandbox] = {}
_MAKING = threading.Lock()


def ready(adapter: Adapter, toolchain: Toolchain, level: Level, mode: Mode) -> Ready | None:
    """The precompiled header of a language for a mode, made if need be; None if it cannot be used.

    Args:
        adapter: The language.
        toolchain: Its compiler.
        level: Of the sandbox, for making and for using it.
        mode: Headers know whether they are optimised.
    """
    if adapter.header is None:
        return None
    key = _key(adapter.header, toolchain)
    with _MAKING:
        if (key, level, mode) not in _READY:
            try:
                _READY[key, level, mode] = _get(adapter, adapter.header, toolchain, level, mode)
            except (OSError, RowError, EnvironmentError_):  # it only saves time
                _READY[key, level, mode] = None
        return _READY[key, level, mode]


def close() -> None:
    """End the sandboxes of this process that precompiled headers are used in."""
    with _MAKING:
        _READY.clear()
        while _BOXES:
            _BOXES.popitem()[1].close()


def _forget(gone: Ready) -> None:
    """Not used again in this process: at worst it would be made anew for every program."""
    with _MAKING:
        for key, one in _READY.items():
            if one is gone:
                _READY[key] = None


def _key(header: Header, toolchain: Toolchain) -> str:
    command = header.build(toolchain, "O3", header.name)
    text = json.dumps([toolchain.digest, command.argv[1:], header.probe])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _get(
    adapter: Adapter, header: Header, toolchain: Toolchain, level: Level, mode: Mode
) -> Ready | None:
    key = _key(header, toolchain)
    path = cache_folder() / key / f"{mode}.pch"
    with _alone(path.parent):
        if path.with_suffix(f".{_REFUSED}").exists():
            return None
        fresh = not (_is_ours(path) and _is_current(path))
        if fresh and not _make(header, toolchain, level, mode, path):
            return None
        if (key, level) not in _BOXES:
            reads = (*toolchain.reads, str(path.parent))
            _BOXES[key, level] = Sandbox(level, reads, toolchain.programs())
        found = Ready(path, _BOXES[key, level])
        if fresh:
            plain, fast = _both_ways(adapter, header, toolchain, mode, found)
            if plain.exit or fast.exit:
                path.unlink()
                return None
            if plain.output != fast.output:
                path.with_suffix(f".{_REFUSED}").touch()
                return None
        return found


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """In the folder one process at a time; the others wait and find what it made."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


def _is_ours(path: Path) -> bool:
    """Whether the file is there and nobody else can have written it."""
    try:
        about = [path.lstat(), path.parent.lstat()]
    except OSError:
        return False
    return all(one.st_uid == os.geteuid() and not one.st_mode & 0o022 for one in about)


def _make(header: Header, toolchain: Toolchain, level: Level, mode: Mode, path: Path) -> bool:
    """Compile the header in a sandbox of its own that no program has been in."""
    box = Sandbox(level, toolchain.reads, toolchain.programs())
    try:
        only = f"#include <{header.name}>\n".encode()
        where = header.where(toolchain, mode)
        listed = box.run([where], where.argv[-1], _LIMITS, ("source.cpp", only))
        headers = re.findall(r"/\S+", listed.output.decode())
        names = [one for one in headers if one.endswith(f"/{header.name}")]
        if not names:
            return False
        build = header.build(toolchain, mode, names[0])
        made = box.run([build], build.argv[-1], _LIMITS, ("source.cpp", b""))
    finally:
        box.close()
    if not made.there or made.exit:
        return False
    _write(path.with_suffix(".json"), json.dumps(_state(headers)).encode())
    _write(path, made.output)
    _make_room(path)
    return True


def _write(path: Path, content: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    os.chmod(file.name, 0o400)
    os.replace(file.name, path)


def _state(headers: Sequence[str]) -> list[list[Any]]:
    """What tells that a header is still the same, as clang judges it: its size and its time."""
    found = ((one, os.stat(one)) for one in sorted(set(headers)))
    return [[one, about.st_size, about.st_mtime_ns] for one, about in found]


def _is_current(path: Path) -> bool:
    """Whether the headers that it was made of are the ones there are."""
    try:
        known = json.loads(path.with_suffix(".json").read_text())
        return bool(known == _state([one for one, *_ in known]))
    except (OSError, ValueError):
        return False


def _make_room(newest: Path) -> None:
    """Delete the oldest of other compilers; who still uses one does without from then on."""
    found = sorted(newest.parent.parent.glob("*/*.pch"), key=lambda path: -path.stat().st_mtime)
    for path in found[_KEPT:]:
        path.unlink(missing_ok=True)


def _both_ways(
    adapter: Adapter, header: Header, toolchain: Toolchain, mode: Mode, found: Ready
) -> tuple[Ran, Ran]:
    """The probe compiled without the precompiled header, and with it."""
    stage = next(adapter.stages(toolchain, header.probe, [mode]))
    given = (adapter.file_name, header.probe.encode())
    plain = found.box.run(stage.commands, stage.output, _LIMITS, given)
    fast = found.box.run(found.commands(stage.commands), stage.output, _LIMITS, given)
    return plain, fast
