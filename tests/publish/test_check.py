"""Everything that a user of a dataset folder would trip over is found, offline."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.arrow import sha256_of
from curate.pipeline import run_recipe
from curate.publish.check import check_folder
from curate.publish.record import plain, read_record
from curate.recipe import load_recipe

RECIPE = """\
name: rows
source:
  sources.parquet: {path: rows.parquet}
steps:
  - transforms.assign_split: {group: id, shares: {train: 0.5, test: 0.5}}
"""


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("good")
    (folder / "rows.yaml").write_text(RECIPE)
    table = pa.table({"id": [str(row) for row in range(9)], "text": ["a text"] * 9})
    pq.write_table(table, folder / "rows.parquet")
    run_recipe(load_recipe(folder / "rows.yaml"), folder / "out", workers=1)
    return folder / "out"


@pytest.fixture
def folder(good: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(good, tmp_path / "out"))


def rewrite(folder: Path, table: pa.Table) -> None:
    """Another first file, which the record vouches for all the same."""
    name = next(name for name in read_record(folder)["files"] if name.startswith("data/"))
    pq.write_table(table, folder / name)
    record = read_record(folder)
    record["files"][name]["sha256"] = sha256_of(folder / name)
    (folder / "run.json").write_text(plain(record))


def test_a_finished_folder_is_good(folder: Path) -> None:
    assert check_folder(folder) == []


@pytest.mark.parametrize("name", ["README.md", "LICENSE", "data/train-00000-of-00001.parquet"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert check_folder(folder) == [f"{folder / name}: missing; run the recipe again"]


@pytest.mark.parametrize("text", [None, "", "{"])
def test_a_folder_without_its_record_is_no_dataset(folder: Path, text: str | None) -> None:
    (folder / "run.json").unlink()
    if text is not None:
        (folder / "run.json").write_text(text)
    (problem,) = check_folder(folder)
    assert problem.startswith(f"{folder / 'run.json'}: missing or damaged")


def test_a_run_with_failed_shards_is_not_complete(folder: Path) -> None:
    record = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(plain({**record, "complete": False}))
    assert "some shards failed" in check_folder(folder)[0]


def test_parquet_without_features_is_found(folder: Path) -> None:
    rewrite(folder, pa.table({"id": ["x"], "source": ["s"], "text": ["t"]}))
    assert [line.split(": ")[1] for line in check_folder(folder)] == [
        "carries no features for the Hub"
    ]


def test_rows_that_load_dataset_does_not_give_are_found(folder: Path) -> None:
    name = next(name for name in read_record(folder)["files"] if name.startswith("data/"))
    rewrite(folder, pq.read_table(folder / name).slice(0, 1))
    (problem,) = check_folder(folder)
    assert "load_dataset gives" in problem
