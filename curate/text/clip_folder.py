"""A folder of recordings: those its metadata files list, and those nobody lists."""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa

from curate.errors import SourceError
from curate.text.clip_manifest import ClipManifest, clip_cells, read_layout
from curate.text.columns import Repeats, row_ids
from curate.text.line_source import Input, Where
from curate.text.paths import OUTSIDE, Folder, own_file, walk
from curate.text.shard_rows import Cut, Naming, decode_schema, encode_schema

METADATA = ("metadata.csv", "metadata.tsv", "metadata.jsonl")
CLIPS = (
    ".wav", ".flac", ".ogg", ".oga", ".mp3", ".opus", ".m4a", ".aac", ".wma", ".aif", ".aiff",
    ".w64", ".caf", ".au", ".sph", ".amr", ".3gp", ".webm", ".mp4", ".mka",
)  # fmt: skip
"""Taken for recordings; those the decoder does not know become rejected rows, not nothing."""
UNLISTED, LINKED, UNNAMED = (
    "no metadata for file",
    "linked folder is not entered",
    "file name is not UTF-8",
)


class ClipFolder:
    """The clips of a folder.

    Args:
        root: The folder.
        naming: Name, columns and constants.
        audio: Field of the ``audio`` column.
    """

    def __init__(self, root: Path, naming: Naming, audio: pa.Field) -> None:
        self._root = Path(os.path.abspath(root))
        self._naming, self._audio = naming, audio
        self._folder = Folder(root)

    def schema(self) -> pa.Schema:
        """Schema of the batches, ``defect`` left out."""
        return self._schema(self._listed())

    def cuts(self, rows: int) -> Iterator[Cut]:
        """Shards of the metadata files, then of the clips in no metadata file."""
        listed = self._listed()
        known: list[Repeats] = []
        if listed:
            for cut in listed.cuts(rows, known):
                digest = hashlib.sha256(f"{cut.digest} {self._root.name}".encode()).hexdigest()
                yield cut._replace(digest=digest, where=("listed", *cut.where))
        names = list(walk(self._root, CLIPS))
        if known:
            unknown = known[0].lacks([name for name, _ in names])
            names = list(itertools.compress(names, unknown.tolist()))
        name = self._root.name
        facts = (
            encode_schema(self._schema(listed)),
            bool(listed),
            bool(listed and listed.has_ids()),
        )
        for at in range(0, len(names), rows):
            batch = names[at : at + rows]
            texts = tuple(name.encode("utf-8", "surrogateescape").hex() for name, _ in batch)
            links = tuple(linked for _, linked in batch)
            states = [self._folder.place(name).state for name, _ in batch]
            digest = hashlib.sha256(repr((texts, links, states, facts, name)).encode()).hexdigest()
            yield Cut(
                f"files-{at // rows:06d}", len(batch), digest, ("files", texts, links, *facts)
            )

    def tables(
        self, where: Sequence[Any], batch_rows: int, limit: int | None
    ) -> Iterator[pa.Table]:
        """The batches of one shard, ``defect`` included; looks at nothing but this shard."""
        if where[0] == "listed":
            place = Where(*where[1:])
            one = Input(Path(place.file), place.label, None)
            yield from self._manifest([one]).tables(place, batch_rows, limit)
            return
        _, texts, links, encoded, listed, own_ids = where
        schema, reason = decode_schema(encoded), UNLISTED if listed else None
        rows = list(zip(texts, links, strict=True))[:limit]
        for at in range(0, len(rows), batch_rows):
            batch = rows[at : at + batch_rows]
            yield self._unlisted(batch, schema, reason, own_ids)

    def _listed(self) -> ClipManifest | None:
        """The metadata files, if there are any."""
        labels = _metadata_files(self._root)
        if not labels and self._naming.columns:
            raise SourceError(f"{self._root} has no metadata file for the option columns to rename")
        paths = [self._root / label for label in labels]
        inputs = [
            Input(path, label, read_layout(path, "auto"))
            for path, label in zip(paths, labels, strict=True)
        ]
        return self._manifest(inputs) if inputs else None

    def _manifest(self, inputs: Sequence[Input]) -> ClipManifest:
        bases = {one.label: one.path.parent for one in inputs}
        root, naming = self._root, self._naming
        return ClipManifest(inputs, bases, root, naming, False, self._audio, root.name)

    def _schema(self, listed: ClipManifest | None) -> pa.Schema:
        if listed:
            return listed.schema()
        names = ["id", "source", *self._naming.constants]
        fields = [pa.field(name, pa.string()) for name in names]
        return pa.schema([*fields[:2], self._audio, *fields[2:]])

    def _unlisted(
        self,
        rows: Sequence[tuple[str, bool]],
        schema: pa.Schema,
        reason: str | None,
        own_ids: bool,
    ) -> pa.Table:
        """Clips known by name only; where the metadata has ids, theirs look different."""
        names, paths, defects = [], [], []
        for text, linked in rows:
            name, path, defect = self._named(bytes.fromhex(text), linked)
            names.append(name)
            paths.append(path)
            defects.append(defect or reason)
        keys = [None] * len(names) if own_ids else names
        prefix = f"{self._naming.name}/" if self._naming.name else ""
        own = {
            "id": row_ids(keys, [f"{name}:0" for name in names], (), prefix),
            "source": pa.array([self._naming.name or self._root.name] * len(names), pa.string()),
            "audio": clip_cells(paths, self._audio),
        }
        for name, value in self._naming.constants.items():
            own[name] = pa.array([value] * len(names), pa.string())
        columns = [
            own[field.name] if field.name in own else pa.nulls(len(names), field.type)
            for field in schema
        ]
        table = pa.table(columns, schema=schema)
        return table.append_column("defect", pa.array(defects, pa.string()))

    def _named(self, raw: bytes, linked: bool) -> tuple[str, str | None, str | None]:
        """Name, path and defect of a file."""
        try:
            name = raw.decode()
        except UnicodeDecodeError:
            return raw.decode("utf-8", "backslashreplace") + "@:0", None, UNNAMED
        place = self._folder.place(name)
        if linked or not place.inside:
            return name, None, LINKED if linked else OUTSIDE
        return name, place.path, None


def _metadata_files(root: Path) -> list[str]:
    files = [name for name, linked in walk(root, METADATA) if not linked]
    files = [name for name in files if PurePosixPath(name).name.lower() in METADATA]
    folders: dict[PurePosixPath, str] = {}
    for name in files:
        folder = PurePosixPath(name).parent
        if folder in folders:
            raise SourceError(
                f"{root} has {folders[folder]} and {name}; a folder takes one: move the other away"
            )
        folders[folder] = name
        own_file(root / name, root)
    return files
