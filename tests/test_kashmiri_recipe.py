"""The Kashmiri recipe on real recordings: every row accounted for, files as promised."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pyloudnorm
import pytest
import soundfile as sf

from curate.engine.outcome import Outcome
from curate.kashmiri.normalize import normalize
from curate.pipeline import run_recipe
from curate.publish.check import check_folder
from curate.publish.export.filelist import export_filelist
from curate.publish.folder import rebuild_folder
from curate.recipe import load_recipe

RECIPE = Path(__file__).resolve().parent.parent / "recipes" / "kashmiri_speech.yaml"


@pytest.fixture(scope="module")
def ran(kashmiri_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    out = tmp_path_factory.mktemp("kashmiri") / "out"
    recipe = load_recipe(RECIPE, [f"source.path={kashmiri_dir}"])
    return out, run_recipe(recipe, out, workers=1)


@pytest.fixture(scope="module")
def kept(ran: tuple[Path, Outcome]) -> list[dict]:
    return pq.read_table(ran[0] / "data").to_pylist()


@pytest.fixture(scope="module")
def rejected(ran: tuple[Path, Outcome]) -> dict[str, dict]:
    return {row["id"]: row for row in pq.read_table(ran[0] / "rejected").to_pylist()}


def test_eighty_rows_are_kept_or_rejected(kept: list[dict], rejected: dict[str, dict]) -> None:
    assert len(kept) + len(rejected) == 80
    assert not {row["id"] for row in kept} & set(rejected)


def test_there_is_a_train_and_a_test_split(ran: tuple[Path, Outcome]) -> None:
    assert {path.name.split("-")[0] for path in (ran[0] / "data").iterdir()} == {"train", "test"}


def test_each_rejection_has_a_true_reason(rejected: dict[str, dict], kashmiri_dir: Path) -> None:
    for row in rejected.values():
        samples, rate = sf.read(kashmiri_dir / row["id"])
        if row["reason"] == "clipped":
            top = np.abs(samples).max()
            flat = np.abs(samples) >= 0.999 * top
            assert top > 0.97
            assert (flat[:-2] & flat[1:-1] & flat[2:]).any()
        elif row["reason"] == "too short":
            assert len(samples) / rate < 0.6
            assert row["duration"] < 0.4
        elif row["reason"] == "too long":
            assert len(samples) / rate > 25
        else:
            pytest.fail(f"nobody has checked {row['reason']!r} by hand: {row}")


def test_names_are_left_unjudged_and_sentences_are_kashmiri(kept: list[dict]) -> None:
    for row in kept:
        letters = sum(char.isalpha() for char in row["text_raw"])
        assert row["language_judged"] == (letters >= 20), row["text_raw"]
        assert row["language"] == "kas" or not row["language_judged"]
        assert row["script_share"] == 1


def test_published_clips_measure_the_target_loudness(kept: list[dict]) -> None:
    for row in kept:
        samples, rate = sf.read(io.BytesIO(row["audio"]["bytes"]))
        assert rate == 22050
        assert np.abs(samples).max() < 1
        if not (row["gain_limited"] or row["loudness_short"]):
            loudness = pyloudnorm.Meter(rate).integrated_loudness(samples)
            assert loudness == pytest.approx(-23, abs=0.01), row["id"]


def test_the_record_says_what_each_stage_did(kept: list[dict]) -> None:
    for row in kept:
        assert 0 <= row["trim_start"] < row["trim_end"]
        assert row["duration"] == pytest.approx(row["trim_end"] - row["trim_start"])
        assert row["dereverb_method"] in {"none", "wpe"}
        assert row["text"] == normalize(row["text_raw"]).text
        assert row["characters_removed"] == ""


def test_own_recordings_are_good_once_their_licence_and_sources_are_stated(
    ran: tuple[Path, Outcome], tmp_path: Path
) -> None:
    lines = [line for line in check_folder(ran[0]) if "README.md" in line]
    assert any("[More Information Needed]" in line for line in lines)
    assert lines == check_folder(ran[0])
    out = shutil.copytree(ran[0], tmp_path / "out")
    (tmp_path / "card.yaml").write_text(
        "license: cc-by-4.0\npeople: [{name: Those who collected them}]\n"
        "sources: [{name: Clips of Rasa, license: CC-BY-4.0, attribution: AI4Bharat}]\n"
    )
    rebuild_folder(out, card=tmp_path)
    assert check_folder(out) == []


def test_load_dataset_gives_the_same_rows_with_an_audio_column(ran: tuple[Path, Outcome]) -> None:
    from datasets import Audio, load_dataset

    loaded = load_dataset(str(ran[0]), cache_dir=str(ran[0].parent / "cache"))
    assert loaded["train"].features["audio"] == Audio(sampling_rate=22050)
    rows = loaded["train"].cast_column("audio", Audio(decode=False))
    wanted = pq.read_table(ran[0] / "data").column("id").to_pylist()
    assert sorted([*rows["id"], *loaded["test"].remove_columns("audio")["id"]]) == sorted(wanted)


def test_a_second_run_does_nothing(ran: tuple[Path, Outcome], kashmiri_dir: Path) -> None:
    recipe = load_recipe(RECIPE, [f"source.path={kashmiri_dir}"])
    assert run_recipe(recipe, ran[0], workers=1).fresh == 0


def test_the_filelist_source_gives_the_same_audio(
    ran: tuple[Path, Outcome], kashmiri_dir: Path, tmp_path: Path
) -> None:
    recipe = load_recipe(RECIPE, [f"source.path={kashmiri_dir / 'test.txt'}"])
    run_recipe(recipe, tmp_path / "out", workers=1)
    by_folder = {r["id"]: r["audio"]["bytes"] for r in pq.read_table(ran[0] / "data").to_pylist()}
    by_list = {
        r["id"]: r["audio"]["bytes"] for r in pq.read_table(tmp_path / "out/data").to_pylist()
    }
    assert len(by_list) >= 60
    assert all(by_folder[i] == clip for i, clip in by_list.items() if i in by_folder)


def test_export_writes_a_filelist_that_trainers_read(
    ran: tuple[Path, Outcome], kept: list[dict], tmp_path: Path
) -> None:
    counts = export_filelist(ran[0], tmp_path)
    assert sum(counts.values()) == len(kept)
    texts = {row["text"] for row in kept}
    for line in (tmp_path / "train.txt").read_text(encoding="utf-8").splitlines():
        path, speaker, text = line.split("|")
        assert (speaker in {"422", "423"}, text in texts) == (True, True)
        assert sf.info(tmp_path / path).subtype == "PCM_16"


def test_the_record_of_the_run_adds_up(ran: tuple[Path, Outcome]) -> None:
    record = json.loads((ran[0] / "run.json").read_text(encoding="utf-8"))
    rows = record["rows"]
    assert rows["read"] == rows["kept"] + rows["rejected"] == 80
    assert sum(split["rows"] for split in record["configs"]["default"].values()) == rows["kept"]
    assert record["complete"] is True


def test_the_bundled_sample_runs_offline_and_shows_every_kind_of_rejection(
    sample_folder: Callable[[str], Path],
) -> None:
    out = sample_folder("kashmiri_speech")
    reasons = set(pq.read_table(out / "rejected")["reason"].to_pylist())
    rows = json.loads((out / "run.json").read_text(encoding="utf-8"))["rows"]
    assert rows["read"] == rows["kept"] + rows["rejected"]
    assert rows["kept"] >= 7
    assert {"file missing", "file truncated", "not audio", "too short", "clipped"} <= reasons
    assert {"wrong language", "wrong script", "duplicate 5-grams", "no text"} <= reasons
    assert check_folder(out) == []
