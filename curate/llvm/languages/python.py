"""Python: Cython writes C against CPython's interface, which clang compiles.

Not what the paper did: it used Codon, a typed dialect whose compiler is in no registry. Here every
operation is a call of the interpreter's library, half a megabyte of IR for a page of Python, so
recipes do well to leave Python out.
"""

from __future__ import annotations

import dataclasses as dc
import importlib.util
import re
import sys
import sysconfig
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from curate.llvm import clang
from curate.llvm.adapter import Adapter, Command, Missing, Mode, Stage, Stages, Toolchain
from curate.llvm.programs import digest

# Only Cython's own folder is shown, not the one it lies in; -I: no user's files, no environment.
_START = """
import importlib.util, sys
folder = sys.argv.pop(1)
spec = importlib.util.spec_from_file_location(
    "Cython", folder + "/__init__.py", submodule_search_locations=[folder]
)
sys.modules["Cython"] = module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
sys.modules["cython"] = importlib.import_module("Cython.Shadow")
from Cython.Compiler.Main import main
main(command_line=1)
"""
_INSTALL = "pip install cython, and apt-get install clang-19 python3-dev"


def _find() -> Toolchain | Missing:
    package, c = importlib.util.find_spec("Cython"), clang.find("c")
    headers = sysconfig.get_path("include")
    if isinstance(c, Missing):
        return c
    if package is None or not package.origin or not (Path(headers) / "Python.h").is_file():
        return Missing("no Cython, or no headers of this Python", _INSTALL)
    version = metadata.version("cython")
    python = str(Path(sys.executable).resolve())
    call = (python, "-I", "-S", "-c", _START, str(Path(package.origin).parent))
    reads = (*c.reads, sys.base_prefix, headers, str(Path(package.origin).parent))
    known = digest(python, "-VV") + version + c.digest
    start_clang = (*c.commands["clang"], "-I", headers)
    return dc.replace(
        c,
        compiler=f"cython {version} + {c.compiler}",
        commands={"cython": call, "clang": start_clang},
        reads=reads,
        digest=known,
    )


def _stages(toolchain: Toolchain, source: str, modes: Sequence[Mode]) -> Stages:
    cython = (*toolchain.commands["cython"], "-3", "--embed", "source.py", "-o", "source.c")
    yield Stage((Command(cython),), output="")
    for mode in modes:
        call = clang.compile_command(toolchain.commands["clang"], mode, (), "source.c")
        yield Stage((call,), mode=mode, fresh=False)


ADAPTER = Adapter(
    language="python",
    title="Python",
    file_name="source.py",
    find=_find,
    stages=_stages,
    absent=re.compile(r"cimported module|\.pxd' not found|" + clang.ABSENT.pattern),
    newer=re.compile(r"not (?:yet )?supported|not allowed"),
    grammar=re.compile(
        r"source\.py:\d+:\d+: (?:Expected|Syntax error|Unrecognized|Unclosed|Incon)"
    ),
    complaint=re.compile(r"(?m)^(?:source\.py:\d+:\d+|[^\n]*error): (?P<text>[^\n]*)"),
)
