"""D: ldc2. The file must be called like its module, so it is ``source.d``."""

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


def _find() -> Toolchain | Missing:
    path = shutil.which("ldc2")
    text = version_text(path, "--version") if path else ""
    version = re.search(r"compiler \((\S+?)\)", text)
    llvm = re.search(r"based on .*LLVM (\d[\d.]*)", text)
    if path is None or version is None or llvm is None:
        return Missing("no ldc2", "apt-get install ldc")
    reads = ("/etc/ldc2.conf", *folder_of(path))
    known = digest(path, "--version")
    return Toolchain("ldc2", version[1], llvm[1], {"ldc2": (path,)}, reads, (), known)


def _stages(toolchain: Toolchain, source: str, modes: Sequence[Mode]) -> Stages:
    start, ends = toolchain.commands["ldc2"], ("-d", "source.d", "-of=out.ll")
    return one_stage_each(
        lambda mode: (Command((*start, f"-{mode}", "--output-ll", "-c", *ends)),), modes
    )


ADAPTER = Adapter(
    language="d",
    title="D",
    file_name="source.d",
    find=_find,
    stages=_stages,
    absent=re.compile(
        r"unable to read module|is in file '[^']*' which cannot be read|cannot find source code"
        r"|file \S+ cannot be found|file `[^`]*` cannot be found|path refers to parent"
        r"|cannot be found or not in a path|import \S+ (?:must|cannot)"
    ),
    newer=re.compile(
        r"is not supported|deprecated and|-preview=|no longer|requires -preview|has been removed"
        r"|use of .* is not allowed|unrecognized (?:attribute|pragma)|no property `\w+` for type"
    ),
    grammar=re.compile(
        r"Error: (?:found|unterminated|unmatched|expression expected|declaration expected|"
        r"expected|matching|semicolon|basic type expected|identifier expected|character|"
        r"unrecognized|missing|invalid|no identifier|statement expected|`[^`]*` expected|"
        r"unexpected|empty|octal|premature|delimiter)|expected (?:following|to follow|before)"
        r"|is not an expression|terminating"
    ),
    complaint=re.compile(r"(?m)^[^\n]*?(?:[Ee]rror|fatal): (?P<text>[^\n]*)"),
)
