r"""Plain text: every line, paragraph or file is a row, plain or compressed.

A blank line is a row too, rejected by default and never dropped in silence: in files that are
aligned line by line (``en.txt``, ``mt.txt``) a lost blank line moves all that follow. The ``\r`` of
``\r\n`` and the byte order mark at the start of a file are no text; inside, both are damage. It
misleads where a line is not a sentence: texts that were wrapped at a width are ``paragraph``.
"""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import pyarrow as pa
from annotated_types import Ge

from curate.contract import InputPath, ShardRef, Source

if TYPE_CHECKING:
    from curate.text.block_source import BlockFile
    from curate.text.text_blocks import TextLayout

ENDINGS = (".txt",)


@dc.dataclass(frozen=True)
class TextLines(Source):
    r"""Read the lines, paragraphs or whole texts of text files.

    Args:
        path: A file of any name, a folder (``.txt`` below it, plain or compressed) or a glob.
        unit: What a row is: a ``line``, a ``paragraph`` (lines up to a blank one, joined by
            ``\n``) or the ``file``.
        blank: Lines and files without text are rejected (``reject``), rows like any other
            (``keep``) or no rows (``skip``). Between paragraphs they are no rows.
        name: Value of ``source`` and prefix of ids; the file's stem if empty.
        constants: Columns with one value for all rows, such as a licence.
        batch_rows: Rows in a batch.
        shard_rows: Rows in a shard.

    Adds:
        id: string, ``<file>:<line>``.
        source: string.
        text: string; the first 500 characters where it cannot be used.
        file: string, the file's name below the folder.
        line: int64, number of its first line in the file, from 1.

    Rejects:
        blank line: Nothing but white space; see ``blank``.
        blank file: Likewise, with ``unit: file``.
        text too long: A line or paragraph above 16 MiB, a file above 64 MiB.
        not UTF-8: Bytes in another encoding; convert the file with iconv.
        NUL byte: Usually a damaged file.
        byte order mark inside: At the start of a later line: files were joined byte by byte.
        stray carriage return: Not before a line feed: an old Mac file, or a progress bar.
        file unreadable: A compressed file that breaks off; one row for the file.

    Raises:
        SourceError: No such file, or it is no text (UTF-16, an archive).

    Example:
        >>> import pathlib, tempfile
        >>> file = pathlib.Path(tempfile.mkdtemp()) / "mt.txt"
        >>> _ = file.write_text("Bonġu!\n\nIllum sejrin.\n")
        >>> source = TextLines(str(file))
        >>> next(source.read(source.shards()[0])).select(["id", "text", "defect"]).to_pylist()[1:]
        [{'id': 'mt.txt:2', 'text': '', 'defect': 'blank line'}, {'id': 'mt.txt:3', 'text': 'Illum sejrin.', 'defect': None}]
    """  # noqa: E501

    path: InputPath = ""  # a recipe may leave it to whoever runs it
    unit: Literal["line", "paragraph", "file"] = "line"
    blank: Literal["reject", "keep", "skip"] = "reject"
    name: str = ""
    constants: dict[str, str] = dc.field(default_factory=dict)
    batch_rows: Annotated[int, Ge(1)] = 4096
    shard_rows: Annotated[int, Ge(1)] = 20_000

    reasons: ClassVar = (
        "blank line",
        "blank file",
        "text too long",
        "not UTF-8",
        "NUL byte",
        "byte order mark inside",
        "stray carriage return",
        "file unreadable",
    )

    def schema(self) -> pa.Schema:
        """Id, source, text, file, line and the constants."""
        from curate.text.text_blocks import text_schema

        return text_schema(self._layout(), self.path)

    def shards(self) -> Sequence[ShardRef]:
        """Consecutive rows of each file, ``shard_rows`` of them or 32 MiB."""
        from curate.text.block_source import block_cuts

        return [ShardRef(*cut) for cut in block_cuts(self._files(), self.shard_rows)]

    def read(self, ref: ShardRef) -> Iterator[pa.Table]:
        """The rows of one shard."""
        from curate.text.block_source import Where
        from curate.text.text_blocks import text_tables

        return text_tables(Where(*ref.where), self._layout(), self.batch_rows, ref.limit)

    def _files(self) -> list[BlockFile]:
        from curate.text.block_source import block_files
        from curate.text.text_blocks import reader

        read = reader(self._layout())
        return block_files(self.path, ENDINGS, lambda _: read)

    def _layout(self) -> TextLayout:
        from curate.text.shard_rows import Naming
        from curate.text.text_blocks import TextLayout

        return TextLayout(self.unit, self.blank, Naming(self.name, {}, self.constants))
