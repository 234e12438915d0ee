"""Parallel questions in text files: line N of every ``{lang}.txt`` of a folder is one question.

A long table comes of it, a row a cell. No line is dropped, not even a blank one, and nothing is
stripped: loaders that skip blank lines move all later questions of a language by one, unseen. That
the columns are aligned is assumed here and judged by ``barriers.check_questions``. It misleads
where a question spans several lines.
"""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import pyarrow as pa
from annotated_types import Ge

from curate.contract import DEFECT, InputPath, ShardRef, Source

if TYPE_CHECKING:
    from curate.questions.text_sets import Question


@dc.dataclass(frozen=True)
class QuestionSets(Source):
    r"""Read line-aligned questions in many languages, a row for each cell.

    Args:
        path: Folder with the files ``{lang}.txt``.
        languages: Which of them; all files named like a language code if empty.
        index: File in the folder with the id of each line: a ``.tsv`` with a header, or one id a
            line. Without one lines are numbered from 1; those beyond it are ``line-17`` and so on.
        id_column: Column of the index with the ids.
        category_column: Column of the index with the categories; empty for none.
        name: Value of ``source``; the folder's name if empty.
        licence: Value of ``licence``, such as CC-BY-4.0.
        batch_rows: Rows in a batch.
        shard_rows: Rows in a shard.

    Adds:
        id: string, ``<lang>:<line>``.
        source: string.
        question_id: string.
        category: string, null without an index.
        lang: string, the file's name.
        script: string, ISO 15924, that the language is usually written in; null if not known.
        line: int64, from 1.
        text: string, the line as it stands.
        licence: string, null if empty.

    Rejects:
        not UTF-8: Bytes in another encoding; convert the file with iconv.

    Raises:
        SourceError: No such folder, file or column, an empty file, one whose name is no language,
            or an id that is missing or stands twice; names file and line.

    Example:
        >>> import pathlib, tempfile
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> _ = (folder / "en.txt").write_text("Who?\n\nWhy?\n")
        >>> source = QuestionSets(str(folder))
        >>> next(source.read(source.shards()[0])).select(["id", "text"]).to_pylist()[1:]
        [{'id': 'en:2', 'text': ''}, {'id': 'en:3', 'text': 'Why?'}]
    """

    path: InputPath = ""
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

    def schema(self) -> pa.Schema:
        """All columns above, ``id`` and ``source`` first."""
        names = ("id", "source", "question_id", "category", "lang", "script")
        fields = [pa.field(name, pa.string()) for name in names]
        fields += [pa.field("line", pa.int64()), pa.field("text", pa.string())]
        return pa.schema([*fields, pa.field("licence", pa.string())])

    def shards(self) -> Sequence[ShardRef]:
        """Consecutive lines of each language."""
        from curate.arrow import digest_of
        from curate.questions.text_sets import line_files

        index = [list(one) for one in self._index()]
        found = []
        for file in line_files(self.path, self.languages, self.index):
            for part, start in enumerate(range(0, max(file.rows, 1), self.shard_rows)):
                end = min(start + self.shard_rows, file.rows)
                digest = digest_of(file.digest, index, file.lang, start, end)
                where = (str(file.path), file.lang, start, end)
                found.append(ShardRef(f"{file.lang}-{part:05}", end - start, digest, where))
        return found

    def read(self, ref: ShardRef) -> Iterator[pa.Table]:
        """The lines of one shard."""
        from curate.questions.languages import script_of
        from curate.questions.text_sets import raw_lines

        path, lang, start, end = ref.where
        end = end if ref.limit is None else min(end, start + ref.limit)
        lines = raw_lines(Path(path).read_bytes())
        index, name = self._index(), self.name or Path(self.path).resolve().name
        for first in range(start, end, self.batch_rows):
            rows = range(first, min(first + self.batch_rows, end))
            known = [index[row] if row < len(index) else None for row in rows]
            texts = [lines[row].decode("utf-8", "replace") for row in rows]
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
            bad = [None if _is_text(lines[row]) else self.reasons[0] for row in rows]
            yield table.append_column(DEFECT, pa.array(bad, pa.string()))

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
