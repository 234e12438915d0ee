"""Keep triplets that are what they say, with the evidence of every check.

The checks of ``curate/korean/confidence.py``: the positive keeps figures, dates, articles, titles
and names; the negative shows the change that its rule made; no copies; lengths within a factor of
two; nothing foreign; both texts still in the anchor's domain. Checks of the surface: they cost no
model, and pass a paraphrase that lies without touching a figure.

It misleads on paraphrases that write a figure otherwise (3조 for three trillion, 절반 for 50 %),
which lose it, and on negatives of a language model whose change no word list knows. Similarity is
no check: a negative with one word changed is nearer to its anchor than any paraphrase.
"""

from __future__ import annotations

import dataclasses as dc
from typing import Annotated, ClassVar

import pyarrow as pa
from annotated_types import Ge, Le

from curate.contract import Adds, Filter, Limit, Verdict

_STRINGS = pa.list_(pa.string())


@dc.dataclass(frozen=True)
class TripletConfidence(Filter):
    """Keep triplets that are what they say, with the evidence of every check.

    Args:
        least_length_ratio: Least ratio of the shorter to the longer text, 0 to 1, for the
            positive and the negative beside the anchor; .5 is a factor of two.

    Reads:
        anchor: string.
        positive: string.
        negative: string.
        domain: string, if there: ``news``, ``law``, ``report``, ``disclosure``; others are not
            judged.
        lang_a: string, if there, as are ``lang_p`` and ``lang_n``; a text in another language
            than the anchor is judged by its facts alone.
        negative_changed: list<struct>, if there: the spans changed, which have to give the
            negative.

    Adds:
        lost_facts: list<string>, what of the anchor the positive lacks; with ``+``, figures that
            the anchor lacks.
        changes_shown: list<string>, what the negative changes, as its words show.
        spans_replay: bool, whether ``negative_changed`` gives the negative; null without.
        length_ratio: float32.
        slips: list<string>, artefacts of the positive or negative that the anchor has not.
        rules_broken: list<string>, domain rules that they break and the anchor does not.
        checks_failed: list<string>.
        confidence: float32, share of the six checks passed.

    Rejects:
        copy: The positive is the anchor, or the negative says what either says, register and
            spaces aside.
        facts lost: ``lost_facts`` is not empty.
        no change shown: The spans do not give the negative, or, without spans, no word shows a
            change.
        lengths differ: ``length_ratio`` is under ``least_length_ratio``.
        artifact: ``slips`` is not empty.
        outside domain: ``rules_broken`` is not empty.
        The first that holds, in this order, is the reason.

    Example:
        >>> row = {"id": ["a", "b"], "anchor": ["금리가 3% 올랐다."] * 2,
        ...        "positive": ["금리가 3% 상승했다.", "금리가 상승했다."],
        ...        "negative": ["금리가 3% 내렸다.", "금리가 3% 내렸다."]}
        >>> verdict = TripletConfidence()(pa.table(row))
        >>> verdict.reason.to_pylist(), verdict.measured["lost_facts"].to_pylist()
        (['', 'facts lost'], [[], ['3']])
    """

    least_length_ratio: Annotated[float, Ge(0), Le(1)] = 0.5

    reads: ClassVar = ("anchor", "positive", "negative")
    reads_if_there: ClassVar = ("domain", "lang_a", "lang_p", "lang_n", "negative_changed")
    adds: ClassVar[Adds] = {
        "lost_facts": _STRINGS,
        "changes_shown": _STRINGS,
        "spans_replay": pa.bool_(),
        "length_ratio": pa.float32(),
        "slips": _STRINGS,
        "rules_broken": _STRINGS,
        "checks_failed": _STRINGS,
        "confidence": pa.float32(),
    }
    reasons: ClassVar[tuple[str, ...]] = (
        "copy", "facts lost", "no change shown", "lengths differ", "artifact", "outside domain",
    )  # fmt: skip
    limits: ClassVar = {
        "least_length_ratio": Limit("length_ratio", "least", ("lengths differ",)),
    }

    def __call__(self, batch: pa.Table) -> Verdict:
        """Check row after row; domain rules go by column."""
        from curate.korean.confidence import confidence, outside_domain
        from curate.text.utf8 import mended

        names = [one for one in (*self.reads, *self.reads_if_there) if one in batch.column_names]
        rows = mended(batch.select(names))[0].to_pylist()
        others = [
            [row[name] or "" for name, lang in (("positive", "lang_p"), ("negative", "lang_n"))
             if row.get(lang) == row.get("lang_a")]
            for row in rows
        ]  # fmt: skip
        anchors = [row["anchor"] or "" for row in rows]
        outside = outside_domain(anchors, others, [row.get("domain") for row in rows])
        least = float(pa.scalar(self.least_length_ratio, pa.float32()).as_py())
        seen = [confidence(row, out, least) for row, out in zip(rows, outside, strict=True)]
        columns = {
            "lost_facts": [one.lost for one in seen],
            "changes_shown": [one.changes for one in seen],
            "spans_replay": [one.replayed for one in seen],
            "length_ratio": [one.length_ratio for one in seen],
            "slips": [one.artifacts for one in seen],
            "rules_broken": [one.outside for one in seen],
            "checks_failed": [one.failed for one in seen],
            "confidence": [one.passed for one in seen],
        }
        measured = {name: pa.array(columns[name], kind) for name, kind in self.adds.items()}
        keep = pa.array([not one.failed for one in seen], pa.bool_())
        why = pa.array([one.failed[0] if one.failed else "" for one in seen], pa.string())
        return Verdict(keep, why, measured)
