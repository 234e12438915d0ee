"""Versions of a dataset in a folder, and in buckets: fsspec's own in memory, and S3's by moto."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import fsspec
import pytest
from support.dataset_folder import make_folder

from curate.errors import EnvironmentError_, PublishError
from curate.publish.payload import load_payload
from curate.publish.retry import Patience
from curate.publish.sink import publish_to

SOON = Patience(wait=0.01)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("made")
    make_folder(place)
    return place


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "place")) / "out"


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """A bucket of moto's server, for s3fs as it is."""
    import s3fs
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    _wait_for(host, port)
    patch = pytest.MonkeyPatch()
    patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        patch.setenv(name, "loopback")
    patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    s3fs.S3FileSystem.clear_instance_cache()  # that of a server before this one would be taken
    s3fs.S3FileSystem().makedirs("corpora", exist_ok=True)  # moto keeps buckets when a server ends
    yield "s3://corpora"
    patch.undo()
    server.stop()


def _wait_for(host: str, port: int) -> None:
    """The server says that it is ready before it listens, which shows on a busy machine."""
    for _ in range(100):
        try:
            socket.create_connection((host, port), timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return


@pytest.fixture(params=["folder", "memory", "s3"])
def to(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An address where nothing is yet."""
    if request.param == "folder":
        return str(tmp_path / "to")
    root = request.getfixturevalue("s3") if request.param == "s3" else "memory://corpora"
    return f"{root}/{uuid4().hex}"


def contents(to: str) -> dict[str, bytes]:
    """Everything that lies there."""
    files, root = fsspec.core.url_to_fs(to)
    files.invalidate_cache()
    skip = len(root.lstrip("/")) + 1
    return {path.lstrip("/")[skip:]: files.cat_file(path) for path in files.find(root)}


def next_version(folder: Path) -> Path:
    return make_folder(folder.parent, version="1.1", appended=3)


def test_a_version_is_every_file_with_its_digest_in_the_manifest(to: str, folder: Path) -> None:
    done = publish_to(folder, to)
    there = contents(to)
    payload = load_payload(folder)
    files = {f"v1.0/{name}": item.read() for name, item in payload.files.items()}
    assert files == {k: v for k, v in there.items() if k in files}
    assert there.keys() - files.keys() == {"v1.0/manifest.json", "latest.json"}
    manifest = json.loads(there["v1.0/manifest.json"])
    digests = {name: item.sha256 for name, item in payload.files.items()}
    assert {name: one["sha256"] for name, one in manifest["files"].items()} == digests
    assert json.loads(there["latest.json"]) == {"version": "v1.0", "versions": ["v1.0"]}
    assert done.where == f"{to}/v1.0"


def test_the_same_again_writes_nothing(to: str, folder: Path) -> None:
    publish_to(folder, to)
    before = _stamps(to)
    assert not publish_to(folder, to).written
    assert _stamps(to) == before


def test_a_new_version_stands_beside_the_old_one_and_an_old_one_stays_old(
    to: str, folder: Path
) -> None:
    publish_to(folder, to)
    old = Path(shutil.copytree(folder, folder.parent / "old"))
    publish_to(next_version(folder), to)
    assert not publish_to(old, to).written
    latest = json.loads(contents(to)["latest.json"])
    assert latest == {"version": "v1.1", "versions": ["v1.0", "v1.1"]}


def test_other_files_under_a_version_that_is_there_are_refused(to: str, folder: Path) -> None:
    publish_to(folder, to)
    before = contents(to)
    with pytest.raises(PublishError, match=r"v1\.0 is there with other files: state a new version"):
        publish_to(make_folder(folder.parent, appended=3), to)
    assert contents(to) == before


def test_a_dry_run_writes_nothing(to: str, folder: Path) -> None:
    changes = publish_to(folder, to, dry_run=True).changes
    assert changes.new == tuple(load_payload(folder).files)
    assert contents(to) == {}


def test_what_lies_there_whole_is_not_sent_again(to: str, folder: Path) -> None:
    """As if killed: one file whole, one cut off, none of the rest, no manifest."""
    whole, cut = "data/train-00000-of-00001.parquet", "run.json"
    part = f"{to}/v1.0" if "://" in to else f"{to}/.v1.0.part"
    files, root = fsspec.core.url_to_fs(part)
    files.makedirs(f"{root}/data", exist_ok=True)
    files.pipe_file(f"{root}/{whole}", (folder / whole).read_bytes())
    files.pipe_file(f"{root}/{cut}", b"{")
    done = publish_to(folder, to)
    assert done.changes.unchanged == (whole,)
    assert contents(f"{to}/v1.0")[cut] == (folder / cut).read_bytes()


def test_what_an_attempt_at_other_files_left_is_cleared_away(to: str, folder: Path) -> None:
    part = f"{to}/v1.0" if "://" in to else f"{to}/.v1.0.part"
    files, root = fsspec.core.url_to_fs(part)
    files.makedirs(f"{root}/data", exist_ok=True)
    files.pipe_file(f"{root}/data/train-00001-of-00002.parquet", b"old")
    publish_to(folder, to)
    names = set(contents(f"{to}/v1.0"))
    assert names == {*load_payload(folder).files, "manifest.json"}


def test_a_version_needs_a_name(folder: Path, tmp_path: Path) -> None:
    (folder / "CITATION.cff").unlink()
    with pytest.raises(PublishError, match=r"versions are folders there; give --tag"):
        publish_to(folder, str(tmp_path / "to"))


def test_a_folder_that_is_no_version_is_not_replaced(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "to/v1.0").mkdir(parents=True)
    with pytest.raises(PublishError, match="is there, but no version of a dataset"):
        publish_to(folder, str(tmp_path / "to"))


def test_a_target_inside_the_dataset_is_refused(folder: Path) -> None:
    with pytest.raises(PublishError, match="lies inside the folder that is published"):
        publish_to(folder, str(folder / "versions"))


def test_a_place_that_cannot_be_written_to_is_one_line(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(PublishError, match=r"Not a directory; nothing of this version") as caught:
        publish_to(folder, str(tmp_path / "file"))
    assert "\n" not in str(caught.value)


def test_a_bucket_that_is_not_there_is_one_line(folder: Path, s3: str) -> None:
    with pytest.raises(PublishError, match=r"bucket does not exist.*nothing of this version"):
        publish_to(folder, "s3://nowhere-at-all", patience=SOON)


def test_a_kind_of_address_nobody_knows_is_refused(folder: Path) -> None:
    with pytest.raises(PublishError, match="give a folder or an fsspec address"):
        publish_to(folder, "nonsense://a")


def test_a_missing_package_is_named_with_its_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    monkeypatch.delitem(sys.modules["fsspec.registry"]._registry, "s3", raising=False)
    with pytest.raises(EnvironmentError_, match=r"pip install 'curate\[s3\]'"):
        publish_to(folder, "s3://corpora")


class Flaky(fsspec.get_filesystem_class("memory")):  # type: ignore[misc]
    """A store with a weak line: every second write fails; what was cut off arrives damaged once."""

    protocol = "flaky"
    writes = 0
    damaged: set[str] = set()

    def pipe_file(self, path: str, value: bytes, **more: Any) -> None:
        self._turn()
        super().pipe_file(path, value, **more)

    def put_file(self, lpath: str, rpath: str, **more: Any) -> None:
        self._turn()
        super().put_file(lpath, rpath, **more)
        if "spoil" in rpath and rpath.endswith(".parquet") and rpath not in self.damaged:
            self.damaged.add(rpath)
            super().pipe_file(rpath, b"x" * self.size(rpath))

    def _turn(self) -> None:
        Flaky.writes += 1
        if Flaky.writes % 2:
            raise ConnectionResetError("the line is down")


def test_a_weak_line_is_tried_again(folder: Path) -> None:
    fsspec.register_implementation("flaky", Flaky, clobber=True)
    to, said = f"flaky://{uuid4().hex}", []
    publish_to(folder, to, patience=Patience(wait=0.01, say=said.append))
    assert set(contents(to)) > {"latest.json", "v1.0/manifest.json"}
    assert len(said) == len(contents(to))


def test_what_arrives_damaged_is_not_published(folder: Path) -> None:
    fsspec.register_implementation("flaky", Flaky, clobber=True)
    to = f"flaky://spoil{uuid4().hex}"
    for _ in range(3):
        with pytest.raises(PublishError, match="what arrived has another sha256"):
            publish_to(folder, to, patience=SOON)
        assert "v1.0/manifest.json" not in contents(to)
    assert publish_to(folder, to, patience=SOON).written


def test_a_copier_killed_in_the_middle_leaves_no_version_and_is_taken_up(
    folder: Path, tmp_path: Path
) -> None:
    code = f"""
import os, curate.publish.sink as sink
from pathlib import Path
put = sink._Local.put
def dying(self, tag, name, item):
    put(self, tag, name, item)
    if name == "run.json": os.kill(os.getpid(), 9)
sink._Local.put = dying
sink.publish_to(Path({str(folder)!r}), {str(tmp_path / "to")!r})
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    assert [path.name for path in (tmp_path / "to").iterdir()] == [".v1.0.part"]
    done = publish_to(folder, str(tmp_path / "to"))
    assert "run.json" in done.changes.unchanged
    assert sorted(path.name for path in (tmp_path / "to").iterdir()) == ["latest.json", "v1.0"]


def _stamps(to: str) -> dict[str, Any]:
    """When each file was last written."""
    files, root = fsspec.core.url_to_fs(to)
    files.invalidate_cache()
    return {path: files.modified(path) for path in files.find(root)}
