r"""CoNLL-U files: a row is a sentence, with its text, its tokens and where they lie in it.

The format of Universal Dependencies (universaldependencies.org/format.html). The text is that of
``# text``, or is put together from the tokens and ``SpaceAfter=No``. A multiword token is one
token, with the values of its words joined by ``+``; empty nodes, which are not in the text, are
left out. A sentence that breaks the format is rejected and the others stay. Heads and relations are
read, not judged.
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
    from curate.text.conllu_rows import ConlluLayout

ENDINGS = (".conllu",)
Value = Literal["lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc"]


@dc.dataclass(frozen=True)
class Conllu(Source):
    r"""Read sentences of annotated tokens from CoNLL-U files.

    Args:
        path: A file of any name, a folder (``.conllu`` below it, plain or compressed) or a glob.
        keep: Columns of the format that become columns here.
        misc: Our column → its key in MISC, such as ``{etymology: Etymology}``.
        name: Value of ``source`` and prefix of ids; the file's stem if empty.
        constants: Columns with one value for all rows, such as a licence.
        batch_rows: Rows in a batch.
        shard_rows: Rows in a shard.

    Adds:
        id: string, ``sent_id``, or ``@<file>:<line>``.
        source: string.
        text: string; the line at fault where the sentence cannot be used.
        tokens: list<string>.
        token_starts, token_ends: list<int32>, offsets of code points in ``text``.
        sent_id: string, null if it has none.
        document: string, of ``# newdoc id``, or its place; null before the first one.
        line: int64, number of the sentence's first line, or of the line at fault.
        lemma to misc: list<string>, those in ``keep``; ``_`` for no value.
        columns of ``misc``: list<string>; an empty string for no value.

    Rejects:
        wrong number of columns: A line without nine tabs.
        empty column: Two tabs in a row; no value is ``_``.
        bad token number: Not counted from 1, or a multiword token that breaks off.
        comment inside sentence: A ``#`` line after the first token.
        no tokens: Comments only.
        text does not match tokens: ``# text`` is not the tokens and white space.
        duplicate id: The ``sent_id`` occurred before; the first stays.
        text too long: A sentence above 64 MiB: the blank lines between sentences are missing.
        not UTF-8: Bytes in another encoding; convert the file with iconv.
        NUL byte: Usually a damaged file.
        byte order mark inside: At the start of a later sentence: files were joined byte by byte.
        stray carriage return: Not before a line feed.
        file unreadable: A compressed file that breaks off; one row for the file.

    Raises:
        SourceError: No such file, or a name is used twice.

    Example:
        >>> import pathlib, tempfile
        >>> file = pathlib.Path(tempfile.mkdtemp()) / "a.conllu"
        >>> blank = "\t_" * 7
        >>> _ = file.write_text(f"1\tIl-{blank}\tSpaceAfter=No\n2\tkelb{blank}\t_\n\n1\tx\n")
        >>> source = Conllu(str(file))
        >>> rows = next(source.read(source.shards()[0])).to_pylist()
        >>> [(row["text"], row["line"], row["defect"]) for row in rows]
        [('Il-kelb', 1, None), ('1\tx', 4, 'wrong number of columns')]
    """

    path: InputPath
    keep: tuple[Value, ...] = ("upos", "misc")
    misc: dict[str, str] = dc.field(default_factory=dict)
    name: str = ""
    constants: dict[str, str] = dc.field(default_factory=dict)
    batch_rows: Annotated[int, Ge(1)] = 1024
    shard_rows: Annotated[int, Ge(1)] = 20_000

    reasons: ClassVar = (
        "wrong number of columns",
        "empty column",
        "bad token number",
        "comment inside sentence",
        "no tokens",
        "text does not match tokens",
        "duplicate id",
        "text too long",
        "not UTF-8",
        "NUL byte",
        "byte order mark inside",
        "stray carriage return",
        "file unreadable",
    )

    def schema(self) -> pa.Schema:
        """Id, source, text, tokens, what is kept of them, and the constants."""
        from curate.text.conllu_rows import conllu_schema

        return conllu_schema(self._layout(), self.path)

    def shards(self) -> Sequence[ShardRef]:
        """Consecutive sentences of each file, ``shard_rows`` of them or 32 MiB."""
        from curate.text.conllu_rows import conllu_cuts

        return [ShardRef(*cut) for cut in conllu_cuts(self._files(), self.shard_rows)]

    def read(self, ref: ShardRef) -> Iterator[pa.Table]:
        """The sentences of one shard."""
        from curate.text.block_source import Where
        from curate.text.conllu_rows import conllu_tables

        return conllu_tables(Where(*ref.where), self._layout(), self.batch_rows, ref.limit)

    def _files(self) -> list[BlockFile]:
        from curate.text.block_source import block_files
        from curate.text.conllu_rows import read_blocks_of

        return block_files(self.path, ENDINGS, lambda _: read_blocks_of)

    def _layout(self) -> ConlluLayout:
        from curate.text.conllu_rows import ConlluLayout
        from curate.text.shard_rows import Naming

        ids = {"id": "sent_id", "sent_id": "sent_id"}
        return ConlluLayout(self.keep, self.misc, Naming(self.name, ids, self.constants))
