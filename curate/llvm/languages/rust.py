"""Rust: rustc, one codegen unit, panics unwinding, as a program where there is a ``main``.

rustup's proxy costs 8 ms a call, so the compiler under ``rustc --print sysroot`` is called. The
paper turns inlining off; we do not.
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
from curate.llvm.programs import digest, folder_of, told, version_text

_MAIN = re.compile(r"(?m)^[ \t]*+(?:pub\s+)?(?:async\s+)?fn\s+main\s*\(")
_LEVELS = {"O3": "3", "Oz": "z"}


def _find() -> Toolchain | Missing:
    proxy = shutil.which("rustc") or _existing(Path.home() / ".cargo" / "bin" / "rustc")
    if proxy is None:
        return Missing("no rustc", "apt-get install rustc, or rustup")
    said = told(proxy, "--print", "sysroot").splitlines()
    root = said[0] if said else ""
    path = _existing(Path(root) / "bin" / "rustc") or proxy
    text = version_text(path, "--version", "--verbose")
    version = re.search(r"release: (\S+)", text)
    llvm = re.search(r"LLVM version: (\S+)", text)
    if version is None or llvm is None:
        return Missing(f"{path} does not tell its version", "apt-get install rustc, or rustup")
    known = digest(path, "--version", "--verbose")
    reads = folder_of(path)
    return Toolchain("rustc", version[1], llvm[1], {"rustc": (path,)}, reads, (), known)


def _existing(path: Path) -> str | None:
    return str(path) if path.is_file() else None


def _stages(toolchain: Toolchain, source: str, modes: Sequence[Mode]) -> Stages:
    kind = "bin" if _MAIN.search(source) else "lib"
    crate = ("--emit=llvm-ir", f"--crate-type={kind}", "--crate-name=source", "--edition=2021")
    flags = (*crate, "--cap-lints=allow", "-Ccodegen-units=1", "-Cdebuginfo=0")

    def commands(mode: Mode) -> tuple[Command, ...]:
        level = f"-Copt-level={_LEVELS[mode]}"
        ends = ("source.rs", "-o", "out.ll")
        return (Command((*toolchain.commands["rustc"], *flags, level, *ends)),)

    return one_stage_each(commands, modes)


ADAPTER = Adapter(
    language="rust",
    title="Rust",
    file_name="source.rs",
    find=_find,
    stages=_stages,
    absent=re.compile(
        r"E0432|E0433|E0463|E0583|can't find crate|file not found for module|couldn't read"
        r"|cannot find (?:macro|attribute|derive macro)|maybe a missing crate"
    ),
    newer=re.compile(r"E0554|E0658|E0635|E0557|unstable|may not be used on the stable"),
    grammar=re.compile(
        r"error: (?:expected|unexpected|unknown start|this file contains|mismatched closing|un"
        r"(?:closed|terminated)|missing|invalid|prefix|unknown prefix|leading)"
    ),
    complaint=re.compile(r"(?m)^error(?:\[E\d+\])?: (?P<text>[^\n]*)"),
)
