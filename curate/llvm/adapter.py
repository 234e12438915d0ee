"""What is known of a language: its compiler, its commands, and what its complaints mean."""

from __future__ import annotations

import dataclasses as dc
import re
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Literal, NamedTuple

Mode = Literal["O3", "Oz"]
"""``O3`` optimises for speed, the paper's ``Perf_Optimized``; ``Oz`` for size."""


class Command(NamedTuple):
    """One call of a program in the scratch folder.

    Attributes:
        argv: An absolute path and arguments.
        gives: A file whose being there counts in the place of the exit code; empty: the code does.
    """

    argv: tuple[str, ...]
    gives: str = ""


class Stage(NamedTuple):
    """Commands that give one file.

    Attributes:
        commands: Run one after the other, until one fails.
        output: The file they give.
        mode: The mode whose IR it is; empty if it serves all modes.
        fresh: Whether the folder holds nothing but the source before.
    """

    commands: tuple[Command, ...]
    output: str = "out.ll"
    mode: str = ""
    fresh: bool = True


Stages = Generator[Stage, bytes, None]
"""Yields stages one by one; each is answered with the bytes of its output."""


@dc.dataclass(frozen=True)
class Toolchain:
    """A compiler that is on this machine.

    Attributes:
        compiler: Its name, ``clang``.
        version: Its own version.
        llvm_version: The version of LLVM whose text it writes.
        commands: Name → the words a call begins with, an absolute path first.
        reads: Files and folders it reads, beside the system's.
        runs: Programs it may start, beside the first words of ``commands``.
        digest: Identity of the compiler: another one may give other IR.
    """

    compiler: str
    version: str
    llvm_version: str
    commands: Mapping[str, tuple[str, ...]]
    reads: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    digest: str = ""

    def programs(self) -> tuple[str, ...]:
        """All files that may be run."""
        return (*dict.fromkeys(words[0] for words in self.commands.values()), *self.runs)


class Missing(NamedTuple):
    """Why there is no compiler for a language.

    Attributes:
        reason: What was looked for.
        install: The line that installs it; empty where nothing does.
    """

    reason: str
    install: str = ""


class Header(NamedTuple):
    """A header that many programs begin with, which the compiler can read ready-made.

    Attributes:
        name: As it is included, ``bits/stdc++.h``.
        begins: Programs that it fits, matched at their beginning.
        where: Toolchain and mode → a command that writes its dependencies, in the way of make.
        build: Toolchain, mode and the header's own path → a command that reads it into ``out.pch``.
        probe: A program to try it with.
    """

    name: str
    begins: re.Pattern[str]
    where: Callable[[Toolchain, Mode], Command]
    build: Callable[[Toolchain, Mode, str], Command]
    probe: str


@dc.dataclass(frozen=True)
class Adapter:
    """One language.

    Attributes:
        language: Its label, ``cpp``.
        title: What people call it, and its config on the Hub, ``C++``.
        file_name: What every program is called; some compilers name the module after it.
        find: Looks for the compiler.
        stages: Toolchain, source and modes → what to run.
        absent: Complaints about a header, module, crate or package that is not there.
        newer: Complaints about a feature of another version, dialect or processor.
        grammar: Complaints about text that does not parse.
        complaint: The first line that names an error; its group ``text``, if any, is the message.
        runs_programs: The compiler can be told by a source to start programs.
        folders: What in names of the IR tells how deep the folder lay; its group ``kept`` stays.
        header: What to read ready-made, where that gives the same bytes.
    """

    language: str
    title: str
    file_name: str
    find: Callable[[], Toolchain | Missing]
    stages: Callable[[Toolchain, str, Sequence[Mode]], Stages]
    absent: re.Pattern[str]
    newer: re.Pattern[str]
    grammar: re.Pattern[str]
    complaint: re.Pattern[str]
    runs_programs: bool = False
    folders: re.Pattern[str] | None = None
    header: Header | None = None


def one_stage_each(
    commands: Callable[[Mode], tuple[Command, ...]], modes: Sequence[Mode]
) -> Stages:
    """Every mode on its own, from the source."""
    for mode in modes:
        yield Stage(commands(mode), mode=mode)
