"""How benchmarks are called, and the folders of clips that they take."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.clips import spoken, wav_paths

ROOT = Path(__file__).resolve().parent.parent


def _has_main(path: Path) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(isinstance(one, ast.FunctionDef) and one.name == "main" for one in tree.body)


@pytest.mark.parametrize(("words", "code"), [([], 2), (["nothing"], 2), (["--help"], 0)])
def test_usage_names_each_benchmark_with_what_it_measures(words: list[str], code: int) -> None:
    command = [sys.executable, "-m", "benchmarks", *words]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == code
    said = done.stderr if code else done.stdout
    with_main = [one.stem for one in (ROOT / "benchmarks").glob("[a-z]*.py") if _has_main(one)]
    assert len(with_main) > 10
    for part in with_main:
        (line,) = (one for one in said.splitlines() if one.split()[:1] == [part])
        assert len(line.split()) > 5


def test_lines_of_a_list_say_what_is_spoken_where_there_is_no_metadata(tmp_path: Path) -> None:
    (tmp_path / "test.txt").write_text("wavs/a.wav|422|یار\nwavs/b.wav|423|two\n", "utf-8")
    first, second = spoken(tmp_path)
    assert first == (tmp_path / "wavs/a.wav", "422", "", "یار")
    assert second.text == "two"


def test_metadata_comes_before_a_list(kashmiri_dir: Path) -> None:
    found = spoken(kashmiri_dir)
    assert len(found) == 80
    assert found[0].style == "ANGER"
    assert {clip.path for clip in found} == set(wav_paths(kashmiri_dir))


@pytest.mark.parametrize("look", [spoken, wav_paths])
def test_a_folder_without_clips_ends_with_one_line(tmp_path: Path, look) -> None:
    with pytest.raises(SystemExit, match=f"^{tmp_path}"):
        look(tmp_path)
