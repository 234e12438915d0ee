"""Publishing to the Hub by the real client: what lands there, how often, and after which mishaps."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.dataset_folder import make_folder
from support.hub_legs import LEGS, hub_of
from support.loopback_hub import Fault, LoopbackHub, Repository
from support.xet_shards import stored_bytes

from curate.engine.store import locked
from curate.errors import CurateError, PublishError
from curate.publish.croissant import for_hub
from curate.publish.hub import publish_folder
from curate.publish.retry import Patience

REPO = "org/rows"
SOON = Patience(wait=0.01)
WRITES = "^(POST|PUT) (?!.*validate-yaml)"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("made")
    make_folder(place)
    return place


@pytest.fixture
def place(made: Path, tmp_path: Path) -> Path:
    """A recipe, its card, and in ``out`` its folder, which goes to ``org/rows`` as v1.0."""
    return Path(shutil.copytree(made, tmp_path / "place"))


@pytest.fixture
def folder(place: Path) -> Path:
    return place / "out"


@pytest.fixture(params=LEGS)
def hub(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LoopbackHub]:
    with hub_of(request.param, tmp_path, monkeypatch) as server:
        yield server


@pytest.fixture
def lfs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackHub]:
    with hub_of("lfs", tmp_path, monkeypatch) as server:
        yield server


def there(hub: LoopbackHub) -> Repository:
    return hub.repositories[REPO]


def local(folder: Path, tag: str = "v1.0") -> dict[str, bytes]:
    """The files that should be on the Hub."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    names = {path.relative_to(folder).as_posix(): path for path in paths}
    found = {name: path.read_bytes() for name, path in names.items() if not name.startswith(".")}
    croissant = for_hub(json.loads(found["croissant.json"]), REPO, tag)
    text = json.dumps(croissant, indent=1, ensure_ascii=False) + "\n"
    return {**found, "croissant.json": text.encode()}


def shown(hub: LoopbackHub, revision: str = "main") -> dict[str, bytes]:
    """The files that a reader of the Hub sees."""
    oid = {**there(hub).refs, **there(hub).tags}[revision]
    return {k: v for k, v in there(hub).commits[oid].items() if not k.startswith(".")}


def next_version(folder: Path, version: str = "1.1", appended: int = 3) -> Path:
    return make_folder(folder.parent, version=version, appended=appended)


def refusal(folder: Path, **options: Any) -> str:
    with pytest.raises(PublishError) as caught:
        publish_folder(folder, **{"patience": SOON, **options})
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_folder_lands_file_for_file_in_one_commit_with_its_tag(
    hub: LoopbackHub, folder: Path
) -> None:
    done = publish_folder(folder)
    assert shown(hub) == shown(hub, "v1.0") == local(folder)
    assert there(hub).private
    assert len(there(hub).commits) == 2  # the Hub itself made the first
    assert (done.repo, done.tag, done.commit) == (REPO, "v1.0", there(hub).tags["v1.0"])
    assert not any("curate" in name for name in there(hub).commits[done.commit])


def test_the_same_again_is_four_calls_and_no_commit(hub: LoopbackHub, folder: Path) -> None:
    publish_folder(folder)
    hub.log.clear()
    assert not publish_folder(folder).committed
    assert len(hub.log) <= 4
    assert hub.asked(WRITES) == []
    assert len(there(hub).commits) == 2


@pytest.mark.parametrize(
    "fault",
    [
        Fault("preupload", 429, headers={"Retry-After": "0"}),
        Fault("PUT /lfs|xet-write", 500),
        Fault("PUT /lfs|xet-write", effect="drop"),
        Fault("/commit/", 503, times=2),
        Fault("/commit/", effect="drop"),
        Fault("/commit/", effect="lose"),
        Fault("/tag/", effect="lose"),
        Fault("repos/create", effect="lose"),
        Fault("GET /api/datasets/org/rows(/|$)(?!xet)", 502, times=3),
    ],
    ids=lambda fault: f"{fault.pattern[:12]} {fault.status or fault.effect}",
)
def test_after_a_passing_fault_there_is_one_commit_and_it_is_whole(
    hub: LoopbackHub, folder: Path, fault: Fault
) -> None:
    from huggingface_hub import HfApi

    hub.faults.append(fault)
    commit = publish_folder(folder, patience=SOON).commit
    assert fault.times == 0
    assert len(there(hub).commits) == 2
    assert shown(hub, "v1.0") == local(folder)
    (folder / "croissant.json").write_bytes(local(folder)["croissant.json"])
    checked = HfApi(endpoint=hub.url).verify_repo_checksums(
        REPO, repo_type="dataset", revision=commit, local_dir=folder
    )
    assert checked.mismatches == []
    assert [name for name in checked.missing_paths if not name.startswith(".")] == []


def test_a_fault_that_stays_is_one_line_and_the_rest_is_sent_later(
    lfs: LoopbackHub, folder: Path
) -> None:
    lfs.faults.append(Fault("PUT /lfs", 403))  # the client does not repeat this one
    assert "your token may not do this to org/rows" in refusal(folder)
    assert list(shown(lfs)) == []
    sent = len(lfs.objects)
    assert sent == len([name for name in local(folder) if name.endswith(".parquet")]) - 1
    lfs.log.clear()
    assert publish_folder(folder).committed
    assert len(lfs.asked("^PUT /lfs")) == 1
    assert shown(lfs) == local(folder)


