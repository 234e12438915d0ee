"""The bundled sample is what its script makes."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest
import soundfile

SAMPLES = Path(__file__).resolve().parents[2] / "recipes" / "samples"
BUNDLED = SAMPLES / "kashmiri_speech"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    runpy.run_path(str(SAMPLES / "make_kashmiri_speech.py"))["main"](folder)
    return folder


def test_script_makes_the_bundled_files(made: Path) -> None:
    bundled = {path.name for path in BUNDLED.iterdir()} - {"README.md"}
    assert {path.name for path in made.iterdir()} == bundled
    assert (made / "metadata.csv").read_bytes() == (BUNDLED / "metadata.csv").read_bytes()


@pytest.mark.parametrize("name", ["f01_house.wav", "m01_brother.flac", "m02_river.flac"])
def test_script_makes_the_bundled_samples(made: Path, name: str) -> None:
    ours, rate_hz = soundfile.read(made / name, dtype="int16")
    theirs, bundled_hz = soundfile.read(BUNDLED / name, dtype="int16")
    assert rate_hz == bundled_hz
    # One step of 16 bits: another build of the filters may round otherwise.
    np.testing.assert_allclose(ours.astype(int), theirs.astype(int), atol=1)


def test_sample_is_small() -> None:
    assert sum(path.stat().st_size for path in BUNDLED.iterdir()) < 1_500_000
