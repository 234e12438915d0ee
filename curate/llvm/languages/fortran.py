"""Fortran: flang. It has no ``-Oz``: there unoptimised IR goes through ``opt`` of the same LLVM.

flang writes ``.mod`` files into its folder, which is a fresh one for each mode.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence

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

_PAIRS = (
    ("flang-new-19", "opt-19"),
    ("flang-20", "opt-20"),
    ("flang-new", "opt"),
    ("flang", "opt"),
)


def _find() -> Toolchain | Missing:
    for name, optimizer in _PAIRS:
        path, opt = shutil.which(name), shutil.which(optimizer)
        version = path and re.search(r"version (\d[\d.]*)", version_text(path, "--version"))
        if not path or not opt or not version:
            continue
        known = digest(path, "--version") + digest(opt, "--version")
        commands = {"flang": (path,), "opt": (opt,)}
        return Toolchain("flang", version[1], version[1], commands, folder_of(path), (), known)
    return Missing("no flang with the opt of its LLVM", "apt-get install flang-19 llvm-19")


def _stages(toolchain: Toolchain, source: str, modes: Sequence[Mode]) -> Stages:
    flang, opt = toolchain.commands["flang"], toolchain.commands["opt"]
    start = (*flang, "-S", "-emit-llvm")

    def commands(mode: Mode) -> tuple[Command, ...]:
        if mode == "O3":
            return (Command((*start, "-O3", "source.f90", "-o", "out.ll")),)
        passes = (*opt, "-S", "-passes=default<Oz>", "a.ll", "-o", "out.ll")
        return (Command((*start, "-O0", "source.f90", "-o", "a.ll")), Command(passes))

    return one_stage_each(commands, modes)


ADAPTER = Adapter(
    language="fortran",
    title="Fortran",
    file_name="source.f90",
    find=_find,
    stages=_stages,
    absent=re.compile(
        r"Cannot (?:read|parse|find) module file|Source file '[^']*' was not found"
        r"|No such file or directory|error: [Nn]o such module|Cannot use module"
    ),
    newer=re.compile(r"not yet implemented|not supported|TODO|nonstandard|is not standard"),
    grammar=re.compile(
        r"expected|Could not (?:parse|scan)|syntax|Bad (?:character|label)|[Uu]nmatched|Character"
        r" in fixed-form|Invalid|missing"
    ),
    complaint=re.compile(
        r"(?m)^[^\n]*?error: (?!Semantic errors in|Could not (?:parse|scan) )(?P<text>[^\n]*)"
    ),
)
