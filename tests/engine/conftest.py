"""Fixtures of the engine's tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from row_corpus import digest, write_corpus, write_recipe

from curate.pipeline import run_recipe
from curate.recipe import load_recipe


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other processes find the steps of these tests by the path."""
    here = str(Path(__file__).parent)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([here, os.environ.get("PYTHONPATH", "")]))


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("corpus") / "rows")


@pytest.fixture(scope="session")
def undisturbed(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Digest of a quiet run in one process: what every other run must give."""
    folder = tmp_path_factory.mktemp("undisturbed")
    outcome = run_recipe(load_recipe(write_recipe(folder, corpus)), folder / "out", workers=1)
    assert not outcome.failures
    return digest(folder / "out")
