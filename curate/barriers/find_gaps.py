"""Find questions that a language lacks, so that they can be translated from the pivot.

A gap is a question without a row in a language that others of the table have, or with a blank text
there. The pivot's row learns which languages lack it (``transforms.open_gaps`` makes rows of that),
a blank row learns the pivot's text. It misleads in files whose lines slipped, where what is lacking
is another question: check the alignment first (``barriers.check_questions``).
"""

from __future__ import annotations

import dataclasses as dc
from typing import ClassVar

import pyarrow as pa

from curate.arrow import fit_schema
from curate.contract import Adds, Barrier, Verdict

_KEYS = pa.schema([(name, pa.string()) for name in ("question_id", "lang", "text")])


@dc.dataclass(frozen=True)
class FindGaps(Barrier):
    """Tell which languages lack a question.

    Args:
        pivot: The language that is translated from.
        languages: Languages that every question shall have, beside those of the table.

    Reads:
        question_id: string.
        lang: string.
        text: string.

    Adds:
        gaps: list of string, on the pivot's row: languages without a row for the question.
        pivot_text: string, on a row whose text is blank: the question in the pivot; else null.

    Example:
        >>> rows = {"question_id": ["1", "1", "2"], "lang": ["en", "de", "en"],
        ...         "text": ["Who?", " ", "Why?"]}
        >>> step = FindGaps()
        >>> found = step.decide(step.keys(pa.table(rows))).measured
        >>> found["gaps"].to_pylist(), found["pivot_text"].to_pylist()
        ([[], None, ['de']], [None, 'Who?', None])
    """

    pivot: str = "en"
    languages: tuple[str, ...] = ()

    reads: ClassVar = ("question_id", "lang", "text")
    adds: ClassVar[Adds] = {"gaps": pa.list_(pa.string()), "pivot_text": pa.string()}

    def keys(self, batch: pa.Table) -> pa.Table:
        """Question, language and text; null where a batch has no such column."""
        return fit_schema(batch, _KEYS)

    def decide(self, keys: pa.Table) -> Verdict:
        """Look which cells there are."""
        rows = list(zip(*(keys[name].to_pylist() for name in _KEYS.names), strict=True))
        langs = list(dict.fromkeys([*(lang for _, lang, _ in rows if lang), *self.languages]))
        there = {(question, lang) for question, lang, _ in rows}
        pivots = {question: text for question, lang, text in rows
                  if lang == self.pivot and _says(text)}  # fmt: skip
        gaps: list[list[str] | None] = []
        sources: list[str | None] = []
        for question, lang, text in rows:
            told = lang == self.pivot and _says(text) and question is not None
            lacking = [one for one in langs if (question, one) not in there] if told else None
            gaps.append(lacking)
            sources.append(None if _says(text) or lang is None else pivots.get(question))
        keep = pa.array([True] * len(rows), pa.bool_())
        measured = {"gaps": pa.array(gaps, self.adds["gaps"]),
                    "pivot_text": pa.array(sources, pa.string())}  # fmt: skip
        return Verdict(keep, "", measured)


def _says(text: str | None) -> bool:
    return bool(text and text.strip())
