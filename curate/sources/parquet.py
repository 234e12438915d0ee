"""Parquet files, features of the Hub included.

Reads a file, a folder or a glob in whole row groups. ``Audio``, ``ClassLabel`` and the like, as
``datasets`` writes them into the file, are kept; types that differ only in memory
(``large_string``, dictionaries, views) become the plain ones. Where files differ, a column takes
the wider type, and is null where a file lacks it. A file that cannot be opened is one rejected row,
a damaged row group as many as it holds. A file rewritten with the same size, time and footer is not
noticed.
"""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

import pyarrow as pa
from annotated_types import Ge

from curate.arrow import field_features
from curate.contract import InputPath, ShardRef, Source, is_heavy

if TYPE_CHECKING:
    from curate.text.parquet_footer import ParquetInput

ENDINGS = (".parquet", ".pq")
GROUP_PARTS = 8  # of one row group of a million rows; decoding it 4.5 times costs 1 µs a row


@dc.dataclass(frozen=True)
class Parquet(Source):
    """Read rows from Parquet files.

    Args:
        path: A file, a folder (all such files below it) or a glob.
        name: Value of ``source`` and prefix of ids; the file's stem if empty.
        columns: Our column → theirs; the others keep their names.
        constants: Columns with one value for all rows, such as a licence.
        batch_rows: Rows in a batch; 32 if there are media columns, else 4096.
        shard_rows: Rows in a shard, 32 or 20000; but at least a row group, or the eighth part of
            one that holds more than twice as many.

    Adds:
        id: string, the rows' own ``id``, or ``<file>:<row>``, counted from 0.
        source: string, the rows' own unless ``name`` is given.

    Rejects:
        duplicate id: The ``id`` occurred before; the first stays.
        file unreadable: No footer (one row for the file), or a damaged row group.
        not UTF-8: A text is in another encoding, as any bytes can stand in Parquet.

    Raises:
        SourceError: No such file, no readable one, or columns that do not go together.

    Example:
        >>> import pathlib, tempfile
        >>> import pyarrow.parquet as pq
        >>> file = pathlib.Path(tempfile.mkdtemp()) / "train.parquet"
        >>> pq.write_table(pa.table({"text": ["one", "two"]}), file)
        >>> source = Parquet(str(file))
        >>> next(source.read(source.shards()[0]))["id"].to_pylist()
        ['train:0', 'train:1']
    """

    path: InputPath
    name: str = ""
    columns: dict[str, str] = dc.field(default_factory=dict)
    constants: dict[str, str] = dc.field(default_factory=dict)
    batch_rows: Annotated[int, Ge(1)] | None = None
    shard_rows: Annotated[int, Ge(1)] | None = None

    reasons: ClassVar = ("duplicate id", "file unreadable", "not UTF-8")

    def schema(self) -> pa.Schema:
        """Id, source and the columns of all files, in order of first appearance."""
        from curate.text.columns import plan, planned_schema

        _, theirs = self._look()
        return planned_schema(plan(theirs.names, self.columns, self.constants, self.path), theirs)

    def shards(self) -> Sequence[ShardRef]:
        """Consecutive row groups of each file, or parts of a large one."""
        from curate.text.columns import plan
        from curate.text.row_groups import cut_files, read_keys

        inputs, theirs = self._look()
        pairs = plan(theirs.names, self.columns, self.constants, self.path).pairs
        rows = self.shard_rows or (32 if is_heavy(pa.struct(theirs)) else 20_000)
        key = dict(pairs).get("id")

        def keys_of(one: ParquetInput, column: str) -> Iterator[list[str | None]]:
            return read_keys(one.path, column)

        cuts = cut_files(inputs, theirs, rows, key, keys_of, GROUP_PARTS)
        return [ShardRef(*cut) for cut in cuts]

    def read(self, ref: ShardRef) -> Iterator[pa.Table]:
        """The rows of one shard."""
        from curate.text.row_groups import Piece, read_piece
        from curate.text.shard_rows import Naming, decode_schema, finished

        piece = Piece(*ref.where)
        theirs = decode_schema(piece.schema)
        rows = self.batch_rows or (32 if is_heavy(pa.struct(theirs)) else 4096)
        default = piece.label.rpartition("/")[2]
        naming = Naming(self.name, self.columns, self.constants)
        for batch in read_piece(piece.path, piece, rows, ref.limit, is_local=True):
            yield finished(batch, naming, default, piece.path)

    def _look(self) -> tuple[list[ParquetInput], pa.Schema]:
        """The files by their footers, and the columns of all of them under their own names."""
        from curate.errors import SourceError
        from curate.text.parquet_footer import local_inputs, shared_schema
        from curate.text.paths import input_files

        base, files = input_files(self.path, ENDINGS)
        inputs = local_inputs(base, files)
        if all(one.groups is None for one in inputs):
            raise SourceError(f"{files[0]} is not a Parquet file, or it is cut off")
        return inputs, shared_schema(inputs, [field_features(one.schema) for one in inputs])
