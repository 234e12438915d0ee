"""Reject texts that are near duplicates of an earlier one.

MinHash with banding (Broder 1997, "On the resemblance and containment of documents"; Leskovec et
al. 2014, "Mining of Massive Datasets", 3.4), as for RefinedWeb and FineWeb, but candidates are
checked: two texts are near duplicates if the Jaccard similarity of their shingles (n-grams of
words) reaches ``threshold``. That check is exact for texts of at most ``sketch_shingles``
shingles, and off by sqrt(J (1 - J) / sketch_shingles), .006 at .8, for longer ones. Near
duplicates of near duplicates form one cluster, of which one row is kept.

Bands are chosen so that 97 % of the pairs at the threshold become candidates: at .8 and 112
permutations 16 bands of 7, which find .977 of the pairs at .8, .998 at .85. Clusters depend on the
order of the rows only, not on shards or workers. Keys are 8 bytes a band (128 a row with the
defaults) and 4 a shingle, at most 4 × ``sketch_shingles``, beside the id: some 2 kB for a text of
500 words. They lie on disk, mapped, so that the kernel may take back the memory that they fill; the
driver's own is 70 bytes a row while it decides, and a copy of the shingles of those rows that share
a band with another.

It misleads on texts of one template, where the few words that differ are what matters (weather
reports, tables), and on parts: a paragraph and the document that holds it are not alike. Texts
of fewer than ``ngram`` units are alike only when equal. Normal forms of Unicode are not unified.
"""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
import pyarrow as pa
from annotated_types import Ge, Gt, Le

from curate.contract import Adds, Barrier, Column, Verdict

if TYPE_CHECKING:
    from curate.text.minhash import Bands


@dc.dataclass(frozen=True)
class DedupNear(Barrier):
    """Keep one row of each cluster of near duplicates.

    Args:
        text: Column with the text compared.
        threshold: Least Jaccard similarity of two near duplicates, 0 to 1.
        ngram: Words or characters in a shingle.
        unit: ``word``, or ``character`` for scripts that do not part words.
        ignore: What makes no difference: ``case``, ``punctuation``. White space never does.
        permutations: Values in a signature; more find more of the pairs near the threshold.
        sketch_shingles: Shingles of a row that the check compares at most; 4 bytes each.
        keep: Of each cluster the ``first`` row in shard and row order, or the ``longest``, the
            one with most different shingles (of these the first).

    Reads:
        id: string.

    Adds:
        near_cluster: string, id of the row kept of its cluster; null for a row that is like no
            other. Rows whose text is null, or has no letter or digit, are never alike.
        near_similarity: float32, Jaccard similarity with the row kept, 0 to 1; null for rows kept.
            In a chain of near duplicates it can be under ``threshold``.

    Rejects:
        near duplicate: Another row of its cluster is kept.

    Example:
        >>> text = "one two three four five six seven eight nine ten eleven twelve"
        >>> batch = pa.table({"id": ["a", "b", "c"], "text": [text, text.upper() + "!", "no"]})
        >>> step = DedupNear()
        >>> verdict = step.decide(step.keys(batch))
        >>> verdict.keep.to_pylist(), verdict.measured["near_cluster"].to_pylist()
        ([True, False, True], ['a', 'a', None])
    """

    text: Column = "text"
    threshold: Annotated[float, Gt(0), Le(1)] = 0.8
    ngram: Annotated[int, Ge(1), Le(100)] = 5
    unit: Literal["word", "character"] = "word"
    ignore: tuple[Literal["case", "punctuation"], ...] = ("case", "punctuation")
    permutations: Annotated[int, Ge(4), Le(1024)] = 112
    sketch_shingles: Annotated[int, Ge(16), Le(65536)] = 4096
    keep: Literal["first", "longest"] = "first"

    reads: ClassVar = ("id",)
    adds: ClassVar[Adds] = {"near_cluster": pa.string(), "near_similarity": pa.float32()}
    reasons: ClassVar = ("near duplicate",)

    def keys(self, batch: pa.Table) -> pa.Table:
        """Band hashes, null for a text without shingles, and the sketch it is checked by."""
        from curate.text import minhash
        from curate.text.shingles import Shingling

        how = Shingling(self.ngram, self.unit, self.ignore)
        signature, known = minhash.signatures_and_sketches(
            batch[self.text], how, self.permutations, self.sketch_shingles
        )
        bands, sketch = minhash.as_columns(signature, known, self._bands())
        shingles = pa.array(known.shingles)
        return pa.table({"id": batch["id"], "bands": bands, "shingles": shingles, "sketch": sketch})

    def decide(self, keys: pa.Table) -> Verdict:
        """Cluster all rows and keep one of each cluster."""
        from curate.text.near_duplicates import candidates, clusters, sketches

        found = candidates(keys["bands"], self._bands().number)
        rows = np.unique(found.rows)
        known = sketches(keys["sketch"], keys["shingles"], rows)
        joined = clusters(
            found, rows, known, self.sketch_shingles, self.threshold, self.keep == "longest"
        )
        keep = np.ones(keys.num_rows, np.bool_)
        keep[joined.rows] = joined.rows == joined.kept
        cluster = np.full(keys.num_rows, -1)
        cluster[joined.rows] = joined.kept
        similarity = np.full(keys.num_rows, np.nan, np.float32)
        similarity[joined.rows] = joined.jaccard
        ids = keys["id"].take(pa.array(cluster, mask=cluster < 0))
        measured = {
            "near_cluster": ids.combine_chunks().cast(pa.string()),
            "near_similarity": pa.array(similarity, mask=keep),
        }
        return Verdict(pa.array(keep), self.reasons[0], measured)

    def _bands(self) -> Bands:
        from curate.text.minhash import bands_for

        return bands_for(self.permutations, self.threshold)
