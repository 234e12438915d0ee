"""Fixtures that more than one folder of tests needs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

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
