r"""JSON lines: one object on each line, plain or compressed.

Types are those that all rows agree on (whole numbers and fractions together are float64); a row
that does not fit them, or is not an object, is rejected and the others stay. Strings that look like
dates stay strings. Blank lines are not rows. A compressed file (``.gz``, ``.zst``, ``.bz2``,
``.xz``) is one shard, since it cannot be entered in the middle; split large ones. The whole input
is read once to find the types.
"""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

import pyarrow as pa
from annotated_types import Ge

from curate.contract import InputPath, ShardRef, Source

if TYPE_CHECKING:
    from curate.text.line_source import Input
    from curate.text.shard_rows import Naming

ENDINGS = (".jsonl", ".ndjson")


@dc.dataclass(frozen=True)
class Jsonl(Source):
    r"""Read rows from files of JSON lines.

    Args:
        path: A file of any name, a folder (``.jsonl`` and ``.ndjson`` below it) or a glob.
        name: Value of ``source`` and prefix of ids; the file's stem if empty.
        columns: Our column → theirs; the others keep their names.
        constants: Columns with one value for all rows, such as a licence.
        batch_rows: Rows in a batch.
        shard_rows: Rows in a shard.

    Adds:
        id: string, the rows' own ``id``, or ``<file>:<line>``.
        source: string, the rows' own unless ``name`` is given.

    Rejects:
        not JSON: Malformed, ``NaN`` and ``Infinity`` included.
        not an object: A list, a number, a string, null.
        nested too deeply: Above 32 objects and lists inside each other.
        wrong type: A value that does not fit the column; its cell is null.
        duplicate id: The ``id`` occurred before; the first stays.
        not UTF-8: Bytes in another encoding, or half a surrogate pair.
        line too long: Above 64 MiB.
        file unreadable: A compressed file that breaks off; one row for the file.

    Raises:
        SourceError: No such file, or a column that is not there.

    Example:
        >>> import pathlib, tempfile
        >>> file = pathlib.Path(tempfile.mkdtemp()) / "a.jsonl"
        >>> _ = file.write_text('{"text": "one"}\nnull\n')
        >>> source = Jsonl(str(file))
        >>> next(source.read(source.shards()[0]))["defect"].to_pylist()
        [None, 'not an object']
    """

    path: InputPath
    name: str = ""
    columns: dict[str, str] = dc.field(default_factory=dict)
    constants: dict[str, str] = dc.field(default_factory=dict)
    batch_rows: Annotated[int, Ge(1)] = 4096
    shard_rows: Annotated[int, Ge(1)] = 20_000

    reasons: ClassVar = (
        "not JSON",
        "not an object",
        "nested too deeply",
        "wrong type",
        "duplicate id",
        "not UTF-8",
        "line too long",
        "file unreadable",
    )

    def schema(self) -> pa.Schema:
        """Id, source and all keys, in order of first appearance."""
        from curate.text.json_survey import json_schema_of
        from curate.text.text_source import named_schema

        inputs, naming = self._inputs(), self._naming()
        return named_schema(json_schema_of(inputs, naming, self.shard_rows), inputs, naming)

    def shards(self) -> Sequence[ShardRef]:
        """Consecutive lines of each file, ``shard_rows`` of them or 32 MiB."""
        from curate.text.json_survey import json_cuts

        cuts = json_cuts(self._inputs(), self._naming(), self.shard_rows)
        return [ShardRef(*cut) for cut in cuts]

    def read(self, ref: ShardRef) -> Iterator[pa.Table]:
        """The rows of one shard."""
        from curate.text.line_source import Where
        from curate.text.text_source import text_tables

        return text_tables(Where(*ref.where), self._naming(), self.batch_rows, ref.limit)

    def _inputs(self) -> list[Input]:
        from curate.text.text_source import json_inputs

        return json_inputs(self.path, ENDINGS)

    def _naming(self) -> Naming:
        from curate.text.shard_rows import Naming

        return Naming(self.name, self.columns, self.constants)
