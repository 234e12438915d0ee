r"""Tables with a token on each line, such as ``id, token, label``: a row is a sentence.

Fields are parted by tabs and not quoted, so that ``"`` is a token like any other. Sentences are
lines with the same id that follow each other, or stand between blank lines. Where a text is not
part of the table its tokens are joined by spaces, which is not how it was written: *il- kelb* for
*il-kelb*. For CoNLL-U, which says where spaces are, use ``sources.conllu``.
"""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

import pyarrow as pa
from annotated_types import Ge, Len, MinLen

from curate.contract import InputPath, ShardRef, Source

if TYPE_CHECKING:
    from curate.text.block_source import BlockFile
    from curate.text.token_rows import TableLayout

ENDINGS = (".tsv",)


@dc.dataclass(frozen=True)
class TokenTable(Source):
    r"""Read sentences from tables with a token on each line.

    Args:
        path: A file of any name, a folder (``.tsv`` below it, plain or compressed) or a glob.
        token: Their column with the tokens.
        sentence: Their column with the sentence's id; if empty, blank lines part sentences.
        names: Column names of files that have none; if empty, the first line has them.
        separator: Between fields.
        name: Value of ``source`` and prefix of ids; the file's stem if empty.
        constants: Columns with one value for all rows, such as a licence.
        batch_rows: Rows in a batch.
        shard_rows: Rows in a shard.

    Adds:
        id: string, the sentence's, or ``<file>:<line>``.
        source: string.
        text: string, the tokens joined by spaces; the line at fault where they cannot be used.
        tokens: list<string>.
        token_starts, token_ends: list<int32>, offsets of code points in ``text``.
        the other columns: list<string>, under their names.
        line: int64, number of the sentence's first line, or of the line at fault.

    Rejects:
        wrong number of fields: More or fewer than the column names.
        empty token: Nothing in the column of tokens.
        duplicate id: The id occurred before, and other sentences in between; the first stays.
        text too long: A sentence above 64 MiB: nothing parts the sentences.
        not UTF-8: Bytes in another encoding; convert the file with iconv.
        NUL byte: Usually a damaged file.
        byte order mark inside: At the start of a later sentence: files were joined byte by byte.
        stray carriage return: Not before a line feed.
        file unreadable: A compressed file that breaks off; one row for the file.

    Raises:
        SourceError: No such file, no line of column names, or a column that is not there.

    Example:
        >>> import pathlib, tempfile
        >>> file = pathlib.Path(tempfile.mkdtemp()) / "a.tsv"
        >>> _ = file.write_text("id\ttoken\tlabel\n0\tIl-\tArabic\n0\tkelb\tArabic\n1\t.\n")
        >>> source = TokenTable(str(file))
        >>> rows = next(source.read(source.shards()[0])).to_pylist()
        >>> [(row["id"], row["text"], row["label"], row["defect"]) for row in rows]
        [('0', 'Il- kelb', ['Arabic', 'Arabic'], None), ('@a.tsv:4', '1\t.', None, 'wrong number of fields')]
    """  # noqa: E501

    path: InputPath
    token: Annotated[str, MinLen(1)] = "token"
    sentence: str = "id"
    names: tuple[str, ...] = ()
    separator: Annotated[str, Len(1, 1)] = "\t"
    name: str = ""
    constants: dict[str, str] = dc.field(default_factory=dict)
    batch_rows: Annotated[int, Ge(1)] = 1024
    shard_rows: Annotated[int, Ge(1)] = 20_000

    reasons: ClassVar = (
        "wrong number of fields",
        "empty token",
        "duplicate id",
        "text too long",
        "not UTF-8",
        "NUL byte",
        "byte order mark inside",
        "stray carriage return",
        "file unreadable",
    )

    def schema(self) -> pa.Schema:
        """Id, source, text, tokens, the other columns as lists, line and the constants."""
        from curate.text.token_rows import table_schema

        return table_schema(self._files(), self._layout())

    def shards(self) -> Sequence[ShardRef]:
        """Consecutive sentences of each file, ``shard_rows`` of them or 32 MiB."""
        from curate.text.token_rows import table_cuts

        cuts = table_cuts(self._files(), self._layout(), self.shard_rows)
        return [ShardRef(*cut) for cut in cuts]

    def read(self, ref: ShardRef) -> Iterator[pa.Table]:
        """The sentences of one shard."""
        from curate.text.block_source import Where
        from curate.text.token_rows import table_tables

        where = Where(*ref.where)
        return table_tables(where, self._layout(), self._files(), self.batch_rows, ref.limit)

    def _files(self) -> list[BlockFile]:
        from curate.text.token_rows import table_files

        return table_files(self.path, ENDINGS, self._layout())

    def _layout(self) -> TableLayout:
        from curate.text.shard_rows import Naming
        from curate.text.token_rows import TableLayout

        ids = {"id": "id"} if self.sentence else {}
        naming = Naming(self.name, ids, self.constants)
        return TableLayout(self.token, self.sentence, self.names, self.separator, naming)
