"""What ``--set source.path=PATH`` takes a file or folder for."""

from __future__ import annotations

from pathlib import Path

import pytest

from curate.errors import SourceError
from curate.local_source import local_source, way_to_columns
from curate.sources.audio_folder import AudioFolder
from curate.sources.csv import Csv


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("rows.parquet", "sources.parquet"),
        ("rows.JSONL", "sources.jsonl"),
        ("rows.tsv", "sources.csv"),
        ("rows.csv.gz", "sources.csv"),
        ("train.txt", "sources.text_lines"),
        ("train.txt.gz", "sources.text_lines"),
        ("mt.conllu", "sources.conllu"),
        ("manifest.json", "sources.audio_filelist"),
    ],
)
def test_a_file_is_told_by_what_its_name_ends_in(tmp_path: Path, name: str, source: str) -> None:
    (tmp_path / name).touch()
    assert local_source(tmp_path / name) == {source: {"path": str(tmp_path / name)}}


@pytest.mark.parametrize(
    ("names", "source"),
    [
        (("metadata.jsonl", "rows.parquet"), "sources.audio_folder"),
        (("deep/er/a.OPUS", "rows.csv"), "sources.audio_folder"),
        (("data/a.parquet", "rows.jsonl"), "sources.parquet"),
        (("a.ndjson",), "sources.jsonl"),
        (("a.tsv", "notes.txt"), "sources.csv"),
        (("x/a.conllu", "notes.txt"), "sources.conllu"),
        (("x/a.txt",), "sources.text_lines"),
    ],
)
def test_a_folder_is_told_by_what_it_holds(
    tmp_path: Path, names: tuple[str, ...], source: str
) -> None:
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert local_source(tmp_path) == {source: {"path": str(tmp_path)}}


@pytest.mark.parametrize(
    ("name", "line", "source"),
    [
        ("train.txt", "a.wav|s|text", "sources.audio_filelist"),
        ("train.txt", "a | b", "sources.text_lines"),
        ("a.tsv", "id\ttoken\tcategory", "sources.token_table"),
        ("a.tsv", "id\ttext", "sources.csv"),
    ],
)
def test_texts_and_tables_are_told_by_their_first_line(
    tmp_path: Path, name: str, line: str, source: str
) -> None:
    (tmp_path / name).write_text(f"{line}\n")
    assert local_source(tmp_path / name) == {source: {"path": str(tmp_path / name)}}


def test_metadata_comes_before_a_list_beside_it(tmp_path: Path) -> None:
    (tmp_path / "metadata.csv").write_text("file_name\n")
    (tmp_path / "train.txt").write_text("a.wav|s|text\n")
    assert list(local_source(tmp_path)) == ["sources.audio_folder"]


def test_an_empty_folder_says_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"found none of metadata\.csv, audio files, \*\.parquet"):
        local_source(tmp_path)


def test_a_path_that_is_not_there_suggests_the_near_one(tmp_path: Path) -> None:
    (tmp_path / "clips").mkdir()
    with pytest.raises(SourceError, match="did you mean 'clips'"):
        local_source(tmp_path / "clip")


def lacking(*columns: str) -> list[str]:
    """Mistakes of a plan, as it words them."""
    return [f"r.yaml:7: filters.x needs the column {name!r}; there is id" for name in columns]


def test_clips_alone_say_which_list_they_need_and_which_was_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.wav").touch()
    (tmp_path / "recordings.csv").write_text("clip,transcript\n")
    assert way_to_columns([AudioFolder(str(tmp_path))], lacking("text", "speaker_id")) == (
        f"{tmp_path}: clips without metadata; recordings.csv was not read; write a metadata.csv "
        "there that begins with the line file_name,text,speaker_id, or give these steps other "
        "columns"
    )


def test_columns_of_other_names_are_offered_as_the_option_that_renames_them(
    tmp_path: Path,
) -> None:
    # the header of Common Voice
    (tmp_path / "rows.csv").write_text("client_id,sentence,up_votes\n1,a,2\n")
    source = Csv(str(tmp_path / "rows.csv"))
    said = way_to_columns([source], lacking("text", "speaker_id", "genre"))
    assert said == (
        f"{tmp_path / 'rows.csv'}: has client_id, sentence, up_votes; if it is there under another "
        "name, say so: --set 'source.columns={text: sentence, speaker_id: client_id, "
        "genre: ITS_NAME}'"
    )
    offered = {"text": "sentence", "speaker_id": "client_id"}
    assert {"text", "speaker_id"} <= set(Csv(source.path, columns=offered).schema().names)


def test_a_table_given_for_clips_says_how_it_becomes_their_metadata(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("clip,text\na.wav,b\n")
    said = way_to_columns([Csv(str(tmp_path / "rows.csv"))], lacking("audio"))
    assert "brings no recordings" in said
    assert "call it metadata.csv, its column of paths file_name, and give its folder" in said


def test_what_a_step_took_away_is_not_the_inputs_fault(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("text\na\n")
    assert way_to_columns([Csv(str(tmp_path / "rows.csv"))], lacking("text")) == ""
    assert way_to_columns([Csv(str(tmp_path / "rows.csv"))], ["r.yaml:2: no such option"]) == ""


def test_columns_that_a_step_would_add_are_not_asked_of_the_input(tmp_path: Path) -> None:
    (tmp_path / "a.wav").touch()
    assert way_to_columns([AudioFolder(str(tmp_path))], lacking("samples", "duration")) == ""
