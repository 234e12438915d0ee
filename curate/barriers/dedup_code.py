"""Reject programs that are copies of another: equal, equal but for comments, or near duplicates.

Three stages, each within one language (``curate.code.fingerprint``): bytes with line ends unified;
the *normal form* without comments and extra white space; and MinHash with banding (Broder 1997, "On
the resemblance and containment of documents") over the *skeleton*, statements in which names are
numbered (after Baker 1995, "On finding duplication and near-duplication in large software
systems"), so that neither other names nor another order of functions and statements hides a copy.
Candidates are checked by the Jaccard similarity of their statements, exactly up to
``sketch_statements``.

On the 1,494 programs of ``sltrans_sources``, which had been cleaned of near duplicates, the default
threshold joins one pair, two tests of one template. Of copies planted by renaming, reordering and
comments it finds 98.9 to 100 %; ``docs/code_filters.md`` has figures by kind.

It misleads on programs of one template with other strings, and on programs of a few statements that
happen to be alike. Which copy stays follows from the ids, not from the order of rows: the smallest.
"""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from annotated_types import Ge, Gt, Le

from curate.contract import Adds, Barrier, Column, Verdict

if TYPE_CHECKING:
    from curate.text.minhash import Bands


@dc.dataclass(frozen=True)
class DedupCode(Barrier):
    r"""Keep one of all copies of a program, however renamed, reordered or commented.

    Args:
        text: Column with the program.
        language: Language of all rows, by any usual name; what is none of the twelve of
            ``filters.self_contained`` is read like C.
        language_column: Column with such a name for each row; ``language`` where it is null.
        threshold: Least share of statements, 0 to 1, that near duplicates have in common
            (Jaccard); at 1 only copies with other names, comments and order are found.
        permutations: Values in a MinHash signature; more find more pairs near the threshold.
        sketch_statements: Statements of a program that the check compares at most; 4 bytes each.

    Reads:
        id: string.

    Adds:
        duplicate_of: string, id of the copy kept; null for a row kept. A null or empty text is
            like no other.
        duplicate_similarity: float32, share of statements in common with it; null for rows kept.

    Rejects:
        exact duplicate: The same bytes, but for line ends.
        normalised duplicate: The same but for comments and white space.
        near duplicate: The same, or nearly, but for names, comments and order.

    Example:
        >>> rows = pa.table({"id": ["b", "a", "c"], "text": [
        ...     "int sum(int a, int b) { return a + b; }",
        ...     "int add(int x, int y) { /* both */ return x + y; }",
        ...     "int sub(int x, int y) { return x - y; }"]})
        >>> step = DedupCode(language="c")
        >>> verdict = step.decide(step.keys(rows))
        >>> verdict.keep.to_pylist(), verdict.measured["duplicate_of"].to_pylist()
        ([False, True, True], ['a', None, None])
    """

    text: Column = "text"
    language: str = "c"
    language_column: Column = ""
    threshold: Annotated[float, Gt(0), Le(1)] = 0.85
    permutations: Annotated[int, Ge(4), Le(1024)] = 112
    sketch_statements: Annotated[int, Ge(16), Le(65536)] = 4096

    reads: ClassVar = ("id",)
    adds: ClassVar[Adds] = {"duplicate_of": pa.string(), "duplicate_similarity": pa.float32()}
    reasons: ClassVar = ("exact duplicate", "normalised duplicate", "near duplicate")

    def keys(self, batch: pa.Table) -> pa.Table:
        """Hashes of the first two stages, bands and sketch of the third."""
        from curate.code.columns import languages, programs
        from curate.code.duplicates import keys

        labels = languages(batch, self.language_column, self.language)
        how = (self.permutations, self._bands(), self.sketch_statements)
        return pa.table({"id": batch["id"], **keys(programs(batch[self.text]), labels, *how)})

    def decide(self, keys: pa.Table) -> Verdict:
        """Find all copies and keep that with the smallest id."""
        from curate.code.duplicates import copies

        found = copies(keys, self._bands(), self.sketch_statements, self.threshold)
        keep = found.kind == 0
        ids = keys["id"].take(pa.array(found.of, mask=keep)).combine_chunks()
        measured = {
            "duplicate_of": ids.cast(pa.string()),
            "duplicate_similarity": pa.array(found.similarity, mask=keep),
        }
        reasons = pa.array(self.reasons, pa.string()).take(
            pa.array(np.maximum(found.kind, 1) - 1, pa.int8())
        )
        return Verdict(pa.array(keep), pc.if_else(pa.array(keep), "", reasons), measured)

    def _bands(self) -> Bands:
        from curate.text.minhash import bands_for

        return bands_for(self.permutations, self.threshold)
