"""Manifests of recordings: which column names the file, which file it is, which are repeated."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from curate.errors import SourceError
from curate.text.columns import Plan, arrange, plan, planned_schema, row_ids, strings
from curate.text.line_source import (
    DUPLICATE_ID,
    Cut,
    Input,
    Naming,
    Where,
    cuts,
    is_damaged,
    mark_defects,
    own_keys,
    read_rows,
    shared_schema,
)
from curate.text.lines import Record, lines, opened, skip_mark
from curate.text.manifest import Kind, Layout, columns_of, layout_of
from curate.text.paths import OUTSIDE, Folder, Place

AUDIO_COLUMNS = (
    "audio", "audio_filepath", "file_name", "audio_path", "audio_file", "audiofile", "filepath",
    "filename", "path", "file", "wav", "wav_path", "clip",
)  # fmt: skip
"""Usual names of the column with the recording: NeMo, Hugging Face, Common Voice, …"""
LIST_COLUMNS = ("audio", "speaker_id", "text")
EMPTY, REPEATED = "empty path", "duplicate path"
_CLIP = "\0clip"


def manifest_in(path: Path) -> Path:
    """The manifest itself, if ``path`` is a folder that holds exactly one.

    Raises:
        SourceError: There is none, or there are several to choose from.
    """
    if not path.is_dir():
        return path
    endings = (".txt", ".csv", ".tsv", ".jsonl")
    found = sorted(name for name in os.listdir(path) if name.lower().endswith(endings))
    if len(found) == 1:
        return path / found[0]
    if found:
        raise SourceError(f"{path} is a folder; choose a manifest: path: {path / found[0]}"
                          f" (there are {', '.join(found[:8])})")  # fmt: skip
    raise SourceError(
        f"{path} is a folder without a manifest; sources.audio_folder reads its clips"
    )


def read_layout(path: Path, form: str) -> Layout | None:
    """How a manifest is written: by ``form``, or for "auto" by its suffix and first line.

    None if it is compressed and damaged.
    """
    if is_damaged(path):
        return None
    form = _guess(path) if form == "auto" else form
    if form == "list":
        return layout_of(path, "list", LIST_COLUMNS, "|")
    kind: Kind = "jsonl" if form == "jsonl" else "csv"
    return layout_of(path, kind, (), "\t" if form == "tsv" else ",", '"')


def _guess(path: Path) -> str:
    suffix = path.name.lower().removesuffix(".gz").rpartition(".")[2]
    if suffix in ("csv", "tsv", "jsonl"):
        return suffix
    with opened(path) as file:
        first = next(lines(file, 2**20, skip_mark(file)), None)
    head = first.raw.lstrip()[:1] if first else b""
    if head == b"[" and suffix == "json":
        convert = f"jq -c '.[]' {path.name} > {path.stem}.jsonl"
        raise SourceError(f"{path} is one JSON array; one object a line is needed: {convert}")
    return "jsonl" if head == b"{" else "list"


class ClipManifest:
    """One manifest and the folder its paths start from.

    Args:
        source: The manifest, its name in ids, its layout.
        root: Folder of relative paths.
        naming: Name, columns and constants.
        allow_outside: Whether clips may lie elsewhere.
        audio: Field of the ``audio`` column.
    """

    def __init__(
        self, source: Input, root: Path, naming: Naming, allow_outside: bool, audio: pa.Field
    ) -> None:
        self._source, self._naming = source, naming
        self._audio = audio.with_name(_CLIP)
        self._folder, self._allow = Folder(root), allow_outside

    def schema(self) -> pa.Schema:
        """Schema of the batches, ``defect`` left out."""
        raw = shared_schema([self._source])
        return planned_schema(self._plan(raw)[1], raw.append(self._audio))

    def cuts(self, rows: int) -> list[Cut]:
        """All shards; their digests cover the state of every clip."""
        raw = shared_schema([self._source])
        theirs, layout = self._plan(raw)
        own = dict(layout.pairs).get("id")
        needed = pa.schema([raw.field(name) for name in dict.fromkeys([theirs, own or theirs])])

        def inspect(held: Sequence[Record], one: Input) -> tuple[list[list[str | None]], str]:
            assert one.layout is not None
            table, defects = columns_of(held, one.layout, needed)
            states, keys = hashlib.sha256(), []
            for text, bad in zip(strings(table[theirs]).to_pylist(), defects, strict=True):
                place = None if bad else self._place(text)
                keys.append(place and place.name)
                states.update(f"{place and place.state}\n".encode())
            ids = [] if own is None else [own_keys(table, own, defects)]
            return [keys, *ids], states.hexdigest()

        return cuts([self._source], raw, rows, inspect)

    def tables(self, where: Where, batch_rows: int, limit: int | None) -> Iterator[pa.Table]:
        """The batches of one shard, ``defect`` included."""
        default = Path(where.label).stem
        prefix = f"{self._naming.name}/" if self._naming.name else ""
        for table, defects, numbers, repeated in read_rows(where, batch_rows, limit):
            theirs, layout = self._plan(table.schema)
            own = dict(layout.pairs).get("id")
            texts = strings(table[theirs]).to_pylist()
            usable = own_keys(table, own, defects) if own else None
            places = [
                None if bad else self._place(text) for text, bad in zip(texts, defects, strict=True)
            ]
            paths = [self._judge(place, at, defects) for at, place in enumerate(places)]
            mark_defects(defects, repeated, (REPEATED, DUPLICATE_ID))
            keys = usable or [place and place.name for place in places]
            ids = row_ids(keys, numbers, repeated[-1] if repeated else (), prefix)
            clips = pa.StructArray.from_arrays(
                [pa.nulls(len(paths), pa.binary()), pa.array(paths, pa.string())],
                fields=list(self._audio.type),
            )
            table = table.append_column(self._audio, clips)
            out = arrange(layout, table, ids, self._naming.name, default)
            yield out.append_column("defect", pa.array(defects, pa.string()))

    def _judge(self, place: Place | None, at: int, defects: list[str | None]) -> str | None:
        """The path to read, or none if it is nobody's to read."""
        if place is None:
            defects[at] = defects[at] or EMPTY
            return None
        if not place.inside and not self._allow:
            defects[at] = defects[at] or OUTSIDE
            return None
        return place.path

    def _place(self, text: str | None) -> Place | None:
        return self._folder.place(text) if text and not text.isspace() else None

    def _plan(self, raw: pa.Schema) -> tuple[str, Plan]:
        """The column with the path, and the plan, where ``audio`` is the column made of it."""
        names, file = raw.names, self._source.path
        columns = dict(self._naming.columns)
        if "audio" not in columns:
            lower = {name.lower(): name for name in reversed(names)}
            found = next((lower[name] for name in AUDIO_COLUMNS if name in lower), None)
            if found is None:
                there = ", ".join(names) or "none"
                way_out = "name it with columns: {audio: THEIRS}"
                raise SourceError(
                    f"{file}: no column with the recordings; {way_out}; there: {there}"
                )
            columns["audio"] = found
        layout = plan(names, columns, self._naming.constants, file)
        pairs = [(ours, _CLIP if ours == "audio" else name) for ours, name in layout.pairs]
        return columns["audio"], layout._replace(pairs=tuple(pairs))
