from __future__ import annotations

import dataclasses as dc
import hashlib
import json
import multiprocessing
from pathlib import Path

import llvmlite.binding
import pyarrow as pa
import pytest

from curate.contract import Applied, apply
from curate.errors import EnvironmentError_
from curate.llvm.adapter import Toolchain
from curate.llvm.toolchains import toolchain_of
from curate.transforms.compile_to_ir import CompileToIr

TWICE = "int twice(int n) { return 2 * n; }\n"
ROWS = pa.table(
    {
        "id": ["right", "cpp", "header", "wrong", "empty", "null", "cobol", "go", "python"],
        "text": [
            TWICE,
            "#include <vector>\nint size(std::vector<int> &v) { return v.size(); }\n",
            "#include <nowhere.h>\n" + TWICE,
            "int twice(int n) { return 2 * m; }\n",
            " \n",
            None,
            "DISPLAY 'HELLO'.",
            "package main\n",
            "print('one')\n",
        ],
        "lang": ["C", "c++", "c", "C", "c", "c", "COBOL", "golang", "Python"],
    }
)
STEP = CompileToIr(language_column="lang")


@pytest.fixture(scope="module")
def applied() -> Applied:
    return apply(STEP, ROWS)


def test_a_program_becomes_a_row_for_each_mode_with_ir_that_verifies(applied: Applied) -> None:
    kept = applied.kept.select(["id", "language", "mode", "split", "ir_functions"]).to_pylist()
    assert [tuple(row.values()) for row in kept] == [
        ("right#1", "c", "O3", "Perf_Optimized", 1),
        ("right#2", "c", "Oz", "Size_Optimized", 1),
        ("cpp#1", "cpp", "O3", "Perf_Optimized", 1),
        ("cpp#2", "cpp", "Oz", "Size_Optimized", 1),
    ]
    for row in applied.kept.to_pylist():
        llvmlite.binding.parse_assembly(row["ir"]).verify()
        assert row["ir_sha256"] == hashlib.sha256(row["ir"].encode()).hexdigest()
        assert row["ir_bytes"] == len(row["ir"].encode())
        assert f'target triple = "{row["target"]}"' in row["ir"]


def test_a_program_that_fails_in_all_modes_alike_is_one_row_with_its_class(
    applied: Applied,
) -> None:
    rejected = applied.rejected.select(["id", "mode", "reason", "diagnostic"]).to_pylist()
    assert [tuple(row.values()) for row in rejected] == [
        ("header", None, "missing dependency", "'nowhere.h' file not found"),
        ("wrong", None, "semantic error", "use of undeclared identifier 'm'"),
        ("empty", None, "no code", None),
        ("null", None, "no code", None),
        ("cobol", None, "unknown language", None),
        ("go", None, "compiler not available", None),
        ("python", None, "language left out", None),
    ]


def test_a_mode_that_fails_alone_is_rejected_alone_and_the_other_kept() -> None:
    # clang defines __OPTIMIZE_SIZE__ at -Oz only.
    text = "#ifdef __OPTIMIZE_SIZE__\n#error big\n#endif\n" + TWICE
    found = apply(CompileToIr(), pa.table({"id": ["a", "b"], "text": [text, TWICE]}))
    assert found.kept["id"].to_pylist() == ["a#1", "b#1", "b#2"]
    told = found.rejected.select(["id", "split", "reason", "diagnostic"]).to_pylist()
    assert told == [
        {"id": "a#2", "split": "Size_Optimized", "reason": "semantic error", "diagnostic": "big"}
    ]


def test_modes_that_fail_differently_are_rejected_each_for_its_own_reason() -> None:
    text = "#ifdef __OPTIMIZE_SIZE__\n#include <nowhere.h>\n#endif\nint f() { return m; }\n"
    found = apply(CompileToIr(), pa.table({"id": ["a"], "text": [text]}))
    assert found.kept.num_rows == 0
    told = found.rejected.select(["id", "reason"]).to_pylist()
    assert told == [
        {"id": "a#1", "reason": "semantic error"},
        {"id": "a#2", "reason": "missing dependency"},
    ]


