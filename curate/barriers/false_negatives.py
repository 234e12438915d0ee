"""Reject triplets whose negative means what a positive of the anchor's group means.

A search for hard negatives finds hidden positives first: another wording of the anchor, the same
report on another page, a translation. What rows say of each other is put together: anchors and
positives of one group, and of groups that share a text, are known to mean the same. A negative that
is one of them, register and spaces aside, is false; so is a *mined* one that shares most character
bigrams with one of them. Negatives made from the anchor by a rule are near it on purpose, and only
the first test holds for them.

It misleads where no row says so: a paraphrase that is nobody's positive, a translation that is not
in the corpus. Similarity of embeddings is for ``barriers.mine_negatives`` to judge.
"""

from __future__ import annotations

import dataclasses as dc
from typing import Annotated, ClassVar

import pyarrow as pa
import pyarrow.compute as pc
from annotated_types import Gt, Le

from curate.arrow import fit_schema
from curate.contract import Adds, Barrier, Column, Limit, Verdict

_TEXTS = ("anchor", "positive", "negative")


@dc.dataclass(frozen=True)
class FalseNegatives(Barrier):
    """Reject triplets whose negative means what a positive of the anchor's group means.

    Args:
        group: Column whose equal values make a group, such as the id of a document.
        mined: Values of ``rule`` that mark negatives found in the corpus.
        most_overlap: Largest share of character bigrams, 0 to 1, that a mined negative may have
            in common with an anchor or positive of the group.

    Reads:
        anchor: string.
        positive: string.
        negative: string.
        rule: string, if there.

    Adds:
        negative_likeness: float32, the largest overlap of a mined negative with those texts, and 1
            for a known positive; null for other negatives.

    Rejects:
        known positive: The negative is an anchor or positive of the group.
        like a positive: A mined negative whose ``negative_likeness`` is above ``most_overlap``.

    Example:
        >>> rows = {"document_id": ["a", "a"], "anchor": ["금리가 올랐다."] * 2, "positive":
        ...         ["금리가 상승했다.", "금리가 뛰었다."], "negative": ["물가가 내렸다.",
        ...         "금리가 상승했습니다."]}
        >>> step = FalseNegatives()
        >>> step.decide(step.keys(pa.table(rows))).keep.to_pylist()
        [True, False]
    """

    group: Column = "document_id"
    mined: tuple[str, ...] = ("mined", "mined_negatives")
    most_overlap: Annotated[float, Gt(0), Le(1)] = 0.8

    reads: ClassVar = _TEXTS
    reads_if_there: ClassVar = ("rule",)
    adds: ClassVar[Adds] = {"negative_likeness": pa.float32()}
    reasons: ClassVar = ("known positive", "like a positive")
    limits: ClassVar = {"most_overlap": Limit("negative_likeness", "most", ("like a positive",))}

    def keys(self, batch: pa.Table) -> pa.Table:
        """Texts, group and rule; null where a batch has no such column."""
        from curate.text.utf8 import mended

        names = (*_TEXTS, self.group, "rule")
        return mended(fit_schema(batch, pa.schema([(name, pa.string()) for name in names])))[0]

    def decide(self, keys: pa.Table) -> Verdict:
        """Put all rows together and look for each negative."""
        from curate.korean.false_negatives import Triplet, likeness

        columns = [keys[name].to_pylist() for name in (*_TEXTS, self.group, "rule")]
        rows = [
            Triplet(anchor or "", positive or "", negative or "", group, rule in self.mined)
            for anchor, positive, negative, group, rule in zip(*columns, strict=True)
        ]
        found = likeness(rows)
        most = pa.array([one for _, one in found], pa.float32())
        beyond = pc.greater(most, pa.scalar(self.most_overlap, pa.float32())).fill_null(False)
        known = pa.array([is_known for is_known, _ in found], pa.bool_())
        why = pc.if_else(known, *self.reasons)
        return Verdict(pc.invert(pc.or_(known, beyond)), why, {"negative_likeness": most})
