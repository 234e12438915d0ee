"""Every recipe's sample, run, checked, published both ways, and read back by the real clients."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.hub_legs import LEGS, hub_of, other_process
from support.loopback_hub import LoopbackHub

from curate.publish.hub import publish_folder
from curate.publish.record import read_record

ROOT = Path(__file__).resolve().parent.parent.parent
RECIPES = sorted(path.stem for path in (ROOT / "recipes").glob("*.yaml"))
READ = """
import json, os, sys
from datasets import Audio, load_dataset

def rows(found):
    for name, feature in found.features.items():
        if isinstance(feature, Audio):
            found = found.cast_column(name, Audio(decode=False))
    return found

def same(repo, revision, folder, config):
    local = load_dataset(folder, config)
    hub = load_dataset(repo, config, revision=revision)
    assert hub.keys() == local.keys(), (hub, local)
    for split, wanted in local.items():
        assert hub[split].features == wanted.features
        assert hub[split].data.table.equals(wanted.data.table)
        streamed = load_dataset(repo, config, revision=revision, split=split, streaming=True)
        assert list(rows(streamed)) == rows(wanted).to_list()
    return sum(one.num_rows for one in local.values())

print(json.dumps([same(*one) for one in json.loads(sys.argv[1])]), flush=True)
os._exit(0)  # a thread of Arrow that still reads ahead would abort an orderly exit now and then
"""


@pytest.fixture(scope="module")
def folders(
    tmp_path_factory: pytest.TempPathFactory, sample_folder: Callable[[str], Path]
) -> dict[str, Path]:
    out = tmp_path_factory.mktemp("samples")
    return {name: shutil.copytree(sample_folder(name), out / name) for name in RECIPES}


@pytest.fixture(scope="module", params=LEGS)
def published(
    request: pytest.FixtureRequest,
    folders: dict[str, Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[LoopbackHub, str, Path]]:
    """A Hub that holds every sample in a repository of its name."""
    place = tmp_path_factory.mktemp(request.param)
    with pytest.MonkeyPatch.context() as patch, hub_of(request.param, place, patch) as hub:
        for name, folder in folders.items():
            publish_folder(folder, f"org/{name}")
        yield hub, request.param, place


@pytest.mark.parametrize("name", RECIPES)
def test_nothing_in_the_folder_of_a_sample_is_left_out(
    name: str, folders: dict[str, Path], published: tuple[LoopbackHub, str, Path]
) -> None:
    hub = published[0]
    files = [path for path in folders[name].rglob("*") if path.is_file()]
    names = {path.relative_to(folders[name]).as_posix() for path in files}
    shown = {path for path in hub.head(f"org/{name}") if not path.startswith(".")}
    assert shown == {path for path in names if not path.startswith(".")}


@pytest.mark.parametrize("name", RECIPES)
def test_a_sample_is_one_commit_and_publishing_it_again_is_four_calls(
    name: str, folders: dict[str, Path], published: tuple[LoopbackHub, str, Path]
) -> None:
    hub = published[0]
    hub.log.clear()
    assert not publish_folder(folders[name], f"org/{name}").committed
    assert len(hub.log) <= 4
    assert len(hub.repositories[f"org/{name}"].commits) == 2


def test_what_datasets_loads_and_streams_from_the_hub_is_the_local_folder(
    folders: dict[str, Path], published: tuple[LoopbackHub, str, Path]
) -> None:
    hub, leg, place = published
    records = {name: read_record(folder) for name, folder in folders.items()}
    asked = [
        (f"org/{name}", *hub.repositories[f"org/{name}"].tags, str(folders[name]), config)
        for name, record in records.items()
        for config in record["configs"]
    ]
    done = subprocess.run(
        [sys.executable, "-c", READ, json.dumps(asked)],
        env=other_process(hub, leg, place),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert sum(json.loads(done.stdout)) == sum(one["rows"]["kept"] for one in records.values())
    assert bool(hub.asked("xet-read-token")) == (leg == "xet")
