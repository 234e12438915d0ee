"""C++: clang, GNU C++20, libstdc++ of Debian or libc++ of ``ziglang``.

libstdc++ 12 has no ``<format>``; libc++ has no ``bits/stdc++.h``.
"""

from __future__ import annotations

from collections.abc import Sequence

from curate.llvm import clang
from curate.llvm.adapter import Adapter, Missing, Mode, Stages, Toolchain, one_stage_each

_FLAGS = ("-std=gnu++20",)


def _find() -> Toolchain | Missing:
    return clang.find("cpp")


def _stages(toolchain: Toolchain, source: str, modes: Sequence[Mode]) -> Stages:
    start = toolchain.commands["clang++"]
    return one_stage_each(
        lambda mode: (clang.compile_command(start, mode, _FLAGS, "source.cpp"),), modes
    )


ADAPTER = Adapter(
    language="cpp",
    title="C++",
    file_name="source.cpp",
    find=_find,
    stages=_stages,
    absent=clang.ABSENT,
    newer=clang.NEWER,
    grammar=clang.GRAMMAR,
    complaint=clang.COMPLAINT,
)
