"""``curate card DIR`` as a user meets it: what it says, what it writes, that it is idempotent."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from curate.cli import main

RECIPE = """\
name: lines
source:
  sources.jsonl: {path: lines.jsonl}
steps:
  - transforms.select_columns: {names: [text]}
"""


class Said(NamedTuple):
    code: int
    out: str
    err: str


Curate = Callable[..., Said]


@pytest.fixture
def curate(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Curate:
    def run(*words: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["curate", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        code = left.value.code
        return Said(code if isinstance(code, int) else 0, *capsys.readouterr())

    return run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, curate: Curate) -> Path:
    """``lines.yaml`` without a card and the folder ``out`` of its run."""
    (tmp_path / "lines.jsonl").write_text('{"id": "1", "text": "one two"}\n')
    (tmp_path / "lines.yaml").write_text(RECIPE)
    monkeypatch.chdir(tmp_path)
    assert curate("run", "lines.yaml", "--out", "out").code == 0
    return tmp_path / "out"


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_a_finished_folder_is_left_as_it_is(curate: Curate, folder: Path) -> None:
    before = content(folder)
    assert before.keys() == {"README.md", "LICENSE", "croissant.json", "report.html", "run.json"}
    assert curate("card", "out") == (0, "out: nothing to change\n", "")
    assert content(folder) == before


def test_what_is_missing_or_edited_is_written_again(curate: Curate, folder: Path) -> None:
    before = content(folder)
    (folder / "README.md").write_text("mine")
    (folder / "LICENSE").unlink()
    assert curate("card", "out") == (0, "out: wrote LICENSE, README.md\n", "")
    assert content(folder) == before


def test_a_given_card_states_licence_and_sources_once_and_for_all(
    curate: Curate, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    about = "pretty_name: Mine\nlicense: mit\nsources: [{name: My lines, license: MIT}]\n"
    (tmp_path / "mine/card.yaml").write_text(about)
    said = curate("card", "out", "--card", "mine")
    assert said.code == 0
    assert said.out.startswith("out: wrote LICENSE, README.md, ")
    written = content(folder)
    assert b"license: mit" in written["README.md"]
    assert b"My lines, MIT" in written["LICENSE"]
    assert curate("card", "out").out == "out: nothing to change\n"
    assert curate("run", "lines.yaml", "--out", "out").code == 0
    assert content(folder) == written


def test_a_recipe_that_got_a_card_hands_it_on(curate: Curate, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes/lines.jsonl").write_text((tmp_path / "lines.jsonl").read_text())
    (tmp_path / "recipes/lines.yaml").write_text(f"{RECIPE}publish: {{card: lines}}\n")
    (tmp_path / "cards/lines").mkdir(parents=True)
    (tmp_path / "cards/lines/card.yaml").write_text("license: cc0-1.0\n")
    (tmp_path / "cards/lines/card.md").write_text("# Lines\n\n{{ tokens }} tokens.\n")
    assert curate("card", "out", "--recipe", "recipes/lines.yaml").code == 0
    assert "# Lines\n\n2 tokens." in (folder / "README.md").read_text()
    said = curate("card", "out")
    assert said.code == 2
    assert "there is no card 'lines' here; give --recipe FILE" in said.err


@pytest.mark.parametrize(("content", "message"), [(None, "No such file"), ("no", "is damaged")])
def test_rows_that_are_gone_or_damaged_are_one_line(
    curate: Curate, folder: Path, content: str | None, message: str
) -> None:
    (file,) = (folder / "data").iterdir()
    file.unlink()
    if content:
        file.write_text(content)
    said = curate("card", "out")
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert message in said.err


@pytest.mark.parametrize(
    "words",
    [
        ("card", "out"),
        ("report", "out"),
        ("report", "out", "--to", "page.html"),
        ("export", "out", "--to", "there", "--format", "filelist"),
    ],
)
@pytest.mark.parametrize(
    ("name", "text", "message"),
    [("run.json", "{", "run.json: damaged, or no record"), ("data/*", "no", "file is damaged (")],
)
def test_a_damaged_folder_is_one_line_for_every_command(
    curate: Curate, folder: Path, words: tuple[str, ...], name: str, text: str, message: str
) -> None:
    for path in folder.glob(name):
        path.write_text(text)
    said = curate(*words)
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert message in said.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere"], "error: nowhere: no such folder; give a finished dataset folder\n"),
        (["out", "--card", "."], "error: card.yaml: No such file or directory"),
        (["out", "--recipe", "text_corpus"], "error: out holds 'lines', and "),
    ],
)
def test_what_cannot_be_is_one_line(
    curate: Curate, folder: Path, words: list[str], message: str
) -> None:
    before = content(folder)
    said = curate("card", *words)
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert said.err.startswith(message)
    assert content(folder) == before
