"""A hostile program, in Python so that it can try anything, in every sandbox this machine allows."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from curate.errors import EnvironmentError_
from curate.llvm.adapter import Command
from curate.llvm.sandbox import LEVELS, Level, Limits, Ran, Sandbox

PYTHON = os.path.realpath(sys.executable)
LIMITS = Limits(cpu_seconds=1, wall_seconds=30, memory_mb=600, file_mb=2, processes=20)


def allowed() -> list[Level]:
    found = []
    for level in LEVELS:
        try:
            Sandbox(level, [], []).close()
        except EnvironmentError_:
            continue
        found.append(level)
    return found


@pytest.fixture(scope="module", params=allowed())
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    box = Sandbox(request.param, [sys.base_prefix], [PYTHON])
    yield box
    box.close()


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    path = tmp_path / "canary.txt"
    path.write_text("the secret")
    return path


def run(sandbox: Sandbox, program: str, limits: Limits = LIMITS, output: str = "out") -> Ran:
    command = Command((PYTHON, "-I", "-S", "source.py"))
    return sandbox.run([command], output, limits, ("source.py", program.encode()))


def test_this_machine_allows_a_sandbox() -> None:
    assert allowed()


def test_a_program_does_its_work_in_its_folder(sandbox: Sandbox) -> None:
    ran = run(sandbox, "open('out', 'w').write('done'); print('said')")
    assert (ran.exit, ran.output, ran.heard) == (0, b"done", "said\n")


@pytest.mark.parametrize("path", ["{canary}", "/etc/passwd", "/root", "/proc/1/environ"])
def test_a_file_outside_cannot_be_read(sandbox: Sandbox, canary: Path, path: str) -> None:
    ran = run(sandbox, f"print(open({path.format(canary=canary)!r}).read())")
    assert ran.exit == 1
    assert "Error" in ran.heard
    assert "secret" not in ran.heard


def test_a_link_to_a_file_outside_is_no_output(sandbox: Sandbox, canary: Path) -> None:
    ran = run(sandbox, f"import os; os.symlink({str(canary)!r}, 'out')")
    assert not ran.there
    assert ran.output == b""


def test_a_link_is_not_followed_even_with_the_sandbox_off(canary: Path) -> None:
    box = Sandbox("off", [sys.base_prefix], [PYTHON])
    ran = run(box, f"import os; os.symlink({str(canary)!r}, 'out')")
    box.close()
    assert (ran.exit, ran.there, ran.output) == (0, False, b"")


def test_nothing_is_written_elsewhere(sandbox: Sandbox, tmp_path: Path) -> None:
    ran = run(sandbox, f"open({str(tmp_path / 'evil')!r}, 'w').write('x')")
    assert ran.exit == 1
    assert list(tmp_path.iterdir()) == []


def test_the_network_is_closed(sandbox: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        ran = run(sandbox, f"import socket; socket.create_connection(('127.0.0.1', {port}))")
    assert ran.exit == 1
    assert "PermissionError" in ran.heard


def test_the_environment_is_empty_but_for_constants(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CURATE_CANARY", "the secret")
    ran = run(sandbox, "import os; print(sorted(os.environ))")
    assert ran.heard == "['HOME', 'LC_ALL', 'PATH', 'PWD', 'SOURCE_DATE_EPOCH', 'TMPDIR']\n"


def test_no_other_program_is_run(sandbox: Sandbox) -> None:
    ran = run(sandbox, "import os; os.execv('/usr/bin/id', ['id'])")
    assert ran.exit == 1
    assert "PermissionError" in ran.heard


def test_what_it_writes_cannot_be_run(sandbox: Sandbox) -> None:
    program = "import os; open('a', 'w').write('#!/bin/sh\\nid'); os.chmod('a', 0o755); os.execv('./a', ['a'])"
    ran = run(sandbox, program)
    assert ran.exit == 1
    assert "PermissionError" in ran.heard


def test_a_fork_bomb_ends_as_too_many_processes(sandbox: Sandbox) -> None:
    started = time.monotonic()
    ran = run(sandbox, "import os, time\nwhile True:\n    os.fork() or time.sleep(0.02)")
    assert ran.ended_by == "processes" or "BlockingIOError" in ran.heard
    assert time.monotonic() - started < 10
    assert run(sandbox, "print('well')").heard == "well\n"


def test_computing_ends_at_the_cpu_limit(sandbox: Sandbox) -> None:
    ran = run(sandbox, "while True: pass")
    # The kernel's count in ticks and the sum it tells afterwards part on a busy machine.
    assert ran.last_cpu_seconds < LIMITS.cpu_seconds + 1.5
    assert ran.exit in (-signal.SIGXCPU, -signal.SIGKILL)


def test_what_a_fork_bomb_left_is_not_counted_as_the_next_program(sandbox: Sandbox) -> None:
    for _ in range(5):
        run(sandbox, "import os, time\nwhile True:\n    os.fork() or time.sleep(0.02)")
        assert run(sandbox, "import time; time.sleep(0.3)").ended_by == ""


def test_waiting_ends_at_the_wall_limit(sandbox: Sandbox) -> None:
    ran = run(sandbox, "import time; time.sleep(60)", LIMITS._replace(wall_seconds=1))
    assert ran.ended_by == "wall"


def test_memory_is_limited(sandbox: Sandbox) -> None:
    assert "MemoryError" in run(sandbox, "x = b'x' * (1 << 30)").heard


def test_a_file_is_limited(sandbox: Sandbox) -> None:
    ran = run(sandbox, "f = open('out', 'wb')\nwhile True: f.write(b'x' * 65536)")
    assert ran.exit == -signal.SIGXFSZ or "File too large" in ran.heard
    assert ran.largest_bytes == LIMITS.file_mb << 20


def test_endless_talk_is_cut(sandbox: Sandbox) -> None:
    ran = run(sandbox, "for _ in range(2000): print('talk' * 1000)")
    assert (ran.exit, len(ran.heard)) == (0, 1 << 16)


def test_what_it_leaves_running_is_ended(sandbox: Sandbox) -> None:
    program = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        time.sleep(1); open('late', 'w'); time.sleep(60)\n    os._exit(0)"
    assert run(sandbox, program).exit == 0
    time.sleep(1.2)
    look = Command((PYTHON, "-I", "-S", "-c", "import os; print(os.listdir('.'))"))
    assert sandbox.run([look], "", LIMITS).heard == "['source.py']\n"


@pytest.mark.parametrize(
    "call",
    [
        "unshare(0x10000000)",
        "ptrace(16, 1, 0, 0)",
        "mount(b'a', b'/', b'tmpfs', 0, 0)",
        "chroot(b'.')",
    ],
)
def test_system_calls_of_no_use_to_a_compiler_fail(sandbox: Sandbox, call: str) -> None:
    program = f"import ctypes; libc = ctypes.CDLL(None); print(libc.{call})"
    assert run(sandbox, program).heard == "-1\n"


RUNNER = """
import os, threading, time
def run():
    while True:  # a chain: each forks the next from a thread and is gone
        if os.fork():
            os._exit(0)
        os.setsid()
        open("alive", "w").write(str(os.getpid()))
