"""Mine hard negatives: the nearest other texts that are not hidden positives.

Moreira et al. 2024, "NV-Retriever": candidates are the texts of all rows, and of each anchor the
nearest are taken whose cosine stays under 95 % of its positive's (TopK-PercPos; with
``share_of_positive: 1`` and a ``margin`` TopK-MarginPos), because what is as close as the positive
most likely is one. Search is exact, blocked, in 4 MB of scores a thread beside the vectors, and the
same on every processor (``curate.embedding.search``). Near copies of what the anchor's group is
known to say, and rows of the group itself, are passed over.

The limit is for *mined* negatives. One that was made of the anchor by a shift of meaning is nearer
to it than any positive, and is right: no margin may judge it. It misleads where the vectors do: by
hashed n-grams a paraphrase in other words is far from its anchor, below any limit. And a positive
that the vectors put far off, as a translation by n-grams, leaves nothing under its limit that is
hard.
"""

from __future__ import annotations

import dataclasses as dc
from typing import Annotated, ClassVar, Literal

import numpy as np
import pyarrow as pa
from annotated_types import Ge, Gt, Le

from curate.contract import Adds, Barrier, Column, Limit, Verdict

_LISTS = {"mined_negatives": pa.string(), "mined_ids": pa.string(), "mined_scores": pa.float32()}


@dc.dataclass(frozen=True)
class MineNegatives(Barrier):
    """Mine hard negatives of each text among the texts of all rows.

    Args:
        text: Column with the texts: anchors, and candidates of each other.
        vector: Column with their vectors, as ``transforms.embed`` makes them.
        positives: Column with texts that mean the same, one or a list for each row.
        positive_vectors: Column with the vectors of these.
        group: Column whose rows of one value (a document, an event) are no negatives of each other;
            empty: none.
        count: Negatives for each row.
        depth: How many of the nearest texts within the limit are looked at.
        share_of_positive: A negative's largest cosine, as a share of the positive's.
        margin: And how far below the positive's it stays at least.
        positive: Which positive sets the limit where there are several: the ``farthest`` from the
            anchor, or the ``nearest``.
        near_duplicate: Jaccard similarity of characters five by five from which texts are copies.
        least: Rows with fewer negatives are rejected; 0 keeps all.
        device: Where products are computed: ``cuda``, ``cpu``, or whichever torch finds (``auto``).
            The negatives are the same.

    Reads:
        id: string; ties go by it.
        text: string.
        vector: fixed-size list of floats.
        positives: string or list<string>.
        positive_vectors: fixed-size list of floats, or a list of these.

    Adds:
        mined_negatives: list<string>, the hardest first.
        mined_ids: list<string>, the rows that hold them.
        mined_scores: list<float32>, their cosines with the row's text.
        mined_count: int32, how many.
        positive_score: float32, the cosine of the positive that set the limit; null, and no
            negatives, for a row without text, vector or positive.

    Rejects:
        too few negatives: ``mined_count`` is under ``least``.

    Example:
        >>> rows = {"id": ["a", "b", "c"], "text": ["올랐다", "오르다", "내렸다"],
        ...         "vector": [[1.0, 0.0], [0.96, 0.28], [0.8, 0.6]],
        ...         "positives": ["상승했다", "상승했다", "하락했다"],
        ...         "positive_vectors": [[0.96, 0.28], [1.0, 0.0], [0.6, 0.8]]}
        >>> step = MineNegatives(count=1)
        >>> step.decide(step.keys(pa.table(rows))).measured["mined_negatives"].to_pylist()[0]
        ['내렸다']
    """

    text: Column = "text"
    vector: Column = "vector"
    positives: Column = "positives"
    positive_vectors: Column = "positive_vectors"
    group: Column = ""
    count: Annotated[int, Ge(1), Le(64)] = 4
    depth: Annotated[int, Ge(1), Le(4096)] = 64
    share_of_positive: Annotated[float, Gt(0), Le(1)] = 0.95
    margin: Annotated[float, Ge(0), Le(1)] = 0.0
    positive: Literal["farthest", "nearest"] = "farthest"
    # Rules' paraphrases of 340 real texts are at .60 and more, any two of the texts at .08 or less.
    near_duplicate: Annotated[float, Gt(0), Le(1)] = 0.5
    least: Annotated[int, Ge(0), Le(64)] = 0
    device: Literal["auto", "cpu", "cuda"] = "auto"

    reads: ClassVar = ("id",)
    adds: ClassVar[Adds] = {
        **{name: pa.list_(kind) for name, kind in _LISTS.items()},
        "mined_count": pa.int32(),
        "positive_score": pa.float32(),
    }
    reasons: ClassVar = ("too few negatives",)
    limits: ClassVar = {"least": Limit("mined_count", "least", reasons)}

    def keys(self, batch: pa.Table) -> pa.Table:
        """Texts, the vector, and of the positives' vectors only the cosine that sets the limit."""
        from curate.embedding import columns

        names = (self.vector, self.positive_vectors)
        own, positive = (columns.column(batch, name) for name in names)
        limits = columns.limits(own, positive, farthest=self.positive == "farthest")
        return pa.table(
            {
                "id": batch["id"],
                "text": columns.column(batch, self.text).cast(pa.large_string()),
                "vector": own,
                "positives": columns.listed(columns.column(batch, self.positives)),
                "positive_score": pa.array(limits, pa.int64()),
                "group": columns.column(batch, self.group).cast(pa.string()),
            }
        )

    def decide(self, keys: pa.Table) -> Verdict:
        """Search all rows at once."""
        from curate.embedding import columns, negatives
        from curate.embedding.search import ONE
        from curate.models import torch_device

        rows = columns.rows(keys)
        mined = negatives.mine(
            rows,
            count=self.count,
            depth=self.depth,
            share=self.share_of_positive,
            margin=self.margin,
            near_duplicate=self.near_duplicate,
            device=torch_device(self.device),
        )
        found = mined.places >= 0
        offsets = pa.array(np.concatenate([[0], np.cumsum(found.sum(axis=1))]), pa.int32())
        places = pa.array(mined.places[found])
        flat = (keys["text"].take(places), keys["id"].take(places), pa.array(mined.scores[found]))
        measured: dict[str, pa.Array] = {
            name: pa.ListArray.from_arrays(offsets, columns.whole(values).cast(kind))
            for (name, kind), values in zip(_LISTS.items(), flat, strict=True)
        }
        counts = found.sum(axis=1).astype(np.int32)
        without = rows.positive_scores == negatives.NOTHING
        measured["mined_count"] = pa.array(counts)
        scores = (rows.positive_scores / ONE).astype(np.float32)
        measured["positive_score"] = pa.array(scores, mask=without)
        return Verdict(pa.array(counts >= self.least), self.reasons[0], measured)
