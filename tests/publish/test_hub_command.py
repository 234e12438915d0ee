"""`curate publish` as a user meets it: what is said, and the exit code."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from support.dataset_folder import make_folder
from support.hub_legs import hub_of, other_process
from support.loopback_hub import Fault, LoopbackHub

from curate.cli import main


class Said(NamedTuple):
    code: int
    out: list[str]
    err: list[str]


Publish = Callable[..., Said]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_folder(tmp_path_factory.mktemp("made"))


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "out"))


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackHub]:
    with hub_of("lfs", tmp_path, monkeypatch) as server:
        yield server


@pytest.fixture
def publish(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Publish:
    def run(*words: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["curate", "publish", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        said = capsys.readouterr()
        code = left.value.code
        lines = said.out.splitlines(), said.err.splitlines()
        return Said(code if isinstance(code, int) else 0, *lines)

    return run


def test_what_was_published_and_where_is_one_line(
    publish: Publish, hub: LoopbackHub, folder: Path
) -> None:
    said = publish(folder)
    (line,) = said.out
    there = hub.repositories["org/rows"]
    assert said.code == 0
    assert line.startswith("published org/rows@v1.0: ")
    assert line.endswith(f" commit {there.refs['main'][:12]}; {hub.url}/datasets/org/rows")
    (line,) = publish(folder).out
    assert line == f"nothing to send: org/rows@v1.0 holds this folder; {hub.url}/datasets/org/rows"


def test_a_dry_run_lists_each_file(publish: Publish, hub: LoopbackHub, folder: Path) -> None:
    (folder / "notes.txt").write_text("mine")
    said = publish(folder, "--dry-run")
    assert "new       data/train-00000-of-00001.parquet" in said.out
    assert "left out, no part of the dataset: notes.txt" in said.out
    assert said.out[-1].startswith("would publish org/rows@v1.0: ")
    assert hub.repositories == {}


def test_public_is_said_aloud_before_it_is_done(
    publish: Publish, hub: LoopbackHub, folder: Path
) -> None:
    said = publish(folder, "--public")
    assert said.err == ["--public: everybody will be able to read it"]
    assert not hub.repositories["org/rows"].private


def test_what_the_user_can_fix_is_one_line_and_exit_code_2(
    publish: Publish, hub: LoopbackHub, folder: Path
) -> None:
    said = publish(folder, "--repo", "rows")
    assert (said.code, said.out) == (2, [])
    assert said.err == ["error: 'rows' cannot name a repository; write --repo organisation/name"]


@pytest.mark.parametrize("where", [["--repo", "org/name"], ["--to", "versions"]])
def test_a_folder_that_is_not_there_is_said_so(
    publish: Publish, tmp_path: Path, where: list[str]
) -> None:
    said = publish(tmp_path / "nowhere", *where)
    hint = "no such folder; give a finished dataset folder"
    assert (said.code, said.err) == (2, [f"error: {tmp_path}/nowhere: {hint}"])


def test_a_folder_takes_versions(publish: Publish, folder: Path, tmp_path: Path) -> None:
    to = tmp_path / "shelf"
    (line,) = publish(folder, "--to", to).out
    assert line.startswith(f"published {to}/v1.0: ")
    assert publish(folder, "--to", to).out == [f"nothing to send: {to}/v1.0 holds this folder"]
    assert publish(folder, "--to", tmp_path / "b", "--dry-run").out[-1].startswith("would publish")


@pytest.mark.parametrize("more", [["--repo", "a/b"], ["--public"], ["--onto", "abc"]])
def test_options_of_the_hub_do_not_go_with_a_folder(
    publish: Publish, folder: Path, tmp_path: Path, more: list[str]
) -> None:
    said = publish(folder, "--to", tmp_path / "shelf", *more)
    assert said.code == 2
    assert f"{more[0]} is for the Hub; leave one of them out" in said.err[0]


def test_ctrl_c_is_130_with_the_command_that_goes_on(folder: Path, tmp_path: Path) -> None:
    with LoopbackHub() as hub:
        hub.faults.append(Fault("preupload", effect="delay", seconds=3))
        words = [sys.executable, "-m", "curate.cli", "publish", str(folder)]
        env = other_process(hub, "lfs", tmp_path)
        publisher = subprocess.Popen(words, env=env, stderr=subprocess.PIPE, text=True)
        while not hub.asked("preupload"):
            time.sleep(0.01)
        publisher.send_signal(signal.SIGINT)
        said = publisher.communicate(timeout=60)[1]
    assert publisher.returncode == 130
    assert "interrupted; what was sent is kept; resume with: curate publish" in said
