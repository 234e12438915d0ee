"""Make a row of every sentence of a Maltese text.

By the sentence splitter of Korpus Malti (``malti``), which knows Maltese abbreviations; a line
break always ends a sentence. It misleads where a sentence begins in lower case or with a number
after a full stop, and on abbreviations it does not know: such sentences stay together.
"""

from __future__ import annotations

import dataclasses as dc
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from curate.contract import DEFECT, Adds, Column, Transform, put


@dc.dataclass(frozen=True)
class SplitSentences(Transform):
    """Make a row of every sentence of a Maltese text.

    The sentence is the text between two offsets, unchanged; the white space between sentences is
    in none. Every other column is repeated. The sentences of ``a`` are rows ``a#1``, ``a#2``, ….
    Rows with ``tokens`` are sentences already and stay as they are.

    Args:
        text: Column with the text.

    Reads:
        text: string.
        tokens: list<string>, if there.

    Adds:
        document_id: string, id of the row that the sentence is from.
        sentence_start: int32, offset of its first character there, in code points.

    Rejects:
        no text: Null, empty or blank.
        not UTF-8: The text holds other bytes.

    Raises:
        EnvironmentError_: ``malti`` is not installed.

    Example:
        >>> rows = pa.table({"id": ["a"], "text": ["Il-kelb nebaħ. Dr. Borg semgħu."]})
        >>> SplitSentences()(rows).select(["id", "text"]).to_pylist()[1]
        {'id': 'a#2', 'text': 'Dr. Borg semgħu.'}
    """

    text: Column = "text"

    splits: ClassVar[bool] = True
    version: ClassVar[int] = 2
    reads_if_there: ClassVar[tuple[str, ...]] = ("tokens",)
    reasons: ClassVar[tuple[str, ...]] = ("no text", "not UTF-8")

    def added(self, schema: pa.Schema) -> Adds:
        """The text keeps its type."""
        return {
            self.text: schema.field(self.text).type,
            "document_id": pa.string(),
            "sentence_start": pa.int32(),
        }

    def prepare(self) -> dict[str, str]:
        """Find ``malti``: another version of it may cut differently."""
        from curate.maltese.tokenize import version

        return {"malti": version()}

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Cut row by row."""
        from curate.maltese.sentences import Span, sentences
        from curate.text.utf8 import NOT_UTF8, broken_rows, readable

        broken = broken_rows(batch[self.text])
        whole = [False] * batch.num_rows
        if "tokens" in batch.column_names:
            whole = pc.is_valid(batch["tokens"]).to_pylist()
        rows: list[int] = []
        names: list[str] = []
        starts: list[int] = []
        texts: list[str | None] = []
        lost: list[str | None] = []
        ids = batch["id"].to_pylist()
        for row, text in enumerate(readable(batch[self.text]).to_pylist()):
            found = [] if whole[row] or broken[row] else sentences(text or "")
            for number, span in enumerate(found or [Span(0, 0)], 1):
                rows.append(row)
                names.append(f"{ids[row]}#{number}" if found else ids[row])
                starts.append(span.start)
                texts.append(text[span.start : span.end] if found else text)
                why = NOT_UTF8 if broken[row] else "no text"
                lost.append(None if found or (whole[row] and not broken[row]) else why)
        parents = batch["id"].take(pa.array(rows, pa.int64()))
        kind = batch.schema.field(self.text).type
        # without its text, which a document of n sentences would have n times
        light = put(batch, pa.field(self.text, kind), pa.nulls(batch.num_rows, kind))
        batch = light.take(pa.array(rows, pa.int64()))
        batch = put(batch, pa.field("id", pa.string()), pa.array(names, pa.string()))
        batch = put(batch, pa.field(self.text, kind), pa.array(texts, kind))
        batch = put(batch, pa.field("document_id", pa.string()), parents)
        batch = put(batch, pa.field("sentence_start", pa.int32()), starts)
        return put(batch, DEFECT, pa.array(lost, pa.string()))
