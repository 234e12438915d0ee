"""Objective-C: clang with GNUstep's Foundation and gcc's runtime headers.

The headers ask for ``objc/blocks_runtime.h`` of libobjc2, which Debian lacks: a stub of ours lies
in ``objc_headers``; without it 1 of 75 files compiles under ``-fblocks``, with it 64. Automatic
reference counting fails on these headers.
"""

from __future__ import annotations

import dataclasses as dc
import glob
from collections.abc import Sequence
from pathlib import Path

from curate.llvm import clang
from curate.llvm.adapter import Adapter, Missing, Mode, Stages, Toolchain, one_stage_each
from curate.llvm.programs import digest

_STUB = Path(__file__).parent / "objc_headers"
_FOUNDATION = "/usr/include/GNUstep/Foundation/Foundation.h"
_RUNTIME = "/usr/lib/gcc/*/*/include/objc/objc.h"
_FLAGS = (
    "-fobjc-runtime=gnustep-2.0",
    "-fblocks",
    "-fobjc-exceptions",
    "-fconstant-string-class=NSConstantString",
)


def _find() -> Toolchain | Missing:
    found = clang.find("c")
    runtime = sorted(glob.glob(_RUNTIME))
    if isinstance(found, Missing):
        return found
    if found.compiler != "clang" or not runtime or not Path(_FOUNDATION).is_file():
        needs = "clang, GNUstep's Foundation and the headers of libobjc are needed"
        return Missing(needs, "apt-get install clang-19 libgnustep-base-dev libobjc-12-dev")
    after = str(Path(runtime[-1]).parent.parent)
    headers = ("-I", str(_STUB), "-I", "/usr/include/GNUstep", "-idirafter", after)
    start = (*found.commands["clang"], *headers)
    known = digest(start[0], "--version", files=[_FOUNDATION, runtime[-1]])
    return dc.replace(
        found, commands={"clang": start}, reads=(*found.reads, str(_STUB)), digest=known
    )


def _stages(toolchain: Toolchain, source: str, modes: Sequence[Mode]) -> Stages:
    start = toolchain.commands["clang"]
    return one_stage_each(
        lambda mode: (clang.compile_command(start, mode, _FLAGS, "source.m"),), modes
    )


ADAPTER = Adapter(
    language="objc",
    title="Objective-C",
    file_name="source.m",
    find=_find,
    stages=_stages,
    absent=clang.ABSENT,
    newer=clang.NEWER,
    grammar=clang.GRAMMAR,
    complaint=clang.COMPLAINT,
)
