"""Paths that users and manifests name: which files they are, and whether they stay inside."""

from __future__ import annotations

import glob
import os
import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from curate.errors import SourceError
from curate.text.columns import did_you_mean

OUTSIDE = "path leaves the folder"
_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")


class Place(NamedTuple):
    """One file that a manifest names.

    Attributes:
        path: Absolute, normalised.
        name: The path inside the folder with forward slashes; absolute if it is outside.
        state: Changes when the file does: its size and time of change, or that it is missing.
        inside: Whether it lies in the folder, symbolic links followed.
    """

    path: str
    name: str
    state: str
    inside: bool


class _Parent(NamedTuple):
    path: str
    name: str
    inside: bool


class Folder:
    """The folder that clips may not leave; remembers where its subfolders really are.

    Args:
        root: The folder.
        base: Folder that relative paths start from, if not the same.
    """

    def __init__(self, root: Path, base: Path | None = None) -> None:
        self._root = os.path.abspath(root)
        self._base = os.path.abspath(base or root)
        self._real = os.path.realpath(root)
        self._parents: dict[str, _Parent] = {}

    def place(self, text: str) -> Place:
        """Find the file that a manifest calls ``text``; it need not exist.

        A path with backslashes that does not exist as written is read as a Windows path.
        """
        folder, slash, last = text.rpartition("/")
        if last in ("", ".", ".."):
            folder, last = text, ""
        elif slash and not folder:
            folder = "/"
        parent = self._parents.get(folder) or self._enter(folder)
        path, name, inside = f"{parent.path}{last}", f"{parent.name}{last}", parent.inside
        try:
            found = os.lstat(path)
        except (OSError, ValueError):
            if "\\" in text:
                if _WINDOWS.match(text):
                    return Place(text, text, "missing", False)
                return self.place(text.replace("\\", "/"))
            return Place(path, name, "missing", inside)
        if stat.S_ISLNK(found.st_mode):
            real = os.path.realpath(path)
            inside = self._contains(real)
            try:
                found = os.stat(real)
            except OSError:
                return Place(path, name, f"missing {inside}", inside)
        return Place(path, name, f"{found.st_size}:{found.st_mtime_ns}:{inside}", inside)

    def _enter(self, folder: str) -> _Parent:
        path = os.path.normpath(os.path.join(self._base, folder)).rstrip("/") + "/"
        base = self._root.rstrip("/") + "/"
        name = path[len(base) :] if path.startswith(base) else path
        parent = _Parent(path, name, self._contains(os.path.realpath(path)))
        if len(self._parents) < 100_000:  # one folder for each clip is no reason to keep them all
            self._parents[folder] = parent
        return parent

    def _contains(self, real: str) -> bool:
        return real == self._real or real.startswith(self._real.rstrip("/") + "/")


def existing(path: str) -> Path:
    """The path, ``~`` expanded.

    Raises:
        SourceError: It is not there; names the sibling that was probably meant.
    """
    if not path:
        raise SourceError("the option path is empty; set it with --set source.path=PATH")
    found = Path(path).expanduser()
    if found.exists():
        return found
    parent = found.parent
    while not parent.exists():
        found, parent = parent, parent.parent
    if not parent.is_dir():
        raise SourceError(f"{path} does not exist: {parent} is a file; give that, or a folder")
    there = sorted(os.listdir(parent))
    hint = did_you_mean(found.name, there) or f"; it holds {', '.join(there[:5]) or 'nothing'}"
    raise SourceError(f"{path} does not exist: {parent} has no {found.name!r}{hint}")


def input_files(path: str, suffixes: Sequence[str]) -> tuple[Path, list[Path]]:
    """The files that a path, folder or glob stands for, sorted, and the folder they share.

    Raises:
        SourceError: There is none.
    """
    if any(mark in path for mark in "*?[") and not Path(path).expanduser().exists():
        pattern = str(Path(path).expanduser())
        base = Path(re.split(r"[*?\[]", pattern, maxsplit=1)[0] + "x").parent
        files = sorted(Path(one) for one in glob.glob(pattern, recursive=True))
        files = [_readable(file, base) for file in files if not file.is_dir()]
        if not files:
            raise SourceError(f"no file matches {path}; quote the pattern, and look into {base}")
        return base, files
    found = existing(path)
    if not found.is_dir():
        return found.parent, [_readable(found, found.parent)]
    endings = tuple(suffixes)
    walked = os.walk(found, onerror=_refuse)
    inside = (os.path.join(top, name) for top, _, names in walked for name in names)
    named = [file for file in inside if file.lower().endswith(endings)]
    files = [Path(file) for file in sorted(named, key=lambda file: file.split("/"))]
    if not files:
        some = ", ".join(sorted(os.listdir(found))[:5]) or "nothing"
        raise SourceError(f"{path} holds no file ending in {', '.join(endings)}; it holds {some}")
    real = os.path.realpath(found)
    return found, [_inside(_readable(file, found), real) for file in files]


def own_file(file: Path, folder: Path) -> Path:
    """A file of a folder.

    Raises:
        SourceError: It is a pipe or device, a link out of the folder, or its name is no UTF-8.
    """
    return _inside(_readable(file, folder), os.path.realpath(folder))


def _readable(file: Path, base: Path) -> Path:
    """The file, if it is one and rows can say what it is called."""
    try:
        mode = os.stat(file).st_mode
    except OSError as error:
        raise SourceError(f"{file} cannot be read: {error.strerror}; take it away") from error
    if not stat.S_ISREG(mode):
        raise SourceError(f"{file} is no file, but a pipe, device or folder; take it away")
    if str(file).isascii():  # most are, and parting paths costs 10 µs
        return file
    try:
        str(file.relative_to(base)).encode()
    except UnicodeEncodeError:
        raise SourceError(f"a file name is not UTF-8: {os.fsencode(file)!r}; rename it") from None
    return file


def _inside(file: Path, folder: str) -> Path:
    """The file, unless it is a link out of the folder: a corpus must not publish other files."""
    if os.path.islink(file):
        real = os.path.realpath(file)
        if not real.startswith(folder.rstrip("/") + "/"):
            way_out = "copy the file to its place, or give its path"
            raise SourceError(f"{file} is a link to {real}, outside of the folder; {way_out}")
    return file


def walk(root: Path, endings: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Files with these endings in a folder and below, by name from the folder, sorted.

    Yields:
        The name with forward slashes, and whether it is a linked folder, which is not entered.
    """
    suffixes = tuple(endings)
    base = os.path.abspath(root)
    found = []
    for top, folders, files in os.walk(base, onerror=_refuse):
        inside = os.path.relpath(top, base).replace(os.sep, "/")
        prefix = "" if inside == "." else f"{inside}/"
        found += [(prefix + name, False) for name in files if name.lower().endswith(suffixes)]
        links = [name for name in folders if os.path.islink(os.path.join(top, name))]
        found += [(prefix + name, True) for name in links]
    yield from sorted(found)


def _refuse(error: OSError) -> None:
    """A folder that cannot be listed must not look like an empty one."""
    raise SourceError(f"cannot look into {error.filename}: {error.strerror}") from error
