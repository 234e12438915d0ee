"""Compilers that something from outside kills: the out-of-memory killer, or an operator."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from curate.errors import EnvironmentError_
from curate.llvm.adapter import Toolchain
from curate.llvm.compiler import Cleaning, Compiler, open_sandbox
from curate.llvm.memo import Memo
from curate.llvm.programs import version_text
from curate.llvm.sandbox import Limits, Sandbox
from curate.llvm.toolchains import adapter_of, toolchain_of

# Some seconds of work, so that there is something to kill.
LONG = "\n".join(
    f"double f{n}(double *a, int n) {{ double s = 0; for (int i = 0; i < n; i++) "
    f"for (int j = 0; j < {n}; j++) s += a[i * j] * a[j] / {n + 1}.5; return s; }}"
    for n in range(120)
)


def _compiler(memo: Memo | None = None) -> Compiler:
    adapter, toolchain = adapter_of("c"), toolchain_of("c")
    assert adapter is not None
    assert isinstance(toolchain, Toolchain)
    return Compiler(adapter, toolchain, open_sandbox("auto", toolchain), Limits(), Cleaning(), memo)


def _children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        tasks = Path(f"/proc/{pid}/task").iterdir()
        return [int(one) for task in tasks for one in (task / "children").read_text().split()]
    return []


def _below(pid: int) -> list[int]:
    return [one for child in _children(pid) for one in (child, *_below(child))]


@contextlib.contextmanager
def _killing(compiler: Compiler, nearest: bool, times: int) -> Iterator[list[int]]:
    """Kill what compiles, so often: the nearest process below the sandbox, or the furthest."""
    done = threading.Event()
    killed: list[int] = []
    idle = set(_below(compiler.sandbox._process.pid))

    def kill() -> None:
        while not done.wait(0.002) and len(killed) < times:
            busy = [p for p in _below(compiler.sandbox._process.pid) if p not in {*idle, *killed}]
            if busy:
                time.sleep(0.02)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(busy[0 if nearest else -1], signal.SIGKILL)
                    killed.append(busy[0 if nearest else -1])

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        done.set()
        thread.join()


@pytest.mark.parametrize("nearest", [True, False])
def test_a_compiler_that_was_killed_once_runs_again(nearest: bool) -> None:
    compiler = _compiler()
    calm = compiler.compile(LONG, ["O3"])
    with _killing(compiler, nearest, 1) as killed:
        found = compiler.compile(LONG, ["O3"])
    assert killed
    assert found == calm


def test_a_sandbox_that_was_killed_within_a_program_of_two_modes_gives_both() -> None:
    compiler = _compiler()
    calm = compiler.compile(LONG, ["O3", "Oz"])
    timer = threading.Timer(0.1, os.kill, [compiler.sandbox._process.pid, signal.SIGKILL])
    timer.start()
    assert compiler.compile(LONG, ["O3", "Oz"]) == calm
    timer.join()


def test_what_is_killed_again_and_again_is_no_fault_of_the_program(tmp_path: Path) -> None:
    memo = Memo(tmp_path)
    compiler = _compiler(memo)
    with _killing(compiler, True, 100) as killed:
        found = compiler.compile(LONG, ["O3"])["O3"]
    assert len(killed) > 1
    assert (found.reason, found.diagnostic) == ("sandbox broke", "the compiler was killed")
    assert not compiler.compile(LONG, ["O3"])["O3"].reason


def _program(folder: Path, deaths: int) -> str:
    """A compiler that is killed so often before it tells its version."""
    file = folder / "compiler"
    count = f"{folder}/count"
    file.write_text(
        f"#!/bin/sh\necho x >> {count}\n"
        f"test $(wc -l < {count}) -le {deaths} && kill -9 $$\necho version 1\n"
    )
    file.chmod(0o755)
    return str(file)


def test_a_compiler_that_was_killed_while_it_told_its_version_is_asked_again(
    tmp_path: Path,
) -> None:
    assert version_text(_program(tmp_path, 1)) == "version 1\n"


def test_a_compiler_that_is_always_killed_does_not_count_as_missing(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentError_, match=r"compiler was killed .*; run it again"):
        version_text(_program(tmp_path, 100))


def _killing_at_start(deaths: int) -> threading.Thread:
    """Kill so many sandboxes of this process as soon as they are there."""
    before = set(_below(os.getpid()))

    def kill() -> None:
        killed: set[int] = set()
        deadline = time.monotonic() + 20
        while len(killed) < deaths and time.monotonic() < deadline:
            for process in set(_children(os.getpid())) - before - killed:
                with contextlib.suppress(OSError):
                    if b"confinement" in Path(f"/proc/{process}/cmdline").read_bytes():
                        os.kill(process, signal.SIGKILL)
                        killed.add(process)

    thread = threading.Thread(target=kill)
    thread.start()
    return thread


def test_a_sandbox_that_was_killed_as_it_began_begins_again() -> None:
    killer = _killing_at_start(1)
    box = Sandbox("process", [], [])
    killer.join()
    assert box.level == "process"
    box.close()


def test_a_sandbox_that_is_always_killed_is_not_taken_for_one_that_the_machine_lacks() -> None:
    killer = _killing_at_start(3)
    with pytest.raises(EnvironmentError_, match=r"is killed \(no memory left\?\); run it again"):
        Sandbox("process", [], [])
    killer.join()
