"""Rows of compiled programs: a row for each mode, every program by its own language's compiler."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from curate.llvm import failures
from curate.llvm.adapter import Command, Mode, Toolchain
from curate.llvm.compiler import Cleaning, Compiled, Compiler, open_sandbox
from curate.llvm.memo import Memo
from curate.llvm.sandbox import Limits
from curate.llvm.toolchains import adapter_of, toolchain_of

SPLITS: dict[Mode, str] = {"O3": "Perf_Optimized", "Oz": "Size_Optimized"}
"""Mode → the split of the paper's dataset."""

LEFT_OUT = "language left out"
DEFECT = "defect"

_OF_IR = {
    "ir": "ir",
    "ir_functions": "functions",
    "ir_instructions": "instructions",
    "ir_tokens": "tokens",
    "ir_sha256": "sha256",
    "ir_shape": "shape",
    "ir_verified_by": "verified_by",
}
"""Column → attribute of ``Compiled``."""

# What a compiler writes for a program without anything to compile, where that is not nothing.
_EMPTY_PROGRAMS = {"crystal": "nil\n", "nim": "discard\n", "python": "pass\n"}
_EMPTY = "the IR is that of an empty program"
_empty_shapes: dict[tuple[Any, ...], dict[Mode, str]] = {}

_TRIPLE = re.compile(r'(?m)^target triple = "([^"]*)"')


def compile_rows(
    texts: Sequence[str | None],
    labels: Sequence[str],
    modes: Sequence[Mode],
    compiler: Callable[[str], Compiler | None],
    wanted: Sequence[str] | None = None,
) -> Iterator[list[dict[str, Any]]]:
    """For each program the rows it becomes, each with ``defect``: why it has no IR, or None.

    One row for each mode, in their order. One alone where there is one mode, and where no mode
    gives IR and all fail alike: then the program failed, not a mode of it.

    Args:
        texts: Programs.
        labels: The language of each.
        modes: What to compile for.
        compiler: Finds the compiler of a language; asked once for each.
        wanted: Labels of languages to compile; None for all.
    """
    found: dict[str, Compiler | None] = {}
    for text, label in zip(texts, labels, strict=True):
        told = {"language": label}
        if adapter_of(label) is None:
            yield [{**told, DEFECT: failures.NO_LANGUAGE}]
            continue
        if wanted is not None and label not in wanted:
            yield [{**told, DEFECT: LEFT_OUT}]
            continue
        if label not in found:
            found[label] = compiler(label)
        one = found[label]
        yield _rows(one, text or "", modes) if one else [{**told, DEFECT: failures.NO_COMPILER}]


def _rows(compiler: Compiler, text: str, modes: Sequence[Mode]) -> list[dict[str, Any]]:
    chain = compiler.toolchain
    told: dict[str, Any] = {
        "language": compiler.adapter.language,
        "source_bytes": len(text.encode("utf-8", "surrogatepass")),
        "compiler": chain.compiler,
        "compiler_version": chain.version,
        "llvm_version": chain.llvm_version,
    }
    found = {mode: _own(compiler, mode, one) for mode, one in compiler.compile(text, modes).items()}
    why = {(one.reason, one.diagnostic) for one in found.values()}
    if len(modes) > 1 and len(why) == 1 and all(reason for reason, _ in why):
        return [{**told, **_failed(found[modes[0]])}]
    rows = []
    for mode in modes:
        row: dict[str, Any] = {**told, "mode": mode, "split": SPLITS[mode]}
        row["command"] = command_text(compiler, text, mode)
        rows.append({**row, **(_failed(found[mode]) or _values(found[mode]))})
    return rows


def _own(compiler: Compiler, mode: Mode, one: Compiled) -> Compiled:
    """What a mode gave, unless nothing in it is of the program.

    Nim and Crystal leave out what nobody calls and write the start of a program all the same: of
    115 programs in Nim 47 gave no more than that, of 79 in Crystal 32.
    """
    if one.reason or one.shape not in _shapes_of_nothing(compiler, mode):
        return one
    return Compiled(failures.NO_CODE, _EMPTY)


def _shapes_of_nothing(compiler: Compiler, mode: Mode) -> tuple[str, ...]:
    """Shape of an empty program in a mode; compiled once in a process."""
    text = _EMPTY_PROGRAMS.get(compiler.adapter.language)
    if text is None:
        return ()
    key = (compiler.toolchain.digest, compiler.adapter.language, compiler.limits, compiler.cleaning)
    if mode not in (known := _empty_shapes.setdefault(key, {})):
        known[mode] = compiler.compile(text, [mode])[mode].shape
    return (known[mode],)


def _failed(one: Compiled) -> dict[str, Any]:
    """Why there is no IR; nothing if there is."""
    return {DEFECT: one.reason, "diagnostic": one.diagnostic or None} if one.reason else {}


def _values(one: Compiled) -> dict[str, Any]:
    triple = _TRIPLE.search(one.ir)
    told = {DEFECT: None, "target": triple and triple[1], "ir_bytes": len(one.ir.encode())}
    return told | {name: getattr(one, attribute) for name, attribute in _OF_IR.items()}


def command_text(compiler: Compiler, text: str, mode: Mode) -> str:
    """What is called for a program and a mode, without the folders of this machine.

    The words that a call of a toolchain begins with (paths, folders of headers) are not of the
    program: the name of the tool stands for them.
    """
    stages = compiler.adapter.stages(compiler.toolchain, text, [mode])
    calls: list[str] = []
    try:
        stage = next(stages)
        while True:
            calls += [_call(compiler.toolchain, one) for one in stage.commands]
            stage = stages.send(b"")
    except StopIteration:
        return " && ".join(calls)


def _call(toolchain: Toolchain, command: Command) -> str:
    starts = sorted(toolchain.commands.items(), key=lambda item: len(item[1]), reverse=True)
    for name, start in starts:
        if command.argv[: len(start)] == start:
            return " ".join((name, *command.argv[len(start) :]))
    return " ".join((Path(command.argv[0]).name, *command.argv[1:]))


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
