"""What ``--set source.path=PATH`` takes a file or folder for."""

from __future__ import annotations

from pathlib import Path

import pytest

from curate.errors import SourceError
from curate.local_source import local_source


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
