"""A dataset folder in another folder or a bucket: whole versions, never half of one.

    TO/v1.0/data/train-00000-of-00001.parquet     a version is never changed once it is there
    TO/v1.0/manifest.json                         size and sha256 of each file; written last
    TO/latest.json                                the version to read, and all; replaced after that

A reader that goes by ``latest.json`` and the manifest sees whole versions only. In a local folder
``v1.0`` itself appears at once, by rename. Elsewhere (any fsspec address, ``s3://…``) files are put
one by one, read back, and compared by sha256; a killed publisher goes on with what is missing.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from curate.arrow import sha256_of
from curate.engine.store import replacing
from curate.errors import EnvironmentError_, PublishError
from curate.publish.payload import Changes, Item, Payload, held, load_payload
from curate.publish.retry import Patience

MANIFEST, LATEST = "manifest.json", "latest.json"
_BLOCK = 2**20


class Placed(NamedTuple):
    """What was done.

    Attributes:
        where: Address of the version.
        tag: The version.
        changes: Files sent, and those that lay there already.
        written: Whether anything was.
        left_out: Files of the folder that are no part of the dataset.
    """

    where: str
    tag: str
    changes: Changes
    written: bool
    left_out: tuple[str, ...]


def publish_to(
    folder: Path,
    to: str,
    *,
    tag: str = "",
    dry_run: bool = False,
    patience: Patience | None = None,
) -> Placed:
    """Put a version of a dataset into a folder or bucket.

    Args:
        folder: A finished dataset folder.
        to: Where versions go: a path, or an address that fsspec knows.
        tag: The version; by default ``v`` and the version that CITATION.cff states.
        dry_run: Only look.
        patience: How failures that pass are waited for, and who is told.

    Raises:
        PublishError: The folder is not fit, has no version, the version is there with other
            files, or the target cannot be written to.
        EnvironmentError_: The package for this kind of address is missing.
    """
    target = _target(to, folder, patience or Patience())
    with held(folder):
        payload = load_payload(folder, tag)
        if not payload.tag:
            raise PublishError(f"{to}: versions are folders there; give --tag, e.g. --tag v1.0")
        try:
            return _publish(payload, target, dry_run)
        except OSError as error:
            raise PublishError(_explained(error, target.where(payload.tag))) from error


def _publish(payload: Payload, target: _Target, dry_run: bool) -> Placed:
    tag = payload.tag
    manifest = _manifest(payload)
    there = target.read(f"{tag}/{MANIFEST}")
    if there is not None and there != manifest:
        hint = "state a new version in CITATION.cff and run `curate card`, or give --tag"
        raise PublishError(f"{target.where(tag)} is there with other files: {hint}")
    whole = there is not None
    known = set(payload.files) if whole else target.finished(tag, payload.files)
    new = tuple(name for name in payload.files if name not in known)
    sent = sum(payload.files[name].size for name in new)
    changes = Changes(new, (), tuple(name for name in payload.files if name in known), (), sent)
    versions = _versions(target.read(LATEST))
    written = not dry_run and tag not in versions
    if written:
        if not whole:
            for name in new:
                target.put(tag, name, payload.files[name])
            target.finish(tag, set(payload.files), manifest)
        latest = {"version": tag, "versions": [*versions, tag]}
        target.replace(LATEST, (json.dumps(latest, indent=1) + "\n").encode())
    return Placed(target.where(tag), tag, changes, written, payload.left_out)


def _versions(latest: bytes | None) -> list[str]:
    """Oldest first; an older one that is published again does not become the latest."""
    try:
        return [str(one) for one in json.loads(latest or b"{}").get("versions", [])]
    except (ValueError, AttributeError):
        return []


def _manifest(payload: Payload) -> bytes:
    files = {name: {"size": one.size, "sha256": one.sha256} for name, one in payload.files.items()}
    said = {"name": payload.name, "version": payload.tag, "files": files}
    return (json.dumps(said, indent=1, ensure_ascii=False) + "\n").encode()


class _Local:
    """A folder of this machine: a version is gathered under a hidden name, then renamed."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def where(self, tag: str) -> str:
        return str(self.root / tag)

    def read(self, name: str) -> bytes | None:
        path = self.root / name
        return path.read_bytes() if path.is_file() else None

    def finished(self, tag: str, files: Mapping[str, Item]) -> set[str]:
        if (self.root / tag).exists():
            hint = "move it away, or give another --tag"
            raise PublishError(f"{self.root / tag} is there, but no version of a dataset: {hint}")
        part = self._part(tag)
        return {name for name, item in files.items() if _is_file(part / name, item)}

    def put(self, tag: str, name: str, item: Item) -> None:
        with replacing(self._part(tag) / name) as temporary:
            if isinstance(item.content, bytes):
                temporary.write_bytes(item.content)
            else:
                shutil.copyfile(item.content, temporary)
            if sha256_of(temporary) != item.sha256:
                raise PublishError(_changed(item, name))

    def finish(self, tag: str, names: set[str], manifest: bytes) -> None:
        part = self._part(tag)
        for path in part.rglob("*"):  # of an attempt at other files, killed before it was whole
            if path.is_file() and path.relative_to(part).as_posix() not in names:
                path.unlink()
        with replacing(part / MANIFEST) as temporary:
            temporary.write_bytes(manifest)
        part.rename(self.root / tag)
        folder = os.open(self.root, os.O_RDONLY)
        os.fsync(folder)  # the new name is on disk before anything points to it
        os.close(folder)

    def replace(self, name: str, content: bytes) -> None:
        with replacing(self.root / name) as temporary:
            temporary.write_bytes(content)

    def _part(self, tag: str) -> Path:
        return self.root / f".{tag}.part"


