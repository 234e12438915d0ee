"""Paths that users and manifests name: which files they are, and whether they stay in the folder."""

from __future__ import annotations

import glob
import os
import re
import stat
from collections.abc import Sequence
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


class Folder:
    """The folder that relative paths start from; remembers where its subfolders really are."""

    def __init__(self, root: Path) -> None:
        self._root = os.path.abspath(root)
        self._real = os.path.realpath(root)
        self._parents: dict[str, bool] = {}

    def place(self, text: str) -> Place:
        """Find the file that a manifest calls ``text``; it need not exist.

        A path with backslashes that does not exist as written is read as a Windows path.
        """
        path = os.path.normpath(os.path.join(self._root, text))
        try:
            found = os.lstat(path)
        except (OSError, ValueError):
            if "\\" in text:
                if _WINDOWS.match(text):
                    return Place(text, text, "missing", False)
                return self.place(text.replace("\\", "/"))
            return self._placed(path, "missing", self._inside(os.path.dirname(path)))
        if stat.S_ISLNK(found.st_mode):
            real = os.path.realpath(path)
            inside = self._contains(real)
            try:
                found = os.stat(real)
            except OSError:
                return self._placed(path, f"missing {inside}", inside)
        else:
            inside = self._inside(os.path.dirname(path))
        return self._placed(path, f"{found.st_size}:{found.st_mtime_ns}:{inside}", inside)

    def _placed(self, path: str, state: str, inside: bool) -> Place:
        base = self._root if self._root.endswith("/") else f"{self._root}/"
        name = path[len(base) :] if path.startswith(base) else path
        return Place(path, name, state, inside)

    def _inside(self, parent: str) -> bool:
        inside = self._parents.get(parent)
        if inside is None:
            inside = self._parents[parent] = self._contains(os.path.realpath(parent))
        return inside

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
    guess = did_you_mean(found.name, sorted(os.listdir(parent)) if parent.is_dir() else [])
    raise SourceError(f"{path} does not exist: {parent} has no {found.name!r}{guess}")


def input_files(path: str, suffixes: Sequence[str]) -> tuple[Path, list[Path]]:
    """The files that a path, folder or glob stands for, sorted, and the folder they share.

    Raises:
        SourceError: There is none.
    """
    if any(mark in path for mark in "*?[") and not Path(path).expanduser().exists():
        pattern = str(Path(path).expanduser())
        base = Path(re.split(r"[*?\[]", pattern, maxsplit=1)[0] + "x").parent
        files = sorted(Path(one) for one in glob.glob(pattern, recursive=True))
        files = [file for file in files if file.is_file()]
        if not files:
            raise SourceError(f"no file matches {path}; quote the pattern, and look into {base}")
        return base, files
    found = existing(path)
    if not found.is_dir():
        return found.parent, [found]
    endings = tuple(suffixes)
    inside = (Path(top, name) for top, _, names in os.walk(found) for name in names)
    files = sorted(file for file in inside if file.name.lower().endswith(endings))
    if not files:
        some = ", ".join(sorted(os.listdir(found))[:5]) or "nothing"
        raise SourceError(f"{path} holds no file ending in {', '.join(endings)}; it holds {some}")
    return found, files
