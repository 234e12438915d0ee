"""Keep sentences whose words are mostly of the language that they are in.

The share of code-switched words among all that have a language, symbols and names aside; with two
languages the Code-Mixing Index of Das and Gambäck 2014, "Identifying Languages at the Word Level in
Code-Mixed Indian Social Media Text", is this share or what is left of 1, whichever is smaller. It
misleads in short sentences, where one word is half of them, and is as good as the labels: of the
words that the bundled model calls code-switching some are names or loans, and the other way round.
"""

from __future__ import annotations

import dataclasses as dc
from typing import Annotated, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from annotated_types import Ge, Le

from curate.contract import Column, Filter, Limit, Verdict

SWITCHED = ("Code-Switching",)
NO_LANGUAGE = ("Symbol", "Name", "Name (Arabic)", "Name (Non-Arabic)")


@dc.dataclass(frozen=True)
class CodeSwitching(Filter):
    """Keep sentences with at most ``most_share`` of their words in another language.

    Args:
        labels: Column with a label for each word, as ``transforms.annotate_etymology`` gives it.
        most_share: Highest share kept, 0 to 1; null measures only.

    Reads:
        labels: list<string>.

    Adds:
        code_switching_share: float64, 0 to 1, of the words that are neither symbols nor names; null
            where there is none.

    Rejects:
        too much code-switching: Over ``most_share``.

    Example:
        >>> words = [["Arabic", "Symbol", "Code-Switching"], ["Name", "Symbol"]]
        >>> sentences = pa.table({"id": ["a", "b"], "etymology": words})
        >>> CodeSwitching()(sentences).measured["code_switching_share"].to_pylist()
        [0.5, None]
    """

    labels: Column = "etymology"
    most_share: Annotated[float, Ge(0), Le(1)] | None = None

    adds: ClassVar = {"code_switching_share": pa.float64()}
    reasons: ClassVar = ("too much code-switching",)
    limits: ClassVar = {"most_share": Limit("code_switching_share", "most", reasons)}

    def __call__(self, batch: pa.Table) -> Verdict:
        """Count labels of all rows at once."""
        column = batch[self.labels].cast(pa.list_(pa.string())).combine_chunks()
        rows = pc.list_parent_indices(column).to_numpy(zero_copy_only=False)
        label = pc.list_flatten(column)
        switched = self._count(rows, pc.is_in(label, pa.array(SWITCHED)), batch.num_rows)
        aside = pc.or_(pc.is_in(label, pa.array(NO_LANGUAGE)), pc.is_null(label))
        words = self._count(rows, pc.invert(aside), batch.num_rows)
        share = pa.array(switched / np.maximum(words, 1), mask=words == 0)
        most = 1.0 if self.most_share is None else self.most_share
        keep = pc.fill_null(pc.less_equal(share, most), True)
        return Verdict(keep, self.reasons[0], {"code_switching_share": share})

    @staticmethod
    def _count(rows: np.ndarray, wanted: pa.BooleanArray, size: int) -> np.ndarray:
        mask = np.asarray(wanted.to_numpy(zero_copy_only=False), bool)
        return np.bincount(rows[mask], minlength=size).astype(np.float64)
