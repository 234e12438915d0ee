"""A folder of recordings, with or without a metadata file.

Follows the AudioFolder convention of the Hub: ``metadata.csv``, ``.tsv`` or ``.jsonl`` with a
column ``file_name``, in the folder or in its subfolders, names each from its own place. A recording
that no metadata file names is reported, not passed over. Without metadata, every recording is a row
with no transcript. Any letter case of the suffix will do; linked folders are not entered. Damaged
files are found by ``transforms.decode_audio``.
"""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

import pyarrow as pa
from annotated_types import Ge

from curate.arrow import audio_field
from curate.contract import InputPath, ShardRef, Source

if TYPE_CHECKING:
    from curate.text.clip_folder import ClipFolder


@dc.dataclass(frozen=True)
class AudioFolder(Source):
    r"""Read the recordings of a folder and what its metadata files say of them.

    Args:
        path: The folder.
        name: Value of ``source`` and prefix of ids; the folder's name if empty.
        columns: Our column → the metadata's; the others keep their names.
        constants: Columns with one value for all rows, such as a licence.
        batch_rows: Clips in a batch.
        shard_rows: Clips in a shard.

    Adds:
        id: string, the path inside the folder, or the metadata's ``id``.
        source: string.
        audio: struct of bytes (null) and path (absolute).

    Rejects:
        no metadata for file: There is a metadata file, but it does not name the clip.
        linked folder is not entered: A symbolic link; give its target as a source of its own.
        file name is not UTF-8: It cannot be written to a dataset.
        path leaves the folder: By ``..``, a link or an absolute path.
        empty path: Metadata without a file name.
        duplicate path: The same file was named before; the first stays.
        duplicate id: The metadata's ``id`` column says it twice.
        wrong number of fields: CSV and TSV only, as the next two.
        unclosed quote: No later line closes it.
        not CSV: A carriage return inside a field without quotes.
        not JSON: JSON lines only, as the next three.
        not an object: A list, a number, a string, null.
        nested too deeply: Above 32 objects and lists inside each other.
        wrong type: A value that does not fit the column.
        line too long: Above 1 MiB.
        not UTF-8: Metadata in another encoding.
        NUL byte in line: Usually a damaged file.

    Raises:
        SourceError: No such folder, or a metadata file that cannot be understood.

    Example:
        >>> import pathlib, tempfile
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> _ = (folder / "a.wav").write_bytes(b""), (folder / "b.FLAC").write_bytes(b"")
        >>> source = AudioFolder(str(folder))
        >>> next(source.read(source.shards()[0]))["id"].to_pylist()
        ['a.wav', 'b.FLAC']
    """

    path: InputPath
    name: str = ""
    columns: dict[str, str] = dc.field(default_factory=dict)
    constants: dict[str, str] = dc.field(default_factory=dict)
    batch_rows: Annotated[int, Ge(1)] = 16
    shard_rows: Annotated[int, Ge(1)] = 16

    reasons: ClassVar = (
        "no metadata for file",
        "linked folder is not entered",
        "file name is not UTF-8",
        "empty path",
        "duplicate path",
        "duplicate id",
        "path leaves the folder",
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
        """Id, source, the clip, and the metadata's other columns."""
        return self._folder().schema()

    def shards(self) -> Sequence[ShardRef]:
        """The metadata's rows, then the clips that no metadata names."""
        return [ShardRef(*cut) for cut in self._folder().cuts(self.shard_rows)]

    def read(self, ref: ShardRef) -> Iterator[pa.Table]:
        """The clips of one shard; none is opened."""
        return self._folder().tables(ref.where, self.batch_rows, ref.limit)

    def _folder(self) -> ClipFolder:
        from curate.errors import SourceError
        from curate.text.clip_folder import ClipFolder
        from curate.text.paths import existing
        from curate.text.shard_rows import Naming

        root = existing(self.path)
        if not root.is_dir():
            raise SourceError(f"{root} is a file, not a folder; sources.audio_filelist reads lists")
        return ClipFolder(root, Naming(self.name, self.columns, self.constants), audio_field())
