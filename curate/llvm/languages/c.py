"""C: clang, GNU C17, as the paper's scripts call it."""

from __future__ import annotations

from collections.abc import Sequence

from curate.llvm import clang
from curate.llvm.adapter import Adapter, Missing, Mode, Stages, Toolchain, one_stage_each

_FLAGS = ("-std=gnu17",)


def _find() -> Toolchain | Missing:
    return clang.find("c")


def _stages(toolchain: Toolchain, source: str, modes: Sequence[Mode]) -> Stages:
    start = toolchain.commands["clang"]
    return one_stage_each(
        lambda mode: (clang.compile_command(start, mode, _FLAGS, "source.c"),), modes
    )


ADAPTER = Adapter(
    language="c",
    title="C",
    file_name="source.c",
    find=_find,
    stages=_stages,
    absent=clang.ABSENT,
    newer=clang.NEWER,
    grammar=clang.GRAMMAR,
    complaint=clang.COMPLAINT,
)
