from __future__ import annotations

import dataclasses as dc
import importlib.util
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from curate.errors import EnvironmentError_
from curate.llvm import clang, toolchains
from curate.llvm.adapter import Missing, Toolchain
from curate.llvm.compiler import Cleaning, Compiler
from curate.llvm.programs import version_text
from curate.llvm.sandbox import Limits, Sandbox
from curate.llvm.toolchains import LANGUAGES, adapter_of, toolchain_of

GO = """#!/bin/sh
[ "$1" = --version ] && { echo "gollvm version 13.0.0"; exit; }
echo "$@" | grep -q -- "-fno-inline" || exit 1
printf 'define i32 @main.twice(i32 %%n) {\\n  %%r = shl i32 %%n, 1\\n  ret i32 %%r\\n}\\n' > out.ll
"""


@pytest.fixture(autouse=True)
def _fresh_search() -> Iterator[None]:
    for found in (toolchain_of, clang._system, clang._ziglang, version_text):
        found.cache_clear()
    yield
    for found in (toolchain_of, clang._system, clang._ziglang, version_text):
        found.cache_clear()


def test_each_language_has_an_adapter_that_says_so() -> None:
    assert [getattr(adapter_of(language), "language", None) for language in LANGUAGES] == [
        *LANGUAGES
    ]
    assert len({getattr(adapter_of(language), "title", None) for language in LANGUAGES}) == 12


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_any_program_it_is_said_what_is_missing(
    language: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    found = toolchain_of(language)
    assert isinstance(found, Missing)
    assert found.reason
    assert found.install or language == "go"
    with pytest.raises(EnvironmentError_, match=r"run: |no llvm-goc"):
        toolchains.prepare([language], "auto")


def test_c_and_cpp_need_nothing_but_ziglang(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    for language in ("c", "cpp"):
        found, adapter = toolchain_of(language), adapter_of(language)
        assert isinstance(found, Toolchain)
        assert adapter is not None
        assert found.compiler == "zig clang"
        box = Sandbox("process", found.reads, found.programs())
        header = "vector" if language == "cpp" else "stdio.h"
        source = f"#include <{header}>\nint twice(int n) {{ return 2 * n; }}\n"
        one = Compiler(adapter, found, box, Limits(), Cleaning()).compile(source, ["O3", "Oz"])
        box.close()
        assert [(one[m].reason, one[m].functions) for m in ("O3", "Oz")] == [("", 1), ("", 1)]
        assert "optsize" not in one["O3"].ir
        assert "minsize" in one["Oz"].ir  # which zig cc, that takes -Oz for -Os, does not write


def test_a_compiler_of_go_is_used_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    path = tmp_path / "bin" / "llvm-goc"
    path.write_text(GO)
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{path.parent}:/usr/bin:/bin")
    found, adapter = toolchain_of("go"), adapter_of("go")
    assert isinstance(found, Toolchain)
    assert adapter is not None
    assert (found.compiler, found.version) == ("gollvm", "13.0.0")
    # The stand-in is a script, which a sandbox does not run.
    box = Sandbox("off", found.reads, found.programs())
    one = Compiler(adapter, found, box, Limits(), Cleaning()).compile("package main", ["Oz"])["Oz"]
    box.close()
    assert (one.reason, one.functions) == ("", 1)


def test_another_compiler_has_another_digest() -> None:
    digests = {
        dc.replace(one).digest for one in map(toolchain_of, LANGUAGES) if isinstance(one, Toolchain)
    }
    there = [one for one in map(toolchain_of, LANGUAGES) if isinstance(one, Toolchain)]
    assert len(digests) >= len(there) - 1  # C and C++ are one program
    assert all(digests)


def test_the_report_has_a_line_for_each_language() -> None:
    lines = {line[0]: line for line in toolchains.report()}
    assert len(lines) == 12
    assert all(version or lacking.reason for _, _, version, _, lacking in lines.values())


def test_languages_without_a_compiler_are_told_beside_those_with_one() -> None:
    told = toolchains.prepare(["c", "cobol"], "auto")
    assert len(told["c"]) == 64
    assert told["cobol"] == "not available: cobol has no adapter"
    assert "limits" in told["sandbox"]
