"""Make hard negatives of a Korean text: the same words, one meaning shifted, by rule.

Rules after the semantic-shift typology of NMIXX (sentiment, intensity, plans realised, facts and
figures, judgments, duties), without a language model: morphemes are exchanged by kiwipiepy and the
touched span alone is conjugated anew, where joining its own morphemes gives it back. What a rule
offers is analysed again before it is taken. ``docs/korean.md`` tells each rule, how often it
applies, and what a reader found broken.

It misleads where the world contradicts an edit that is good Korean: a date changed in one sentence
and not in the next. Rows are short of negatives where sentences end in nouns, as in tables and
headings. A negative is nearer to its text than any paraphrase (that is what makes it hard), so no
similarity margin may judge it.
"""

from __future__ import annotations

import dataclasses as dc
import functools
from typing import Annotated, ClassVar, Literal

import pyarrow as pa
from annotated_types import Ge, Le, MinLen

from curate.contract import DEFECT, Adds, Column, Transform, put

_Rule = Literal[
    "polarity", "realization", "expectation", "figure", "period",
    "entity", "negation", "deontic", "intensity", "hedge",
]  # fmt: skip


@dc.dataclass(frozen=True)
class ShiftMeaning(Transform):
    """Make hard negatives of a Korean text: the same words, one meaning shifted, by rule.

    Args:
        text: Column with the text.
        count: How many negatives for each row, each by another rule, 1 to 10.
        rules: Rules to choose from: ``polarity`` (rise for fall), ``realization`` (a plan has
            happened), ``expectation`` (what happened is expected), ``figure``, ``period``,
            ``entity``, ``negation``, ``deontic`` (may for must), ``intensity``, ``hedge`` (a fact
            is estimated). Which of them a row gets is drawn by the hash of its text.
        least: Rows with fewer negatives are rejected, 0 to 10; 0 keeps all.
        seed: Another seed makes other choices.

    Reads:
        text: string.

    Adds:
        negatives: list<string>.
        negative_rules: list<string>, the rule of each.
        negative_spans: list<list<struct>>, for each the spans changed: ``start`` (offset in the
            text, in code points), ``before``, ``after``.
        negative_seeds: list<int64>, what the choice was seeded with.
        negatives_missing: int32, how many fewer than ``count``.

    Rejects:
        no text: Null.
        too few negatives: Fewer than ``least``.

    Raises:
        EnvironmentError_: ``kiwipiepy`` is not installed.

    Example:
        >>> text = pa.array(["한국은행은 기준금리를 0.5%포인트 인상했다."])
        >>> made = ShiftMeaning(rules=("polarity",))(pa.table({"text": text}))
        >>> made["negatives"][0].as_py(), made["negatives_missing"][0].as_py()
        (['한국은행은 기준금리를 0.5%포인트 인하했다.'], 2)
    """

    text: Column = "text"
    count: Annotated[int, Ge(1), Le(10)] = 3
    rules: Annotated[tuple[_Rule, ...], MinLen(1)] = (
        "polarity", "realization", "expectation", "figure", "period",
        "entity", "negation", "deontic", "intensity", "hedge",
    )  # fmt: skip
    least: Annotated[int, Ge(0), Le(10)] = 0
    seed: int = 0

    adds: ClassVar[Adds] = {
        "negatives": pa.list_(pa.string()),
        "negative_rules": pa.list_(pa.string()),
        "negative_spans": pa.list_(
            pa.list_(
                pa.struct([("start", pa.int32()), ("before", pa.string()), ("after", pa.string())])
            )
        ),
        "negative_seeds": pa.list_(pa.int64()),
        "negatives_missing": pa.int32(),
    }
    reasons: ClassVar[tuple[str, ...]] = ("no text", "too few negatives")
    version: ClassVar[int] = 2  # 2: no adjective is looked for inside a noun

    def prepare(self) -> dict[str, str]:
        """Find ``kiwipiepy``: another version of it may find other morphemes."""
        from curate.korean.analysis import version

        return {"kiwipiepy": version()}

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Shift row by row."""
        from curate.korean.columns import made_of
        from curate.korean.shifts import shift

        make = functools.partial(shift, count=self.count, rules=self.rules, seed=self.seed)
        text, few = batch[self.text], self.reasons[1]
        made = made_of(text, make, count=self.count, least=self.least, too_few=few)
        for (name, kind), values in zip(self.adds.items(), made, strict=False):
            batch = put(batch, pa.field(name, kind), values)
        return batch.append_column(DEFECT, made.defect)
