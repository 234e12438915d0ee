r"""CSV and TSV files with a line of column names, plain or compressed.

Every value is a string, and an empty field stays an empty string: guessing types turns the answer
"no" and the id "007" into something else. Quoting is that of Python's ``csv`` module, line breaks
inside quotes included; many TSV files use none, set ``quote: ""`` for them. A quote that is never
closed costs its own line, not the rest of the file. Blank lines are not rows. A compressed
file (``.gz``, ``.zst``, ``.bz2``, ``.xz``) is one shard.
"""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

import pyarrow as pa
from annotated_types import Ge, Len

from curate.contract import InputPath, ShardRef, Source

if TYPE_CHECKING:
    from curate.text.line_source import Input
    from curate.text.shard_rows import Naming

ENDINGS = (".csv", ".tsv")


@dc.dataclass(frozen=True)
class Csv(Source):
    r"""Read rows from CSV or TSV files.

    Args:
        path: A file of any name, a folder (``.csv`` and ``.tsv`` below it) or a glob.
        separator: One character; if empty, a tab for ``.tsv`` and a comma for others.
        quote: One character round fields with separators in them; empty for none.
        name: Value of ``source`` and prefix of ids; the file's stem if empty.
        columns: Our column → theirs; the others keep their names.
        constants: Columns with one value for all rows, such as a licence.
        batch_rows: Rows in a batch.
        shard_rows: Rows in a shard.

    Adds:
        id: string, the rows' own ``id``, or ``<file>:<line>``.
        source: string, the rows' own unless ``name`` is given.

    Rejects:
        wrong number of fields: More or fewer than the column names.
        unclosed quote: A quote was opened and no later line closes it.
        not CSV: A carriage return inside a field without quotes.
        duplicate id: The ``id`` occurred before; the first stays.
        not UTF-8: Bytes in another encoding; convert the file with iconv.
        NUL byte in line: Usually a damaged file.
        line too long: Above 16 MiB.
        file unreadable: A compressed file that breaks off; one row for the file.

    Raises:
        SourceError: No such file, no line of column names, or a column that is not there.

    Example:
        >>> import pathlib, tempfile
        >>> file = pathlib.Path(tempfile.mkdtemp()) / "a.csv"
        >>> _ = file.write_text('id,text\n007,"one, two"\n008\n')
        >>> source = Csv(str(file))
        >>> next(source.read(source.shards()[0]))["defect"].to_pylist()
        [None, 'wrong number of fields']
    """

    path: InputPath
    separator: Annotated[str, Len(0, 1)] = ""
    quote: Annotated[str, Len(0, 1)] = '"'
    name: str = ""
    columns: dict[str, str] = dc.field(default_factory=dict)
    constants: dict[str, str] = dc.field(default_factory=dict)
    batch_rows: Annotated[int, Ge(1)] = 4096
    shard_rows: Annotated[int, Ge(1)] = 20_000

    reasons: ClassVar = (
        "wrong number of fields",
        "unclosed quote",
        "not CSV",
        "duplicate id",
        "not UTF-8",
        "NUL byte in line",
        "line too long",
        "file unreadable",
    )

    def schema(self) -> pa.Schema:
        """Id, source and the columns of all files, in order of first appearance."""
        from curate.text.text_source import text_schema

        return text_schema(self._inputs(), self._naming())

    def shards(self) -> Sequence[ShardRef]:
        """Consecutive rows of each file, ``shard_rows`` of them or 32 MiB."""
        from curate.text.text_source import text_cuts

        cuts = text_cuts(self._inputs(), self._naming(), self.shard_rows)
        return [ShardRef(*cut) for cut in cuts]

    def read(self, ref: ShardRef) -> Iterator[pa.Table]:
        """The rows of one shard."""
        from curate.text.line_source import Where
        from curate.text.text_source import text_tables

        return text_tables(Where(*ref.where), self._naming(), self.batch_rows, ref.limit)

    def _inputs(self) -> list[Input]:
        from curate.text.text_source import csv_inputs

        return csv_inputs(self.path, ENDINGS, self.separator, self.quote)

    def _naming(self) -> Naming:
        from curate.text.shard_rows import Naming

        return Naming(self.name, self.columns, self.constants)
