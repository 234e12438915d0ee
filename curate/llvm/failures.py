"""Why a program gave no IR: one phrase of a closed set, and the first complaint of its compiler.

What ended the process decides first (a limit, a crash), then what the compiler said. A compiler
under a memory limit dies in many ways, so its words and its size are looked at before a crash
counts as one.
"""

from __future__ import annotations

import re
import signal
from typing import NamedTuple

from curate.llvm.adapter import Adapter
from curate.llvm.sandbox import Limits, Ran

MISSING, NEWER, GRAMMAR, MEANING = (
    "missing dependency",
    "unsupported feature",
    "syntax error",
    "semantic error",
)
FORBIDDEN = "forbidden access"
TIME, MEMORY, OUTPUT, PROCESSES = "time limit", "memory limit", "output limit", "process limit"
CRASH, NO_CODE, BROKEN_IR = "internal compiler error", "no code", "IR does not verify"
NO_COMPILER, NO_LANGUAGE, SANDBOX, OTHER = (
    "compiler not available",
    "unknown language",
    "sandbox broke",
    "other failure",
)
REASONS = (
    MISSING, NEWER, GRAMMAR, MEANING, FORBIDDEN, TIME, MEMORY, OUTPUT, PROCESSES, CRASH, NO_CODE,
    BROKEN_IR, NO_COMPILER, NO_LANGUAGE, SANDBOX, OTHER,
)  # fmt: skip

_MOST_SAID = 200
_SLOW = 0.9  # of its seconds: the kernel counts ticks and ended a process after 0.91 of one
_OUT_OF_MEMORY = re.compile(
    r"[Oo]ut of memory|bad_alloc|std::length_error|[Cc]annot allocate|memory exhausted|heap "
    r"exhausted|memory allocation of \d+|could not allocate|[Mm]emory allocation failed"
    r"|[Aa]llocation failed|Failed to expand heap|failed to (?:mmap|allocate|map)"
    r"|MemoryError|OutOfMemory"
)
_FULL = re.compile(r"[Nn]o space left on device|[Ff]ile too large")
_CRASHED = re.compile(
    r"PLEASE submit|internal compiler error|internal error|unexpectedly panicked|Stack dump"
    r"|Assertion .* failed|the 'impossible' happened|compiler bug|BUG: |thread '\w*' panicked"
    r"|Illegal storage access|clang frontend command failed|Nil access|[Ss]egmentation"
)
# Paths that no program of one file has to do with, absolute or by way of the folder above.
_HOST = r"/(?:etc|proc|sys|dev|root|home|var|run|boot|mnt|srv|tmp|opt)\b"
_REFUSED = re.compile(
    rf"[Pp]ermission denied|[Oo]peration not permitted|cannot run /|{_HOST}|EACCES|EPERM"
)
_NOT_RUN = re.compile(
    r"Error executing process: [^\n]*denied|posix_spawnp?: permission denied"
    r"|got exit status 126|failed with code: 126"
)
# How drivers tell that what they had started was killed: clang, rustc, GHC, Crystal, gcc, shells.
_KILLED = re.compile(
    r"unable to execute command: Killed|\(signal: 9|\(Exit code: -9\)|terminated with signal 9"
    r"|terminated by signal 9|exit code: 137|Killed signal terminated program"
)
_BY_LIMITS = (TIME, MEMORY, OUTPUT, PROCESSES)
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{4,}")
# Lines of the program that a compiler shows: they may say anything.
_SHOWN = re.compile(r"(?m)^(?:\s+|\d+ +\|)[^\n]*\n?")
_TERMINAL = re.compile(r"\x1b\[[0-9;]*m|[\x00-\x08\x0b-\x1f\x7f]")
_CRASH_CODES = {128 + number for number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGILL)}


class Failure(NamedTuple):
    """Why there is no IR: a phrase of ``REASONS``, and what the compiler said first."""

    reason: str
    diagnostic: str


def failure_of(adapter: Adapter, ran: Ran, limits: Limits, wanted: str) -> Failure | None:
    """Why a stage failed; None if it did not.

    Args:
        adapter: The language.
        ran: How it ended.
        limits: What it ran under.
        wanted: The file it was to give; empty if none.
    """
    if not ran.exit and not ran.ended_by and (ran.there or not wanted):
        return None
    said = _TERMINAL.sub("", ran.heard)
    complaints = list(adapter.complaint.finditer(said))
    lines = [one[0] for one in complaints]
    # GHC says what happened at compile time in indented lines: those of the first complaint count.
    plain = _SHOWN.sub("", said) + "".join(lines[:1])
    reason = _ended(ran, limits, plain) or _said(adapter, said, lines)
    if reason not in _BY_LIMITS and was_killed(ran, limits):
        return Failure(SANDBOX, "the compiler was killed")
    # How far it came before a limit is chance, and so are addresses: equal runs give equal rows.
    text = complaints[0]["text"] if complaints else _last_line(said)
    text = "" if reason in _BY_LIMITS else _ADDRESS.sub("0x…", " ".join(text.split()))
    return Failure(reason, text[:_MOST_SAID])


def was_killed(ran: Ran, limits: Limits) -> bool:
    """Whether something from outside killed it: an operator, or a machine without memory."""
    at_limit = ran.ended_by or ran.last_cpu_seconds >= _SLOW * limits.cpu_seconds
    killed = ran.exit in (-signal.SIGKILL, 128 + signal.SIGKILL)
    return not at_limit and (killed or bool(ran.exit and _KILLED.search(ran.heard)))


def _ended(ran: Ran, limits: Limits, said: str) -> str:
    """What the way it ended tells; empty if nothing."""
    if ran.ended_by == "processes":
        return PROCESSES
    slow = ran.last_cpu_seconds >= _SLOW * limits.cpu_seconds
    if ran.ended_by or slow or ran.exit in (-signal.SIGXCPU, 128 + signal.SIGXCPU):
        return TIME
    full = ran.largest_bytes >= limits.file_mb << 20
    if full or ran.exit in (-signal.SIGXFSZ, 128 + signal.SIGXFSZ) or _FULL.search(said):
        return OUTPUT
    if _OUT_OF_MEMORY.search(said):
        return MEMORY
    if _NOT_RUN.search(said):  # of which Crystal and GHC die like of a bug of theirs
        return FORBIDDEN
    crashed = ran.exit < 0 or ran.exit in _CRASH_CODES or _CRASHED.search(said)
    if crashed:
        return MEMORY if ran.peak_kb << 10 > 0.6 * (limits.memory_mb << 20) else CRASH
    return ""


def _said(adapter: Adapter, said: str, lines: list[str]) -> str:
    """What the compiler's words tell, the first complaint before the others."""
    first = lines[0] if lines else said
    if any(_REFUSED.search(line) for line in lines or [said]):
        return FORBIDDEN
    for pattern, reason in (
        (adapter.absent, MISSING),
        (adapter.grammar, GRAMMAR),
        (adapter.newer, NEWER),
    ):
        if pattern.search(first):
            return reason
    if any(adapter.absent.search(line) for line in lines):
        return MISSING
    return MEANING if lines else OTHER


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""
