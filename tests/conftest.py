"""Fixtures that more than one folder of tests needs."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

from curate.pipeline import run_recipe
from curate.recipe import load_recipe

# A first call may import half of Arrow, and the machine may be busy: time is no behaviour here.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder with the real test data, from CURATE_TEST_DATA."""
    folder = Path(os.environ.get("CURATE_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
    assert folder.is_dir(), (
        f"set CURATE_TEST_DATA to the folder with the test data; {folder} is not there"
    )
    return folder


@pytest.fixture(scope="session")
def kashmiri_dir(data_dir: Path) -> Path:
    """80 real Kashmiri clips with metadata.csv and test.txt."""
    return data_dir / "kashmiri_speech"


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The finished folder of a recipe's sample, made once for all workers: read it, or copy it."""
    root = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        root = root.parent

    def folder(name: str) -> Path:
        out = root / "samples-of-recipes" / name
        out.parent.mkdir(exist_ok=True)
        with FileLock(f"{out}.lock"):
            if not (out / "run.json").is_file():
                recipe = load_recipe(REPOSITORY / "recipes" / f"{name}.yaml", sample=True)
                run_recipe(recipe, out, workers=1)
        return out

    return folder