def test_the_compiler_is_told_for_kept_and_rejected_rows(applied: Applied) -> None:
    assert set(applied.kept["compiler"].to_pylist()) <= {"clang", "zig clang"}
    assert all(applied.kept["llvm_version"].to_pylist())
    told = applied.rejected["compiler"].to_pylist()
    assert [name is None for name in told] == [False] * 4 + [True] * 3


def test_the_command_is_told_without_folders_of_this_machine(applied: Applied) -> None:
    first, second = applied.kept["command"].to_pylist()[1:3]
    assert first.startswith("clang -S -emit-llvm -Oz -std=gnu17")
    assert second.startswith("clang++ -S -emit-llvm -O3 -std=gnu++20")
    assert first.endswith("source.c -o out.ll")
    assert "/" not in first + second


def test_one_mode_keeps_the_ids_of_rows() -> None:
    kept = apply(CompileToIr(modes=("Oz",)), pa.table({"id": ["a"], "text": [TWICE]})).kept
    assert kept.select(["id", "mode"]).to_pylist() == [{"id": "a", "mode": "Oz"}]


@pytest.mark.parametrize("modes", [(), ("O3", "O3")])
def test_modes_that_make_no_sense_are_refused(modes: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="each once"):
        CompileToIr(modes=modes)  # type: ignore[arg-type]


def test_a_time_limit_is_a_reason() -> None:
    bomb = (
        "#define A(x) x x x x x x x x x x\n#define B(x) A(A(A(x)))\nint f(int x) { B(B(B(B(x;)))) }"
    )
    step = CompileToIr(modes=("O3",), cpu_seconds=1, memory_mb=100_000)
    rows = pa.table({"id": ["a"], "text": [bomb]})
    assert apply(step, rows).rejected["reason"].to_pylist() == ["time limit"]


def test_a_memo_gives_the_same_rows(applied: Applied, tmp_path: Path) -> None:
    step = dc.replace(STEP, memo=str(tmp_path))
    for _ in range(2):
        found = apply(step, ROWS)
        assert found.kept.equals(applied.kept)
        assert found.rejected.equals(applied.rejected)
    assert step.fingerprint() == STEP.fingerprint()


def compiled_there(out: str) -> None:
    rows = apply(STEP, ROWS).kept.to_pylist()
    Path(out).write_text(json.dumps(rows))


def test_another_process_gives_the_same_bytes(applied: Applied, tmp_path: Path) -> None:
    worker = multiprocessing.get_context("spawn").Process(
        target=compiled_there, args=(str(tmp_path / "rows.json"),)
    )
    worker.start()
    worker.join()
    assert json.loads((tmp_path / "rows.json").read_text()) == applied.kept.to_pylist()


def test_what_is_in_force_is_told_before_work_starts() -> None:
    told = STEP.prepare()
    assert len(told["c"]) == 64
    assert "not available: no llvm-goc" in told["go"]
    assert told["verifier"].startswith("LLVM ")
    assert told["sandbox"].endswith("landlock, seccomp, limits")


def test_a_language_that_nothing_compiles_stops_before_work() -> None:
    with pytest.raises(EnvironmentError_, match=r"transforms\.compile_to_ir: go .*no llvm-goc"):
        CompileToIr(language="Go").prepare()


def test_a_language_that_there_is_not_is_named_before_work() -> None:
    step = CompileToIr(language_column="lang", languages=("C", "COBOL"))
    with pytest.raises(EnvironmentError_, match="no language 'cobol'; it compiles c, cpp, objc"):
        step.prepare()


def test_a_program_of_which_nothing_is_compiled_has_no_code() -> None:
    """Where a compiler writes the start of a program around nothing, on machines that have one."""
    unused = {
        "nim": "proc distance*(a, b: string): int =\n  a.len - b.len\n",
        "crystal": "class One\n  def two\n    2\n  end\nend\n",
    }
    there = [one for one in unused if isinstance(toolchain_of(one), Toolchain)]
    rows = {"id": there, "text": [unused[one] for one in there], "lang": there}
    schema = pa.schema([(name, pa.string()) for name in rows])
    found = apply(CompileToIr(language_column="lang"), pa.table(rows, schema=schema))
    told = found.rejected.select(["id", "reason", "diagnostic"]).to_pylist()
    empty = "the IR is that of an empty program"
    assert told == [{"id": one, "reason": "no code", "diagnostic": empty} for one in there]
