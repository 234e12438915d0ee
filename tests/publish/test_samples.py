"""Sample rows: spread over reasons, read again from the source, the same on every run."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import soundfile as sf

from curate.arrow import digest_of
from curate.audio.encode import encode
from curate.pipeline import run_recipe
from curate.publish import samples
from curate.publish.samples import read_samples
from curate.recipe import load_recipe

RECIPE = """\
name: clips
source:
  sources.audio_folder: {path: clips, batch_rows: 2}
steps:
  - transforms.decode_audio: {rate_hz: 16000}
  - filters.duration: {least: 1, most: 9}
  - transforms.encode_audio
"""
TEXTS = """\
name: texts
source:
  sources.jsonl: {path: texts.jsonl}
steps:
  - transforms.mask_pii
  - filters.quality_rules: {presets: [], least_word_count: 3}
"""


def clips(folder: Path, seconds: dict[str, float]) -> Path:
    (folder / "clips").mkdir()
    for name, length in seconds.items():
        tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(int(length * 32000)) / 32000)
        (folder / "clips" / name).write_bytes(encode(tone.astype(np.float32), 32000, "wav"))
    (folder / "clips.yaml").write_text(RECIPE)
    return folder


def run(folder: Path, name: str = "clips") -> Path:
    run_recipe(load_recipe(folder / f"{name}.yaml"), folder / "out", workers=1)
    return folder / "out"


def test_each_reason_has_a_sample_and_kept_rows_have_both_sides(tmp_path: Path) -> None:
    (out := run(clips(tmp_path, {"a.wav": 0.5, "b.wav": 2.0, "c.wav": 12.0})))
    found = {row["id"]: row for row in read_samples(out).rows}
    assert {name: row["reason"] for name, row in found.items()} == {
        "a.wav": "too short", "b.wav": None, "c.wav": "too long",
    }  # fmt: skip
    assert found["b.wav"]["audio_before"]
    assert found["b.wav"]["audio_after"]
    assert found["c.wav"]["audio_before"]
    assert found["c.wav"]["audio_after"] is None


def test_an_excerpt_is_the_first_six_seconds_at_a_rate_that_mp3_knows(tmp_path: Path) -> None:
    out = run(clips(tmp_path, {"c.wav": 12.0}))
    (row,) = read_samples(out).rows
    sound, rate_hz = sf.read(io.BytesIO(row["audio_before"]))
    assert (len(sound), rate_hz) == (6 * 24000, 24000)
    assert np.abs(np.fft.rfft(sound)).argmax() / 6 == pytest.approx(440, abs=1)


def test_texts_stand_as_they_came_but_masked_and_as_they_went(tmp_path: Path) -> None:
    (tmp_path / "texts.yaml").write_text(TEXTS)
    (tmp_path / "texts.jsonl").write_text(
        '{"id": "a", "text": "write to ann@example.com"}\n{"id": "b", "text": "too few"}\n'
    )
    found = {row["id"]: row for row in read_samples(run(tmp_path, "texts")).rows}
    assert found["a"]["text_before"] == "write to <email>"
    assert found["a"]["text_after"] == "write to <email>"
    assert found["b"]["reason"] == "too few words"
    assert found["b"]["row"]["word_count"] == 2


def test_rows_whose_text_was_changed_are_among_the_kept_ones(tmp_path: Path) -> None:
    lines = [{"id": f"{n:02d}", "text": f"the words of line {n}"} for n in range(30)]
    lines[17]["text"] = "write to ann@example.com about it"
    (tmp_path / "texts.yaml").write_text(TEXTS)
    (tmp_path / "texts.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    found = [row["id"] for row in read_samples(run(tmp_path, "texts")).rows]
    assert found[0] == "17"
    assert len(found) == 4


def test_a_run_that_changed_nothing_does_not_read_the_source_again(tmp_path: Path) -> None:
    out = run(clips(tmp_path, {"b.wav": 2.0}))
    before = (out / ".curate/samples.parquet").stat().st_mtime_ns
    run(tmp_path)
    assert (out / ".curate/samples.parquet").stat().st_mtime_ns == before


def test_the_same_rows_are_taken_on_every_machine(tmp_path: Path) -> None:
    taken = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        many = {f"{number:02d}.wav": 0.2 + 0.2 * number for number in range(20)}
        taken.append([row["id"] for row in read_samples(run(clips(tmp_path / name, many))).rows])
    assert taken[0] == taken[1]
    assert len(taken[0]) == len(set(taken[0]))


def test_a_source_that_takes_too_long_is_left_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "MOST_BYTES", -1)
    many = {f"{number:02d}.wav": 1.5 for number in range(40)}
    found = read_samples(run(clips(tmp_path, many)))
    assert "shown without what they were before: reading the source again took too" in found.note
    assert all(row["audio_after"] for row in found.rows)


def test_a_folder_without_samples_says_so(tmp_path: Path) -> None:
    out = run(clips(tmp_path, {"b.wav": 2.0}))
    (out / ".curate/samples.parquet").unlink()
    assert "stored no samples" in read_samples(out).note
    (out / ".curate/samples.parquet").write_bytes(b"PAR1 damaged")
    assert "is damaged" in read_samples(out).note


SENTENCES = """\
name: texts
source:
  sources.jsonl: {path: texts.jsonl}
steps:
  - transforms.split_sentences
  - transforms.rename_columns: {names: {text: Source_Code}}
"""


def test_rows_that_a_step_made_are_shown_with_what_they_were_made_of(tmp_path: Path) -> None:
    whole = "Il-kelb jiekol. Il-qattus jorqod."
    (tmp_path / "texts.jsonl").write_text(json.dumps({"id": "a", "text": whole}))
    (tmp_path / "texts.yaml").write_text(SENTENCES)
    found = {row["id"]: row for row in read_samples(run(tmp_path, "texts")).rows}
    assert {name: row["text_after"] for name, row in found.items()} == {
        "a#1": "Il-kelb jiekol.", "a#2": "Il-qattus jorqod.",
    }  # fmt: skip
    assert {row["text_before"] for row in found.values()} == {whole}


def test_of_each_reason_the_rows_whose_ids_hash_lowest_are_shown_as_they_are(
    tmp_path: Path,
) -> None:
    lines = [{"id": f"{n:04d}", "text": f"line {n}"} for n in range(6000)]
    lines[7]["text"] = "enough words to stay"
    (tmp_path / "texts.yaml").write_text(TEXTS)
    (tmp_path / "texts.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    out = run(tmp_path, "texts")
    (rejected,) = out.glob(".curate/pass-00/*.rejected.parquet")
    assert pq.read_metadata(rejected).num_row_groups > 1
    found = {row["id"]: row["text_after"] for row in read_samples(out).rows if row["reason"]}
    ids = sorted((line["id"] for line in lines if line is not lines[7]), key=digest_of)
    assert found == {name: f"line {int(name)}" for name in ids[:2]}
