"""Compile what nobody has read: a process that runs commands where they can do no harm.

Compile time is run time (``#embed``, ``include_str!``, Nim's ``staticExec``, Template Haskell), so
every command runs confined, by the strongest level that the machine allows:

- ``namespaces``   once for each worker, user, mount, network, IPC and process namespaces with a
  private root (``confinement/namespaces.py``); inside, for each command, what ``process`` has;
- ``bubblewrap``   the same root made by ``bwrap``, where a distribution lets only that do it;
- ``process``      for each command, Landlock, a seccomp filter and resource limits;
- ``off``          resource limits only; never chosen unasked.

At each level the environment is empty but for constants, standard input is ``/dev/null``, what a
command says is cut at 64 KB, and whatever it leaves running is killed.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from curate.errors import EnvironmentError_, RowError
from curate.llvm.adapter import Command
from curate.llvm.confinement.zygote import HEAD

Level = Literal["namespaces", "bubblewrap", "process", "off"]
LEVELS: tuple[Level, ...] = ("namespaces", "bubblewrap", "process")
SYSTEM = (
    "/usr/bin", "/usr/lib", "/usr/lib64", "/usr/libexec", "/usr/include", "/usr/share",
    "/etc/alternatives", "/etc/ld.so.cache",
)  # fmt: skip
"""What the toolchains of a distribution consist of; ``/usr/local`` is not among it."""
SCRATCH = "/w"
_SCRATCH_MB = 512
_STARTS = 3
# Of the process, of the one in its namespace, and of either as bwrap tells it.
_KILLED = (-signal.SIGKILL, signal.SIGKILL, 128 + signal.SIGKILL)
# Some compilers write where they are into the IR (flang into names, Crystal into constants). This
# is the folder by a name that is the same in every sandbox; LLVM believes PWD if it leads there.
_HERE = "/proc/self/cwd"
_ENVIRONMENT = {
    "HOME": _HERE,
    "TMPDIR": _HERE,
    "PWD": _HERE,
    "PATH": "/usr/bin:/bin",
    "LC_ALL": "C.UTF-8",
    "SOURCE_DATE_EPOCH": "0",  # __DATE__ and __TIME__ are the same on every run
}
# Everything is imported before any namespace is entered: there is no library of Python inside.
_START = """
import json, sys
sys.path.insert(0, sys.argv[1])
from confinement import zygote
zygote.main(int(sys.argv[2]), json.loads(sys.argv[3]))
"""


class Limits(NamedTuple):
    """What one command may use.

    Attributes:
        cpu_seconds: Of one process; it decides the same way on a busy machine.
        wall_seconds: The backstop for what waits without computing.
        memory_mb: Address space of one process.
        file_mb: One file.
        processes: Processes, and threads where namespaces are in force, at a time.
    """

    cpu_seconds: int = 120
    wall_seconds: int = 600
    memory_mb: int = 4096
    file_mb: int = 64
    processes: int = 64


class Ran(NamedTuple):
    """How a list of commands ended, see ``confinement/command.py``.

    Attributes:
        exit: Exit code of the last one that ran, negative for a signal.
        ended_by: ``""``, ``"wall"`` or ``"processes"``.
        cpu_seconds: Of all.
        last_cpu_seconds: Of the last one that ran.
        peak_kb: Largest resident memory.
        heard: What the last one said.
        largest_bytes: Size of the largest file in the folder.
        there: Whether the file wanted is there.
        output: That file.
    """

    exit: int
    ended_by: str
    cpu_seconds: float
    last_cpu_seconds: float
    peak_kb: int
    heard: str
    largest_bytes: int
    there: bool
    output: bytes


class KilledError(EnvironmentError_):
    """Something from outside kills sandboxes before they say a word; a weaker one is no answer."""


class Sandbox:
    """One confined process and its scratch folder; runs one list of commands at a time.

    Args:
        level: How to confine; the sandbox does not weaken it.
        reads: Folders and files of the toolchain, beside ``SYSTEM``.
        programs: The only files that may be run.

    Raises:
        EnvironmentError_: The machine does not allow this level.
    """

    def __init__(self, level: Level, reads: Sequence[str], programs: Sequence[str]) -> None:
        self._reads = list(dict.fromkeys((*SYSTEM, *reads)))
        self._plan = {
            "level": level,
            "reads": self._reads,
            "programs": list(programs),
            "scratch": SCRATCH,
            "scratch_mb": _SCRATCH_MB,
        }
        self._lock = threading.Lock()
        self.level = level
        self.in_force: dict[str, str] = {}
        self._start()

    def run(
        self,
        commands: Sequence[Command],
        output: str,
        limits: Limits,
        source: tuple[str, bytes] | None = None,
    ) -> Ran:
        """Run commands one after the other until one fails.

        Args:
            commands: Absolute programs and arguments, run in the scratch folder.
            output: Name of the file to return; may be empty.
            limits: For each command.
            source: Name and bytes of the only file in a fresh folder; None leaves it as it is.

        Raises:
            RowError: The sandbox itself broke, twice, on these commands.
        """
        request = {
            "fresh": source is not None,
            "file": source[0] if source else "",
            "commands": [[list(command.argv), command.gives] for command in commands],
            "output": output,
            "limits": limits._asdict(),
            "env": _ENVIRONMENT,
        }
        body = source[1] if source else b""
        # A folder left by another program may be beyond clearing; a new process has a new one.
        for attempt in range(2):
            with self._lock:
                try:
                    head, found = self._ask(request, body, limits.wall_seconds * len(commands))
                    return Ran(**head, output=found)
                except (OSError, EOFError):
                    self._stop()
                    self._start()
                    if attempt or source is None:
                        break
        raise RowError("sandbox broke", f"while running {commands[0].argv[0]}")

    def describe(self) -> str:
        """What is in force, in a line that another kernel of the same means does not change."""
        layers = [name for name in ("landlock", "seccomp") if self.in_force[name] != "none"]
        return ", ".join([self.level, *layers, "limits"])

    def close(self) -> None:
        """End the process and take its folder away."""
        with self._lock:
            self._stop()

    def _ask(self, request: dict[str, Any], body: bytes, seconds: float) -> tuple[Any, bytes]:
        self._socket.settimeout(seconds + 60)
        text = json.dumps(request).encode()
        self._socket.sendall(HEAD.pack(len(text), len(body)) + text + body)
        return self._answer()

    def _answer(self) -> tuple[Any, bytes]:
        text, body = HEAD.unpack(self._exactly(HEAD.size))
        return json.loads(self._exactly(text)), self._exactly(body)

    def _exactly(self, size: int) -> bytes:
        received = bytearray()
        while len(received) < size:
            piece = self._socket.recv(min(size - len(received), 1 << 20))
            if not piece:
                raise EOFError
            received += piece
        return bytes(received)

    def _start(self) -> None:
        for _ in range(_STARTS - 1):
            with contextlib.suppress(KilledError):
                self._begin()
                return
        self._begin()

    def _begin(self) -> None:
        around = self._around()
        self._folder = tempfile.mkdtemp(prefix="curate-") if not self._inside() else ""
        plan = {**self._plan, "scratch": self._folder or SCRATCH}
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [*around, *_interpreter(), str(theirs.fileno()), json.dumps(plan)],
                pass_fds=[theirs.fileno()],
                env={},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
            )
        try:
            self._socket.settimeout(60)
            first, _ = self._answer()
        except (OSError, EOFError):
            first = {"error": "the confined process did not start"}
        if "error" in first:
            self._stop()
            if self._process.returncode in _KILLED:
                what = f"sandbox level {self.level}: what it starts is killed"
                raise KilledError(f"{what} (no memory left?); run it again")
            raise EnvironmentError_(f"sandbox level {self.level}: {first['error']}")
        self.in_force = first["in_force"]

    def _stop(self) -> None:
        self._socket.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._folder:  # rm, since Python's own way fails on a thousand folders in each other
            subprocess.run(["/bin/rm", "-rf", "--", self._folder], stderr=subprocess.DEVNULL)

    def _inside(self) -> bool:
        return self.level in ("namespaces", "bubblewrap")

    def _around(self) -> list[str]:
        """What makes the root where we do not: bubblewrap, with the same folders."""
        if self.level != "bubblewrap":
            return []
        program = shutil.which("bwrap")
        if program is None:
            raise EnvironmentError_("sandbox level bubblewrap: bwrap is not installed")
        shown = [*self._reads, sys.base_prefix, str(_CONFINEMENT.parent)]
        binds = [word for path in shown for word in ("--ro-bind-try", path, path)]
        links = [
            word
            for name in ("bin", "lib", "lib64")
            if os.path.islink(f"/{name}")
            for word in ("--symlink", os.readlink(f"/{name}"), f"/{name}")
        ]
        made = ["--proc", "/proc", "--dev-bind", "/dev/null", "/dev/null"]
        made += ["--size", str(_SCRATCH_MB << 20), "--tmpfs", SCRATCH]
        alone = ["--unshare-all", "--as-pid-1", "--new-session", "--clearenv", "--cap-drop", "ALL"]
        return [program, *alone, *binds, *links, *made]


_CONFINEMENT = Path(__file__).parent / "confinement"


def _interpreter() -> list[str]:
    # -I -S: no site-packages, no user files, 12 ms; the package is found beside this file alone.
    return [os.path.realpath(sys.executable), "-I", "-S", "-c", _START, str(_CONFINEMENT.parent)]
