"""Splits with the rows of another, as in a release where Fortran's held those of D."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.publish.checks.equal_splits import equal_split_problems
from curate.publish.statistics import dataset_statistics

PERF, SIZE = "Perf_Optimized", "Size_Optimized"


def folder_of(folder: Path, splits: dict[tuple[str, str], list[tuple[str, str]]]) -> list[str]:
    """What is said of splits of pairs of source and IR."""
    record: dict[str, dict[str, object]] = {"configs": {}, "files": {}}
    for (language, split), pairs in splits.items():
        (folder / language).mkdir(exist_ok=True)
        name = f"{language}/{split}-00000-of-00001.parquet"
        rows = {
            "id": [f"{language}-{split}-{n}" for n in range(len(pairs))],
            "language": [language] * len(pairs),
            "source_code": [source for source, _ in pairs],
            "ir": [ir for _, ir in pairs],
        }
        pq.write_table(pa.table(rows), folder / name)
        record["configs"].setdefault(language, {})[split] = {"rows": len(pairs)}  # type: ignore[index]
        record["files"][name] = {}
    record["statistics"] = dataset_statistics(folder, record)  # type: ignore[assignment]
    return [str(problem) for problem in equal_split_problems(folder, record)]


def pairs(count: int, mark: str) -> list[tuple[str, str]]:
    return [(f"int f{n};", f"@f{n} = global {mark} {n}" + "x" * 200) for n in range(count)]


@pytest.mark.parametrize("count", [1, 2, 70])
def test_a_split_with_the_rows_of_another_language_is_found(tmp_path: Path, count: int) -> None:
    found = folder_of(
        tmp_path,
        {
            ("d", PERF): pairs(count, "speed"),
            ("d", SIZE): pairs(count, "small"),
            ("fortran", SIZE): pairs(count, "speed"),
        },
    )
    (line,) = found
    assert f"'d / {PERF}' and 'fortran / {SIZE}' hold the same {count} rows" in line
    assert line.endswith("written in its place: run it again")


@pytest.mark.parametrize("count", [1, 2, 70])
def test_the_same_programs_at_two_levels_are_two_splits(tmp_path: Path, count: int) -> None:
    splits = {("c", PERF): pairs(count, "speed"), ("c", SIZE): pairs(count, "small")}
    assert folder_of(tmp_path, splits) == []


def test_rows_in_another_order_or_number_are_not_the_same(tmp_path: Path) -> None:
    rows = pairs(9, "speed")
    splits = {("c", PERF): rows, ("c", SIZE): rows[::-1], ("d", PERF): rows[:8]}
    assert folder_of(tmp_path, splits) == []
