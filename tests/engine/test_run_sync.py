"""Runs in one process: conservation, resume, damage, determinism."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from row_corpus import digest, ids, write_corpus, write_recipe

from curate.engine.outcome import Outcome
from curate.engine.store import locked
from curate.errors import CurateError, RecipeError, StepError
from curate.pipeline import plan_recipe, run_recipe
from curate.recipe import load_recipe


def run(folder: Path, source: Path, *steps: str, limit: int | None = None) -> Outcome:
    return run_recipe(
        load_recipe(write_recipe(folder, source, *steps)), folder / "out", workers=1, limit=limit
    )


def test_every_row_is_kept_or_rejected_once_with_its_reason(tmp_path: Path, corpus: Path) -> None:
    outcome = run(tmp_path, corpus)
    assert outcome.conserved()
    assert ids(tmp_path / "out") == [f"row-{number:06d}" for number in range(600)]
    rejected = pq.read_table(tmp_path / "out/rejected")
    assert set(rejected["reason"].to_pylist()) == {"too short", "too long", "rare"}
    assert rejected["count"].null_count < rejected.num_rows


def test_a_second_run_does_nothing_and_changes_no_byte(tmp_path: Path, corpus: Path) -> None:
    first = run(tmp_path, corpus)
    record = (tmp_path / "out/run.json").read_text()
    second = run(tmp_path, corpus)
    assert (first.fresh > 0, second.fresh) == (True, 0)
    assert (tmp_path / "out/run.json").read_text() == record


def test_a_changed_option_redoes_what_follows_from_it(tmp_path: Path, corpus: Path) -> None:
    run(tmp_path, corpus)
    file = tmp_path / "rows.yaml"
    file.write_text(file.read_text().replace("train: 0.6, test: 0.4", "train: 0.5, test: 0.5"))
    outcome = run_recipe(load_recipe(file), tmp_path / "out", workers=1)
    # the second pass of 12 shards, and two files of the dataset; not the first pass, keys or decision
    assert outcome.fresh == 14


@pytest.mark.parametrize("damage", ["truncated", "edited", "gone", "receipt"])
def test_a_damaged_file_is_never_taken_for_done(
    tmp_path: Path, corpus: Path, undisturbed: str, damage: str
) -> None:
    run(tmp_path, corpus)
    work = tmp_path / "out/.curate/pass-00"
    victim = sorted(work.glob("*.parquet"))[4]
    content = victim.read_bytes()
    if damage == "truncated":
        victim.write_bytes(content[:-9])
    elif damage == "edited":
        victim.write_bytes(content[:50] + bytes([content[50] ^ 1]) + content[51:])
    elif damage == "gone":
        victim.unlink()
    else:
        next(iter(work.glob("*.json"))).write_text("{")
    assert run(tmp_path, corpus).fresh >= 1
    assert digest(tmp_path / "out") == undisturbed


def test_a_published_file_that_was_edited_is_written_again(
    tmp_path: Path, corpus: Path, undisturbed: str
) -> None:
    run(tmp_path, corpus)
    victim = next(iter((tmp_path / "out/data").glob("train-*")))
    victim.write_bytes(b"PAR1")
    assert run(tmp_path, corpus).fresh == 1
    assert digest(tmp_path / "out") == undisturbed


def test_a_changed_input_redoes_its_shard(tmp_path: Path) -> None:
    source = write_corpus(tmp_path / "rows", shards=3)
    run(tmp_path, source)
    table = pq.read_table(source / "part-001.parquet")
    pq.write_table(table.slice(0, 10), source / "part-001.parquet")
    outcome = run(tmp_path, source)
    assert outcome.rows_read() == 110
    assert len(ids(tmp_path / "out")) == 110


def test_files_of_an_earlier_run_do_not_stay(tmp_path: Path, corpus: Path) -> None:
    run(tmp_path, corpus)
    (tmp_path / "out/data/old-00000-of-00001.parquet").write_bytes(b"")
    file = tmp_path / "rows.yaml"
    file.write_text(file.read_text().replace("test: 0.4", "dev: 0.4"))
    run_recipe(load_recipe(file), tmp_path / "out", workers=1)
    assert {p.name.split("-")[0] for p in (tmp_path / "out/data").iterdir()} == {"train", "dev"}


def test_limit_reads_the_first_rows(tmp_path: Path, corpus: Path) -> None:
    assert run(tmp_path, corpus, limit=70).rows_read() == 70
    assert ids(tmp_path / "out")[-1] == "row-000069"


def test_a_shard_that_fails_costs_only_itself(tmp_path: Path, corpus: Path) -> None:
    outcome = run(tmp_path, corpus, "barrier_of_tests:Poison")
    (error,) = outcome.failures.values()
    assert isinstance(error, StepError)
    assert "made to fail" in str(error)
    assert "part-005" in str(error)
    assert len(ids(tmp_path / "out")) == 550
    assert json.loads((tmp_path / "out/run.json").read_text())["complete"] is False


def test_a_failed_shard_is_done_by_the_next_run_with_the_same_bytes(
    tmp_path: Path, corpus: Path
) -> None:
    step = f"barrier_of_tests:Poison: {{once: {tmp_path / 'mark'}}}"
    assert len(run(tmp_path, corpus, step).failures) == 1
    again = run(tmp_path, corpus, step)
    assert not again.failures
    (tmp_path / "calm").mkdir()
    run(tmp_path / "calm", corpus, step)
    assert digest(tmp_path / "out") == digest(tmp_path / "calm/out")


@pytest.mark.parametrize(
    ("step", "says"),
    [
        ("Shuffler", "reordered ids"),
        ("Smuggler", "does not declare it"),
        ("Quitter", "SystemExit: 3"),
        ("Editor", "returned a Table, not a Verdict"),
        ("Mute", "returned a NoneType, not a Table"),
        ("Undecided", "one true or false for each"),
        ("Brief", "one true or false for each"),
        ("Silent", "without a reason"),
        ("Speechless", "without a reason"),
    ],
)
def test_a_step_that_breaks_the_contract_is_named(
    tmp_path: Path, corpus: Path, step: str, says: str
) -> None:
    outcome = run(tmp_path, corpus, f"barrier_of_tests:{step}")
    assert all(says in str(error) and step in str(error) for error in outcome.failures.values())
    assert len(outcome.failures) == 12


def test_a_column_that_no_step_gives_is_found_before_any_work(tmp_path: Path, corpus: Path) -> None:
    with pytest.raises(RecipeError, match=r"rows\.yaml:6: filters\.snr needs the column 'samples'"):
        run(tmp_path, corpus, "filters.snr")
    assert not (tmp_path / "out/data").exists()


def test_two_runs_do_not_work_in_one_folder(tmp_path: Path, corpus: Path) -> None:
    with locked(tmp_path / "out"), pytest.raises(CurateError, match="another run is working here"):
        run(tmp_path, corpus)


def test_half_written_files_of_a_killed_run_are_cleared(tmp_path: Path, corpus: Path) -> None:
    stale = tmp_path / "out/.curate/pass-00/x.parquet.123.tmp"
    stale.parent.mkdir(parents=True)
    stale.write_bytes(b"half")
    run(tmp_path, corpus)
    assert not list((tmp_path / "out").rglob("*.tmp"))


def test_a_plan_does_no_work(tmp_path: Path, corpus: Path) -> None:
    plan = plan_recipe(load_recipe(write_recipe(tmp_path, corpus)))
    assert (plan.rows(), len(plan.passes), len(plan.shards)) == (600, 2, 12)
    assert not (tmp_path / "out").exists()


def test_a_column_that_changes_its_type_is_text_among_the_rejected(tmp_path: Path) -> None:
    (tmp_path / "metadata.csv").write_text("file_name,duration\nnone.wav,two seconds\n")
    steps = "steps:\n  - transforms.decode_audio\n"
    file = tmp_path / "typed.yaml"
    file.write_text(f"name: typed\nsource:\n  sources.audio_folder: {{path: .}}\n{steps}")
    run_recipe(load_recipe(file), tmp_path / "out", workers=1)
    (row,) = pq.read_table(tmp_path / "out/rejected").to_pylist()
    assert (row["reason"], row["duration"]) == ("file missing", None)


def test_rows_of_several_sources_come_together_under_one_schema(
    tmp_path: Path, corpus: Path
) -> None:
    (tmp_path / "more.csv").write_text("id,text,mood\na,hello,glad\nb,bye,\n")
    file = tmp_path / "two.yaml"
    file.write_text(
        f"name: two\nsource:\n  - sources.parquet: {{path: {corpus}, name: old}}\n"
        "  - sources.csv: {path: more.csv, name: new}\nsteps: []\n"
    )
    outcome = run_recipe(load_recipe(file), tmp_path / "out", workers=1)
    rows = {row["id"]: row for row in pq.read_table(tmp_path / "out/data").to_pylist()}
    assert (outcome.rows_kept(), len(rows)) == (602, 602)
    assert (rows["new/a"]["mood"], rows["new/a"]["duration"]) == ("glad", None)
    assert (rows["old/row-000000"]["mood"], rows["old/row-000000"]["source"]) == (None, "old")
