"""Programs of a folder: one row a file, with its licence, repository and commit.

Files are looked at once when shards are listed, for digests and licences, and read again by whoever
does the shard; all that they need travels with the shard. Nothing outside the folder is read but
what ``.git`` of a submodule or worktree names.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from curate.errors import SourceError
from curate.text.git_checkout import Checkout, checkout_at
from curate.text.licence_files import FILE, of_folder, stated
from curate.text.paths import OUTSIDE, Folder, existing
from curate.text.shard_rows import Cut

BINARY, NOT_UTF8, TOO_LARGE, BLANK = "binary file", "not UTF-8", "file too large", "no text"
UNREADABLE, LINKED, UNNAMED = (
    "file unreadable",
    "linked folder is not entered",
    "file name is not UTF-8",
)
REASONS = (BINARY, NOT_UTF8, TOO_LARGE, BLANK, UNREADABLE, LINKED, UNNAMED, OUTSIDE)
COLUMNS = ("id", "source", "text", "path", "language", "repository", "commit", "licence")
SCHEMA = pa.schema([pa.field(name, pa.string()) for name in COLUMNS])
_LICENCE_BYTES = 1 << 20


class CodeFile(NamedTuple):
    """A file to be read; plain values.

    Attributes:
        name: Path in the folder, its bytes as hexadecimal digits.
        language: Label by its ending.
        linked: Whether it is a linked folder.
        repository, commit, licence: As far as folders tell.
    """

    name: str
    language: str | None
    linked: bool
    repository: str | None
    commit: str | None
    licence: str | None


class CodeFolder:
    """The programs of a folder.

    Args:
        path: The folder.
        name: Value of ``source`` and prefix of ids; the folder's name if empty.
        label: The language of a file by its name; None for what is no program.
        most_bytes: Larger files are not read.
    """

    def __init__(
        self, path: str, name: str, label: Callable[[str], str | None], most_bytes: int
    ) -> None:
        self._root = existing(path)
        if not self._root.is_dir():
            raise SourceError(f"{path} is no folder")
        self._root = Path(os.path.abspath(self._root))
        self._label, self._most = label, most_bytes
        self._prefix = f"{name}/" if name else ""
        self._source = name or self._root.name
        self._folder = Folder(self._root)
        self._known: dict[Path, tuple[Checkout, str | None]] = {}

    def cuts(self, rows: int) -> Iterator[Cut]:
        """Shards of so many files, in order of their names."""
        files = list(self._files())
        if not files:
            some = ", ".join(sorted(os.listdir(self._root))[:5]) or "nothing"
            raise SourceError(f"{self._root} holds no program; it holds {some}")
        for at in range(0, len(files), rows):
            batch = files[at : at + rows]
            states = [self._state(one) for one in batch]
            facts = (self._source, self._prefix, self._most, states)
            digest = hashlib.sha256(repr((batch, facts)).encode()).hexdigest()
            where = tuple(tuple(one) for one in batch)
            yield Cut(f"files-{at // rows:06d}", len(batch), digest, where)

    def tables(self, where: Sequence[Sequence[object]], rows: int) -> Iterator[pa.Table]:
        """The batches of one shard, ``defect`` included."""
        files = [CodeFile(*one) for one in where]  # type: ignore[arg-type]
        for at in range(0, len(files), rows):
            found = [self._row(one) for one in files[at : at + rows]]
            schema = SCHEMA.append(pa.field("defect", pa.string()))
            yield pa.Table.from_pylist(found, schema)

    def _files(self) -> Iterator[CodeFile]:
        """Programs and linked folders, by the bytes of their names."""
        found = []
        for top, folders, names in os.walk(os.fsencode(self._root), onerror=_refuse):
            folders[:] = sorted(set(folders) - {b".git"})
            prefix = os.path.relpath(top, os.fsencode(self._root)) + b"/"
            prefix = prefix.removeprefix(b"./")
            links = [name for name in folders if os.path.islink(os.path.join(top, name))]
            found += [(prefix + name, True) for name in links]
            found += [(prefix + name, False) for name in names]
        for name, linked in sorted(found):
            language = None if linked else self._label(os.fsdecode(name))
            if linked or language:
                folder = os.path.join(os.fsencode(self._root), os.path.dirname(name))
                checkout, licence = self._of_folder(Path(os.fsdecode(folder)))
                facts = (checkout.repository, checkout.commit, licence)
                yield CodeFile(name.hex(), language, linked, *facts)

    def _of_folder(self, folder: Path) -> tuple[Checkout, str | None]:
        """The checkout a folder is in, and the licence nearest above it; no higher than the root.

        What lies above the root may be of something else, as this project's of its samples.
        """
        if folder not in self._known:
            self._known[folder] = self._look(folder)
        return self._known[folder]

    def _look(self, folder: Path) -> tuple[Checkout, str | None]:
        texts = {}
        for name in os.listdir(folder):
            path = folder / name
            if FILE.fullmatch(name) and not self._label(name) and _is_plain(path):
                texts[name] = path.read_bytes()[:_LICENCE_BYTES].decode("utf-8", "replace")
        checkout, licence = checkout_at(folder), of_folder(texts)
        if folder == self._root or (checkout and texts):
            return checkout or Checkout(), licence
        above, theirs = self._of_folder(folder.parent)
        # A checkout inside another, a submodule, has terms of its own.
        inherited = None if texts or checkout else theirs
        return checkout or above, licence or inherited

    def _state(self, one: CodeFile) -> str:
        """Changes when the file's row would: its content, or why that cannot be read."""
        content, defect = self._content(one)
        return defect or hashlib.sha256(content).hexdigest()

    def _content(self, one: CodeFile) -> tuple[bytes, str | None]:
        """What the file holds, or why that is not known."""
        raw = bytes.fromhex(one.name)
        try:
            place = self._folder.place(raw.decode())
        except UnicodeDecodeError:
            return b"", UNNAMED
        if one.linked or not place.inside:
            return b"", LINKED if one.linked else OUTSIDE
        path = Path(place.path)
        try:
            found = path.stat()
            if not stat.S_ISREG(found.st_mode):  # a pipe would never end
                return b"", UNREADABLE
            if found.st_size > self._most:
                return b"", TOO_LARGE
            return path.read_bytes(), None
        except OSError:
            return b"", UNREADABLE

    def _row(self, one: CodeFile) -> dict[str, str | None]:
        content, defect = self._content(one)
        text = None
        if defect is None:
            text, defect = _decoded(content)
        name = bytes.fromhex(one.name).decode("utf-8", "backslashreplace")
        unnamed = "@:0" if defect == UNNAMED else ""  # no other file can be called so
        return {
            "id": f"{self._prefix}{name}{unnamed}",
            "source": self._source,
            "text": text,
            "path": name,
            "language": one.language,
            "repository": one.repository,
            "commit": one.commit,
            "licence": (stated(text) if text else None) or one.licence,
            "defect": defect,
        }


def _decoded(content: bytes) -> tuple[str | None, str | None]:
    """Text, and what is wrong with it."""
    if b"\0" in content:
        return None, BINARY
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None, NOT_UTF8
    return text, None if text.strip() else BLANK


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _refuse(error: OSError) -> None:
    """A folder that cannot be listed must not look like an empty one."""
    raise SourceError(f"cannot look into {error.filename!r}: {error.strerror}") from error
