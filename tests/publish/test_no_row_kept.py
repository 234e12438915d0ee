"""A recipe with configs whose every row is rejected: still a whole folder, and no traceback."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from curate.pipeline import run_recipe
from curate.publish.check import check_folder
from curate.recipe import Recipe, load_recipe

RECIPE = """\
name: rows
source:
  sources.jsonl: {path: rows.jsonl}
steps:
  - filters.script: {scripts: [Arab]}
publish: {configs: lang}
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    (tmp_path / "rows.yaml").write_text(RECIPE)
    (tmp_path / "rows.jsonl").write_text('{"text": "abc", "lang": "en"}\n')
    return load_recipe(tmp_path / "rows.yaml")


def test_a_folder_of_configs_without_a_row_says_so(recipe: Recipe, tmp_path: Path) -> None:
    run_recipe(recipe, tmp_path / "out", workers=1)
    (file,) = (tmp_path / "out/data").iterdir()
    assert pq.read_table(file).num_rows == 0
    assert any("no row was kept" in said for said in check_folder(tmp_path / "out"))


def test_its_empty_file_goes_when_there_are_rows(recipe: Recipe, tmp_path: Path) -> None:
    run_recipe(recipe, tmp_path / "out", workers=1)
    (tmp_path / "rows.jsonl").write_text('{"text": "یہ ایک جملہ ہے", "lang": "ur"}\n')
    run_recipe(recipe, tmp_path / "out", workers=1)
    assert [path.parent.name for path in (tmp_path / "out").glob("*/train-*")] == ["ur"]