class _Remote:
    """What fsspec reaches. An object appears whole or not at all; the manifest comes last."""

    def __init__(self, files: Any, root: str, address: str, patience: Patience) -> None:
        self.files, self.root, self.address = files, root.rstrip("/"), address.rstrip("/")
        self.patience = patience

    def where(self, tag: str) -> str:
        return f"{self.address}/{tag}"

    def read(self, name: str) -> bytes | None:
        def read() -> bytes | None:
            self.files.invalidate_cache()
            with contextlib.suppress(FileNotFoundError):
                return bytes(self.files.cat_file(self._at(name)))
            return None

        return self.patience.call(f"reading {name}", read, _passing)

    def finished(self, tag: str, files: Mapping[str, Item]) -> set[str]:
        there = self.patience.call(f"listing {tag}", lambda: self._sizes(tag), _passing)
        same_size = [name for name, item in files.items() if there.get(name) == item.size]
        return {name for name in same_size if self._sha256(f"{tag}/{name}") == files[name].sha256}

    def put(self, tag: str, name: str, item: Item) -> None:
        at = f"{tag}/{name}"

        def put() -> None:
            if isinstance(item.content, bytes):
                self.files.pipe_file(self._at(at), item.content)
            else:
                self.files.put_file(str(item.content), self._at(at))

        self.patience.call(f"sending {name}", put, _passing)
        if self._sha256(at) != item.sha256:
            raise PublishError(_changed(item, name))

    def finish(self, tag: str, names: set[str], manifest: bytes) -> None:
        for name in self.patience.call(f"listing {tag}", lambda: self._sizes(tag), _passing):
            if name not in names:  # of an attempt at other files, killed before it was whole
                clear = functools.partial(self._clear, self._at(f"{tag}/{name}"))
                self.patience.call(f"clearing {name}", clear, _passing)
        self.replace(f"{tag}/{MANIFEST}", manifest)

    def _clear(self, at: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            self.files.rm_file(at)

    def replace(self, name: str, content: bytes) -> None:
        at = self._at(name)
        self.patience.call(f"writing {name}", lambda: self.files.pipe_file(at, content), _passing)

    def _at(self, name: str) -> str:
        return f"{self.root}/{name}"

    def _sizes(self, tag: str) -> dict[str, int]:
        self.files.invalidate_cache()
        try:
            found = self.files.find(self._at(tag), detail=True)
        except FileNotFoundError:
            return {}
        skip = len(self._at(tag).lstrip("/")) + 1
        return {name.lstrip("/")[skip:]: int(one["size"]) for name, one in found.items()}

    def _sha256(self, name: str) -> str:
        """Of what the store gives back, not of what it was given."""

        def read() -> str:
            digest = hashlib.sha256()
            with self.files.open(self._at(name), "rb", cache_type="none") as file:
                while block := file.read(_BLOCK):
                    digest.update(block)
            return digest.hexdigest()

        return self.patience.call(f"reading back {name}", read, _passing)


_Target = _Local | _Remote


def _target(to: str, folder: Path, patience: Patience) -> _Target:
    if "://" not in to or to.startswith("file://"):
        root = Path(to.removeprefix("file://")).expanduser().resolve()
        if root.is_relative_to(folder.resolve()):
            raise PublishError(f"--to {to} lies inside the folder that is published; go elsewhere")
        return _Local(root)
    from fsspec.core import url_to_fs

    try:
        files, root_path = url_to_fs(to)
    except ImportError as error:
        kind = to.partition("://")[0]
        extra = "'curate[s3]'" if kind == "s3" else f"the fsspec package for {kind}://"
        raise EnvironmentError_(f"--to {to}: {error}; run: pip install {extra}") from None
    except ValueError as error:
        raise PublishError(f"--to {to}: {error}; give a folder or an fsspec address") from None
    return _Remote(files, root_path, to, patience)


def _is_file(path: Path, item: Item) -> bool:
    there = path.is_file() and path.stat().st_size == item.size
    return there and sha256_of(path) == item.sha256


def _changed(item: Item, name: str) -> str:
    what = name if isinstance(item.content, bytes) else str(item.content)
    return f"{what}: what arrived has another sha256; nothing is to be seen yet, run again"


def _passing(error: Exception) -> float | None:
    """Files that are not there and doors that are closed stay so; the rest of I/O may pass."""
    lasting = FileNotFoundError | PermissionError | FileExistsError | NotADirectoryError
    return (
        0.0
        if isinstance(error, OSError | TimeoutError) and not isinstance(error, lasting)
        else None
    )


def _explained(error: OSError, where: str) -> str:
    """Stores give their reason as text, folders as a number."""
    why = " ".join(str(error.strerror or error).split()) or type(error).__name__
    return f"{where}: {why}; nothing of this version is to be seen, the same command takes it up"
