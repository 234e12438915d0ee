"""Run one command: fork, put the child under every limit, wait, and end all that is left of it."""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import os
import resource
import select
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from . import landlock, seccomp

_libc = ctypes.CDLL(None, use_errno=True)
_NO_NEW_PRIVS, _DEATH_SIGNAL, _SUBREAPER, _SECUREBITS = 38, 1, 36, 28
_NO_ROOT = 0b11  # SECBIT_NOROOT and its lock: user 0 gains no capability by running a program
_COULD_NOT_START = 126
_MOST_HEARD = 1 << 16
_LOOK_SECONDS = 0.1
_CHASE_SECONDS = 5.0


class Rules(NamedTuple):
    """What every command of one sandbox is put under.

    Attributes:
        ruleset: File descriptor of Landlock rules, or None.
        seccomp: Whether the filter of system calls applies.
        first: Whether this is process 1 of its own process namespace.
    """

    ruleset: int | None
    seccomp: bool
    first: bool


class Ended(NamedTuple):
    """How a command ended.

    Attributes:
        exit: Exit code, negative for a signal.
        ended_by: ``""``, or the limit that ended it: ``"wall"`` or ``"processes"``.
        cpu_seconds: Of it and of what it waited for.
        peak_kb: Largest resident memory of one process.
        heard: What it wrote to standard output and error, the first 64 KB.
    """

    exit: int
    ended_by: str
    cpu_seconds: float
    peak_kb: int
    heard: bytes


def adopt_orphans() -> None:
    """Become the parent of whatever a command leaves behind, so that it can be ended."""
    _libc.prctl(_SUBREAPER, 1, 0, 0, 0)


def run(
    argv: Sequence[str],
    folder: str,
    environment: Mapping[str, str],
    limits: Mapping[str, int],
    rules: Rules,
    gone: Callable[[], bool],
) -> Ended:
    """Run a command in a folder and wait for its end.

    Args:
        argv: An absolute path and arguments.
        folder: Where it runs.
        environment: All of its environment.
        limits: ``cpu_seconds``, ``wall_seconds``, ``memory_mb``, ``file_mb``, ``processes``.
        rules: What it is put under.
        gone: Says whether nobody waits for the answer any more.
    """
    ear, mouth = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _become(folder, mouth, limits, rules)
            os.execve(argv[0], list(argv), dict(environment))
        except BaseException as error:
            os.write(2, f"sandbox: cannot run {argv[0]}: {error}\n".encode())
        finally:
            os._exit(_COULD_NOT_START)
    os.close(mouth)
    try:
        heard, ended_by = _listen(child, ear, limits, rules, gone)
        if ended_by:
            _end_all(child, rules)
        _, status, used = os.wait4(child, 0)
    finally:
        _end_all(child, rules)
        os.close(ear)
    cpu = used.ru_utime + used.ru_stime
    return Ended(os.waitstatus_to_exitcode(status), ended_by, cpu, used.ru_maxrss, heard)


