r"""Haskell: GHC writes LLVM IR before any LLVM pass; the passes are run by ``opt`` of its LLVM.

GHC wants to go on to assembly; ``-pgmlo false`` ends it after the ``.ll`` was written, so its exit
code is 1 as a rule and the file decides. ``-O3`` is ``-O2`` to GHC. Template Haskell runs code of
the source inside the compiler, and ``-pgmF`` starts programs: gcc's driver is all they may start.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from curate.llvm.adapter import (
    Adapter,
    Command,
    Missing,
    Mode,
    Stages,
    Toolchain,
    one_stage_each,
)
from curate.llvm.programs import digest, folder_of, version_text

_LEVELS = {"O3": "-O2", "Oz": "-O1"}


def _find() -> Toolchain | Missing:
    script = shutil.which("ghc")
    version = script and re.search(r"version (\d[\d.]*)", version_text(script, "--version"))
    if not script or not version:
        return Missing("no ghc", "apt-get install ghc llvm-14")
    home = version_text(script, "--print-libdir").strip()
    # What is on the path is a shell script, and no shell may be run.
    places = (Path(home) / "bin" / "ghc", Path(home).parent / "bin" / f"ghc-{version[1]}")
    path = next((str(place) for place in places if place.is_file()), None)
    opt = shutil.which("opt-14")
    if path is None or opt is None:
        return Missing("no opt-14 beside ghc", "apt-get install ghc llvm-14")
    llvm = re.search(r"LLVM version (\d[\d.]*)", version_text(opt, "--version"))
    commands = {"ghc": (path, f"-B{home}"), "opt": (opt,)}
    reads = ("/var/lib/ghc", *folder_of(path))
    known = digest(path, f"-B{home}", "--version") + digest(opt, "--version")
    # Whatever is evaluated at compile time, annotations too, begins with asking gcc for folders.
    gcc = shutil.which("x86_64-linux-gnu-gcc") or shutil.which("gcc")
    runs = (gcc,) if gcc else ()
    return Toolchain("ghc", version[1], llvm[1] if llvm else "14", commands, reads, runs, known)


def _stages(toolchain: Toolchain, source: str, modes: Sequence[Mode]) -> Stages:
    ghc, opt = toolchain.commands["ghc"], toolchain.commands["opt"]
    stop = ("-pgmlo", "false", "-outputdir", ".", "source.hs")

    def commands(mode: Mode) -> tuple[Command, ...]:
        flags = ("-v0", "-w", "-fllvm", "-keep-llvm-files", _LEVELS[mode], "-S")
        passes = (*opt, "-S", f"-passes=default<{mode}>", "source.ll", "-o", "out.ll")
        return (Command((*ghc, *flags, *stop), gives="source.ll"), Command(passes))

    return one_stage_each(commands, modes)


ADAPTER = Adapter(
    language="haskell",
    title="Haskell",
    file_name="source.hs",
    find=_find,
    stages=_stages,
    absent=re.compile(r"Could not (?:find|load) module|is a member of the hidden package"),
    newer=re.compile(
        r"Unsupported extension|Perhaps you intended to use|You need [A-Z]\w+|Use [A-Z]\w+ to|"
        r"unknown flag|Illegal"
    ),
    grammar=re.compile(r"parse error|lexical error|unterminated|missing"),
    complaint=re.compile(
        r"(?m)^source\.hs:[\d:()\-,]+:? (?:error|fatal):(?P<text>[^\n]*(?:\n\s+[^\n]+){0,3})"
    ),
    runs_programs=True,
)
