"""Damaged input for seconds; ``python -m benchmarks.fuzz`` does the same for as long as one likes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.fuzz_targets import TARGETS

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.slow
def test_no_reader_crashes_hangs_or_loses_rows_on_damaged_files(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.fuzz", "--plain", "--seconds", "1"]
    command += ["--json", str(tmp_path / "found.json"), "--processes", "2"]
    one = {"NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, env={**os.environ, **one}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads((tmp_path / "found.json").read_text())
    assert {one["target"] for one in told} == {*TARGETS}
    assert all(one["inputs"] > 0 for one in told), told
