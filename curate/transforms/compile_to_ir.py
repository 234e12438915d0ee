"""Compile programs to LLVM IR, each with the real compiler of its language, in a sandbox.

The pairs of SLTrans (Paul, Glavaš and Gurevych 2024, "IRCoder: Intermediate Representations Make
Language Models Robust Multilingual Code Generators"): source, and textual IR at ``-O3`` and
``-Oz``. Commands are in ``curate/llvm/languages``, one file each; ``docs/llvm.md`` has figures.

It misleads where one file is not the program: what includes a header of its project fails, and a
library of templates or generics defines nothing. IR of different compilers is not of one LLVM:
look at ``llvm_version``. Compile time is run time, so programs are compiled confined
(``curate.llvm.sandbox``); limits count CPU seconds, so that a busy machine gives the same rows.
"""

from __future__ import annotations

import dataclasses as dc
import functools
from typing import Annotated, Any, ClassVar, Literal

import pyarrow as pa
from annotated_types import Ge, Le

from curate.contract import DEFECT, Adds, Column, InputPath, Transform, put
from curate.errors import EnvironmentError_
from curate.models import need

_NONE = (
    "this machine has no compiler for any of its languages; for C and C++ run: pip install "
    "'curate[llvm]'; `curate doctor` says what the others need"
)


