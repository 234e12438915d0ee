"""Nim: ``nim`` writes C, which clang compiles; the module of the program alone, not its library.

The library is named relative to the program's folder, so one step up stands for any number of them
in the names. ``staticExec`` finds no program that may be run.
"""

from __future__ import annotations

import dataclasses as dc
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from curate.llvm import clang
from curate.llvm.adapter import Adapter, Command, Missing, Mode, Stage, Stages, Toolchain
from curate.llvm.programs import digest, folder_of, version_text

_GENERATED = "nc/@msource.nim.c"


def _find() -> Toolchain | Missing:
    path, c = shutil.which("nim"), clang.find("c")
    version = path and re.search(r"Version (\d[\d.]*)", version_text(path, "--version"))
    library = path and _library(path)
    if isinstance(c, Missing):
        return c
    if not path or not version or not library:
        return Missing("no nim", "apt-get install nim")
    start = (*c.commands["clang"], "-I", library)
    known = digest(path, "--version") + c.digest
    return dc.replace(
        c,
        compiler=f"nim {version[1]} + {c.compiler}",
        commands={"nim": (path,), "clang": start},
        reads=(*c.reads, library, "/etc/nim", *folder_of(path)),
        digest=known,
    )


def _library(path: str) -> str | None:
    home = Path(path).resolve().parent.parent
    places = (home / "lib" / "nim" / "lib", home / "lib", home / "lib" / "nim")
    return next((str(place) for place in places if (place / "nimbase.h").is_file()), None)


def _stages(toolchain: Toolchain, source: str, modes: Sequence[Mode]) -> Stages:
    alone = ("--skipUserCfg", "--skipProjCfg", "--skipParentCfg", "--hints:off", "--warnings:off")
    flags = ("c", "--compileOnly", "--nimcache:nc", "-d:release", "--mm:orc", *alone)
    nim = Command((*toolchain.commands["nim"], *flags, "--opt:speed", "source.nim"))
    # --opt chooses flags for the C compiler only: the C is the same for both modes.
    yield Stage((nim,), output="")
    for mode in modes:
        call = clang.compile_command(toolchain.commands["clang"], mode, (), _GENERATED)
        yield Stage((call,), mode=mode, fresh=False)


ADAPTER = Adapter(
    language="nim",
    title="Nim",
    file_name="source.nim",
    find=_find,
    stages=_stages,
    absent=re.compile(r"cannot open file: |cannot open '|" + clang.ABSENT.pattern),
    newer=re.compile(
        r"invalid pragma|is deprecated|experimental|not supported|unknown (?:compiler )?option"
        r"|undeclared identifier: '(?:defaultValue|ensureMove|lent|sink|callsite|wasMoved)'"
    ),
    grammar=re.compile(
        r"Error: (?:invalid indentation|expression expected|expected|unexpected|closing|"
        r"identifier expected|tabs are not allowed|invalid token|missing closing|nestable|"
        r"complex statement|\\\)|invalid expression)"
    ),
    complaint=re.compile(r"(?m)^[^\n]*?(?:Error|fatal error|error): (?P<text>[^\n]*)"),
    runs_programs=True,
    folders=re.compile(r"(?<=@atm)(?P<kept>dotdotats)(?:dotdotats)*"),
)
