"""Check the labels of pairs or triplets: do they follow meaning, and what gives them away.

Four questions to the whole file (``curate/korean/label_quality.py``): labels in blocks, labels that
do not follow what was changed, and two shortcuts, the AUC of overlap and of length. They are
asked after what was found in published files: the news part of KorFinSTS holds all its scores of 1
before those of 0, and texts changed as often in both; in its law part words in common alone tell
the label with an AUC of .90.

It misleads on files whose changes no word list knows (details added, jargon): their labels look
unrelated. Files of fewer than 40 pairs are not judged, nor change outside Korean. A warning about
blocks alone means a sorted file, no more.
"""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from annotated_types import Ge, Le

from curate.contract import Adds, Barrier, Column, Verdict

if TYPE_CHECKING:
    from curate.korean.label_quality import Pairs, Side

_MEASURED = ("overlap", "ratio", "changed")
_STRINGS = pa.list_(pa.string())


@dc.dataclass(frozen=True)
class CheckLabels(Barrier):
    """Check whether labels follow meaning, report shortcuts, and reject or balance.

    Args:
        first: Column with the first text of a pair, or the anchor.
        second: Column with the second text, or the positive.
        negative: Column with the negative: rows are triplets and need no score. Empty for pairs.
        score: Column with the score of a pair, 0 to 1; .5 and more counts as the same meaning.
        reject: ``unrelated``: if labels do not follow change, every row goes, since none can be
            trusted; ``nothing``: it is only said.
        balance: Drop the rows whose overlap or length tells the label most, until the AUC of
            both is within .40 and .60.
        balance_share: Largest share of the rows to drop for that, 0 to 1; if it takes more, none
            is dropped and the shortcut stays named.

    Reads:
        id: string.

    Adds:
        overlap: float32, character bigrams that both texts share, of all, 0 to 1; for a triplet
            of anchor and positive. Null for a text and its translation, which the shortcuts pass
            over.
        overlap_negative: float32, of anchor and negative; null for pairs.
        changed_kinds: list<string>, what differs between both texts (anchor and negative).
        label_problems: string, the same for all rows: what was found, ``none`` or ``not judged``.
        overlap_auc: float32, the same for all rows that stay: how well overlap tells the label;
            .5 is not at all. Null if not judged.
        overlap_auc_before: float32, before balancing.
        length_auc: float32, how well the ratio of lengths does.

    Rejects:
        labels unrelated to change: With ``unrelated``; ``label_problems`` says what else.
        shortcut to the label: Dropped to balance.
        no text or score: A text, or the score of a pair, is null.

    Example:
        >>> rows = {"id": [str(n) for n in range(80)], "text1": ["금리가 올랐다."] * 80,
        ...         "text2": ["금리가 내렸다."] * 80, "score": [1.0] * 40 + [0.0] * 40}
        >>> step = CheckLabels()
        >>> verdict = step.decide(step.keys(pa.table(rows)))
        >>> verdict.measured["label_problems"][0].as_py(), verdict.keep.true_count
        ('labels in blocks, labels unrelated to change', 0)
    """

    first: Column = "text1"
    second: Column = "text2"
    negative: Column = ""
    score: Column = "score"
    reject: Literal["unrelated", "nothing"] = "unrelated"
    balance: bool = False
    balance_share: Annotated[float, Ge(0), Le(1)] = 0.5

    reads: ClassVar = ("id",)
    adds: ClassVar[Adds] = {
        "overlap": pa.float32(),
        "overlap_negative": pa.float32(),
        "changed_kinds": _STRINGS,
        "label_problems": pa.string(),
        "overlap_auc": pa.float32(),
        "overlap_auc_before": pa.float32(),
        "length_auc": pa.float32(),
    }
    reasons: ClassVar = (
        "labels unrelated to change", "shortcut to the label", "no text or score",
    )  # fmt: skip

    def columns_read(self) -> tuple[str, ...]:
        """The texts, and the score where there is no negative."""
        texts = (self.first, self.second, self.negative or self.score)
        return tuple(dict.fromkeys((*self.reads, *texts)))

    def keys(self, batch: pa.Table) -> pa.Table:
        """Overlap, ratio of lengths and changes of each pair; the texts stay where they are."""
        from curate.korean.label_quality import measured
        from curate.text.utf8 import readable

        def texts(name: str) -> list[str | None]:
            there = name and name in batch.column_names
            return readable(batch[name]).to_pylist() if there else [None] * batch.num_rows

        columns: dict[str, pa.Array] = {"id": batch["id"]}
        first = texts(self.first)
        for side, name in (("second", self.second), ("negative", self.negative)):
            seen = [
                (None, None, None) if one is None or two is None else measured(one, two)
                for one, two in zip(first, texts(name), strict=True)
            ]
            pairs = zip(first, texts(name), strict=True)
            there = [one is not None and two is not None for one, two in pairs]
            columns[f"{side}_there"] = pa.array(there, pa.bool_())
            kinds = (pa.float64(), pa.float64(), _STRINGS)
            for number, (what, kind) in enumerate(zip(_MEASURED, kinds, strict=True)):
                columns[f"{side}_{what}"] = pa.array([one[number] for one in seen], kind)
        scored = not self.negative and self.score in batch.column_names
        score = batch[self.score] if scored else pa.nulls(batch.num_rows)
        score = pc.if_else(pc.is_nan(score.cast(pa.float64())), None, score.cast(pa.float64()))
        return pa.table(columns | {"score": score})

    def decide(self, keys: pa.Table) -> Verdict:
        """Judge the labels of the whole file."""
        from curate.korean.label_quality import Side, balanced, judge

        sides = [self._side(keys, what) for what in _MEASURED[:2]]
        labelled = keys["negative_there"] if self.negative else keys["score"].is_valid()
        whole = pc.and_(keys["second_there"], labelled).to_numpy()
        quality = judge(self._pairs(keys, whole), in_order=not self.negative)
        stay, ids = whole.copy(), keys["id"].to_pylist()
        if self.balance and not np.isnan(quality.overlap_auc):
            at = np.flatnonzero(whole)
            measures = [Side(same[at], other[at]) for same, other in sides]
            kept = balanced(measures, [ids[row] for row in at], self.balance_share)
            stay[at] = True if kept is None else kept
        after = judge(self._pairs(keys, stay), in_order=not self.negative)
        unrelated = self.reasons[0] in quality.problems and self.reject == "unrelated"
        why = np.where(whole, self.reasons[0 if unrelated else 1], self.reasons[2])
        keep = stay & (not unrelated)
        told = (quality if unrelated else after).problems
        said = ", ".join(told) or ("not judged" if np.isnan(after.overlap_auc) else "none")
        rows = keys.num_rows
        aucs = {
            "overlap_auc": after.overlap_auc,
            "overlap_auc_before": quality.overlap_auc,
            "length_auc": after.length_auc,
        }
        side = "negative" if self.negative else "second"
        measured = {
            "overlap": keys["second_overlap"],
            "overlap_negative": keys["negative_overlap"],
            "changed_kinds": keys[f"{side}_changed"],
            "label_problems": pa.array([said] * rows, pa.string()),
            **{name: pa.array([value] * rows, from_pandas=True) for name, value in aucs.items()},
        }
        columns = {name: measured[name].cast(kind) for name, kind in self.adds.items()}
        return Verdict(pa.array(keep), pa.array(why, pa.string()), columns)

    def _side(self, keys: pa.Table, what: str) -> Side:
        """A measure of the pairs that should mean the same, and of those that should not."""
        from curate.korean.label_quality import Side

        second, negative, score = (
            keys[name].to_numpy().astype(np.float64)
            for name in (f"second_{what}", f"negative_{what}", "score")
        )
        if self.negative:
            return Side(second, negative)
        same, other = score >= 0.5, score < 0.5  # both false where it is null
        return Side(np.where(same, second, np.nan), np.where(other, second, np.nan))

    def _pairs(self, keys: pa.Table, rows: npt.NDArray[np.bool_]) -> Pairs:
        """The pairs of some rows, two of a triplet."""
        from curate.korean.label_quality import Pairs

        some = keys.filter(pa.array(rows))
        sides = ("second", "negative") if self.negative else ("second",)
        overlap, ratio = (
            np.concatenate([some[f"{side}_{what}"].to_numpy() for side in sides])
            for what in _MEASURED[:2]
        )
        same = np.arange(len(overlap)) < some.num_rows
        if not self.negative:
            same = some["score"].to_numpy() >= 0.5
        changed = [kinds for side in sides for kinds in some[f"{side}_changed"].to_pylist()]
        at = np.flatnonzero(~np.isnan(overlap))  # no translations
        return Pairs(same[at], overlap[at], ratio[at], [changed[one] for one in at])
