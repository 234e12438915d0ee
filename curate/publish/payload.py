"""What of a dataset folder is published, and how that differs from what is there already.

Knows no store: the Hub (``hub.py``) and folders or buckets (``sink.py``) both publish a payload.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import yaml

from curate.arrow import digest_of, sha256_of
from curate.engine.store import WORK, locked
from curate.errors import PublishError
from curate.publish.check import check_folder
from curate.publish.record import finished_record, read_record
from curate.yaml_lines import load_yaml

TOP = ("README.md", "LICENSE", "CITATION.cff", "croissant.json", "report.html", "run.json")
"""Files beside the rows; only some are in every folder."""
BATCH_FILES, BATCH_BYTES = 50, 2**30
"""What a killed publisher loses is at most one batch."""
_REPO = re.compile(
    r"(?!.*(?:--|\.\.|\.git$))[A-Za-z0-9][\w.-]*(?<![.-])/\w[\w.-]{0,95}(?<![.-])", re.A
)
_TAG = re.compile(r"(?!.*\.\.)[A-Za-z0-9][\w.-]*(?<!\.lock)(?<!\.)", re.ASCII)


class Item(NamedTuple):
    """One file to publish.

    Attributes:
        content: The file, or its bytes if the published copy is another than the folder's.
        size: In bytes.
        sha256: Of its content, in hex.
    """

    content: Path | bytes
    size: int
    sha256: str

    def read(self) -> bytes:
        """The whole content."""
        return self.content if isinstance(self.content, bytes) else self.content.read_bytes()


class Payload(NamedTuple):
    """A folder that is fit to be published.

    Attributes:
        name: Of the dataset, as its recipe says.
        tag: The version; empty for none.
        files: Path in the dataset → file, sorted.
        left_out: Files of the folder that are no part of the dataset.
        digest: SHA-256 over all paths and contents.
    """

    name: str
    tag: str
    files: dict[str, Item]
    left_out: tuple[str, ...]
    digest: str


class Stored(NamedTuple):
    """A file in a store: its size, and the sha256 of its content or else git's sha1 of it."""

    size: int
    sha256: str
    git_sha1: str = ""


class Changes(NamedTuple):
    """What a store lacks to hold a payload, path by path.

    Attributes:
        sent: Bytes in new and changed files.
    """

    new: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    deleted: tuple[str, ...]
    sent: int

    def any(self) -> bool:
        """Whether the store differs at all."""
        return bool(self.new or self.changed or self.deleted)

    def summary(self) -> str:
        """The counts, in words."""
        counts = f"{len(self.new)} new, {len(self.changed)} changed, {len(self.deleted)} deleted, "
        return f"{counts}{len(self.unchanged)} unchanged files, {self.sent:,} bytes"


def load_payload(folder: Path, tag: str = "", repo: str = "") -> Payload:
    """Check a folder and list what of it is published.

    Args:
        folder: A finished dataset folder.
        tag: The version; by default ``v`` and the version that CITATION.cff states.
        repo: ``org/name`` if it goes to the Hub, whose copy of croissant.json says so.

    Raises:
        PublishError: The folder is not fit, or the tag is no name or not the stated version.
    """
    record = finished_record(folder)
    tag = tag or _cited_version(folder)
    if tag and not _TAG.fullmatch(tag):
        raise PublishError(f"{tag!r} cannot name a version: use letters, digits, . _ -")
    if problems := check_folder(folder, tag):
        more = f" (and {len(problems) - 1} more: `curate check {folder}`)" if problems[1:] else ""
        raise PublishError(f"not fit to be published: {problems[0]}{more}")
    files = {
        name: Item(folder / name, (folder / name).stat().st_size, mark["sha256"])
        for name, mark in record["files"].items()
    }
    for name in TOP:
        if (path := folder / name).is_file():
            files[name] = Item(path, path.stat().st_size, sha256_of(path))
    if repo and "croissant.json" in files:
        files["croissant.json"] = _croissant(folder / "croissant.json", repo, tag)
    files = dict(sorted(files.items()))
    left_out = tuple(name for name in _visible(folder) if name not in files)
    digest = digest_of({name: item.sha256 for name, item in files.items()})
    return Payload(str(record["name"]), tag, files, left_out, digest)