def test_what_xet_holds_is_not_sent_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hub_of("xet", tmp_path, monkeypatch) as hub:
        assert hub.cas
        hub.faults.append(Fault("/commit/", 400))
        assert "committing: the Hub answered 400" in refusal(folder)
        sent = stored_bytes(hub.cas)
        assert sent > 0
        publish_folder(folder)
        assert stored_bytes(hub.cas) == sent
        assert shown(hub) == local(folder)


def test_a_listing_of_several_pages_is_read_to_its_end(lfs: LoopbackHub, folder: Path) -> None:
    publish_folder(folder)
    lfs.page = 2
    lfs.log.clear()
    assert not publish_folder(folder).committed
    assert lfs.asked(WRITES) == []


def test_a_publisher_that_died_before_the_tag_only_tags(hub: LoopbackHub, folder: Path) -> None:
    publish_folder(folder)
    there(hub).tags.clear()
    hub.log.clear()
    assert not publish_folder(folder).committed
    assert shown(hub, "v1.0") == local(folder)
    assert [call.split("/")[-2] for call in hub.asked(WRITES)] == ["tag"]


def test_files_that_a_version_no_longer_has_go_in_the_same_commit(
    hub: LoopbackHub, folder: Path
) -> None:
    publish_folder(folder)
    extra = {"data/old.parquet": b"x", ".huggingface.yaml": b"a: b"}
    oid = hub.commit(REPO, extra, keep_settings=True)
    done = publish_folder(next_version(folder), onto=oid[:8])
    assert done.changes.deleted == ("data/old.parquet",)
    assert shown(hub) == shown(hub, "v1.1") == local(folder, "v1.1")
    assert ".huggingface.yaml" in hub.head(REPO)
    assert len(there(hub).commits) == 4


def test_a_tag_that_names_other_files_is_refused_before_anything_is_sent(
    hub: LoopbackHub, folder: Path
) -> None:
    publish_folder(folder)
    hub.log.clear()
    said = refusal(make_folder(folder.parent, appended=3))
    assert said.startswith("org/rows has a tag v1.0 already, and other files under it (")
    assert "state a new version in CITATION.cff" in said
    assert hub.asked(WRITES) == []


def test_a_version_that_is_out_stays_so_whatever_main_shows_by_now(
    lfs: LoopbackHub, folder: Path
) -> None:
    first = publish_folder(folder).commit
    lfs.commit(REPO, {"README.md": b"mine"}, keep_settings=True)
    lfs.log.clear()
    done = publish_folder(folder)
    assert (done.committed, done.commit) == (False, first)
    assert len(lfs.log) <= 4


def test_a_head_that_somebody_moved_is_refused_with_who_and_what(
    lfs: LoopbackHub, folder: Path
) -> None:
    publish_folder(folder)
    oid = lfs.commit(
        REPO, {"README.md": b"mine"}, title="My words", author="mona", keep_settings=True
    )
    lfs.log.clear()
    said = refusal(next_version(folder))
    assert f"org/rows was changed by mona: 'My words' ({oid[:12]})" in said
    assert f"add --onto {oid[:12]}" in said
    assert "the head of org/rows is" in refusal(folder, onto="0123456")
    assert lfs.asked(WRITES) == []
    assert publish_folder(folder, onto=oid[:12]).committed


def test_a_version_that_a_colleague_published_meanwhile_is_noticed(
    lfs: LoopbackHub, place: Path, tmp_path: Path
) -> None:
    theirs = Path(shutil.copytree(place, tmp_path / "theirs")) / "out"
    publish_folder(place / "out")
    publish_folder(next_version(theirs))
    assert "was changed by tester: 'Publish rows v1.1'" in refusal(
        next_version(place / "out", "1.2", appended=5)
    )


def test_a_copy_of_the_folder_publishes_the_next_version(
    lfs: LoopbackHub, folder: Path, tmp_path: Path
) -> None:
    publish_folder(folder)
    kept = shutil.ignore_patterns(".*")
    copy = Path(shutil.copytree(next_version(folder), tmp_path / "copy", ignore=kept))
    assert publish_folder(copy).committed


def test_a_repository_of_other_things_is_not_overwritten(lfs: LoopbackHub, folder: Path) -> None:
    lfs.commit(REPO, {"model.bin": b"weights"}, title="A model", author="mona")
    assert "org/rows was changed by mona: 'A model'" in refusal(folder)
    assert lfs.asked(WRITES) == []


def test_who_pushes_while_files_are_sent_is_not_overwritten(lfs: LoopbackHub, folder: Path) -> None:
    lfs.faults.append(Fault("preupload", effect="delay", seconds=0.3))

    def push() -> None:
        while not lfs.asked("preupload"):
            time.sleep(0.01)
        lfs.commit(REPO, {"a.txt": b"a"}, title="Meanwhile", author="mona", keep_settings=True)

    other = threading.Thread(target=push)
    other.start()
    said = refusal(folder)
    other.join()
    assert "org/rows was changed by mona: 'Meanwhile'" in said
    assert list(shown(lfs)) == ["a.txt"]


