"""Columns of compiled programs: every row by its own language's compiler."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from curate.llvm import failures
from curate.llvm.adapter import Mode, Toolchain
from curate.llvm.compiler import Cleaning, Compiled, Compiler, open_sandbox
from curate.llvm.memo import Memo
from curate.llvm.sandbox import Limits
from curate.llvm.toolchains import adapter_of, toolchain_of

PREFIXES: dict[Mode, str] = {"O3": "ir_perf", "Oz": "ir_size"}
TOLD = ("compiler", "compiler_version", "llvm_version", "diagnostic")
DEFECT = "defect"
# Suffix → type and attribute of ``Compiled``.
_OF_A_MODE = {
    "": (pa.string(), "ir"),
    "_functions": (pa.int32(), "functions"),
    "_instructions": (pa.int32(), "instructions"),
    "_tokens": (pa.int32(), "tokens"),
    "_sha256": (pa.string(), "sha256"),
    "_shape": (pa.string(), "shape"),
    "_verified_by": (pa.string(), "verified_by"),
}


def types(modes: Sequence[Mode]) -> dict[str, pa.DataType]:
    """Names and types of the columns that modes give.

    Example:
        >>> list(types(["Oz"]))[3:6]
        ['diagnostic', 'ir_size', 'ir_size_functions']
    """
    found = dict.fromkeys(TOLD, pa.string())
    for mode in modes:
        found |= {PREFIXES[mode] + suffix: kind for suffix, (kind, _) in _OF_A_MODE.items()}
    return found


def compile_rows(
    texts: Sequence[str | None],
    labels: Sequence[str],
    modes: Sequence[Mode],
    compiler: Callable[[str], Compiler | None],
) -> Iterator[dict[str, Any]]:
    """For each program the values of its columns, and ``defect``: why it gives no IR, or None.

    Args:
        texts: Programs.
        labels: The language of each.
        modes: All of which must give IR.
        compiler: Finds the compiler of a language; asked once for each.
    """
    found: dict[str, Compiler | None] = {}
    for text, label in zip(texts, labels, strict=True):
        if adapter_of(label) is None:
            yield {DEFECT: failures.NO_LANGUAGE}
            continue
        if label not in found:
            found[label] = compiler(label)
        one = found[label]
        yield _row(one, text or "", modes) if one else {DEFECT: failures.NO_COMPILER}


def _row(compiler: Compiler, text: str, modes: Sequence[Mode]) -> dict[str, Any]:
    chain = compiler.toolchain
    row: dict[str, Any] = {
        DEFECT: None,
        "compiler": chain.compiler,
        "compiler_version": chain.version,
        "llvm_version": chain.llvm_version,
    }
    for mode, one in compiler.compile(text, modes).items():
        if not one.reason:
            row |= _values(PREFIXES[mode], one)
        elif row[DEFECT] is None:
            row |= {DEFECT: one.reason, "diagnostic": one.diagnostic or None}
    return row


def _values(prefix: str, one: Compiled) -> dict[str, Any]:
    return {prefix + suffix: getattr(one, name) for suffix, (_, name) in _OF_A_MODE.items()}


@functools.cache
def _open_memo(folder: str) -> Memo:
    return Memo(Path(folder).expanduser())


def compiler_for(
    label: str, level: str, limits: Limits, cleaning: Cleaning, memo: str
) -> Compiler | None:
    """The compiler of a language in a sandbox of this process; None if the machine has none.

    Raises:
        EnvironmentError_: The machine allows no such sandbox, or the memo is damaged.
    """
    adapter, toolchain = adapter_of(label), toolchain_of(label)
    if adapter is None or not isinstance(toolchain, Toolchain):
        return None
    kept = _open_memo(memo) if memo else None
    return Compiler(adapter, toolchain, open_sandbox(level, toolchain), limits, cleaning, kept)
