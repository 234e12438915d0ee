"""The recipe for programs and their IR on its sample: any machine with a C compiler or ``ziglang``."""

from __future__ import annotations

import hashlib
from pathlib import Path

import llvmlite.binding
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.pipeline import run_recipe
from curate.publish.check import check_folder
from curate.recipe import Recipe, load_recipe

RECIPE = Path(__file__).resolve().parent.parent / "recipes" / "sltrans.yaml"
SPLITS = {"O3": "Perf_Optimized", "Oz": "Size_Optimized"}


def recipe(*overrides: str, memo: Path, sample: bool = False) -> Recipe:
    given = [f"steps.compile_to_ir.memo={memo}", *overrides]
    return load_recipe(RECIPE, given, sample=sample)


@pytest.fixture(scope="module")
def memo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("memo")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory, memo: Path) -> Path:
    """The dataset that the sample gives."""
    out = tmp_path_factory.mktemp("sample") / "out"
    run_recipe(recipe(memo=memo, sample=True), out, workers=1)
    return out


def kept(folder: Path) -> list[dict[str, object]]:
    files = sorted(folder.glob("*/*_Optimized-*.parquet"))
    return pa.concat_tables([pq.read_table(file) for file in files]).to_pylist()


def rejected(folder: Path) -> dict[str, tuple[str, str]]:
    rows = pq.read_table(folder / "rejected").to_pylist()
    return {row["id"]: (row["rejected_by"], row["reason"]) for row in rows}


def digests(folder: Path) -> dict[str, str]:
    """Of every file of rows."""
    files = [file for file in sorted(folder.rglob("*.parquet")) if ".curate" not in file.parts]
    return {
        file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
    }


def test_each_planted_fault_of_the_sample_is_found_for_what_it_is(sample: Path) -> None:
    compiling = "transforms.compile_to_ir"
    planted = {
        "programs/c/gcd.c": ("barriers.dedup_exact", "exact duplicate"),
        "programs/c/missing_header.c": (compiling, "missing dependency"),
        "programs/c/only_types.c": (compiling, "no code"),
        "programs/c/really_python.c": (
            "filters.programming_language",
            "wrong programming language",
        ),
        "programs/c/syntax_error.c": (compiling, "syntax error"),
        "programs/c/unknown_name.c": (compiling, "semantic error"),
        "programs/cpp/not_text.cpp": ("sources.code_files", "binary file"),
        "programs/python/anagrams.py": (compiling, "language left out"),
    }
    found = rejected(sample)
    assert {name: found.get(name) for name in planted} == planted


def test_what_else_is_rejected_has_no_compiler_here(sample: Path) -> None:
    found = {name: why for name, why in rejected(sample).items() if "/c" not in name}
    assert {why for _, why in found.values()} <= {
        "compiler not available",
        "language left out",
        "missing dependency",  # of the Rust program that needs a crate
    }


def test_every_program_that_is_kept_is_there_at_both_levels_with_ir_that_verifies(
    sample: Path,
) -> None:
    rows = kept(sample)
    by_split: dict[object, set[object]] = {}
    for row in rows:
        llvmlite.binding.parse_assembly(str(row["IR_Original"])).verify()
        by_split.setdefault(row["mode"], set()).add(row["path"])
    assert set(by_split) == set(SPLITS)
    assert by_split["O3"] == by_split["Oz"]
    assert len(by_split["O3"]) >= 13  # of C and C++ alone


def test_every_language_is_a_config_and_every_level_a_split(sample: Path) -> None:
    for row_config in ("c", "cpp"):
        for mode, split in SPLITS.items():
            (file,) = (sample / row_config).glob(f"{split}-*.parquet")
            table = pq.read_table(file)
            assert set(table["language"].to_pylist()) == {row_config}
            assert set(table["mode"].to_pylist()) == {mode}
            assert {"Source_Code", "IR_Original"} <= set(table.column_names)


def test_the_sample_is_a_dataset_without_a_fault(sample: Path) -> None:
    assert check_folder(sample) == []
    card = (sample / "README.md").read_text(encoding="utf-8")
    assert "| `cpp` |" in card


def test_any_number_of_workers_gives_the_same_files(sample: Path, tmp_path: Path) -> None:
    for workers in (2, 4):
        out = tmp_path / str(workers)
        run_recipe(recipe(memo=tmp_path / "memo", sample=True), out, workers=workers)
        assert digests(out) == digests(sample)
