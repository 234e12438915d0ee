"""Which languages this machine can compile, with what, and what would have to be installed."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from curate.errors import EnvironmentError_
from curate.llvm.adapter import Adapter, Missing, Toolchain
from curate.llvm.compiler import open_sandbox
from curate.llvm.ir import verifier_version

LANGUAGES = (
    "c", "cpp", "objc", "rust", "d", "fortran", "haskell", "nim", "crystal", "swift", "python",
    "go",
)  # fmt: skip
"""Labels of the languages that have an adapter."""


def adapter_of(language: str) -> Adapter | None:
    """The adapter of a label; None if there is none.

    Example:
        >>> adapter_of("cpp").title, adapter_of("cobol")
        ('C++', None)
    """
    if language not in LANGUAGES:
        return None
    module = importlib.import_module(f"curate.llvm.languages.{language}")
    found: Adapter = module.ADAPTER
    return found


@functools.cache
def toolchain_of(language: str) -> Toolchain | Missing:
    """The compiler of a language on this machine, or why there is none; looked for once."""
    adapter = adapter_of(language)
    return Missing(f"{language} has no adapter") if adapter is None else adapter.find()


def prepare(languages: Sequence[str], level: str) -> dict[str, str]:
    """What programs will be compiled with: the digest of each compiler, or why there is none.

    Args:
        languages: Labels.
        level: A level of the sandbox, or ``auto``; one is opened to see that it can be.

    Raises:
        EnvironmentError_: There is no compiler at all (says what to install), or no sandbox.
    """
    found = {language: toolchain_of(language) for language in languages}
    there = [one for one in found.values() if isinstance(one, Toolchain)]
    told = {
        language: one.digest if isinstance(one, Toolchain) else f"not available: {_lacking(one)}"
        for language, one in found.items()
    }
    if not there:
        raise EnvironmentError_("; ".join(f"{language} {why}" for language, why in told.items()))
    box = open_sandbox(level, there[0])
    return {**told, "verifier": f"LLVM {verifier_version()}", "sandbox": box.describe()}


def report() -> list[tuple[str, str, str, str, Missing]]:
    """A line for each language: title, compiler, its version, LLVM's, and what is lacking."""
    toolchain_of("c")  # which others look for too
    with ThreadPoolExecutor(len(LANGUAGES)) as pool:  # each waits for its compiler to start
        found = list(pool.map(toolchain_of, LANGUAGES))
    nothing, lines = Missing(""), []
    for language, one in zip(LANGUAGES, found, strict=True):
        adapter = adapter_of(language)
        title = adapter.title if adapter else language
        if isinstance(one, Toolchain):
            lines.append((title, one.compiler, one.version, one.llvm_version, nothing))
        else:
            lines.append((title, "", "", "", one))
    return lines


def sandbox_level(level: str = "auto") -> str:
    """What would confine compilers here.

    Raises:
        EnvironmentError_: Nothing can; says what to do.
    """
    known = Toolchain("", "", "", {}, digest="none")
    return open_sandbox(level, known).describe()


def _lacking(found: Missing) -> str:
    return f"{found.reason}; run: {found.install}" if found.install else found.reason
