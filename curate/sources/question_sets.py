"""Parallel questions: line N of every ``{lang}.txt`` of a folder, or a row of a wide table.

A long table comes of it, a row a cell. No line is dropped, not even a blank one, and nothing is
stripped: loaders that skip blank lines move all later questions of a language by one, unseen. That
the columns are aligned is assumed here and judged by ``barriers.check_questions``. It misleads
where a question spans several lines.
"""

from __future__ import annotations

import dataclasses as dc
import functools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import pyarrow as pa
from annotated_types import Ge

from curate.contract import DEFECT, InputPath, ShardRef, Source

if TYPE_CHECKING:
    from curate.questions.text_sets import Question
    from curate.questions.wide_tables import Place


@dc.dataclass(frozen=True)
class QuestionSets(Source):
    r"""Read line-aligned questions in many languages, a row for each cell.

    Args:
        path: Folder with the files ``{lang}.txt``; or a wide table, a column a language, in a
            ``.csv``, ``.tsv`` or ``.parquet``.
        repo: A wide table on the Hub instead, ``organisation/name``.
        config: Its configuration; may be empty if there is one, or the card names the default.
        split: Its split; all if empty.
        revision: Its branch, tag or commit.
        languages: Which files or columns; all that are named like a language code if empty.
        index: File in the folder with the id of each line: a ``.tsv`` with a header, or one id a
            line. Without one lines are numbered from 1; those beyond it are ``line-17`` and so on.
        id_column: Column of the index or table with the ids. In a table without it ``id`` if there
            is one, else rows are numbered from 1.
        category_column: Column of the index or table with the categories; empty for none, in a
            table for ``category`` if there is one.
        name: Value of ``source``; the name of the folder, file or dataset if empty.
        licence: Value of ``licence``, such as CC-BY-4.0.
        batch_rows: Rows in a batch.
        shard_rows: Rows in a shard.

    Adds:
        id: string, ``<lang>:<line>``.
        source: string.
        question_id: string.
        category: string, null if not known.
        lang: string, the name of the file or column.
        script: string, ISO 15924, that the language is usually written in; null if not known.
        line: int64, from 1.
        text: string, the line or cell as it stands; null where the table has none.
        licence: string, null if empty.

    Rejects:
        not UTF-8: Bytes in another encoding; convert the file with iconv.

    Raises:
        SourceError: No such folder, file, dataset or column, an empty file, one whose name is no
            language, a column that may be one or not, or an id that is missing or stands twice.

    Example:
        >>> import pathlib, tempfile
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> _ = (folder / "en.txt").write_text("Who?\n\nWhy?\n")
        >>> source = QuestionSets(str(folder))
        >>> next(source.read(source.shards()[0])).select(["id", "text"]).to_pylist()[1:]
        [{'id': 'en:2', 'text': ''}, {'id': 'en:3', 'text': 'Why?'}]
    """

    path: InputPath = ""
    repo: str = ""
    config: str = ""
    split: str = ""
    revision: str = "main"
    languages: tuple[str, ...] = ()
    index: str = ""
    id_column: str = "question_id"
    category_column: str = ""
    name: str = ""
    licence: str = ""
    batch_rows: Annotated[int, Ge(1)] = 4096
    shard_rows: Annotated[int, Ge(1)] = 20_000

    reasons: ClassVar = ("not UTF-8",)
    version: ClassVar = 2

    def prepare(self) -> dict[str, str]:
        """Resolve the revision of a dataset to a commit."""
        return {f"{self.repo}@{self.revision}": self._table[0].commit} if self.repo else {}

    def schema(self) -> pa.Schema:
        """All columns above, ``id`` and ``source`` first."""
        names = ("id", "source", "question_id", "category", "lang", "script")
        fields = [pa.field(name, pa.string()) for name in names]
        fields += [pa.field("line", pa.int64()), pa.field("text", pa.string())]
        return pa.schema([*fields, pa.field("licence", pa.string())])

    def shards(self) -> Sequence[ShardRef]:
        """Consecutive lines of each language."""
        from curate.questions.text_sets import line_files

        if self._is_table():
            return self._shards_of_table()
        index = [list(one) for one in self._index()]
        return [
            ref
            for file in line_files(self.path, self.languages, self.index)
            for ref in self._cut((file.digest, index), (str(file.path), file.lang), file.rows)
        ]

    def _shards_of_table(self) -> list[ShardRef]:
        from curate.errors import SourceError
        from curate.questions import wide_tables as wide

        place, digest = self._table
        if self.index:
            raise SourceError(f"{place.name()} is a table and has its own ids; leave index empty")
        table = wide.read_table(place)
        langs = wide.languages_of(table, self.languages, self.id_column, place.name())
        options = self.id_column, self.category_column, place.name()
        columns = wide.naming_columns(table.column_names, langs, *options)
        wide.questions_of(table, *columns, place.name())  # a fault is told before any work
        known = (digest, *columns)
        cuts = [self._cut(known, (tuple(place), lang, *columns), table.num_rows) for lang in langs]
        return sorted((ref for cut in cuts for ref in cut), key=lambda ref: ref.name)

    def _cut(self, state: tuple[object, ...], where: tuple[Any, ...], rows: int) -> list[ShardRef]:
        from curate.arrow import digest_of

        lang, found = where[1], []
        for part, start in enumerate(range(0, max(rows, 1), self.shard_rows)):
            end = min(start + self.shard_rows, rows)
            digest = digest_of(*state, lang, start, end)
            found.append(ShardRef(f"{lang}-{part:05}", end - start, digest, (*where, start, end)))
        return found

    def read(self, ref: ShardRef) -> Iterator[pa.Table]:
        """The lines of one shard."""
        from curate.questions.languages import script_of

        _, lang, *_, start, end = ref.where
        end = end if ref.limit is None else min(end, start + ref.limit)
        lines, index = self._lines(ref.where)
        name = self.name or self.repo or Path(self.path).resolve().name
        for first in range(start, end, self.batch_rows):
            rows = range(first, min(first + self.batch_rows, end))
            known = [index[row] if row < len(index) else None for row in rows]
            cells = [lines[row] for row in rows]
            texts = [None if one is None else one.decode("utf-8", "replace") for one in cells]
            many = len(texts)
            columns = {
                "id": [f"{lang}:{row + 1}" for row in rows],
                "source": [name] * many,
                "question_id": [
                    one.question_id if one else f"line-{row + 1}" if index else str(row + 1)
                    for one, row in zip(known, rows, strict=True)
                ],
                "category": [one.category if one else None for one in known],
                "lang": [lang] * many,
                "script": [script_of(lang) or None] * many,
                "line": [row + 1 for row in rows],
                "text": texts,
                "licence": [self.licence or None] * many,
            }
            table = pa.table(columns, schema=self.schema())
            bad = [None if one is None or _is_text(one) else self.reasons[0] for one in cells]
            yield table.append_column(DEFECT, pa.array(bad, pa.string()))

    def _lines(self, where: tuple[Any, ...]) -> tuple[Sequence[bytes | None], list[Question]]:
        """All cells of a language, and what is known of each line."""
        from curate.questions import wide_tables as wide
        from curate.questions.text_sets import raw_lines

        if not self._is_table():
            return raw_lines(Path(where[0]).read_bytes()), self._index()
        place, (lang, ids, category) = wide.Place(*where[0]), where[1:4]
        table = wide.read_table(place, [lang, *filter(None, (ids, category))])
        return wide.cells_of(table, lang), wide.questions_of(table, ids, category, place.name())

    def _is_table(self) -> bool:
        return bool(self.repo) or Path(self.path).is_file()

    def __getstate__(self) -> dict[str, Any]:
        """What travels to a reader: not what the table is, which shards say."""
        return {name: value for name, value in vars(self).items() if name != "_table"}

    @functools.cached_property
    def _table(self) -> tuple[Place, str]:
        """Asked once for each object, so that one run reads one commit in all its processes."""
        from curate.questions import wide_tables as wide

        if not self.repo:
            return wide.local_place(self.path)
        place = wide.hub_place(self.repo, self.revision, self.config, self.split)
        return place, place.commit

    def _index(self) -> list[Question]:
        from curate.questions.text_sets import read_index

        if not self.index:
            return []
        return read_index(Path(self.path) / self.index, self.id_column, self.category_column)


def _is_text(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
