from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from curate.errors import SourceError
from curate.sources.audio_folder import AudioFolder

Read = Callable[..., pa.Table]


def fill(folder: Path, **files: str) -> AudioFolder:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    return AudioFolder(str(folder))


def reasons(table: pa.Table) -> dict[str, str | None]:
    return dict(zip(table["id"].to_pylist(), table["defect"].to_pylist(), strict=True))


def test_real_folder_reads_its_metadata(kashmiri_dir: Path, read_all: Read) -> None:
    rows = read_all(AudioFolder(str(kashmiri_dir)))
    assert rows.num_rows == rows["defect"].null_count == 80
    assert {"style", "speaker_sex", "text"} <= set(rows.column_names)


def test_without_metadata_every_recording_is_a_row_in_sorted_order(
    tmp_path: Path, read_all: Read
) -> None:
    source = fill(tmp_path, **{"b/x.MP3": "", "a.wav": "", "b/a b\n.flac": "", "notes.txt": ""})
    rows = read_all(source)
    assert rows.column_names == ["id", "source", "audio", "defect"]
    assert reasons(rows) == {"a.wav": None, "b/a b\n.flac": None, "b/x.MP3": None}


def test_recording_that_no_metadata_names_is_reported(tmp_path: Path, read_all: Read) -> None:
    source = fill(
        tmp_path, **{"metadata.csv": "file_name,text\na.wav,x\n", "a.wav": "", "c/b.ogg": ""}
    )
    assert reasons(read_all(source)) == {"a.wav": None, "c/b.ogg": "no metadata for file"}


def test_metadata_in_subfolders_names_files_from_its_own_place(
    tmp_path: Path, read_all: Read
) -> None:
    source = fill(
        tmp_path,
        **{
            "train/metadata.csv": "file_name,text\na.wav,x\n",
            "test/metadata.jsonl": '{"file_name": "a.wav", "age": 3}\n',
            "train/a.wav": "",
            "test/a.wav": "",
        },
    )
    rows = read_all(source).select(["id", "text", "age"]).to_pylist()
    assert rows == [
        {"id": "test/a.wav", "text": None, "age": 3},
        {"id": "train/a.wav", "text": "x", "age": None},
    ]


def test_same_file_named_by_two_metadata_files_is_a_duplicate(
    tmp_path: Path, read_all: Read
) -> None:
    source = fill(
        tmp_path,
        **{
            "metadata.csv": "file_name\nsub/a.wav\n",
            "sub/metadata.csv": "file_name\na.wav\n../../x.wav\n",
            "sub/a.wav": "",
        },
    )
    found = reasons(read_all(source))
    assert found["sub/a.wav"] is None
    assert found["sub/a.wav@sub/metadata.csv:2"] == "duplicate path"
    assert "path leaves the folder" in found.values()


def test_links_out_of_the_folder_and_linked_folders_are_rows_too(
    tmp_path: Path, read_all: Read
) -> None:
    source = fill(tmp_path / "in", **{"a.wav": ""})
    fill(tmp_path / "out", **{"b.wav": ""})
    (tmp_path / "in" / "link.wav").symlink_to(tmp_path / "out" / "b.wav")
    (tmp_path / "in" / "more").symlink_to(tmp_path / "out")
    assert reasons(read_all(source)) == {
        "a.wav": None,
        "link.wav": "path leaves the folder",
        "more": "linked folder is not entered",
    }


def test_file_name_that_is_not_utf8_is_a_row(tmp_path: Path, read_all: Read) -> None:
    source = fill(tmp_path, **{"a.wav": ""})
    (tmp_path / os.fsdecode(b"\xff.wav")).write_bytes(b"")
    rows = read_all(source)
    assert sorted(rows["defect"].to_pylist(), key=str) == [None, "file name is not UTF-8"]


def test_shards_are_cut_without_changing_rows(tmp_path: Path, read_all: Read) -> None:
    fill(tmp_path, **{f"{at}.wav": "" for at in range(5)}, **{"metadata.csv": "file_name\n1.wav\n"})
    one = read_all(AudioFolder(str(tmp_path), shard_rows=1))
    many = read_all(AudioFolder(str(tmp_path), shard_rows=1000, batch_rows=2))
    assert one.equals(many)
    assert read_all(AudioFolder(str(tmp_path)), limit=2).num_rows == 3


def test_name_and_constants_are_on_every_row(tmp_path: Path, read_all: Read) -> None:
    fill(tmp_path, **{"a.wav": "", "b.wav": "", "metadata.csv": "file_name\na.wav\n"})
    rows = read_all(AudioFolder(str(tmp_path), name="rasa", constants={"licence": "cc-by-4.0"}))
    assert rows["id"].to_pylist() == ["rasa/a.wav", "rasa/b.wav"]
    assert set(rows["licence"].to_pylist()) == {"cc-by-4.0"}
    assert set(rows["source"].to_pylist()) == {"rasa"}


@pytest.mark.parametrize(
    ("files", "options", "message"),
    [
        ({"a.wav": ""}, {"columns": {"text": "x"}}, "no metadata file"),
        ({"metadata.csv": "x\n", "metadata.tsv": "x\n"}, {}, "a folder takes one"),
        ({"metadata.csv": "x\n"}, {}, "no column is known to hold the recordings"),
    ],
)
def test_folder_that_cannot_be_used_is_one_clear_error(
    tmp_path: Path, files: dict[str, str], options: dict[str, dict[str, str]], message: str
) -> None:
    fill(tmp_path, **files)
    with pytest.raises(SourceError, match=message):
        AudioFolder(str(tmp_path), **options).schema()


def test_file_instead_of_a_folder_names_the_other_source(tmp_path: Path) -> None:
    fill(tmp_path, **{"list.txt": ""})
    with pytest.raises(SourceError, match=r"sources\.audio_filelist"):
        AudioFolder(str(tmp_path / "list.txt")).schema()


def test_digest_of_a_moved_folder_changes_only_if_its_name_is_the_source(tmp_path: Path) -> None:
    fill(tmp_path / "one", **{"a.wav": "", "metadata.csv": "file_name\na.wav\n", "b.wav": ""})
    before = AudioFolder(str(tmp_path / "one")).shards()
    (tmp_path / "deeper").mkdir()
    (tmp_path / "one").rename(tmp_path / "deeper" / "one")
    moved = AudioFolder(str(tmp_path / "deeper" / "one")).shards()
    (tmp_path / "deeper" / "one").rename(tmp_path / "two")
    renamed = AudioFolder(str(tmp_path / "two")).shards()
    assert [ref.digest for ref in before] == [ref.digest for ref in moved]
    assert not {ref.digest for ref in before} & {ref.digest for ref in renamed}


@pytest.mark.parametrize("name", ["a.amr", "b.W64", "c.caf", "d.webm", "e.sph"])
def test_recording_of_a_kind_that_is_not_decoded_is_a_row_all_the_same(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_bytes(b"")
    source = AudioFolder(str(tmp_path))
    assert sum(shard.rows for shard in source.shards()) == 1
