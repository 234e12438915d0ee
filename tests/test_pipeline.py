"""A recipe, run from Python: what it refuses to begin, and what it leaves beside the rows."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.errors import CurateError, PublishError, RecipeError
from curate.pipeline import plan_recipe, run_recipe
from curate.publish.check import check_folder
from curate.publish.checks.loading import loading_problems
from curate.publish.export.filelist import export_filelist
from curate.publish.record import read_record
from curate.recipe import Recipe, load_recipe

STEPS = ("transforms.assign_split: {group: id, shares: {train: 1}}",)
DECODED = ("transforms.decode_audio", "transforms.encode_audio")


def recipe(
    folder: Path, source: str, steps: Sequence[str] = STEPS, name: str = "rows", end: str = ""
) -> Recipe:
    file = folder / f"{name}.yaml"
    lines = "".join(f"  - {step}\n" for step in steps) or "  []\n"
    file.write_text(f"name: {name}\nsource:\n  {source}\nsteps:\n{lines}{end}", encoding="utf-8")
    return load_recipe(file)


def write_rows(file: Path, *ids: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"id": list(ids), "text": list(ids)}), file)
    return file


def record(out: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((out / "run.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("name", ["data/mine.parquet", "data/train-00000-of-00001.parquet"])
def test_a_run_never_takes_away_files_that_no_run_wrote(tmp_path: Path, name: str) -> None:
    mine = write_rows(tmp_path / name, "a")
    other = write_rows(tmp_path / "other.parquet", "b")
    with pytest.raises(CurateError, match=r"data: .*no run of curate.*--out"):
        run_recipe(recipe(tmp_path, f"sources.parquet: {{path: {other}}}"), tmp_path)
    assert pq.read_table(mine)["id"].to_pylist() == ["a"]


def test_a_run_does_not_replace_its_own_source(tmp_path: Path) -> None:
    first = write_rows(tmp_path / "a.parquet", "a")
    run_recipe(recipe(tmp_path, f"sources.parquet: {{path: {first}}}"), tmp_path / "out")
    again = recipe(tmp_path, "sources.parquet: {path: out/data}")
    with pytest.raises(CurateError, match="would replace"):
        run_recipe(again, tmp_path / "out")


def test_a_run_does_not_read_what_it_writes(tmp_path: Path) -> None:
    write_rows(tmp_path / "rows/a.parquet", "a")
    inside = recipe(tmp_path, "sources.parquet: {path: rows}")
    with pytest.raises(CurateError, match="lies inside the source"):
        run_recipe(inside, tmp_path / "rows/out")


def test_a_second_recipe_does_not_replace_the_dataset_of_the_first(tmp_path: Path) -> None:
    source = f"sources.parquet: {{path: {write_rows(tmp_path / 'a.parquet', 'a')}}}"
    run_recipe(recipe(tmp_path, source), tmp_path / "out")
    with pytest.raises(CurateError, match="holds the dataset 'rows'"):
        run_recipe(recipe(tmp_path, source, name="other"), tmp_path / "out")
    assert record(tmp_path / "out")["name"] == "rows"


def test_the_record_follows_an_input_that_gives_no_work(tmp_path: Path) -> None:
    write_rows(tmp_path / "rows/a.parquet", "a")
    write_rows(tmp_path / "rows/b.parquet", "b")
    (tmp_path / "rows/b.parquet").write_bytes(b"PAR1")
    rows = recipe(tmp_path, "sources.parquet: {path: rows}")
    run_recipe(rows, tmp_path / "out")
    (tmp_path / "rows/b.parquet").unlink()
    outcome = run_recipe(rows, tmp_path / "out")
    assert outcome.fresh == 0
    rows_of = record(tmp_path / "out")["rows"]
    assert rows_of == {"read": 1, "made": 0, "kept": 1, "rejected": 0, "failed": 0}


def test_another_run_puts_back_what_is_missing_beside_the_rows(tmp_path: Path) -> None:
    rows = recipe(tmp_path, f"sources.parquet: {{path: {write_rows(tmp_path / 'a.parquet', 'a')}}}")
    run_recipe(rows, tmp_path / "out")
    before = (tmp_path / "out/README.md").read_text(encoding="utf-8")
    (tmp_path / "out/README.md").unlink()
    (tmp_path / "out/LICENSE").write_text("?", encoding="utf-8")
    run_recipe(rows, tmp_path / "out")
    assert (tmp_path / "out/README.md").read_text(encoding="utf-8") == before
    assert (tmp_path / "out/LICENSE").read_text(encoding="utf-8") != "?"


@pytest.mark.parametrize("damage", ["[]", "{}", "{", '{"recipe": 3}'])
def test_a_damaged_record_is_written_again(tmp_path: Path, damage: str) -> None:
    rows = recipe(tmp_path, f"sources.parquet: {{path: {write_rows(tmp_path / 'a.parquet', 'a')}}}")
    run_recipe(rows, tmp_path / "out")
    (tmp_path / "out/run.json").write_text(damage, encoding="utf-8")
    run_recipe(rows, tmp_path / "out")
    assert record(tmp_path / "out")["complete"]


def test_a_missing_card_is_found_before_any_work(tmp_path: Path) -> None:
    source = f"sources.parquet: {{path: {write_rows(tmp_path / 'a.parquet', 'a')}}}"
    with pytest.raises(PublishError, match=r"card\.yaml"):
        run_recipe(recipe(tmp_path, source, end="publish: {card: nope}\n"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_workers_do_not_run_the_script_that_started_them(tmp_path: Path) -> None:
    write_rows(tmp_path / "a.parquet", "a", "b")
    recipe(tmp_path, "sources.parquet: {path: a.parquet, shard_rows: 1}")
    script = tmp_path / "script.py"
    script.write_text(
        "import pathlib, curate\n"
        f"here = pathlib.Path({str(tmp_path)!r})\n"
        "with (here / 'started').open('a') as file:\n"
        "    file.write('x')\n"
        "recipe = curate.load_recipe(here / 'rows.yaml')\n"
        "print(curate.run_recipe(recipe, here / 'out', workers=2).rows_kept())\n",
        encoding="utf-8",
    )
    said = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60)
    assert (said.returncode, said.stdout.strip(), said.stderr) == (0, "2", "")
    assert (tmp_path / "started").read_text() == "x"


@pytest.mark.parametrize("kind", [pa.int64(), pa.list_(pa.float64())])
def test_a_split_that_is_no_text_is_found_before_any_work(
    tmp_path: Path, kind: pa.DataType
) -> None:
    rows = pa.table({"id": ["a"], "split": pa.nulls(1, kind)})
    pq.write_table(rows, tmp_path / "a.parquet")
    with pytest.raises(RecipeError, match=r"'split' holds .* columns: \{fold: split\}"):
        plan_recipe(recipe(tmp_path, "sources.parquet: {path: a.parquet}", ()))


def test_a_row_with_an_empty_split_is_for_training(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,split\na,\nb,ٹیسٹ\nc,train\n", encoding="utf-8")
    run_recipe(recipe(tmp_path, "sources.csv: {path: a.csv}", ()), tmp_path / "out")
    rows = pq.read_table(tmp_path / "out/data/train-00000-of-00001.parquet")
    assert rows["id"].to_pylist() == ["a", "c"]
    assert list(loading_problems(tmp_path / "out", read_record(tmp_path / "out"))) == []


@pytest.mark.parametrize("name", ["all", "my split", "../x", "a-b"])
def test_a_split_that_nobody_could_load_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.csv").write_text(f"id,split\na,{name}\n")
    with pytest.raises(PublishError, match="cannot name a split"):
        run_recipe(recipe(tmp_path, "sources.csv: {path: a.csv}", ()), tmp_path / "out")


def test_every_type_that_parquet_holds_is_loaded_by_datasets(tmp_path: Path) -> None:
    rows = {
        "map": pa.array([[("k", [("x", 1)])], None], pa.map_("string", pa.map_("string", "int8"))),
        "fixed": pa.array([[1, 2], None], pa.list_(pa.int16(), 2)),
        "deep": pa.array([{"m": [("k", 0.5)]}] * 2, pa.struct([("m", pa.map_("string", "float"))])),
        "decimal": pa.array([Decimal("1.20")] * 2),
        "time": pa.array([1, None], pa.time64("ns")),
        "zone": pa.array([1, None], pa.timestamp("ms", "Asia/Kolkata")),
    }
    pq.write_table(pa.table(rows), tmp_path / "a.parquet")
    run_recipe(recipe(tmp_path, "sources.parquet: {path: a.parquet}", ()), tmp_path / "out")
    assert list(loading_problems(tmp_path / "out", read_record(tmp_path / "out"))) == []
    (first, _) = pq.read_table(tmp_path / "out/data").to_pylist()
    assert first["map"] == [{"key": "k", "value": [{"key": "x", "value": 1}]}]
    assert (first["fixed"], first["deep"]) == ([1, 2], {"m": [{"key": "k", "value": 0.5}]})


def test_rows_of_a_shard_that_cannot_be_read_are_counted(tmp_path: Path) -> None:
    write_rows(tmp_path / "rows/a.parquet", "a")
    pq.write_table(pa.table({"n": [2**60 + 1]}), tmp_path / "rows/b.parquet")
    pq.write_table(pa.table({"n": [0.5]}), tmp_path / "rows/c.parquet")
    outcome = run_recipe(recipe(tmp_path, "sources.parquet: {path: rows}", ()), tmp_path / "out")
    (error,) = outcome.failures.values()
    assert "the column 'n'" in str(error)
    assert (outcome.rows_read(), outcome.rows_kept(), outcome.rows_failed()) == (3, 2, 1)


def beside_the_card(out: Path) -> list[str]:
    """What is wrong beside the card, in which these recipes leave licence and sources open."""
    return [problem for problem in check_folder(out) if "README.md" not in problem]


def test_check_says_that_no_row_was_kept(tmp_path: Path) -> None:
    (tmp_path / "clips.txt").write_text("none.wav|s|t\n")
    run_recipe(
        recipe(tmp_path, "sources.audio_filelist: {path: clips.txt}", DECODED), tmp_path / "o"
    )
    (problem,) = beside_the_card(tmp_path / "o")
    assert "no row was kept" in problem


def test_check_finds_clips_that_were_left_at_home(tmp_path: Path) -> None:
    (tmp_path / "clips.txt").write_text("none.wav|s|t\n")
    run_recipe(recipe(tmp_path, "sources.audio_filelist: {path: clips.txt}", ()), tmp_path / "out")
    (problem,) = beside_the_card(tmp_path / "out")
    assert "'audio' holds paths of one machine" in problem


def test_export_refuses_clips_that_were_left_at_home(tmp_path: Path) -> None:
    (tmp_path / "clips.txt").write_text("none.wav|s|t\n")
    run_recipe(recipe(tmp_path, "sources.audio_filelist: {path: clips.txt}", ()), tmp_path / "out")
    with pytest.raises(PublishError, match="holds paths of one machine"):
        export_filelist(tmp_path / "out", tmp_path / "list")


def test_export_refuses_a_row_without_a_speaker(tmp_path: Path) -> None:
    clips = {"id": ["a"], "audio": [{"bytes": b"x", "path": "a.wav"}], "text": ["t"]}
    rows = pa.table({**clips, "speaker_id": pa.nulls(1, pa.string())})
    pq.write_table(rows, tmp_path / "a.parquet")
    run_recipe(recipe(tmp_path, "sources.parquet: {path: a.parquet}", ()), tmp_path / "out")
    with pytest.raises(PublishError, match="row 'a' has no speaker_id"):
        export_filelist(tmp_path / "out", tmp_path / "list")
    assert not (tmp_path / "list").exists()
