"""Manifests of recordings: which column names the file, which file it is, which are repeated."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from curate.errors import SourceError
from curate.text.columns import Plan, Repeats, arrange, plan, planned_schema, row_ids, strings
from curate.text.compressed import plain_name
from curate.text.line_source import Input, Where, cuts, is_damaged, read_rows, shared_schema
from curate.text.lines import Record, lines, opened, skip_mark
from curate.text.manifest import Kind, Layout, layout_of, texts_of
from curate.text.paths import OUTSIDE, Folder, Place
from curate.text.shard_rows import DUPLICATE_ID, Cut, Naming, mark_defects, unusable

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
        choice = ", ".join(found[:8])
        raise SourceError(f"{path} is a folder; the option path must name the manifest: {choice}")
    raise SourceError(f"{path} is a folder with no manifest; sources.audio_folder reads its clips")


def read_layout(path: Path, form: str) -> Layout:
    """How a manifest is written: by ``form``, or for "auto" by its suffix and first line.

    Raises:
        SourceError: It is compressed and breaks off.
    """
    if is_damaged(path):
        raise SourceError(f"{path} is compressed and damaged; get it again")
    form = _guess(path) if form == "auto" else form
    if form == "list":
        return layout_of(path, "list", LIST_COLUMNS, "|")
    kind: Kind = "jsonl" if form == "jsonl" else "csv"
    return layout_of(path, kind, (), "\t" if form == "tsv" else ",", '"')


def _guess(path: Path) -> str:
    suffix = plain_name(path.name.lower()).rpartition(".")[2]
    if suffix in ("csv", "tsv", "jsonl"):
        return suffix
    with opened(path) as file:
        first = next(lines(file, 2**20, skip_mark(file)), None)
    head = first.raw.translate(None, b" \t")[:2] if first else b""
    if head[:1] == b"[" and suffix == "json":
        convert = f"jq -c '.[]' {path.name} > {path.stem}.jsonl"
        raise SourceError(f"{path} is one JSON array; one object a line is needed: {convert}")
    return "jsonl" if head == b'{"' else "list"


class ClipManifest:
    """One or more manifests in one folder.

    Args:
        inputs: The manifests; relative paths start from ``bases``, by label.
        bases: Folder of relative paths of each manifest.
        root: Folder that clips may not leave, and from which they are named.
        naming: Name, columns and constants.
        allow_outside: Whether clips may lie elsewhere.
        audio: Field of the ``audio`` column.
        default: Value of ``source`` if there is no name.
    """

    def __init__(
        self,
        inputs: Sequence[Input],
        bases: Mapping[str, Path],
        root: Path,
        naming: Naming,
        allow_outside: bool,
        audio: pa.Field,
        default: str,
    ) -> None:
        self._inputs, self._naming, self._default = inputs, naming, default
        self._audio = audio.with_name(_CLIP)
        self._folders = {label: Folder(root, base) for label, base in bases.items()}
        self._allow = allow_outside

    def schema(self) -> pa.Schema:
        """Schema of the batches, ``defect`` left out."""
        raw = shared_schema(self._inputs)
        return planned_schema(self._plan(raw)[1], raw.append(self._audio))

    def has_ids(self) -> bool:
        """Whether the manifests have ids of their own."""
        return "id" in dict(self._plan(shared_schema(self._inputs))[1].pairs)

    def cuts(self, rows: int, repeats: list[Repeats] | None = None) -> list[Cut]:
        """All shards; their digests cover the state of every clip.

        Args:
            rows: Rows in a shard.
            repeats: If given, afterwards its first item knows the name of every clip listed.
        """
        raw = shared_schema(self._inputs)
        theirs, layout = self._plan(raw)
        own = dict(layout.pairs).get("id")

        def inspect(held: Sequence[Record], one: Input) -> tuple[list[list[str | None]], str]:
            assert one.layout is not None
            find = self._folders[one.label].place
            texts = texts_of(held, one.layout, raw, theirs)
            places = [find(text) if text and not text.isspace() else None for text in texts]
            states = "\n".join([place.state if place else "" for place in places])
            keys = [[place and place.name for place in places]]
            if own is not None:
                keys.append(texts_of(held, one.layout, raw, own))
            return keys, hashlib.sha256(states.encode()).hexdigest()

        return cuts(self._inputs, raw, rows, inspect, repeats)

    def tables(self, where: Where, batch_rows: int, limit: int | None) -> Iterator[pa.Table]:
        """The batches of one shard, ``defect`` included."""
        find = self._folders[where.label].place
        prefix = f"{self._naming.name}/" if self._naming.name else ""
        for table, defects, numbers, repeated in read_rows(where, batch_rows, limit):
            theirs, layout = self._plan(table.schema)
            own = dict(layout.pairs).get("id")
            texts = strings(table[theirs]).to_pylist()
            places = [find(text) if text and not text.isspace() else None for text in texts]
            names = [place and place.name for place in places]
            keys = strings(table[own]).to_pylist() if own else names
            ids = row_ids(keys, numbers, unusable(defects, repeated[-1:]), prefix)
            paths = [self._judge(place, at, defects) for at, place in enumerate(places)]
            mark_defects(defects, repeated, (REPEATED, DUPLICATE_ID))
            table = table.append_column(self._audio, clip_cells(paths, self._audio))
            out = arrange(layout, table, ids, self._naming.name, self._default)
            yield out.append_column("defect", pa.array(defects, pa.string()))

    def _judge(self, place: Place | None, at: int, defects: list[str | None]) -> str | None:
        """The path to read, or none if it is nobody's to read."""
        if place is None or defects[at]:
            defects[at] = defects[at] or EMPTY
            return None
        if not place.inside and not self._allow:
            defects[at] = defects[at] or OUTSIDE
            return None
        return place.path

    def _plan(self, raw: pa.Schema) -> tuple[str, Plan]:
        """The column with the path, and the plan, where ``audio`` is the column made of it."""
        names, file = raw.names, self._inputs[0].path
        columns = dict(self._naming.columns)
        if "audio" not in columns:
            lower = {name.lower(): name for name in reversed(names)}
            found = next((lower[name] for name in AUDIO_COLUMNS if name in lower), None)
            if found is None:
                there = ", ".join(names) or "none"
                way_out = f"name one with columns: {{audio: THEIRS}}; columns there: {there}"
                raise SourceError(f"{file}: no column is known to hold the recordings; {way_out}")
            columns["audio"] = found
        layout = plan(names, columns, self._naming.constants, file)
        pairs = [(ours, _CLIP if ours == "audio" else name) for ours, name in layout.pairs]
        return columns["audio"], layout._replace(pairs=tuple(pairs))


def clip_cells(paths: Sequence[str | None], audio: pa.Field) -> pa.StructArray:
    """Cells that name a file and do not hold it, shape (rows,)."""
    empty = pa.nulls(len(paths), pa.binary())
    return pa.StructArray.from_arrays(
        [empty, pa.array(paths, pa.string())], fields=list(audio.type)
    )
