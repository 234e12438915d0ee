"""Make a row for each language that lacks a question, to be filled by translation.

The row of a question in the pivot stays and is followed by one for each language in its ``gaps``
(``barriers.find_gaps``): the same but for the language, its script and the text, which is null,
with the pivot's text beside it. A step that translates ``pivot_text`` (``transforms.translate``,
``transforms.ask_llm``) sees only these rows, since it is null in all others;
``transforms.fill_gaps`` takes over what it says. A pivot row that has gaps is called ``<id>#1``.
"""

from __future__ import annotations

import dataclasses as dc
from typing import ClassVar

import pyarrow as pa

from curate.contract import Adds, Transform, put

PIVOT_TEXT = pa.field("pivot_text", pa.string())
CHANGED = ("lang", "script", "line", "text", "repair")


@dc.dataclass(frozen=True)
class OpenGaps(Transform):
    """Make a row for each language that lacks a question.

    Reads:
        id: string.
        gaps: list of string, from ``barriers.find_gaps``; taken away.
        pivot_text: string, likewise.
        lang: string.
        text: string.

    Adds:
        lang: string, that of the gap in a new row; ``script`` likewise, where there is one.
        text: null in a new row; ``line`` and ``repair`` likewise, where there are such.
        pivot_text: string, the question in the pivot, in new rows and in those with blank texts.

    Example:
        >>> rows = pa.table({"id": ["en:1"], "lang": ["en"], "text": ["Who?"], "gaps": [["de"]]})
        >>> OpenGaps()(rows).select(["id", "lang", "text", "pivot_text"]).to_pylist()[1]
        {'id': 'en:1#2', 'lang': 'de', 'text': None, 'pivot_text': 'Who?'}
    """

    reads: ClassVar = ("id",)
    reads_if_there: ClassVar = ("gaps", "pivot_text", "lang", "text")
    drops: ClassVar = ("gaps",)
    splits: ClassVar = True

    def added(self, schema: pa.Schema) -> Adds:
        """What differs in a new row."""
        there = {name: schema.field(name) for name in CHANGED if name in schema.names}
        return {**there, PIVOT_TEXT.name: PIVOT_TEXT}

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Put new rows behind the pivot's."""
        from curate.questions.languages import script_of

        if PIVOT_TEXT.name not in batch.column_names:
            batch = put(batch, PIVOT_TEXT, pa.nulls(batch.num_rows, pa.string()))
        if "gaps" not in batch.column_names:
            return batch
        gaps = batch["gaps"].to_pylist()
        batch = batch.drop_columns(["gaps"])
        if not any(gaps):
            return batch
        taken = [row for row, langs in enumerate(gaps) for _ in range(1 + len(langs or ()))]
        opened = [lang for langs in gaps for lang in (None, *(langs or ()))]
        rows = batch.take(pa.array(taken, pa.int64())).to_pylist()
        for place, (row, lang) in enumerate(zip(rows, opened, strict=True)):
            if gaps[taken[place]]:
                row["id"] = f"{row['id']}#{place - taken.index(taken[place]) + 1}"
            if lang is not None:
                new = {"lang": lang, "script": script_of(lang) or None, "pivot_text": row["text"]}
                blank = dict.fromkeys(CHANGED)
                row.update({name: value for name, value in {**blank, **new}.items() if name in row})
        return pa.Table.from_pylist(rows, batch.schema)
