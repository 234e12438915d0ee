"""A pipe where a file of a dataset folder should be: nobody is at its other end."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from curate.errors import CurateError
from curate.pipeline import run_recipe
from curate.publish.check import find_problems
from curate.publish.folder import rebuild_folder
from curate.publish.prose import load_given
from curate.recipe import Recipe, load_recipe

RECIPE = """\
name: rows
source:
  sources.jsonl: {path: rows.jsonl}
steps:
  - transforms.select_columns: {names: [text]}
"""
ACTIONS: dict[str, Callable[[Recipe, Path], object]] = {
    "run": lambda recipe, out: run_recipe(recipe, out, workers=1),
    "card": lambda recipe, out: rebuild_folder(out, None, recipe),
    "check": lambda recipe, out: find_problems(out),
}


@pytest.fixture
def recipe(tmp_path: Path) -> Iterator[Recipe]:
    """A recipe of a row; whoever waits is woken after 20 seconds."""

    def wake(*_: object) -> None:
        raise TimeoutError("it waits")

    (tmp_path / "rows.jsonl").write_text('{"text": "il-kelb"}\n')
    (tmp_path / "rows.yaml").write_text(RECIPE)
    before = signal.signal(signal.SIGALRM, wake)
    signal.alarm(20)
    yield load_recipe(tmp_path / "rows.yaml")
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize(
    ("action", "name"),
    [
        ("run", "run.json"), ("run", ".curate/lock"), ("card", "run.json"), ("card", "README.md"),
        ("card", "CITATION.cff"), ("card", "report.html"), ("check", "run.json"),
    ],
)  # fmt: skip
def test_nobody_waits_for_a_pipe(action: str, name: str, recipe: Recipe, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_recipe(recipe, out, workers=1)
    (out / name).unlink(missing_ok=True)
    os.mkfifo(out / name)
    said = f"{re.escape(str(out / name))} is a pipe.*; take it away"
    with pytest.raises(CurateError, match=said):
        ACTIONS[action](recipe, out)


def test_a_pipe_in_the_place_of_a_card_is_refused(recipe: Recipe, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "card.yaml")
    with pytest.raises(CurateError, match=r"card\.yaml is a pipe.*; take it away"):
        load_given(tmp_path)
