"""YAML with the line of each value, and files that are none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from curate.errors import RecipeError
from curate.yaml_lines import BIGGEST, read_yaml


def test_each_value_knows_its_line(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("name: x\nsteps:\n  - one\n  - two:\n      option: [1,\n        2]\n")
    tree, lines = read_yaml(file)
    assert tree == {"name": "x", "steps": ["one", {"two": {"option": [1, 2]}}]}
    assert lines[("name",)] == 1
    assert lines[("steps", 0)] == 3
    assert lines[("steps", 1, "two", "option", 1)] == 6


def test_an_alias_is_the_value_it_stands_for(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: &x {n: 1}\nb: *x\n")
    assert read_yaml(tmp_path / "a.yaml")[0] == {"a": {"n": 1}, "b": {"n": 1}}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"name: \xff", r"is not UTF-8 \(byte 6\)"),
        (b"#" * (BIGGEST + 1), "a recipe may have 1000000"),
        (b"a: [1\n", r":2: not YAML"),
        (b"- a\n", ":1: a recipe is a mapping"),
        (b"a: 1\nb:\n  ? [x]\n  : 2\n", ":3: a key must be a word"),
        (b"a: 2026-13-45\n", ":1: "),
    ],
)
def test_a_file_that_is_no_recipe_is_one_line_with_its_place(
    tmp_path: Path, content: bytes, says: str
) -> None:
    (tmp_path / "a.yaml").write_bytes(content)
    with pytest.raises(RecipeError, match=says) as caught:
        read_yaml(tmp_path / "a.yaml")
    assert len(caught.value.problems) == 1


def test_a_folder_or_nothing_cannot_be_read(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.yaml"):
        with pytest.raises(RecipeError, match="cannot be read"):
            read_yaml(path)


def test_a_pipe_is_no_recipe_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.yaml")
    with pytest.raises(RecipeError, match=r"a\.yaml: cannot be read: it is no file"):
        read_yaml(tmp_path / "a.yaml")


def test_a_recipe_of_a_terabyte_is_not_read_to_find_it_too_large(tmp_path: Path) -> None:
    with (tmp_path / "a.yaml").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(RecipeError, match="a recipe may have 1000000"):
        read_yaml(tmp_path / "a.yaml")
