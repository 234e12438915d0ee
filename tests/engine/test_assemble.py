"""Files of the dataset: order of splits and rows, sizes, and what a grown corpus leaves alone."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import get_dataset_config_names

from curate.engine import assemble
from curate.errors import PublishError, RecipeError
from curate.pipeline import run_recipe
from curate.recipe import load_recipe

RECIPE = "name: rows\nsource:\n  sources.parquet: {path: rows}\nsteps: []\n"


def write_shard(folder: Path, number: int, splits: list[str | None] | None = None) -> None:
    """Ten rows of noise, about 1 kB each, so that sizes can be told."""
    (folder / "rows").mkdir(exist_ok=True)
    ids = [f"{number}-{row}" for row in range(10)]
    texts = [bytes((7 * number + row * at) % 251 for at in range(1000)) for row in range(10)]
    columns = {"id": pa.array(ids), "data": pa.array(texts, pa.binary())}
    if splits:
        columns["split"] = pa.array(splits, pa.string())
    pq.write_table(pa.table(columns), folder / f"rows/{number}.parquet")


def run(folder: Path) -> Path:
    (folder / "rows.yaml").write_text(RECIPE)
    outcome = run_recipe(load_recipe(folder / "rows.yaml"), folder / "out", workers=1)
    assert not outcome.failures
    return folder / "out/data"


def test_rows_keep_the_order_of_shards_and_a_row_without_a_split_is_for_training(
    tmp_path: Path,
) -> None:
    for number in range(3):
        write_shard(tmp_path, number, ["test", None, "dev", "validation", "train"] * 2)
    data = run(tmp_path)
    assert sorted(file.name.split("-")[0] for file in data.iterdir()) == [
        "dev",
        "test",
        "train",
        "validation",
    ]
    table = pq.read_table(data / "train-00000-of-00001.parquet")
    wanted = [f"{number}-{row}" for number in range(3) for row in (1, 4, 6, 9)]
    assert table["id"].to_pylist() == wanted
    assert "split" not in table.column_names


def test_a_grown_corpus_leaves_the_bytes_of_full_files_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assemble, "FILE_BYTES", 20_000)  # two shards, of 11 kB each
    for number in range(3):
        write_shard(tmp_path, number)
    before = {file.name[:11]: file.read_bytes() for file in run(tmp_path).iterdir()}
    for number in range(3, 6):
        write_shard(tmp_path, number)
    after = {file.name[:11]: file.read_bytes() for file in run(tmp_path).iterdir()}
    assert (sorted(before), sorted(after)) == (
        ["train-00000", "train-00001"],
        ["train-00000", "train-00001", "train-00002"],
    )
    assert after["train-00000"] == before["train-00000"]
    assert after["train-00001"] != before["train-00001"]


def run_by_language(folder: Path, languages: list[str | None]) -> Path:
    (folder / "rows").mkdir(exist_ok=True)
    split = [None, "test"] * (len(languages) // 2)
    columns = {
        "id": pa.array([f"{row}" for row in range(len(languages))]),
        "lang": pa.array(languages, pa.string()),
        "split": pa.array(split, pa.string()),
    }
    pq.write_table(pa.table(columns), folder / "rows/0.parquet")
    text = f"{RECIPE}publish: {{configs: lang}}\n"
    (folder / "rows.yaml").write_text(text)
    outcome = run_recipe(load_recipe(folder / "rows.yaml"), folder / "out", workers=1)
    assert not outcome.failures
    return folder / "out"


def test_a_column_makes_configs_with_splits_of_their_own(tmp_path: Path) -> None:
    out = run_by_language(tmp_path, ["mt", "ks", "ks", "mt", "mt", "ks"])
    found = {
        path.relative_to(out).as_posix(): pq.read_table(path)["id"].to_pylist()
        for path in sorted(out.rglob("*-of-*.parquet"))
        if ".curate" not in path.parts
    }
    assert found == {
        "ks/test-00000-of-00001.parquet": ["1", "5"],
        "ks/train-00000-of-00001.parquet": ["2"],
        "mt/test-00000-of-00001.parquet": ["3"],
        "mt/train-00000-of-00001.parquet": ["0", "4"],
    }
    assert get_dataset_config_names(str(out)) == ["ks", "mt"]


def test_a_config_that_is_no_more_loses_its_files(tmp_path: Path) -> None:
    run_by_language(tmp_path, ["mt", "ks"])
    out = run_by_language(tmp_path, ["mt", "mt"])
    assert not list((out / "ks").glob("*.parquet"))


@pytest.mark.parametrize(
    "name", [None, "", "data", "a/b", "../x", "default", "run.json", "a" * 101]
)
def test_a_value_that_cannot_name_a_config_is_refused(tmp_path: Path, name: str | None) -> None:
    with pytest.raises(PublishError, match=r"config.*publish\.configs"):
        run_by_language(tmp_path, [name, "mt"])


def test_configs_that_differ_in_case_only_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match=r"'MT' and 'mt' differ in case only.*'lang"):
        run_by_language(tmp_path, ["mt", "MT"])


def test_splits_that_differ_in_case_only_are_refused(tmp_path: Path) -> None:
    write_shard(tmp_path, 0, ["train", "Train", *["test"] * 8])
    (tmp_path / "rows.yaml").write_text(RECIPE)
    with pytest.raises(PublishError, match=r"'Train' and 'train' differ in case only.*'split'"):
        run_recipe(load_recipe(tmp_path / "rows.yaml"), tmp_path / "out", workers=1)


def test_an_unknown_column_of_configs_is_refused_before_work(tmp_path: Path) -> None:
    write_shard(tmp_path, 0)
    (tmp_path / "rows.yaml").write_text(f"{RECIPE}publish: {{configs: language}}\n")
    with pytest.raises(RecipeError, match="no text column 'language' after the steps"):
        run_recipe(load_recipe(tmp_path / "rows.yaml"), tmp_path / "out", workers=1)
