"""The recipe for programs and their IR on its sample: any machine with a C compiler or ``ziglang``."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import zlib
from pathlib import Path

import llvmlite.binding
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.pipeline import run_recipe
from curate.publish.check import check_folder
from curate.recipe import Recipe, load_recipe

RECIPE = Path(__file__).resolve().parent.parent / "recipes" / "sltrans.yaml"
ALLOWED = ("steps.licence.licence=CC0-1.0",)
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


COMPILE, NEEDS = "transforms.compile_to_ir", "filters.self_contained"
PLANTED = {
    "found/clamp.c": ("filters.licence", "unknown licence"),
    "found/rotate_string.cpp": ("filters.licence", "unknown licence"),
    "programs/c/gcd.c": ("barriers.dedup_code", "exact duplicate"),
    "programs/c/missing_header.c": (NEEDS, "foreign dependency"),
    "programs/c/only_types.c": (COMPILE, "no code"),
    "programs/c/prints_a_key.c": ("filters.secrets", "holds a secret"),
    "programs/c/really_python.c": ("filters.programming_language", "wrong programming language"),
    "programs/c/renamed_sort.c": ("barriers.dedup_code", "near duplicate"),
    "programs/c/syntax_error.c": (COMPILE, "syntax error"),
    "programs/c/unknown_name.c": (COMPILE, "semantic error"),
    "programs/cpp/not_text.cpp": ("sources.code_files", "binary file"),
    "programs/python/anagrams.py": (COMPILE, "language left out"),
    "programs/rust/needs_a_crate.rs": (NEEDS, "foreign dependency"),
}


def test_each_planted_fault_of_the_sample_is_found_for_what_it_is(sample: Path) -> None:
    found = rejected(sample)
    assert {name: found.get(name) for name in PLANTED} == PLANTED


def test_what_else_is_rejected_has_no_compiler_here(sample: Path) -> None:
    others = {why for name, why in rejected(sample).items() if name not in PLANTED}
    assert others <= {(COMPILE, "compiler not available")}


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
    assert len(by_split["O3"]) >= 10  # of C and C++ alone


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


def programs(folder: Path, count: int) -> Path:
    """Files of C, each with operators of its own, so that none is a copy of another."""
    folder.mkdir()
    for number in range(count):
        signs = [("+", "^")[number >> bit & 1] for bit in range(6)]
        lines = [
            "    sum = sum "
            + " ".join(f"{sign} (last >> {place})" for place, sign in enumerate(order))
            for order in (signs, signs[::-1], signs[1:])
        ]
        body = ";\n".join(lines)
        text = f"long work(long sum, long last)\n{{\n{body};\n    return sum;\n}}\n"
        (folder / f"{number:03d}.c").write_text(text)
    return folder


def own(folder: Path, memo: Path, shard_rows: int) -> Recipe:
    """The recipe on programs of one's own, in small shards."""
    path = f"source.path={folder}"
    return recipe(path, f"source.shard_rows={shard_rows}", *ALLOWED, memo=memo)


def test_two_workers_and_larger_shards_give_the_files_of_one(tmp_path: Path) -> None:
    folder = programs(tmp_path / "programs", 12)
    found = {}
    for workers, shard_rows in ((1, 2), (2, 3)):
        out = tmp_path / str(workers)
        run_recipe(own(folder, tmp_path / f"memo{workers}", shard_rows), out, workers=workers)
        found[workers] = digests(out)
    assert found[1]
    assert found[1] == found[2]


def test_a_limit_takes_the_first_programs(tmp_path: Path) -> None:
    folder = programs(tmp_path / "programs", 6)
    outcome = run_recipe(own(folder, tmp_path / "memo", 2), tmp_path / "out", limit=3, workers=1)
    assert (outcome.rows_read(), outcome.rows_kept()) == (3, 6)
    paths = [row["path"] for row in kept(tmp_path / "out")]
    assert paths == ["000.c", "001.c", "002.c"] * 2


def test_a_run_killed_and_taken_up_compiles_nothing_again(tmp_path: Path) -> None:
    folder, memo, out = programs(tmp_path / "programs", 48), tmp_path / "memo", tmp_path / "out"
    words = [f"source.path={folder}", "source.shard_rows=6", *ALLOWED]
    words.append(f"steps.compile_to_ir.memo={memo}")
    options = [part for word in words for part in ("--set", word)]
    command = [sys.executable, "-c", "from curate.cli import main; main()", "run", str(RECIPE)]
    command += [*options, "--workers", "2", "--out", str(out)]
    run = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL)
    while run.poll() is None and entries(memo) < 30:
        time.sleep(0.02)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    known = entries(memo)
    assert 30 <= known < 96  # two modes of each program
    receipts = {path: path.stat().st_mtime_ns for path in out.glob(".curate/pass-*/*.json")}
    mark(memo)

    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    assert {path: path.stat().st_mtime_ns for path in receipts} == receipts
    last = max(path.parent.name for path in receipts)
    done = [json.loads(path.read_text()) for path in receipts if path.parent.name == last]
    rows = kept(out)
    assert len(rows) == 96
    marked = sum(str(row["IR_Original"]).endswith(MARK) for row in rows)
    # What the memo knew is in a shard that was done, or was taken from the memo.
    assert known == sum(receipt["rows_out"] for receipt in done) + marked


MARK = "; from the memo\n"


def entries(memo: Path) -> int:
    """How many results the memo holds."""
    try:
        with contextlib.closing(sqlite3.connect(memo / "compiled.sqlite", timeout=30)) as file:
            return int(file.execute("select count(*) from compiled").fetchone()[0])
    except sqlite3.OperationalError:  # not made yet
        return 0


def mark(memo: Path) -> None:
    """Write into every module of the memo that it is from there."""
    with contextlib.closing(sqlite3.connect(memo / "compiled.sqlite")) as file, file:
        for key, value in file.execute("select key, value from compiled").fetchall():
            held = json.loads(zlib.decompress(value))
            held[2] += MARK
            packed = zlib.compress(json.dumps(held).encode())
            file.execute("update compiled set value = ? where key = ?", (packed, key))


def test_a_machine_without_compilers_is_told_the_one_line_that_helps(tmp_path: Path) -> None:
    code = "import sys; sys.modules['ziglang'] = None; from curate.cli import main; main()"
    command = [sys.executable, "-c", code, "plan", str(RECIPE), "--sample"]
    bare = {"PATH": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run(command, env=bare, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "no compiler for any of its languages" in line
    assert "pip install 'curate[llvm]'" in line
