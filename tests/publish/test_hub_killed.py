"""A publisher killed with -9 leaves nothing half-visible, and the next one takes it up."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from support.dataset_folder import make_folder
from support.hub_legs import hub_of
from support.killed_publisher import finish, kill_after, start

REPO = "org/rows"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_folder(tmp_path_factory.mktemp("made"), rows=1000)


@pytest.mark.parametrize(("leg", "seed"), [("lfs", 0), ("xet", 1)])
def test_a_killed_publisher_leaves_nothing_half_visible_and_the_next_takes_it_up(
    leg: str, seed: int, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(seed)
    calls, wait = int(random.integers(5, 13 if leg == "xet" else 20)), random.uniform(0, 0.02)
    folder = Path(shutil.copytree(made, tmp_path / "out"))
    with hub_of(leg, tmp_path, monkeypatch) as hub:
        assert kill_after(start(folder, hub, leg, tmp_path), hub, calls, wait)
        before = hub.repositories[REPO]
        half = {name for name in hub.head(REPO) if not name.startswith(".")}
        commit = finish(folder, hub, leg, tmp_path)
        whole = {name for name in hub.head(REPO) if not name.startswith(".")}
        assert half in (set(), whole)
        assert before.tags == {"v1.0": commit}
        assert len(before.commits) == 2
        for path in (folder / "data").iterdir():
            assert hub.head(REPO)[f"data/{path.name}"] == path.read_bytes()
