"""The loopback Hub itself: what the real clients do with it besides what we ask of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
from huggingface_hub.errors import HfHubHTTPError
from support.hub_legs import LEGS, hub_of, other_process
from support.loopback_hub import LoopbackHub

REPO = "org/things"
PUSH = """
import os
from datasets import Dataset, load_dataset
rows = Dataset.from_dict({"id": ["a", "b"], "n": [1, 2]})
rows.push_to_hub("org/pushed", private=True)
assert load_dataset("org/pushed", split="train").to_list() == rows.to_list()
streamed = load_dataset("org/pushed", split="train", streaming=True)
assert list(streamed) == rows.to_list()
os._exit(0)  # a thread of Arrow that still reads ahead would abort an orderly exit now and then
"""


@pytest.fixture(params=LEGS)
def hub(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LoopbackHub]:
    with hub_of(request.param, tmp_path, monkeypatch) as server:
        yield server


@pytest.fixture
def api(hub: LoopbackHub) -> HfApi:
    api = HfApi(endpoint=hub.url)
    api.create_repo(REPO, repo_type="dataset", private=True)
    return api


def test_a_folder_that_is_uploaded_comes_back_the_same(
    hub: LoopbackHub, api: HfApi, tmp_path: Path
) -> None:
    files = {"README.md": b"---\nlicense: mit\n---\n", "data/a.parquet": b"PAR1" * 90_000}
    for name, content in files.items():
        (tmp_path / "up" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "up" / name).write_bytes(content)
    api.upload_folder(repo_id=REPO, repo_type="dataset", folder_path=tmp_path / "up")
    there = Path(api.snapshot_download(REPO, repo_type="dataset", cache_dir=tmp_path / "cache"))
    assert {name: (there / name).read_bytes() for name in files} == files
    assert bool(hub.asked("PUT /lfs")) == (hub.cas is None)
    assert bool(hub.asked("xet-write-token")) == (hub.cas is not None)


def test_a_commit_on_a_head_that_moved_is_refused(hub: LoopbackHub, api: HfApi) -> None:
    old = api.dataset_info(REPO).sha
    hub.commit(REPO, {"a.txt": b"a"}, keep_settings=True)
    with pytest.raises(HfHubHTTPError, match="412"):
        api.create_commit(
            REPO,
            [CommitOperationAdd("b.txt", b"b")],
            commit_message="b",
            repo_type="dataset",
            parent_commit=old,
        )
    assert "b.txt" not in hub.head(REPO)


def test_a_tag_keeps_what_a_later_commit_deletes(hub: LoopbackHub, api: HfApi) -> None:
    def commit(operation: object, message: str) -> None:
        api.create_commit(REPO, [operation], commit_message=message, repo_type="dataset")

    commit(CommitOperationAdd("a.parquet", b"PAR1"), "add")
    api.create_tag(REPO, tag="v1", repo_type="dataset")
    commit(CommitOperationDelete("a.parquet"), "delete")
    names = [api.list_repo_files(REPO, repo_type="dataset", revision=at) for at in ("v1", "main")]
    assert ["a.parquet" in one for one in names] == [True, False]
    titles = [one.title for one in api.list_repo_commits(REPO, repo_type="dataset")]
    assert titles == ["delete", "add", "initial commit"]
    with pytest.raises(HfHubHTTPError, match="409"):
        api.create_tag(REPO, tag="v1", repo_type="dataset")


def test_content_that_was_never_sent_cannot_be_committed(hub: LoopbackHub, api: HfApi) -> None:
    lost = CommitOperationAdd("a.parquet", b"PAR1")
    lost._upload_mode, lost._is_uploaded = "lfs", True
    with pytest.raises(HfHubHTTPError, match="was never uploaded"):
        api.create_commit(REPO, [lost], commit_message="a", repo_type="dataset")


def test_what_datasets_pushes_it_loads_and_streams(hub: LoopbackHub, tmp_path: Path) -> None:
    leg = "xet" if hub.cas else "lfs"
    done = subprocess.run(
        [sys.executable, "-c", PUSH],
        env=other_process(hub, leg, tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
