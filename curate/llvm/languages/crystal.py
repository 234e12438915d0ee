"""Crystal: the functions of the program alone out of the whole-program IR that crystal writes.

Every program holds the library, some 6 MB of IR. With ``--debug`` each function names its file:
those of ``source.cr`` and ``__crystal_main`` are extracted, and the passes run by ``opt`` of the
same LLVM. Macros start programs through the shell: it is all that they may start.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence

from curate.llvm.adapter import Adapter, Command, Missing, Mode, Stage, Stages, Toolchain
from curate.llvm.programs import digest, folder_of, version_text

_FILE = re.compile(r'(?m)^(!\d+) = !DIFile\(filename: "source\.cr"')
_SUBPROGRAM = re.compile(r"(?m)^(!\d+) = (?:distinct )?!DISubprogram\(.*?file: (!\d+)")
_DEFINED = re.compile(r'(?m)^define [^@]*@("(?:[^"\\]|\\.)*"|[\w.$~*-]+)\(.*!dbg (!\d+)')
_ESCAPE = re.compile(r"\\([0-9A-Fa-f]{2})")


def _find() -> Toolchain | Missing:
    path, opt, extract = (shutil.which(n) for n in ("crystal", "opt-14", "llvm-extract-14"))
    text = version_text(path, "--version") if path else ""
    version = re.search(r"Crystal (\d[\d.]*)", text)
    llvm = re.search(r"LLVM: (\d[\d.]*)", text)
    if not path or not version or not llvm:
        return Missing("no crystal", "apt-get install crystal llvm-14")
    if not opt or not extract:
        return Missing("no opt-14 beside crystal", "apt-get install llvm-14")
    commands = {"crystal": (path,), "opt": (opt,), "llvm-extract": (extract,)}
    known = digest(path, "--version") + digest(opt, "--version")
    reads = folder_of(path)
    # Crystal's own OpenSSL bindings ask a shell for a version, and do without the answer.
    return Toolchain("crystal", version[1], llvm[1], commands, reads, ("/bin/sh",), known)


def own_functions(ir: str) -> list[str]:
    """Names of the functions whose file is ``source.cr``."""
    files = set(_FILE.findall(ir))
    own = {name for name, file in _SUBPROGRAM.findall(ir) if file in files}
    found = [name.strip('"') for name, program in _DEFINED.findall(ir) if program in own]
    return [_ESCAPE.sub(lambda match: chr(int(match[1], 16)), name) for name in found]


def _stages(toolchain: Toolchain, source: str, modes: Sequence[Mode]) -> Stages:
    target = ("--cross-compile", "--target", "x86_64-linux-gnu", "source.cr", "-o", "source")
    flags = ("build", "--debug", "--no-color", "--emit", "llvm-ir", "--single-module", *target)
    whole = yield Stage((Command((*toolchain.commands["crystal"], *flags)),), output="source.ll")
    names = own_functions(whole.decode("utf-8", "replace"))
    wanted = tuple(f"--func={name}" for name in (*names, "__crystal_main"))
    extract = (*toolchain.commands["llvm-extract"], *wanted, "source.ll", "-o", "own.bc")
    yield Stage((Command(extract),), output="", fresh=False)
    for mode in modes:
        passes = ("-S", "-strip-debug", f"-passes=default<{mode}>", "own.bc", "-o", "out.ll")
        yield Stage((Command((*toolchain.commands["opt"], *passes)),), mode=mode, fresh=False)


ADAPTER = Adapter(
    language="crystal",
    title="Crystal",
    file_name="source.cr",
    find=_find,
    stages=_stages,
    absent=re.compile(r"can't find file ['\"]"),
    newer=re.compile(r"undefined (?:macro )?method '.*' for .*(?:Crystal|:Module)|deprecated"),
    grammar=re.compile(
        r"[Ss]yntax error|unexpected token|expecting|unterminated|unknown token|invalid"
    ),
    complaint=re.compile(
        r"(?m)^\s*(?:Error|Syntax error in [^:]*:\d+|[^\n]*?[Ee]rror): ?(?P<text>[^\n]*)"
    ),
    runs_programs=True,
)
