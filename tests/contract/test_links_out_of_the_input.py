"""Inputs from elsewhere whose files lead to files of this machine, or to nobody's pipe."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from curate.contract import Source
from curate.errors import CurateError
from curate.pipeline import run_recipe
from curate.questions import text_sets
from curate.recipe import load_recipe
from curate.sources.audio_folder import AudioFolder
from curate.sources.question_sets import QuestionSets

NAMES = {"metadata.csv": AudioFolder, "en.txt": QuestionSets}
RECIPE = """\
name: rows
source:
  sources.jsonl: {path: ""}
steps:
  - transforms.select_columns: {names: [text]}
"""


@pytest.fixture(autouse=True)
def woken() -> Iterator[None]:
    """Whoever waits is woken after 20 seconds."""

    def wake(*_: object) -> None:
        raise TimeoutError("it waits")

    before = signal.signal(signal.SIGALRM, wake)
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def shards(source: Source) -> None:
    source.schema()
    source.shards()


@pytest.mark.parametrize("name", NAMES)
def test_a_list_that_is_a_link_out_of_its_folder_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "secret").write_text("file_name,text\na.wav,secret\n")
    (tmp_path / "in" / name).symlink_to(tmp_path / "secret")
    with pytest.raises(CurateError, match=f"{name} is a link to .*secret, outside of the folder"):
        shards(NAMES[name](str(tmp_path / "in")))


@pytest.mark.parametrize("name", NAMES)
def test_a_list_that_is_a_pipe_is_refused(name: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(CurateError, match=f"{name} is no file, but a pipe"):
        shards(NAMES[name](str(tmp_path)))


def test_a_link_within_the_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "all.text").write_text("one\n")
    (tmp_path / "en.txt").symlink_to("all.text")
    (ref,) = QuestionSets(str(tmp_path)).shards()
    assert ref.rows == 1


def test_a_set_of_questions_as_large_as_a_corpus_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_sets, "MOST_BYTES", 3)
    (tmp_path / "en.txt").write_text("one\n")
    with pytest.raises(CurateError, match=r"en\.txt: 4 bytes, over 3; questions are a line each"):
        shards(QuestionSets(str(tmp_path)))


@pytest.mark.parametrize("name", ["card.yaml", "card.md", "CITATION.cff"])
def test_a_card_beside_the_input_is_not_taken_from_elsewhere(name: str, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/rows.jsonl").write_text('{"text": "il-kelb"}\n')
    (tmp_path / "in/card.yaml").write_text("license: cc0-1.0\n")
    (tmp_path / "secret").write_text("{}\n")
    (tmp_path / "in" / name).unlink(missing_ok=True)
    (tmp_path / "in" / name).symlink_to(tmp_path / "secret")
    (tmp_path / "rows.yaml").write_text(RECIPE)
    recipe = load_recipe(tmp_path / "rows.yaml", (f"source.path={tmp_path / 'in'}",))
    with pytest.raises(CurateError, match=f"{name} is a link to .*secret, outside"):
        run_recipe(recipe, tmp_path / "out", workers=1)
