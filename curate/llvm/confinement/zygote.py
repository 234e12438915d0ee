"""The small process that forks for every program: asked over a socket, it compiles in ``/w``.

Started by ``curate.llvm.sandbox`` with a bare interpreter, so that a fork copies some 10 MB of page
tables at most and nothing of the caller (its environment, its files) is in it. One request: files
to write, commands to run, the name of the file wanted. One answer: how the last command ended, and
that file's bytes. When its caller is gone, so is it.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import socket
import stat
import struct
from typing import Any

from . import command, landlock, namespaces, seccomp

HEAD = struct.Struct("<II")
LOADERS = ("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1")
_MOST_KEPT = 1 << 28


def main(socket_number: int, plan: dict[str, Any]) -> None:
    """Confine this process as planned, say what is in force, and serve until the caller is gone."""
    caller = socket.socket(fileno=socket_number)
    try:
        scratch, rules, force = _prepare(plan)
    except OSError as error:
        _send(caller, {"error": str(error)}, b"")
        return
    _send(caller, {"in_force": force}, b"")
    while (asked := _receive(caller)) is not None:
        request, source = asked
        answer, output = _serve(caller, scratch, rules, request, source)
        _send(caller, answer, output)
    if plan["level"] not in ("namespaces", "bubblewrap"):  # there it goes with its namespace
        with contextlib.suppress(RecursionError):
            shutil.rmtree(scratch, ignore_errors=True)


def _prepare(plan: dict[str, Any]) -> tuple[str, command.Rules, dict[str, str]]:
    level, scratch = plan["level"], plan["scratch"]
    abi, filtered = landlock.version(), seccomp.available()
    if level == "namespaces":
        namespaces.enter(plan["reads"], scratch, plan["scratch_mb"])
    else:
        command.adopt_orphans()
    inside = level in ("namespaces", "bubblewrap")
    ruleset = None
    if level == "off":
        filtered = False
    elif abi:
        programs = (*plan["programs"], *LOADERS)
        ruleset = landlock.make_ruleset(plan["reads"], programs, (scratch,), abi)
    if level == "process" and not (ruleset and filtered):
        raise OSError("neither namespaces nor Landlock with seccomp")
    force = {
        "level": level,
        "landlock": f"version {abi}" if ruleset else "none",
        "seccomp": "on" if filtered else "none",
        "limits": "cpu, memory, file size, open files, processes, wall time",
        "folder": scratch if inside else "a temporary folder",
    }
    return scratch, command.Rules(ruleset, filtered, os.getpid() == 1), force


def _serve(
    caller: socket.socket,
    scratch: str,
    rules: command.Rules,
    request: dict[str, Any],
    source: bytes,
) -> tuple[dict[str, Any], bytes]:
    if request["fresh"]:
        _empty(scratch)
        with open(f"{scratch}/{request['file']}", "wb") as file:
            file.write(source)
    cpu, peak, ended = 0.0, 0, None
    for argv, gives in request["commands"]:
        ended = command.run(
            argv, scratch, request["env"], request["limits"], rules, lambda: _hung_up(caller)
        )
        cpu, peak = cpu + ended.cpu_seconds, max(peak, ended.peak_kb)
        failed = not os.path.lexists(f"{scratch}/{gives}") if gives else ended.exit > 0
        if ended.ended_by or ended.exit < 0 or failed:
            break
    else:
        failed = False
    assert ended is not None
    output = _read(f"{scratch}/{request['output']}", _MOST_KEPT) if request["output"] else b""
    answer = {
        "exit": ended.exit or int(failed) if failed else min(ended.exit, 0),
        "ended_by": ended.ended_by,
        "cpu_seconds": cpu,
        "last_cpu_seconds": ended.cpu_seconds,
        "peak_kb": peak,
        "heard": ended.heard.decode("utf-8", "replace"),
        "largest_bytes": _largest(scratch),
        "there": output is not None,
    }
    return answer, output or b""


def _empty(folder: str) -> None:
    """Take everything away; who made a folder that cannot be cleared ends this process."""
    try:
        for entry in os.scandir(folder):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path)
            else:
                os.unlink(entry.path)
    except (OSError, RecursionError):
        os._exit(3)


def _read(path: str, most: int) -> bytes | None:
    """A regular file; what the compiled program put in its place is not followed."""
    try:
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with open(number, "rb") as file:
        about = os.fstat(number)
        whole = stat.S_ISREG(about.st_mode) and about.st_nlink == 1 and about.st_size <= most
        return file.read() if whole else None


def _largest(folder: str) -> int:
    sizes = [entry.stat(follow_symlinks=False).st_size for entry in os.scandir(folder)]
    return max(sizes, default=0)


def _hung_up(caller: socket.socket) -> bool:
    poll = select.poll()
    poll.register(caller, select.POLLRDHUP)
    return bool(poll.poll(0))


def _send(caller: socket.socket, head: dict[str, Any], body: bytes) -> None:
    text = json.dumps(head).encode()
    caller.sendall(HEAD.pack(len(text), len(body)) + text + body)


def _receive(caller: socket.socket) -> tuple[dict[str, Any], bytes] | None:
    head = _exactly(caller, HEAD.size)
    if len(head) < HEAD.size:
        return None
    text, body = HEAD.unpack(head)
    return json.loads(_exactly(caller, text)), _exactly(caller, body)


def _exactly(caller: socket.socket, size: int) -> bytes:
    received = bytearray()
    while len(received) < size:
        piece = caller.recv(min(size - len(received), 1 << 20))
        if not piece:
            break
        received += piece
    return bytes(received)
