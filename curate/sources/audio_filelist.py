"""Recordings named by a manifest: ``path|speaker|text`` lines, CSV, TSV or JSON lines.

The list of the VITS and Matcha trainers has no header and exactly two ``|`` in a line; manifests
with a header name the audio column in one of the usual ways (``audio_filepath``, ``file_name``,
``path``, …) or through ``columns``. Clips are not opened here: a missing, empty or damaged one is
found, and rejected, by ``transforms.decode_audio``. The state of each file (size, time of change)
is part of the shard's digest, its content is not: a file rewritten with the same size and time is
not noticed. Blank lines are not rows. Empty fields stay empty strings.
"""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import pyarrow as pa
from annotated_types import Ge

from curate.arrow import audio_field
from curate.contract import InputPath, ShardRef, Source

if TYPE_CHECKING:
    from curate.text.clip_manifest import ClipManifest
    from curate.text.line_source import Input


@dc.dataclass(frozen=True)
class AudioFilelist(Source):
    r"""Read clips and transcripts that a manifest lists.

    Args:
        path: The manifest; a folder if it holds exactly one.
        format: How it is written; ``auto`` goes by the name and the first line.
        root: Folder that relative audio paths start from, if not the manifest's own.
        allow_outside: Also take clips outside that folder (absolute paths, ``..``, links).
        name: Value of ``source`` and prefix of ids; the manifest's stem if empty.
        columns: Our column → the manifest's; the others keep their names.
        constants: Columns with one value for all rows, such as a licence.
        batch_rows: Clips in a batch.
        shard_rows: Clips in a shard.

    Adds:
        id: string, the path as listed (``@<manifest>:<line>`` where there is none).
        source: string.
        audio: struct of bytes (null) and path (absolute).
        speaker_id, text: string, or whatever columns the manifest has.

    Rejects:
        empty path: No path, or a null.
        duplicate path: The same file was listed before; the first stays.
        duplicate id: The manifest's ``id`` column says it twice.
        path leaves the folder: By ``..``, a link or an absolute path.
        line has no |: Lists only, as the next two.
        too few | in line: One; a speaker or a text is missing.
        too many | in line: Three or more; which one is part of the text cannot be told.
        wrong number of fields: CSV and TSV only, as the next two.
        unclosed quote: No later line closes it.
        not CSV: A carriage return inside a field without quotes.
        not JSON: JSON lines only, as the next three.
        not an object: A list, a number, a string, null.
        nested too deeply: Above 32 objects and lists inside each other.
        wrong type: A value that does not fit the column.
        line too long: Above 1 MiB.
        not UTF-8: A transcript in another encoding.
        NUL byte in line: Usually a damaged file.

    Raises:
        SourceError: The manifest is not there, or has no audio column.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> manifest = Path(tempfile.mkdtemp()) / "train.txt"
        >>> _ = manifest.write_text("wavs/a.wav|spk|Good morning.\nno separator\n")
        >>> source = AudioFilelist(str(manifest))
        >>> [row["defect"] for row in next(source.read(source.shards()[0])).to_pylist()]
        [None, 'line has no |']
    """

    path: InputPath
    format: Literal["auto", "list", "csv", "tsv", "jsonl"] = "auto"
    root: InputPath = ""
    allow_outside: bool = False
    name: str = ""
    columns: dict[str, str] = dc.field(default_factory=dict)
    constants: dict[str, str] = dc.field(default_factory=dict)
    batch_rows: Annotated[int, Ge(1)] = 16
    shard_rows: Annotated[int, Ge(1)] = 16

    reasons: ClassVar = (
        "empty path",
        "duplicate path",
        "duplicate id",
        "path leaves the folder",
        "line has no |",
        "too few | in line",
        "too many | in line",
        "wrong number of fields",
        "unclosed quote",
        "not CSV",
        "not JSON",
        "not an object",
        "nested too deeply",
        "wrong type",
        "line too long",
        "not UTF-8",
        "NUL byte in line",
    )

    def schema(self) -> pa.Schema:
        """Id, source, the clip, and the manifest's other columns."""
        return self._manifest().schema()

    def shards(self) -> Sequence[ShardRef]:
        """Consecutive lines, ``shard_rows`` of them."""
        return [ShardRef(*cut) for cut in self._manifest().cuts(self.shard_rows)]

    def read(self, ref: ShardRef) -> Iterator[pa.Table]:
        """The clips of one shard; nothing is opened but the manifest."""
        from curate.text.line_source import Input, Where

        where = Where(*ref.where)
        manifest = self._read_by(Input(Path(where.file), where.label, None))
        return manifest.tables(where, self.batch_rows, ref.limit)

    def _manifest(self) -> ClipManifest:
        from curate.text.clip_manifest import manifest_in, read_layout
        from curate.text.line_source import Input
        from curate.text.paths import existing

        path = manifest_in(existing(self.path))
        return self._read_by(Input(path, path.name, read_layout(path, self.format)))

    def _read_by(self, one: Input) -> ClipManifest:
        from curate.text.clip_manifest import ClipManifest
        from curate.text.paths import existing
        from curate.text.shard_rows import Naming

        root = existing(self.root) if self.root else one.path.parent
        naming = Naming(self.name, self.columns, self.constants)
        default = one.label.split(".")[0]
        return ClipManifest(
            [one], {one.label: root}, root, naming, self.allow_outside, audio_field(), default
        )