@dc.dataclass(frozen=True)
class CompileToIr(Transform):
    r"""Compile programs to LLVM IR, optimised for speed and for size, a row for each.

    Program ``a`` becomes the rows ``a#1`` and ``a#2``, one for each mode in their order; a mode
    that gives no IR, or IR that LLVM does not verify, is a rejected row. Where all modes fail
    alike the program is one rejected row, ``a``; with one mode rows keep their ids.

    Args:
        text: Column with the program.
        language: Language of all rows, by any usual name: ``c``, ``C++``, ``Objective-C``,
            ``rust``, ``d``, ``fortran``, ``haskell``, ``nim``, ``crystal``, ``swift``, ``python``,
            ``go``.
        language_column: Column with such a name for each row; ``language`` where it is null.
        languages: Languages that are compiled where ``language_column`` says which it is; Python
            is not among them, since Cython gives calls of the interpreter's library.
        modes: ``O3`` for speed, ``Oz`` for size, or both.
        names: Keep the names of values and blocks; else they are numbered.
        metadata: Keep metadata that is not debug information: aliasing, loops, ranges.
        target: Keep data layout, triple and processor.
        cpu_seconds: Most CPU time of one compiler process, 1 to 3,600.
        wall_seconds: Most time of one command, 1 to 36,000; only what waits without computing
            should reach it.
        memory_mb: Most address space of one compiler process, 256 to 1,048,576.
        file_mb: Largest file it may write, 1 to 512; larger IR is rejected.
        sandbox: ``auto`` for the strongest that the machine allows; ``namespaces``, ``bubblewrap``
            or ``process`` for exactly that; ``off`` trusts every program with this machine.
        memo: Folder that keeps what compilers gave, for later runs; empty keeps nothing.

    Reads:
        text: string.

    Adds:
        language: string, label of the language, such as ``cpp``.
        source_bytes: int64, size of the program in UTF-8; null where no compiler saw it.
        mode: string, ``O3`` or ``Oz``; null where the row stands for all modes.
        split: string, the paper's name of it: ``Perf_Optimized`` or ``Size_Optimized``.
        compiler, compiler_version, llvm_version: string; null where there is no compiler.
        command: string, what was called, without folders of headers and the like.
        target: string, the triple that the IR is for.
        diagnostic: string, the compiler's first complaint, at most 200 characters; null where all
            is well.
        ir: string, the cleaned module.
        ir_bytes: int64, its size in UTF-8.
        ir_functions, ir_instructions: int32, how many it defines, and how many are in these.
        ir_tokens: int32, lexical ones.
        ir_sha256: string, of the module.
        ir_shape: string, a hash that copies with other names share.
        ir_verified_by: string, the LLVM that assembled and verified it.

    Rejects:
        missing dependency: A header, module, crate or file that is not there.
        unsupported feature: Of another version, dialect or processor.
        syntax error: It does not parse.
        semantic error: It parses, but names or types are wrong.
        forbidden access: It asks for a file, a program or a network that is none of its business.
        time limit: It took ``cpu_seconds`` or ``wall_seconds``.
        memory limit: It took ``memory_mb``.
        output limit: It wrote ``file_mb``, or filled its folder.
        process limit: It started more than 64 processes.
        internal compiler error: The compiler crashed.
        no code: Null or empty, or nothing in it becomes a function.
        IR does not verify: LLVM refuses what the compiler wrote.
        compiler not available: This machine has none for the language.
        language left out: It is none of ``languages``.
        unknown language: It is none of these twelve.
        sandbox broke: The confined process died or was killed, twice.
        other failure: The compiler failed and did not say why.

    Raises:
        EnvironmentError_: Before any work: no language has a compiler, llvmlite is missing, or the
            machine allows no sandbox.

    Example:
        >>> rows = pa.table({"id": ["a"], "text": ["int twice(int n) { return 2 * n; }"]})
        >>> compiled = CompileToIr(modes=("O3",))(rows)
        >>> compiled["ir_functions"][0].as_py(), "shl nsw" in compiled["ir"][0].as_py()
        (1, True)
    """

    text: Column = "text"
    language: str = "c"
    language_column: Column = ""
    languages: tuple[str, ...] = (
        "c", "cpp", "objc", "rust", "d", "fortran", "haskell", "nim", "crystal", "swift", "go",
    )  # fmt: skip
    modes: tuple[Literal["O3", "Oz"], ...] = ("O3", "Oz")
    names: bool = True
    metadata: bool = False
    target: bool = True
    cpu_seconds: Annotated[int, Ge(1), Le(3600)] = 120
    wall_seconds: Annotated[int, Ge(1), Le(36000)] = 600
    memory_mb: Annotated[int, Ge(256), Le(1 << 20)] = 4096
    file_mb: Annotated[int, Ge(1), Le(512)] = 64
    sandbox: Literal["auto", "namespaces", "bubblewrap", "process", "off"] = "auto"
    memo: InputPath = ""

    splits: ClassVar = True
    version: ClassVar = 2
    adds: ClassVar[Adds] = {
        **dict.fromkeys(
            ("language", "mode", "split", "compiler", "compiler_version", "llvm_version", "command",
             "target", "diagnostic", "ir"),
            pa.string(),
        ),
        **dict.fromkeys(("source_bytes", "ir_bytes"), pa.int64()),
        **dict.fromkeys(("ir_functions", "ir_instructions", "ir_tokens"), pa.int32()),
        **dict.fromkeys(("ir_sha256", "ir_shape", "ir_verified_by"), pa.string()),
    }  # fmt: skip
    reasons: ClassVar = (
        "missing dependency", "unsupported feature", "syntax error", "semantic error",
        "forbidden access", "time limit", "memory limit", "output limit", "process limit",
        "internal compiler error", "no code", "IR does not verify", "compiler not available",
        "language left out", "unknown language", "sandbox broke", "other failure",
    )  # fmt: skip

    def __post_init__(self) -> None:
        """Check that there is a mode, and each once."""
        if not self.modes or len(set(self.modes)) != len(self.modes):
            raise ValueError(f"modes must be O3, Oz or both, each once, not {list(self.modes)}")

    def prepare(self) -> dict[str, str]:
        """Find the compilers; try the sandbox."""
        from curate.llvm.adapter import Missing
        from curate.llvm.toolchains import LANGUAGES, prepare, toolchain_of

        labels = self._labels()
        need("llvmlite", owner=self.step_name(), install="pip install 'curate[llvm]'")
        if unknown := [label for label in labels if label not in LANGUAGES]:
            known = f"it compiles {', '.join(LANGUAGES)}"
            raise EnvironmentError_(f"{self.step_name()}: no language {unknown[0]!r}; {known}")
        if len(labels) > 1 and all(isinstance(toolchain_of(one), Missing) for one in labels):
            raise EnvironmentError_(f"{self.step_name()}: {_NONE}")
        try:
            return prepare(labels, self.sandbox)
        except EnvironmentError_ as error:
            raise EnvironmentError_(f"{self.step_name()}: {error}") from error

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Compile row by row."""
        from curate.langid.code_labels import label_of
        from curate.llvm.columns import compile_rows, compiler_for
        from curate.llvm.compiler import Cleaning
        from curate.llvm.sandbox import Limits

        limits = Limits(self.cpu_seconds, self.wall_seconds, self.memory_mb, self.file_mb)
        cleaning = Cleaning(self.metadata, self.target, self.names)
        labels = [label_of(self.language)] * batch.num_rows
        if self.language_column:
            names = batch[self.language_column].cast(pa.string()).to_pylist()
            labels = [label_of(self.language if name is None else name) for name in names]
        texts = batch[self.text].cast(pa.string()).to_pylist()
        find = functools.partial(
            compiler_for, level=self.sandbox, limits=limits, cleaning=cleaning, memo=self.memo
        )
        found = compile_rows(texts, labels, self.modes, find, self._labels())
        return self._split(batch, list(found))

    def _labels(self) -> tuple[str, ...]:
        from curate.langid.code_labels import label_of

        names = self.languages if self.language_column else (self.language,)
        return tuple(dict.fromkeys(map(label_of, names)))

    def _split(self, batch: pa.Table, found: list[list[dict[str, Any]]]) -> pa.Table:
        """The rows that each program became, in its place."""
        ids = batch["id"].cast(pa.string()).to_pylist()
        names = [
            f"{name}#{number}" if len(rows) > 1 else name
            for name, rows in zip(ids, found, strict=True)
            for number in range(1, len(rows) + 1)
        ]
        places = [place for place, rows in enumerate(found) for _ in rows]
        rows = [row for each in found for row in each]
        split = put(batch.take(pa.array(places, pa.int64())), "id", pa.array(names, pa.string()))
        for name, kind in self.adds.items():
            split = put(split, pa.field(name, kind), [row.get(name) for row in rows])
        return put(split, DEFECT, [row[DEFECT.name] for row in rows])
