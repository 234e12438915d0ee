"""The campaign of kills, for seconds; ``python -m benchmarks.crash`` is the whole of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.slow
def test_killed_runs_of_a_sample_are_resumed_to_the_same_bytes(tmp_path: Path) -> None:
    told = tmp_path / "trials.json"
    command = [sys.executable, "-m", "benchmarks.crash", "--recipes", "language_model"]
    command += ["--kills", "2", "--processes", "2", "--json", str(told)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    trials = json.loads(told.read_text())
    assert len(trials) == 2
    assert sum(len(one["victims"]) for one in trials) >= 1
