"""Swift: swiftc. Debian 12 has none; Debian 13's ``swiftlang`` is read where it is installed."""

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

_LEVELS = {"O3": "-O", "Oz": "-Osize"}
# The version of LLVM that a release was branched from; swiftc does not tell it.
_LLVM = {"5": "15", "6": "17"}


def _find() -> Toolchain | Missing:
    path = shutil.which("swiftc")
    version = path and re.search(r"Swift version (\d[\d.]*)", version_text(path, "--version"))
    if not path or not version:
        needs = "no swiftc; Debian 12 has no package of it"
        return Missing(needs, "apt-get install swiftlang (Debian 13), or swift.org's archive")
    llvm = _LLVM.get(version[1].partition(".")[0], "")
    folder = folder_of(path)
    frontend = shutil.which("swift-frontend") or path
    known = digest(path, "--version")
    return Toolchain("swiftc", version[1], llvm, {"swiftc": (path,)}, folder, (frontend,), known)


def _stages(toolchain: Toolchain, source: str, modes: Sequence[Mode]) -> Stages:
    def commands(mode: Mode) -> tuple[Command, ...]:
        flags = ("-emit-ir", _LEVELS[mode], "-suppress-warnings", "-module-name", "source")
        ends = ("main.swift", "-o", "out.ll")
        return (Command((*toolchain.commands["swiftc"], *flags, *ends)),)

    return one_stage_each(commands, modes)


ADAPTER = Adapter(
    language="swift",
    title="Swift",
    file_name="main.swift",
    find=_find,
    stages=_stages,
    absent=re.compile(r"no such module|cannot find '\w+' in scope|cannot find type"),
    newer=re.compile(r"is only available|unavailable|requires (?:Swift|macOS|that)"),
    grammar=re.compile(
        r"error: (?:expected|consecutive|unterminated|invalid character|extraneous|unexpected)"
    ),
    complaint=re.compile(r"(?m)^[^\n]*?error: (?P<text>[^\n]*)"),
)
