"""Make triplets of each text: an anchor, what means the same, and what means something else.

The columns are called ``anchor``, ``positive`` and ``negative``, which the losses of
sentence-transformers take unchanged. Each negative stands with one positive, in turn, or each
positive with one negative if there are more of them; every triplet says what made both, what was
changed in them, and by which seed.

Rules that say the same otherwise leave their mark (a dash, a polite ending), by which a model could
tell positives without reading: so some negatives take over the other wording of their positive.

It misleads where rows have many negatives and one positive: the positive is repeated. Nothing is
judged here but copies; ``filters.triplet_confidence`` looks at the rest.
"""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import pyarrow as pa
from annotated_types import Ge, Le, MinLen

from curate.contract import DEFECT, Adds, Column, Transform

if TYPE_CHECKING:
    from curate.korean.triplets import Made

_SPANS = pa.list_(
    pa.struct([("start", pa.int32()), ("before", pa.string()), ("after", pa.string())])
)


@dc.dataclass(frozen=True)
class MakeTriplets(Transform):
    """Make triplets of each text: an anchor, what means the same, and what means something else.

    The triplets of ``a`` are rows ``a#1``, ``a#2``, …; other columns are repeated. A negative that
    says what the anchor or a positive says (register and spaces aside) is left out.

    Args:
        text: Column with the anchor.
        positives: Columns with texts, or lists of texts, that mean the same. What made those of
            a column ``positives`` is read from ``positive_rules``, ``positive_spans`` and
            ``positive_seeds``; a column without such columns gives its name as the rule.
        negatives: The same for texts that mean something else.
        reworded: Rule of a positive → share of its negatives, 0 to 1, that take over its wording;
            which, is drawn by the hash of the texts. Where the spans of both meet, the negative
            stays as it is, as it does where nobody says what was changed.
        language: Language of all texts, ISO 639-3.
        other_languages: Column → language, for translations.

    Reads:
        finance_domain: string, if there.

    Adds:
        document_id: string, id of the row that the triplet is from.
        anchor: string.
        positive: string.
        negative: string.
        positive_kind: string, the rule or column that the positive is from.
        rule: string, the rule or column that the negative is from.
        worded_as: string, the rule whose other wording the negative has as well; null if none.
        domain: string, ``finance_domain``; null where there is none.
        lang_a: string, language of the anchor.
        lang_p: string, of the positive.
        lang_n: string, of the negative.
        positive_changed: list<struct>, spans changed in the anchor to get the positive: ``start``
            (code points), ``before``, ``after``; null where nobody says.
        negative_changed: list<struct>, the same for the negative, another wording included.
        positive_seed: int64, what its choice was seeded with; null where there was none.
        negative_seed: int64.
        provenance: string, ``positive by rule, negative by rule``, or ``column`` for either.
        The columns of text, positives and negatives, and those beside them, go.

    Rejects:
        no text: Null or blank.
        no positive: None is there, or none that is no copy.
        no negative: The same, or all of them say what a positive says.

    Example:
        >>> row = {"id": ["a"], "text": ["금리가 올랐다."], "positives": [["금리가 상승했다."]],
        ...        "negatives": [["금리가 내렸다.", "금리가 올랐습니다."]]}
        >>> made = MakeTriplets()(pa.table(row))
        >>> made.select(["id", "anchor", "positive", "negative"]).to_pylist()
        [{'id': 'a#1', 'anchor': '금리가 올랐다.', 'positive': '금리가 상승했다.',
          'negative': '금리가 내렸다.'}]
    """

    text: Column = "text"
    positives: Annotated[tuple[str, ...], MinLen(1)] = ("positives",)
    negatives: Annotated[tuple[str, ...], MinLen(1)] = ("negatives",)
    reworded: Mapping[str, Annotated[float, Ge(0), Le(1)]] = dc.field(
        default_factory=lambda: {"register": 0.5, "bullets": 0.5}
    )
    language: str = "kor"
    other_languages: Mapping[str, str] = dc.field(default_factory=dict)

    splits: ClassVar[bool] = True
    reads_if_there: ClassVar[tuple[str, ...]] = ("finance_domain",)
    adds: ClassVar[Adds] = {
        "document_id": pa.string(),
        "anchor": pa.string(),
        "positive": pa.string(),
        "negative": pa.string(),
        "positive_kind": pa.string(),
        "rule": pa.string(),
        "worded_as": pa.string(),
        "domain": pa.string(),
        "lang_a": pa.string(),
        "lang_p": pa.string(),
        "lang_n": pa.string(),
        "positive_changed": _SPANS,
        "negative_changed": _SPANS,
        "positive_seed": pa.int64(),
        "negative_seed": pa.int64(),
        "provenance": pa.string(),
    }
    reasons: ClassVar[tuple[str, ...]] = ("no text", "no positive", "no negative")

    def columns_read(self) -> tuple[str, ...]:
        """The text and all columns of positives and negatives."""
        return (*super().columns_read(), *self.positives, *self.negatives)

    def output_schema(self, schema: pa.Schema) -> pa.Schema:
        """Without the columns that triplets are made of."""
        from curate.korean.rows import spent

        gone = spent(self.text, (*self.positives, *self.negatives)) - {"positive", "negative"}
        kept = [field for field in schema if field.name not in gone]
        return super().output_schema(pa.schema(kept, schema.metadata))

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Put the texts of each row together."""
        from curate.korean.rows import split_rows
        from curate.korean.triplets import distinct, made, triplets

        langs = {"": self.language, **self.other_languages}

        def make(row: Mapping[str, Any]) -> tuple[list[dict[str, Any]], str | None]:
            anchor, about = row[self.text], {"anchor": row[self.text], "domain": None}
            about["domain"] = row.get("finance_domain")
            if not (anchor or "").strip():
                return [about], "no text"
            sides = [made(row, names, langs) for names in (self.positives, self.negatives)]
            positives, negatives = distinct(anchor, *sides)
            pairs = triplets(anchor, positives, negatives, self.reworded)
            told = [{**about, "lang_a": self.language, **_told(*pair)} for pair in pairs]
            lost = None if told else "no positive" if not positives else "no negative"
            return told or [about], lost

        return split_rows(batch, self.output_schema(batch.schema), self.adds, make, DEFECT)


def _told(positive: Made, negative: Made) -> dict[str, Any]:
    return {
        "positive": positive.text,
        "negative": negative.text,
        "positive_kind": positive.rule,
        "rule": negative.rule,
        "worded_as": negative.worded_as,
        "lang_p": positive.lang,
        "lang_n": negative.lang,
        "positive_changed": positive.spans,
        "negative_changed": negative.spans,
        "positive_seed": positive.seed,
        "negative_seed": negative.seed,
        "provenance": f"positive by {positive.origin}, negative by {negative.origin}",
    }
