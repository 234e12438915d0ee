"""What the doctor says of a machine, as a user and as a program meets it."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from rich.console import Console

from curate.doctor import Finding, _hub_token, tables
from curate.llvm.toolchains import LANGUAGES

TOKEN = "hf_loopbackloopbackloopback"


class Said(NamedTuple):
    code: int
    out: str
    err: str


def doctor(*words: str, without: str = "", **environment: str) -> Said:
    code = f"import sys; sys.modules.update({{{without!r}: None}}); from curate.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "doctor", *words],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def found() -> dict[str, list[dict[str, Any]]]:
    said = doctor("--json", HF_TOKEN=TOKEN)
    assert (said.code, said.err) == (0, "")
    parsed: dict[str, list[dict[str, Any]]] = json.loads(said.out)
    return parsed


def names(found: dict[str, list[dict[str, Any]]], section: str) -> list[str]:
    return [one["name"] for one in found[section]]


def test_every_bundled_recipe_is_judged(found: dict[str, list[dict[str, Any]]]) -> None:
    recipes = Path(__file__).parent.parent / "recipes"
    assert names(found, "recipes") == sorted(file.stem for file in recipes.glob("*.yaml"))
    assert all(one["ready"] or one["lacks"] for one in found["recipes"])
    assert all(
        f"curate run {one['name']}" in one["run"] for one in found["recipes"] if one["ready"]
    )


def test_every_language_has_its_compiler_or_says_what_is_missing(
    found: dict[str, list[dict[str, Any]]],
) -> None:
    assert len(found["compilers"]) == len(LANGUAGES) + 1
    assert all(bool(one["here"]) != bool(one["lacks"]) for one in found["compilers"])
    assert found["compilers"][0]["name"] == "C"
    assert "clang" in found["compilers"][0]["here"]


def test_a_version_is_the_one_its_program_tells(found: dict[str, list[dict[str, Any]]]) -> None:
    (python,) = (one for one in found["machine"] if one["name"] == "curate")
    assert f"Python {sys.version.split()[0]}" in python["here"]
    (git,) = (one for one in found["machine"] if one["name"] == "git")
    assert git["here"] == (shutil.which("git") or "")


def test_a_token_is_told_of_and_never_shown(found: dict[str, list[dict[str, Any]]]) -> None:
    (told,) = (one for one in found["machine"] if one["name"] == "Hub token")
    assert (told["ready"], told["run"]) == (True, "")
    assert TOKEN not in json.dumps(found)


def test_without_a_token_the_command_that_makes_one_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.delenv("HUGGING_FACE_HUB_TOKEN", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "none"))
    told = _hub_token()
    assert (told.ready, told.run) == (False, "hf auth login")


def test_it_is_read_at_80_columns() -> None:
    said = doctor("--recipe", "text_corpus")
    assert said.code == 0
    assert "curate run text_corpus" in " ".join(said.out.split())
    assert max(map(len, said.out.splitlines())) <= 80


def test_a_long_command_is_not_cut_off() -> None:
    install = f"pip install pyannote.audio git+https://example.org/{'a-long-name/' * 6}model.git"
    finding = Finding("brouhaha", "", "its package", install, ready=False)
    console = Console(width=80, file=io.StringIO())
    for table in tables({"models": [finding]}):
        console.print(table)
    assert "".join(install.split()) in "".join(console.file.getvalue().split())


def test_a_recipe_of_the_hub_offers_its_sample_first(
    found: dict[str, list[dict[str, Any]]],
) -> None:
    (recipe,) = (one for one in found["recipes"] if one["name"] == "kashmiri_speech")
    assert recipe["run"].startswith("curate run kashmiri_speech --sample, or ")


def test_a_recipe_that_lacks_something_is_exit_2_and_says_what() -> None:
    said = doctor("--recipe", "maltese_etymology", "--json", without="malti")
    (recipe,) = json.loads(said.out)["recipes"]
    assert said.code == 2
    assert not recipe["ready"]
    assert "pip install 'curate[maltese]'" in recipe["lacks"]


def test_a_recipe_that_is_not_bundled_is_one_line_with_a_suggestion() -> None:
    said = doctor("--recipe", "text_corpsu")
    assert (said.code, said.out) == (2, "")
    assert said.err.count("\n") == 1
    assert "text_corpus" in said.err


def test_nothing_is_fetched_and_nothing_is_written(tmp_path: Path) -> None:
    said = doctor("--recipe", "kashmiri_speech", HF_HOME=str(tmp_path), HOME=str(tmp_path))
    assert said.code == 0
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
