"""Real programs through every compiler that this machine has."""

from __future__ import annotations

import multiprocessing
import os
import re
import tempfile
import time
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from curate.errors import EnvironmentError_
from curate.llvm.adapter import Mode, Toolchain
from curate.llvm.compiler import Cleaning, Compiled, Compiler, open_sandbox
from curate.llvm.ir import verify
from curate.llvm.memo import Memo
from curate.llvm.sandbox import Limits, Sandbox
from curate.llvm.toolchains import LANGUAGES, adapter_of, toolchain_of

BOTH: list[Mode] = ["O3", "Oz"]
HERE = [language for language in LANGUAGES if isinstance(toolchain_of(language), Toolchain)]
# Share of files that gave IR by hand-run compilers (the data's README), those without a function
# among them: 0.80 of C, 0.71 of C++, 0.85 of Objective-C, 0.73 of Rust, 0.91 of D …
PUBLISHED = {
    "c": 120 / 150, "cpp": 107 / 150, "objc": 64 / 75, "rust": 109 / 150, "d": 130 / 143,
    "fortran": 61 / 65, "haskell": 127 / 150, "nim": 115 / 150, "crystal": 86 / 87,
    "swift": 118 / 146, "python": 146 / 150,
}  # fmt: skip


def compiler(language: str, level: str = "auto", **more: Any) -> Compiler:
    adapter, toolchain = adapter_of(language), toolchain_of(language)
    assert adapter is not None
    assert isinstance(toolchain, Toolchain)
    options = {"limits": Limits(), "cleaning": Cleaning(), **more}
    return Compiler(adapter, toolchain, open_sandbox(level, toolchain), **options)


def programs(folder: Path, language: str, *, whole: bool = False) -> list[str]:
    """Those of a language; ``whole``: without those that look as if a file of theirs is missing."""
    columns = ["lang", "source", "looks_self_contained"]
    table = pq.read_table(folder / "sltrans_sources" / "programs.parquet", columns=columns)
    table = table.filter(pc.equal(table["lang"], language))
    if whole:
        table = table.filter(table["looks_self_contained"])
    found: list[str] = table["source"].to_pylist()
    return found


def test_the_languages_that_make_test_brings_are_here() -> None:
    brought = os.environ.get("CURATE_COMPILERS", "c cpp").split()
    assert set(brought) <= set(HERE), "run make toolchains"


def test_of_c_programs_as_many_compile_as_published(data_dir: Path) -> None:
    chosen = programs(data_dir, "c")[::5]
    found = [compiler("c").compile(source, ["O3"])["O3"] for source in chosen]
    raw = sum(one.reason in ("", "no code") for one in found)
    assert raw / len(chosen) >= PUBLISHED["c"] - 0.14  # 30 files: two sigma
    assert not [one for one in found if one.reason in ("other failure", "sandbox broke")]


@pytest.mark.parametrize("language", HERE)
def test_programs_become_ir_that_llvm_takes(language: str, data_dir: Path) -> None:
    few = 1 if language in ("crystal", "python") else 3  # of 3 and 6 s each
    chosen = sorted(programs(data_dir, language, whole=True), key=len)[10:][:few]  # not shortest
    found = [compiler(language).compile(source, ["O3"])["O3"] for source in chosen]
    kept = [one for one in found if not one.reason]
    assert kept
    assert all(one.functions and one.instructions and one.tokens for one in kept)
    assert all(verify(one.ir) == "" for one in kept if "22" in one.verified_by)
    assert not [one for one in found if one.reason in ("other failure", "sandbox broke")]


SUM = "int sum(const int *a, int n) { int s = 0; for (int i = 0; i < n; i++) s += a[i]; return s; }"


def test_size_is_smaller_than_speed() -> None:
    found = compiler("c").compile(SUM, BOTH)
    assert found["Oz"].instructions < found["O3"].instructions  # no loop is made a vector
    assert "<4 x i32>" in found["O3"].ir
    assert "<4 x i32>" not in found["Oz"].ir


# Each would write where it is into its IR, if it could: a string, a name, how deep the folder lies.
WHERE = {
    "c": f"#include <stdio.h>\nconst char *where = __FILE__ __DATE__ __TIME__;\n{SUM}",
    "cpp": "#include <cassert>\nint f(int n) { assert(n); return __builtin_FILE()[n]; }\n",
    "objc": "#include <objc/objc.h>\nconst char *where = __FILE__;\nint f(id one) { return !one; }\n",
    "d": "string where = __FILE__ ~ __MODULE__; int f(int n) { assert(n > 2); return n; }",
    "nim": 'import strutils\necho parseInt("7"), currentSourcePath().len > 0\n',
    "fortran": "program a\ninteger :: n\nread *, n\nprint *, n\nend program\n",
    "rust": "pub fn f(n: &[u8]) -> u8 { if n.len() == 9 { panic!(file!()) } n[3] }\n",
    "haskell": 'main = print (head (words "a b"))\n',
    "crystal": "puts __DIR__, __FILE__, [1, 2].sum\n",
}


