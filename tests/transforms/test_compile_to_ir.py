from __future__ import annotations

import dataclasses as dc
import json
import multiprocessing
from pathlib import Path

import llvmlite.binding
import pyarrow as pa
import pytest

from curate.contract import Applied, apply
from curate.errors import EnvironmentError_
from curate.transforms.compile_to_ir import CompileToIr

TWICE = "int twice(int n) { return 2 * n; }\n"
ROWS = pa.table(
    {
        "id": ["right", "cpp", "header", "wrong", "empty", "null", "cobol", "go"],
        "text": [
            TWICE,
            "#include <vector>\nint size(std::vector<int> &v) { return v.size(); }\n",
            "#include <nowhere.h>\n" + TWICE,
            "int twice(int n) { return 2 * m; }\n",
            " \n",
            None,
            "DISPLAY 'HELLO'.",
            "package main\n",
        ],
        "lang": ["C", "c++", "c", "C", "c", "c", "COBOL", "golang"],
    }
)
STEP = CompileToIr(language_column="lang")


@pytest.fixture(scope="module")
def applied() -> Applied:
    return apply(STEP, ROWS)


def test_a_program_is_kept_with_its_ir_at_both_levels(applied: Applied) -> None:
    assert applied.kept["id"].to_pylist() == ["right", "cpp"]
    for name in ("ir_perf", "ir_size"):
        for ir in applied.kept[name].to_pylist():
            llvmlite.binding.parse_assembly(ir).verify()
    assert applied.kept["ir_perf_functions"].to_pylist() == [1, 1]


def test_every_other_program_is_rejected_with_its_class(applied: Applied) -> None:
    rejected = applied.rejected.select(["id", "reason", "diagnostic"]).to_pylist()
    assert [tuple(row.values()) for row in rejected] == [
        ("header", "missing dependency", "'nowhere.h' file not found"),
        ("wrong", "semantic error", "use of undeclared identifier 'm'"),
        ("empty", "no code", None),
        ("null", "no code", None),
        ("cobol", "unknown language", None),
        ("go", "compiler not available", None),
    ]


def test_the_compiler_is_told_for_kept_and_rejected_rows(applied: Applied) -> None:
    assert set(applied.kept["compiler"].to_pylist()) <= {"clang", "zig clang"}
    assert all(applied.kept["llvm_version"].to_pylist())
    told = applied.rejected["compiler"].to_pylist()
    assert [name is None for name in told] == [False] * 4 + [True] * 2


def test_one_mode_has_columns_of_one_mode() -> None:
    added = CompileToIr(modes=("Oz",)).added(ROWS.schema)
    assert "ir_size_sha256" in added
    assert not [name for name in added if name.startswith("ir_perf")]


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
