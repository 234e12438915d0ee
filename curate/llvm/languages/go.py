"""Go: neither gollvm nor tinygo is in Debian or a package registry; used where one is on the path.

``llvm-goc`` has no ``-Oz`` (``-Os`` is taken); tinygo writes the whole program with its runtime.
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

_LEVELS = {"O3": "-O3", "Oz": "-Os"}


def _find() -> Toolchain | Missing:
    path = shutil.which("llvm-goc")
    version = path and re.search(r"version (\d[\d.]*)", version_text(path, "--version"))
    if not path or not version:
        return Missing("no llvm-goc; no LLVM compiler of Go is in Debian or a package registry")
    known = digest(path, "--version")
    commands = {"llvm-goc": (path,)}
    return Toolchain("gollvm", version[1], version[1], commands, folder_of(path), (), known)


def _stages(toolchain: Toolchain, source: str, modes: Sequence[Mode]) -> Stages:
    def commands(mode: Mode) -> tuple[Command, ...]:
        flags = ("-S", "-emit-llvm", _LEVELS[mode], "-fno-inline", "source.go", "-o", "out.ll")
        return (Command((*toolchain.commands["llvm-goc"], *flags)),)

    return one_stage_each(commands, modes)


ADAPTER = Adapter(
    language="go",
    title="Go",
    file_name="source.go",
    find=_find,
    stages=_stages,
    absent=re.compile(r"import file '[^']*' not found|cannot find package"),
    newer=re.compile(r"not supported|requires go1"),
    grammar=re.compile(r"error: (?:expected|unexpected|missing|invalid character)"),
    complaint=re.compile(r"(?m)^[^\n]*?error: (?P<text>[^\n]*)"),
)