@pytest.mark.parametrize("language", [one for one in HERE if one in WHERE])
def test_the_same_program_is_the_same_bytes_in_any_folder(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toolchain = toolchain_of(language)
    assert isinstance(toolchain, Toolchain)
    found = []
    for number, level in enumerate(("auto", "process", "off")):
        deep = tmp_path / "/".join("abc"[: number + 1])
        deep.mkdir(parents=True)
        monkeypatch.chdir(deep)
        monkeypatch.setattr(tempfile, "tempdir", str(deep))
        box = Sandbox(level, toolchain.reads, toolchain.programs()) if level != "auto" else None
        one = compiler(language)
        if box:
            object.__setattr__(one, "sandbox", box)
        found.append(one.compile(WHERE[language], ["O3"])["O3"])
        if box:
            box.close()
    assert not found[0].reason, found[0].diagnostic
    assert found[0] == found[1] == found[2]


def in_a_worker(job: tuple[str, str]) -> tuple[str, str]:
    os.chdir(job[1])
    one = {
        language: compiler(language).compile(WHERE[language], BOTH) for language in job[0].split()
    }
    return tuple(found[mode].sha256 for found in one.values() for mode in BOTH)  # type: ignore[return-value]


def test_four_languages_are_the_same_bytes_for_one_worker_and_two(tmp_path: Path) -> None:
    some = [one for one in ("c", "d", "nim", "objc", "cpp", "rust") if one in HERE][:4]
    alone = in_a_worker((" ".join(some), os.getcwd()))
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        jobs = [(" ".join(some), str(tmp_path)), (" ".join(some), "/")]
        assert pool.map(in_a_worker, jobs, chunksize=1) == [alone, alone]
    assert all(alone)


def test_copies_with_other_names_share_a_shape() -> None:
    renamed = re.sub(r"\b(sum|s|a)\b", r"other_\1", SUM)
    first, second = (compiler("c").compile(source, ["O3"])["O3"] for source in (SUM, renamed))
    assert not second.reason
    assert first.sha256 != second.sha256
    assert first.shape == second.shape


def test_line_ends_of_windows_change_nothing() -> None:
    source = f"// one \\\nline\n{SUM}\n"
    assert compiler("c").compile(source.replace("\n", "\r\n"), ["O3"]) == compiler("c").compile(
        source, ["O3"]
    )


@pytest.mark.parametrize("source", ["", " \n", "typedef int number;\n"])
def test_without_a_function_there_is_no_code(source: str) -> None:
    assert compiler("c").compile(source, ["O3"])["O3"].reason == "no code"


def test_a_memo_answers_for_the_compiler(tmp_path: Path) -> None:
    slow = compiler("c", memo=Memo(tmp_path))
    sources = [SUM.replace("sum", f"sum_{number}") for number in range(10)]
    first = [slow.compile(source, BOTH) for source in sources]
    again = compiler("c", memo=Memo(tmp_path))
    object.__setattr__(again, "sandbox", None)  # whoever compiled would notice
    started = time.process_time()
    assert [again.compile(source, BOTH) for source in sources] == first
    assert time.process_time() - started < 0.1


def test_a_memo_knows_limits_options_and_modes_apart(tmp_path: Path) -> None:
    memo = Memo(tmp_path)
    named = compiler("c", memo=memo).compile(SUM, ["O3"])["O3"]
    numbered = compiler("c", memo=memo, cleaning=Cleaning(names=False)).compile(SUM, BOTH)
    assert numbered["O3"].sha256 != named.sha256
    assert numbered["Oz"].sha256 != numbered["O3"].sha256
    tight = compiler("c", memo=memo, limits=Limits(memory_mb=256)).compile(SUM, ["O3"])["O3"]
    assert isinstance(tight, Compiled)


def test_a_failure_is_remembered_too(tmp_path: Path) -> None:
    found = [
        compiler("c", memo=Memo(tmp_path)).compile("#include <nowhere.h>\n", ["O3"])["O3"]
        for _ in range(2)
    ]
    assert found[0] == found[1] == Compiled("missing dependency", "'nowhere.h' file not found")


def test_a_sandbox_that_cannot_be_had_is_an_error_with_the_way_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    toolchain = toolchain_of("c")
    assert isinstance(toolchain, Toolchain)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(EnvironmentError_, match=r"bwrap is not installed.*sandbox: off"):
        open_sandbox("bubblewrap", toolchain)
