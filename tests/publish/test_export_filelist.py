"""Lists and wavs for trainers: exact samples, one name a clip, and texts that fit the form."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import soundfile as sf

from curate.audio.encode import encode
from curate.errors import PublishError
from curate.publish.export.filelist import export_filelist
from curate.publish.record import plain

CLIP = np.round(np.random.default_rng(0).uniform(-1, 1, 800) * 32767) / 32768


def dataset(folder: Path, rows: list[dict[str, object]], split: str = "train") -> Path:
    (folder / "data").mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), folder / f"data/{split}-00000-of-00001.parquet")
    rows_of_run = {"read": 0, "kept": 0, "rejected": 0}
    record = {"name": "rows", "complete": True, "rows": rows_of_run, "files": {}}
    record |= {"configs": {"default": {split: {"rows": len(rows)}}}}
    (folder / "run.json").write_text(plain(record))
    return folder


def row(name: str, text: str = "a text") -> dict[str, object]:
    audio = {"bytes": encode(CLIP.astype(np.float32), 8000), "path": f"{Path(name).name}.flac"}
    return {"id": name, "speaker_id": "s", "text": text, "audio": audio}


def test_wavs_hold_the_very_samples_of_the_dataset(tmp_path: Path) -> None:
    assert export_filelist(dataset(tmp_path / "in", [row("a")]), tmp_path) == {"train.txt": 1}
    assert (tmp_path / "train.txt").read_text() == "wavs/a.wav|s|a text\n"
    samples, rate_hz = sf.read(tmp_path / "wavs/a.wav")
    assert rate_hz == 8000
    np.testing.assert_array_equal(samples, CLIP)


def test_clips_of_one_name_from_two_folders_stay_two(tmp_path: Path) -> None:
    export_filelist(dataset(tmp_path / "in", [row("x/a"), row("y/a")]), tmp_path)
    names = [line.split("|")[0] for line in (tmp_path / "train.txt").read_text().splitlines()]
    assert len(set(names)) == 2
    assert all((tmp_path / name).is_file() for name in names)


@pytest.mark.parametrize("text", ["a|b", "a\nb", "a\rb"])
def test_a_text_that_the_form_cannot_hold_stops_before_anything_is_written(
    tmp_path: Path, text: str
) -> None:
    folder = dataset(tmp_path / "in", [row("good"), row("bad", text)])
    with pytest.raises(PublishError, match="row 'bad' holds"):
        export_filelist(folder, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_dataset_without_speakers_is_no_filelist(tmp_path: Path) -> None:
    folder = dataset(tmp_path, [{"id": "a", "text": "b", "audio": row("a")["audio"]}])
    with pytest.raises(PublishError, match="has no column 'speaker_id'"):
        export_filelist(folder, tmp_path / "out")


def test_a_folder_that_is_no_dataset_is_named(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match=r"no run\.json there"):
        export_filelist(tmp_path, tmp_path / "out")