def _become(folder: str, mouth: int, limits: Mapping[str, int], rules: Rules) -> None:
    os.setsid()
    nothing = os.open("/dev/null", os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(mouth, 1)
    os.dup2(mouth, 2)
    os.chdir(folder)
    _limit(resource.RLIMIT_CPU, limits["cpu_seconds"], limits["cpu_seconds"] + 1)
    _limit(resource.RLIMIT_AS, limits["memory_mb"] << 20)
    _limit(resource.RLIMIT_FSIZE, limits["file_mb"] << 20)
    _limit(resource.RLIMIT_NOFILE, 256)
    _limit(resource.RLIMIT_CORE, 0)
    if rules.first:  # elsewhere it would count all processes of the user
        _limit(resource.RLIMIT_NPROC, limits["processes"])
    for number in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores them, and so would the child
        signal.signal(number, signal.SIG_DFL)
    _libc.prctl(_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    _libc.prctl(_SECUREBITS, _NO_ROOT, 0, 0, 0)
    _libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0)
    if rules.ruleset is not None:
        landlock.restrict(rules.ruleset)
    if rules.seccomp:
        seccomp.restrict()
    os.closerange(3, 256)


def _limit(kind: int, soft: int, hard: int | None = None) -> None:
    _, most = resource.getrlimit(kind)
    wanted = soft if hard is None else hard
    hard = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    resource.setrlimit(kind, (min(soft, hard), hard))


def _listen(
    child: int, ear: int, limits: Mapping[str, int], rules: Rules, gone: Callable[[], bool]
) -> tuple[bytes, str]:
    """What the command says until it ends, and which limit ends it, if one does."""
    heard = bytearray()
    deadline = time.monotonic() + limits["wall_seconds"]
    end = os.pidfd_open(child)
    poll = select.poll()
    poll.register(end, select.POLLIN)
    poll.register(ear, select.POLLIN)
    next_look = time.monotonic() + _LOOK_SECONDS
    try:
        while True:
            ready = {number for number, _ in poll.poll(1000 * _LOOK_SECONDS)}
            if (
                end in ready
            ):  # what it said last is in the pipe; who still holds it is not waited for
                heard += _said(ear)
                return bytes(heard[:_MOST_HEARD]), ""
            if ear in ready:
                piece = os.read(ear, _MOST_HEARD)
                heard += piece[: _MOST_HEARD - len(heard)]
                if not piece:
                    poll.unregister(ear)
            now = time.monotonic()
            if now > deadline or gone():
                return bytes(heard), "wall"
            if now > next_look:
                next_look = now + _LOOK_SECONDS
                if _is_over(limits["processes"], child, rules):
                    return bytes(heard), "processes"
    finally:
        os.close(end)


def _said(ear: int) -> bytes:
    os.set_blocking(ear, False)
    try:
        return os.read(ear, _MOST_HEARD)
    except BlockingIOError:
        return b""


def _others(child: int, rules: Rules) -> Iterator[int]:
    """Numbers of all processes that a command has started, itself among them."""
    if rules.first:
        own = os.getpid()
        numbers = (int(name) for name in os.listdir("/proc") if name.isdigit())
        yield from (number for number in numbers if number != own)
        return
    found, fresh = set(), [child, *_children(os.getpid())]
    while fresh:
        process = fresh.pop()
        if process not in found:
            found.add(process)
            fresh += _children(process)
            yield process


def _is_over(most: int, child: int, rules: Rules) -> bool:
    """Whether it runs more processes than that; no full count, which a fork bomb would outrun."""
    return next(itertools.islice(_others(child, rules), most, None), None) is not None


def _children(process: int) -> list[int]:
    try:
        with open(f"/proc/{process}/task/{process}/children") as file:
            return [int(name) for name in file.read().split()]
    except (OSError, ValueError):
        return []


def _end_all(child: int, rules: Rules) -> None:
    """Kill all that a command has started, and reap what is ours but the command itself."""
    if rules.first:
        _kill(os.kill, -1)  # at once: nothing outruns it, and process 1 is exempt
    else:
        _kill(os.killpg, child)
    deadline = time.monotonic() + _CHASE_SECONDS
    while True:
        # What was forked while we looked shows at the next look: whose parent is dead is ours.
        for process in () if rules.first else list(_others(child, rules)):
            if process != child:
                _kill(os.kill, process)
        _reap(child)
        # None of it may be left to be counted as the next command's.
        if not [process for process in _children(os.getpid()) if process != child]:
            return
        if time.monotonic() > deadline:  # the caller takes a new process with a new folder
            os._exit(3)


def _reap(child: int) -> None:
    for process in _children(os.getpid()):
        if process != child:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process, os.WNOHANG)


def _kill(how: Callable[[int, int], None], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        how(number, signal.SIGKILL)