def compare(files: Mapping[str, Item], there: Mapping[str, Stored]) -> Changes:
    """What has to happen to a store; hidden files there are nobody's business.

    Example:
        >>> item = Item(b"ab", 2, hashlib.sha256(b"ab").hexdigest())
        >>> old = {"a": Stored(2, "", git_sha1(b"ab")), "b": Stored(1, "0")}
        >>> old[".gitattributes"] = Stored(1, "0")
        >>> compare({"a": item, "c": item}, old)
        Changes(new=('c',), changed=(), unchanged=('a',), deleted=('b',), sent=2)
    """
    new = tuple(name for name in files if name not in there)
    known = [name for name in files if name in there]
    same = tuple(name for name in known if _same(files[name], there[name]))
    changed = tuple(sorted(set(known) - set(same)))
    deleted = tuple(name for name in there if name not in files and not _hidden(name))
    return Changes(new, changed, same, deleted, sum(files[name].size for name in (*new, *changed)))


def git_sha1(content: bytes) -> str:
    """The id that git gives to this content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def is_repo(name: str) -> bool:
    """Whether this can be the name of a repository with its owner.

    Example:
        >>> [is_repo(name) for name in ("org/name", "name", "a/b/c", "org/na me", "org/x.git")]
        [True, False, False, False, False]
    """
    return bool(_REPO.fullmatch(name))


def gate_wanted(payload: Payload) -> str:
    """Of the card: ``auto``, ``manual`` or nothing; one that has a prompt wants ``auto``."""
    if "README.md" not in payload.files:
        return ""
    text = payload.files["README.md"].read().decode("utf-8", "replace")
    found = re.match(r"---\n(.*?)\n---\n", text, re.S)
    try:
        head = load_yaml(found[1]) if found else None
    except yaml.YAMLError:
        return ""
    if not isinstance(head, dict):
        return ""
    asked = head.get("gated", any(str(key).startswith("extra_gated") for key in head))
    return "auto" if asked is True else str(asked or "")


def batches(files: Mapping[str, Item], names: Sequence[str]) -> Iterator[list[str]]:
    """The names in pieces of at most 50 files and 1 GiB, but of one file at least."""
    batch: list[str] = []
    size = 0
    for name in names:
        if batch and (len(batch) == BATCH_FILES or size + files[name].size > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(name)
        size += files[name].size
    if batch:
        yield batch


def default_repo(folder: Path) -> str:
    """``publish.repo`` of the recipe that made a folder; empty if it names none."""
    try:
        return str(read_record(folder).get("repo") or "")
    except (OSError, ValueError):
        return ""


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Keep runs and other publishers out of a folder.

    Raises:
        CurateError: One is at work there.
    """
    work = folder / WORK
    if work.is_dir() and os.access(work, os.W_OK):
        with locked(folder):
            yield
    else:
        yield


def _same(item: Item, stored: Stored) -> bool:
    if item.size != stored.size:
        return False
    if stored.sha256:
        return item.sha256 == stored.sha256
    return git_sha1(item.read()) == stored.git_sha1


def _hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/"))


def _visible(folder: Path) -> Iterator[str]:
    for above, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                yield Path(above, name).relative_to(folder).as_posix()


def _croissant(path: Path, repo: str, tag: str) -> Item:
    """The copy in which the files lie in a repository."""
    from curate.publish.croissant import for_hub

    published = for_hub(json.loads(path.read_text(encoding="utf-8")), repo, tag)
    content = (json.dumps(published, indent=1, ensure_ascii=False) + "\n").encode()
    return Item(content, len(content), hashlib.sha256(content).hexdigest())


def _cited_version(folder: Path) -> str:
    """``v1.0`` if CITATION.cff states the version 1.0."""
    try:
        cited = load_yaml((folder / "CITATION.cff").read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return ""
    version = cited.get("version") if isinstance(cited, dict) else None
    return f"v{str(version).removeprefix('v')}" if version else ""
