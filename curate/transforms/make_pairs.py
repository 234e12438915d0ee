"""Make pairs of texts with a score of how far they mean the same.

A positive and its anchor get the score of ``same``, a negative that of its rule, or of ``other``.
Scores are those of the recipe: no model and no person judged a pair. The columns are called
``text1``, ``text2`` and ``score``, from 0 to 1, as for KorFinSTS.

Rules that say the same otherwise leave their mark (a dash, a polite ending), by which the score
could be told without reading: so some negatives take over the other wording of a positive.

It misleads as a gold standard: with scores of 0 and 1 alone Spearman cannot exceed .866, so report
AUC beside it. ``barriers.check_labels`` tells how well the scores follow what was changed, and how
much of them the words in common give away.
"""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import pyarrow as pa
from annotated_types import Ge, Le, MinLen

from curate.contract import DEFECT, Adds, Column, Transform

_Score = Annotated[float, Ge(0), Le(1)]
_SPANS = pa.list_(
    pa.struct([("start", pa.int32()), ("before", pa.string()), ("after", pa.string())])
)


@dc.dataclass(frozen=True)
class MakePairs(Transform):
    """Make pairs of texts with a score of how far they mean the same.

    The pairs of ``a`` are rows ``a#1``, ``a#2``, …: positives first; other columns are repeated. A
    negative that says what the anchor or a positive says is left out.

    Args:
        text: Column with the first text.
        positives: Columns with texts, or lists of texts, that mean the same, as for
            ``transforms.make_triplets``.
        negatives: The same for texts that mean something else.
        same: Score of a positive, 0 to 1.
        other: Score of a negative, 0 to 1.
        scores: Rule → score, for rules that shift less than others.
        reworded: Rule of a positive → share of its negatives, 0 to 1, that take over its wording,
            as for ``transforms.make_triplets``.
        language: Language of all texts, ISO 639-3.
        other_languages: Column → language, for translations.

    Reads:
        finance_domain: string, if there.

    Adds:
        document_id: string, id of the row that the pair is from.
        text1: string.
        text2: string.
        score: float32, 0 to 1.
        rule: string, the rule or column that the second text is from.
        worded_as: string, the rule whose other wording a negative has as well; null if none.
        domain: string, ``finance_domain``; null where there is none.
        lang_1: string, language of the first text.
        lang_2: string, of the second.
        changed: list<struct>, spans changed in the first text to get the second: ``start`` (code
            points), ``before``, ``after``; null where nobody says.
        seed: int64, what the choice was seeded with; null where there was none.
        provenance: string, ``rule`` or ``column``.
        The columns of text, positives and negatives, and those beside them, go.

    Rejects:
        no text: Null or blank.
        no positive: None is there, or none that is no copy.
        no negative: The same, or all of them say what a positive says.

    Example:
        >>> row = {"id": ["a"], "text": ["금리가 올랐다."], "positives": [["금리가 상승했다."]],
        ...        "negatives": [["금리가 내렸다."]]}
        >>> made = MakePairs()(pa.table(row))
        >>> list(zip(made["text2"].to_pylist(), made["score"].to_pylist()))
        [('금리가 상승했다.', 1.0), ('금리가 내렸다.', 0.0)]
    """

    text: Column = "text"
    positives: Annotated[tuple[str, ...], MinLen(1)] = ("positives",)
    negatives: Annotated[tuple[str, ...], MinLen(1)] = ("negatives",)
    same: _Score = 1.0
    other: _Score = 0.0
    scores: Mapping[str, _Score] = dc.field(default_factory=dict)
    reworded: Mapping[str, _Score] = dc.field(
        default_factory=lambda: {"register": 0.5, "bullets": 0.5}
    )
    language: str = "kor"
    other_languages: Mapping[str, str] = dc.field(default_factory=dict)

    splits: ClassVar[bool] = True
    reads_if_there: ClassVar[tuple[str, ...]] = ("finance_domain",)
    adds: ClassVar[Adds] = {
        "document_id": pa.string(),
        "text1": pa.string(),
        "text2": pa.string(),
        "score": pa.float32(),
        "rule": pa.string(),
        "worded_as": pa.string(),
        "domain": pa.string(),
        "lang_1": pa.string(),
        "lang_2": pa.string(),
        "changed": _SPANS,
        "seed": pa.int64(),
        "provenance": pa.string(),
    }
    reasons: ClassVar[tuple[str, ...]] = ("no text", "no positive", "no negative")

    def columns_read(self) -> tuple[str, ...]:
        """The text and all columns of positives and negatives."""
        return (*super().columns_read(), *self.positives, *self.negatives)

    def output_schema(self, schema: pa.Schema) -> pa.Schema:
        """Without the columns that pairs are made of."""
        from curate.korean.rows import spent

        gone = spent(self.text, (*self.positives, *self.negatives))
        kept = [field for field in schema if field.name not in gone]
        return super().output_schema(pa.schema(kept, schema.metadata))

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Put the text of each row and those made of it together."""
        from curate.korean.rows import split_rows
        from curate.korean.triplets import distinct, made, triplets

        langs = {"": self.language, **self.other_languages}

        def make(row: Mapping[str, Any]) -> tuple[list[dict[str, Any]], str | None]:
            text = row[self.text]
            about = {"text1": text, "domain": row.get("finance_domain")}
            if not (text or "").strip():
                return [about], "no text"
            sides = [made(row, names, langs) for names in (self.positives, self.negatives)]
            positives, negatives = distinct(text, *sides)
            if not positives or not negatives:
                return [about], "no positive" if not positives else "no negative"
            pairs = triplets(text, positives, negatives, self.reworded)[: len(negatives)]
            scored = [(one, self.same) for one in positives]
            scored += [(one, self.scores.get(one.rule, self.other)) for _, one in pairs]
            told = [
                {
                    **about,
                    "text2": one.text,
                    "score": score,
                    "rule": one.rule,
                    "worded_as": one.worded_as,
                    "lang_1": self.language,
                    "lang_2": one.lang,
                    "changed": one.spans,
                    "seed": one.seed,
                    "provenance": one.origin,
                }
                for one, score in scored
            ]
            return told, None

        return split_rows(batch, self.output_schema(batch.schema), self.adds, make, DEFECT)
