"""Files of the dataset: order of splits and rows, sizes, and what a grown corpus leaves alone."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.engine import assemble
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
    monkeypatch.setattr(assemble, "FILE_BYTES", 25_000)  # two shards, of 16 kB each
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