@pytest.mark.parametrize(
    "repo", ["rows", "org/", "org/a/b", "org/a b", "-org/a", "org/a.git", "org/a..b"]
)
def test_a_name_that_is_none_is_refused(folder: Path, repo: str) -> None:
    assert "cannot name a repository; write --repo organisation/name" in refusal(folder, repo=repo)


def test_without_a_token_nothing_is_asked(
    lfs: LoopbackHub, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_TOKEN")
    assert "no token for org/rows: run `hf auth login`, or set HF_TOKEN" in refusal(folder)
    assert lfs.log == []


@pytest.mark.parametrize(
    ("token", "said"),
    [
        (
            LoopbackHub.READER,
            "your token may not do this to org/rows (you have read access only); use one with write",
        ),
        (
            "hf_unknown",
            "the Hub does not accept the token for org/rows (Invalid username or password.); `hf",
        ),
    ],
)
@pytest.mark.parametrize("known", [False, True], ids=["new", "known"])
def test_a_token_that_may_not_write_is_refused_before_content_is_sent(
    hub: LoopbackHub,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    token: str,
    said: str,
    known: bool,
) -> None:
    if known:
        hub.commit(REPO, {".gitattributes": b""})
    monkeypatch.setenv("HF_TOKEN", token)
    assert said in refusal(folder)
    assert hub.asked("^PUT|xet-write|/commit/") == []


def test_a_hub_without_xet_is_told_from_a_broken_one(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hub_of("xet", tmp_path, monkeypatch) as hub:
        hub.cas = None
        assert "has no Xet storage; set HF_HUB_DISABLE_XET=1" in refusal(folder)


def test_a_card_that_the_hub_refuses_is_said(lfs: LoopbackHub, folder: Path) -> None:
    lfs.faults.append(Fault("validate-yaml", 400))
    assert "the Hub answered 400 for org/rows: Invalid metadata in README.md." in refusal(folder)
    assert list(shown(lfs)) == []


def test_a_folder_in_which_a_run_works_is_left_alone(lfs: LoopbackHub, folder: Path) -> None:
    with locked(folder), pytest.raises(CurateError, match="another run is working here"):
        publish_folder(folder)
    assert lfs.log == []


def test_offline_is_said(lfs: LoopbackHub, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub.constants as constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert "HF_HUB_OFFLINE is set" in refusal(folder)


def test_a_hub_that_is_not_there_is_said(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hub_of("lfs", tmp_path, monkeypatch) as gone:
        pass
    said = refusal(folder, patience=Patience(attempts=2, wait=0.01))
    assert f"cannot reach {gone.url}/datasets/org/rows" in said
    assert "the same command again takes it up" in said


def test_a_folder_that_is_not_fit_is_not_published(lfs: LoopbackHub, folder: Path) -> None:
    (folder / "LICENSE").unlink()
    assert "not fit to be published: " in refusal(folder)
    assert "LICENSE: missing" in refusal(folder)
    assert lfs.log == []


def test_files_that_are_no_part_of_the_dataset_stay_at_home(lfs: LoopbackHub, folder: Path) -> None:
    for name in ("notes.txt", ".secret", "data/.hidden", "more/drafts.txt"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("mine")
    assert set(publish_folder(folder).left_out) == {"notes.txt", "more/drafts.txt"}
    assert not {"notes.txt", ".secret", "data/.hidden", "more/drafts.txt"} & set(lfs.head(REPO))


def test_a_dry_run_lists_and_writes_nothing(lfs: LoopbackHub, folder: Path) -> None:
    new = publish_folder(folder, dry_run=True).changes
    assert new.new == tuple(sorted(local(folder)))
    assert new.sent == sum(map(len, local(folder).values()))
    assert lfs.repositories == {}
    publish_folder(folder)
    lfs.log.clear()
    changes = publish_folder(next_version(folder), dry_run=True).changes
    assert "CITATION.cff" in changes.changed
    assert (changes.new, changes.deleted) == ((), ())
    assert lfs.asked(WRITES) == []


def test_the_head_of_a_second_version_holds_that_version_only(
    hub: LoopbackHub, folder: Path
) -> None:
    publish_folder(folder)
    first = local(folder)
    publish_folder(next_version(folder), message="More rows")
    assert shown(hub) == local(folder, "v1.1")
    assert shown(hub, "v1.0") == first
    assert there(hub).history[0].title == "More rows"


def test_two_per_cent_more_rows_send_a_quarter_of_the_bytes_at_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_folder(tmp_path / "large", rows=16_000)
    with hub_of("xet", tmp_path, monkeypatch) as hub:
        publish_folder(folder)
        assert hub.cas
        before = stored_bytes(hub.cas)
        publish_folder(make_folder(tmp_path / "large", 16_000, "1.1", appended=320))
        assert before > 4_000_000
        assert stored_bytes(hub.cas) - before <= before / 4
