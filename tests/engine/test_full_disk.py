"""A disk that is full: one line, nothing half-written, and the run goes on once there is room."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

from row_corpus import digest, write_recipe

from curate.pipeline import run_recipe
from curate.recipe import load_recipe


def no_room() -> None:
    """Writing past 3,000 bytes fails, as on a full disk; every shard is larger."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))


def test_a_full_disk_gives_one_line_and_nothing_half_written(
    tmp_path: Path, corpus: Path, undisturbed: str
) -> None:
    file = write_recipe(tmp_path, corpus)
    command = [
        sys.executable,
        "-B",
        "-m",
        "curate.cli",
        "run",
        str(file),
        "--out",
        str(tmp_path / "out"),
    ]
    full = subprocess.run(
        [*command, "--workers", "1"], capture_output=True, text=True, preexec_fn=no_room
    )
    assert full.returncode == 2, full.stderr
    assert "File too large" in full.stderr.splitlines()[-1]
    assert "resume with: curate run" in full.stderr.splitlines()[-1]
    assert "Traceback" not in full.stderr
    assert not list((tmp_path / "out").rglob("*.tmp"))
    assert not run_recipe(load_recipe(file), tmp_path / "out", workers=1).failures
    assert digest(tmp_path / "out") == undisturbed


def test_an_output_folder_that_cannot_be_written_gives_one_line(
    tmp_path: Path, corpus: Path
) -> None:
    file = write_recipe(tmp_path, corpus)
    (tmp_path / "out").write_text("a file")
    command = [sys.executable, "-m", "curate.cli", "run", str(file), "--out", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert str(tmp_path / "out") in done.stderr
