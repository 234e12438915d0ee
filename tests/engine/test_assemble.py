"""Files of the dataset: order of splits and rows, sizes, and what a grown corpus leaves alone."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import get_dataset_config_names
from rich.console import Console

from curate.engine import assemble
from curate.engine.report import Report
from curate.engine.run import Runner, run_plan
from curate.engine.shard import Kept
from curate.engine.sync import Sync
from curate.engine.texts import read_tallies
from curate.errors import PublishError, RecipeError
from curate.pipeline import plan_recipe, run_recipe
from curate.publish.check import check_folder
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


TEXTS = """\
name: texts
source:
  sources.jsonl: {path: texts}
steps:
  - filters.quality_rules: {presets: [], least_word_count: 3}
  - filters.script: {scripts: [Latn]}
"""


def text_of(number: int) -> str:
    if number % 4 == 0:
        return "two words"
    return "три слова здесь" if number % 5 == 0 else f"here are words {number}"


def run_texts(folder: Path, rows: int = 40) -> Path:
    """Ten rows a shard; every fourth is too short, and of the others every fifth in Cyrillic."""
    (folder / "texts").mkdir(exist_ok=True)
    for first in range(0, rows, 10):
        lines = [{"id": f"{n:03d}", "text": text_of(n)} for n in range(first, first + 10)]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (folder / f"texts/{first:03d}.jsonl").write_text(text)
    (folder / "texts.yaml").write_text(TEXTS)
    outcome = run_recipe(load_recipe(folder / "texts.yaml"), folder / "out", workers=1)
    assert not outcome.failures
    return folder / "out"


def published(out: Path) -> dict[str, bytes]:
    files = {path for name in ("data", "rejected") for path in (out / name).iterdir()}
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}


def test_a_file_of_rejected_rows_has_those_of_its_step_in_order(tmp_path: Path) -> None:
    rejected = run_texts(tmp_path) / "rejected"
    found = {path.name.split("-")[0]: pq.read_table(path) for path in rejected.iterdir()}
    assert {name: rows["id"].to_pylist() for name, rows in found.items()} == {
        "filters.quality_rules": [f"{number:03d}" for number in range(0, 40, 4)],
        "filters.script": ["005", "010", "015", "025", "030", "035"],
    }
    assert all(set(rows["rejected_by"].to_pylist()) == {name} for name, rows in found.items())


def test_files_grow_up_to_the_size_that_the_hub_likes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assemble, "FIRST_BYTES", 10_000)  # a shard has 11 kB
    monkeypatch.setattr(assemble, "FILE_BYTES", 30_000)
    for number in range(10):
        write_shard(tmp_path, number)
    files = sorted(run(tmp_path).iterdir())
    assert [pq.read_metadata(file).num_rows for file in files] == [10, 20, 30, 30, 10]


def test_rejected_rows_are_cut_into_files_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run_texts(tmp_path)
    before = {
        path.name.split("-")[0]: pq.read_table(path) for path in (whole / "rejected").iterdir()
    }
    monkeypatch.setattr(assemble, "FILE_BYTES", 1)
    out = run_texts(tmp_path)
    files = sorted((out / "rejected").iterdir())
    assert [file.name for file in files if "quality" in file.name] == [
        f"filters.quality_rules-{number:05d}-of-00004.parquet" for number in range(4)
    ]
    for name, rows in before.items():
        parts = [pq.read_table(file) for file in files if file.name.startswith(name)]
        assert pa.concat_tables(parts).equals(rows)
    assert not [problem for problem in check_folder(out) if "More Information" not in problem]


def test_texts_are_tallied_where_they_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assemble, "FILE_BYTES", 1)
    monkeypatch.setattr(assemble, "FLUSH_BYTES", 100)
    out = run_texts(tmp_path)
    files = sorted((out / "data").iterdir())
    assert len(files) == 4
    for path in files:
        tallies = read_tallies(out / f".curate/files/texts/{path.stem}.json")
        assert tallies is not None
        texts = pq.read_table(path)["text"].to_pylist()
        assert tallies["text"].lengths()[1] == Counter(map(len, texts))
    assert not list((out / ".curate/files/texts").glob("filters*"))


@pytest.mark.parametrize("left", [None, "{}", '{"text": {"nulls": 0, "values": {}}}'])
def test_a_run_whose_tallies_were_lost_or_edited_comes_out_the_same(
    tmp_path: Path, left: str | None
) -> None:
    out = run_texts(tmp_path)
    before, record = published(out), json.loads((out / "run.json").read_text())
    for path in (out / ".curate/files/texts").iterdir():
        path.unlink() if left is None else path.write_text(left)
    (out / "run.json").unlink()
    run_texts(tmp_path)
    assert published(out) == before
    assert json.loads((out / "run.json").read_text())["statistics"] == record["statistics"]


def test_a_tally_goes_with_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assemble, "FILE_BYTES", 1)
    tallies = run_texts(tmp_path, 30) / ".curate/files/texts"
    assert len(list(tallies.iterdir())) == 3
    run_texts(tmp_path, 40)
    assert sorted(path.name for path in tallies.iterdir()) == [
        f"train-0000{n}-of-00004.json" for n in range(4)
    ]


def test_the_largest_file_is_begun_first(tmp_path: Path) -> None:
    recipe = load_recipe(run_texts(tmp_path).parent / "texts.yaml")
    begun: list[str] = []

    class Noting(Sync):
        def run(self, work, jobs, device="cpu"):  # type: ignore[no-untyped-def]
            begun.extend(job.name.rsplit("-", 3)[0] for job in jobs)
            return super().run(work, jobs, device)

    out, work = tmp_path / "other", tmp_path / "other/.curate"
    with Report(Console(quiet=True)) as report:
        outcome = run_plan(plan_recipe(recipe), work, Runner(Sync, report))
        files = assemble.assemble(outcome, out, work, Runner(Noting, report))
    sizes = {
        path.split("/")[1].rsplit("-", 3)[0]: receipt.rows_out for path, receipt in files.items()
    }
    assert begun == sorted(sizes, key=lambda name: -sizes[name])
    assert next(iter(files)).startswith("data/")


def test_rows_that_cannot_be_read_leave_no_file(tmp_path: Path) -> None:
    part = tmp_path / "part.parquet"
    pq.write_table(pa.table({"id": ["a"] * 9000}), part, use_dictionary=False, compression="none")
    held = bytearray(part.read_bytes())
    held[4:40] = b"\xff" * 36  # the header of the first page
    part.write_bytes(held)
    path = tmp_path / "data/train.parquet"
    schema = pa.schema([pa.field("id", pa.string())])
    job = assemble.FileJob("train", tmp_path / "files", "x", path, (Kept(part),), schema)
    with pytest.raises(OSError):
        assemble.write_file(job)
    assert not [found for found in tmp_path.rglob("*") if found.is_file() and found != part]
