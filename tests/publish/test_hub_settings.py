"""Who may read what is published: private, public, and behind a gate."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.dataset_folder import make_folder
from support.hub_legs import hub_of
from support.loopback_hub import Fault, LoopbackHub

from curate.errors import PublishError
from curate.publish.hub import publish_folder
from curate.publish.retry import Patience

REPO = "org/rows"
PROMPT = "extra_gated_prompt: Do not identify anyone.\n"


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


def asks(folder: Path, lines: str = PROMPT) -> Path:
    """A card whose head says this, too."""
    card = (folder / "README.md").read_text()
    (folder / "README.md").write_text(card.replace("---\n", f"---\n{lines}", 1))
    return folder


def test_a_new_repository_is_private(hub: LoopbackHub, folder: Path) -> None:
    publish_folder(folder)
    assert hub.repositories[REPO].private
    assert hub.asked("settings") == []


def test_public_has_to_be_asked_for(hub: LoopbackHub, folder: Path) -> None:
    publish_folder(folder, private=False)
    assert not hub.repositories[REPO].private


def test_a_public_repository_stays_public_and_that_is_said(hub: LoopbackHub, folder: Path) -> None:
    hub.commit(REPO, {".gitattributes": b""})
    said: list[str] = []
    publish_folder(folder, patience=Patience(say=said.append))
    assert said == ["org/rows is public: everybody will be able to read it"]
    assert not hub.repositories[REPO].private


@pytest.mark.parametrize(
    ("lines", "gate"),
    [(PROMPT, "auto"), (f"{PROMPT}gated: manual\n", "manual"), (f"{PROMPT}gated: false\n", False)],
)
def test_a_gate_is_there_before_anything_can_be_read(
    hub: LoopbackHub, folder: Path, lines: str, gate: str | bool
) -> None:
    publish_folder(asks(folder, lines), private=False)
    assert hub.repositories[REPO].gated == gate
    calls = [call.split("/")[-1] for call in hub.asked("settings|preupload")]
    assert calls == (["settings", "main"] if gate else ["main"])


def test_a_private_repository_is_opened_with_its_gate_in_one_request_when_all_is_there(
    hub: LoopbackHub, folder: Path
) -> None:
    hub.faults.append(Fault("/settings", 400))  # no gate while it is private
    publish_folder(asks(folder))
    assert (hub.repositories[REPO].private, hub.repositories[REPO].gated) == (True, False)
    hub.log.clear()
    hub.faults.append(Fault("/settings", 400))
    publish_folder(folder, private=False)
    assert (hub.repositories[REPO].private, hub.repositories[REPO].gated) == (False, "auto")


def test_a_gate_that_is_refused_stops_before_anything_is_sent(
    hub: LoopbackHub, folder: Path
) -> None:
    hub.faults.append(Fault("/settings", 403))
    with pytest.raises(PublishError, match="asking for a gate: your token may not do this"):
        publish_folder(asks(folder), private=False, patience=Patience(wait=0.01))
    assert hub.asked("preupload|/commit/") == []


def test_a_gate_that_is_there_is_not_asked_for_again(hub: LoopbackHub, folder: Path) -> None:
    publish_folder(asks(folder))
    hub.log.clear()
    publish_folder(folder)
    assert hub.asked("settings") == []