if os.fork() == 0:
    os.setsid()
    threading.Thread(target=run).start()
time.sleep(0.3)
"""


def test_what_runs_from_its_end_is_caught(sandbox: Sandbox) -> None:
    ran = run(sandbox, RUNNER)
    assert ran.exit == 0 or ran.ended_by == "processes"
    look = Command((PYTHON, "-I", "-S", "-c", "import os; print(os.path.exists('alive'))"))
    again = run(sandbox, "import time; time.sleep(0.3)")
    assert (again.exit, again.largest_bytes) == (0, len("import time; time.sleep(0.3)"))
    assert sandbox.run([look], "", LIMITS).heard == "False\n"


@pytest.mark.parametrize(
    "attempt",
    [
        "os.chmod(path, 0o777)",
        "os.utime(path, (1, 1))",
        "os.chown(path, -1, -1)",
        "os.setxattr(path, 'user.evil', b'x')",
        "ctypes.CDLL(None).fchmodat(-100, path.encode(), 0o777, 0)",
    ],
)
def test_modes_owners_and_times_of_files_outside_stay(
    sandbox: Sandbox, canary: Path, attempt: str
) -> None:
    """Landlock does not look at them."""
    before = canary.stat()
    run(sandbox, f"import ctypes, os; path = {str(canary)!r}\n{attempt}")
    after = canary.stat()
    assert (after.st_mode, after.st_mtime_ns, after.st_ctime_ns) == (
        before.st_mode,
        before.st_mtime_ns,
        before.st_ctime_ns,
    )
    assert os.listxattr(canary) == []


@pytest.mark.parametrize("kind", ["SOCK_STREAM", "SOCK_DGRAM"])
def test_a_socket_in_the_file_system_is_not_reached(
    sandbox: Sandbox, tmp_path: Path, kind: str
) -> None:
    """An agent's or a container engine's, to which Landlock shuts no door."""
    path = tmp_path / "agent"
    with socket.socket(socket.AF_UNIX, getattr(socket, kind)) as server:
        server.bind(str(path))
        if kind == "SOCK_STREAM":
            server.listen()
        server.settimeout(0.2)
        program = (
            f"import socket\nfor make in (lambda: socket.socket(socket.AF_UNIX, socket.{kind}), lambda: "
            f"socket.socketpair(socket.AF_UNIX, socket.{kind})[0]):\n    try:\n        it = make()\n"
            f"        it.connect({str(path)!r})\n        it.send(b'secret')\n        print('reached')\n"
            "    except OSError:\n        pass"
        )
        assert run(sandbox, program).heard == ""


def test_limits_of_another_process_stay(sandbox: Sandbox) -> None:
    program = f"import os, resource; resource.prlimit({os.getpid()}, resource.RLIMIT_CORE, (0, 0))"
    assert run(sandbox, program).exit == 1


def test_shared_memory_of_others_is_not_seen(sandbox: Sandbox) -> None:
    program = "import ctypes; print(ctypes.CDLL(None).shmget(0x7075, 4096, 0o1600))"
    assert run(sandbox, program).heard == "-1\n"


def test_it_cannot_end_the_process_it_came_from(sandbox: Sandbox) -> None:
    run(sandbox, "import os; os.kill(os.getppid(), 9)")
    assert run(sandbox, "print('well')").heard == "well\n"


def test_each_program_finds_an_empty_folder(sandbox: Sandbox) -> None:
    run(sandbox, "import os; os.makedirs('a/b'); open('a/b/c', 'w'); os.chmod('a', 0)")
    assert run(sandbox, "import os; print(os.listdir('.'))").heard == "['source.py']\n"


def test_a_folder_too_deep_to_clear_costs_a_new_process_only(sandbox: Sandbox) -> None:
    run(sandbox, "import os\nfor _ in range(1100): os.mkdir('d'); os.chdir('d')")
    assert run(sandbox, "import os; print(os.listdir('.'))").heard == "['source.py']\n"


def test_the_folder_goes_with_a_worker_that_is_killed(tmp_path: Path) -> None:
    program = (
        "import os, time\nfrom curate.llvm.sandbox import Sandbox\n"
        "box = Sandbox('process', [], [])\nprint(box._folder, flush=True)\ntime.sleep(60)"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=environment
    ) as worker:
        assert worker.stdout is not None
        folder = Path(worker.stdout.readline().strip())
        assert folder.is_dir()
        worker.kill()
    deadline = time.monotonic() + 10
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert list(tmp_path.iterdir()) == []


def test_a_level_that_the_machine_lacks_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(EnvironmentError_, match="bwrap is not installed"):
        Sandbox("bubblewrap", [], [])


def test_what_is_in_force_is_told(sandbox: Sandbox) -> None:
    assert sandbox.in_force["level"] == sandbox.level
    assert sandbox.in_force["seccomp"] == "on"
