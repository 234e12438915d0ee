"""Mark, or reject, rows whose compiled modules have the same shape as those of another row.

``transforms.compile_to_ir`` gives each module a *shape*, a hash that copies with other names share.
Different programs with equal IR are wanted pairs of a corpus that teaches what programs mean, so
rows are only marked unless ``drop`` is set.

It misleads where modules differ by one instruction, of which it says nothing: programs are compared
by ``barriers.dedup_code`` before they are compiled.
"""

from __future__ import annotations

import dataclasses as dc
from typing import Annotated, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from annotated_types import MinLen

from curate.contract import Adds, Barrier, Verdict


@dc.dataclass(frozen=True)
class DedupIr(Barrier):
    """Mark rows with equal shapes of IR; keep one of each with ``drop``.

    Args:
        columns: Columns that must all be equal, such as ``[split, ir_shape]``.
        drop: Reject all but the row with the smallest id.

    Reads:
        id: string.

    Adds:
        same_ir_as: string, smallest id of the rows with the same values; null for that row itself,
            and where a column is null or empty.
        same_ir_rows: int32, how many rows share them, this one included; null where a column is.

    Rejects:
        same IR: Another row with the same values is kept, and ``drop`` is set.

    Example:
        >>> rows = pa.table({"id": ["b", "a", "c"], "shape": ["7f", "7f", "80"]})
        >>> verdict = DedupIr(columns=("shape",), drop=True).decide(rows)
        >>> verdict.keep.to_pylist(), verdict.measured["same_ir_as"].to_pylist()
        ([False, True, True], ['a', None, None])
    """

    columns: Annotated[tuple[str, ...], MinLen(1)] = ("text",)
    drop: bool = False

    reads: ClassVar = ("id",)
    adds: ClassVar[Adds] = {"same_ir_as": pa.string(), "same_ir_rows": pa.int32()}
    reasons: ClassVar = ("same IR",)

    def columns_read(self) -> tuple[str, ...]:
        """The id and the columns compared."""
        return tuple(dict.fromkeys((*super().columns_read(), *self.columns)))

    def separable_by(self) -> tuple[str, ...]:
        """Only rows with the same values are compared."""
        return self.columns

    def decide(self, keys: pa.Table) -> Verdict:
        """Group rows by their shapes, in the order of ids."""
        from curate.code.duplicates import first_equal

        order = pc.sort_indices(keys["id"]).to_numpy()
        ranked = keys.take(pa.array(order))
        parts = [ranked[name].cast(pa.large_binary()) for name in self.columns]
        joined = pc.binary_join_element_wise(*parts, pa.scalar(b"\0", pa.large_binary()))
        there = np.logical_and.reduce(
            [np.asarray(pc.fill_null(pc.greater(pc.binary_length(one), 0), False)) for one in parts]
        )
        column = pc.if_else(pa.array(there), joined, pa.scalar(None, pa.large_binary()))
        first = first_equal(pa.chunked_array([column]) if isinstance(column, pa.Array) else column)
        back = np.empty_like(order)
        back[order] = np.arange(len(order))
        of, has = order[first[back]], there[back]
        alone = of == np.arange(len(of))
        measured = {
            "same_ir_as": keys["id"].take(pa.array(of, mask=alone)).combine_chunks(),
            "same_ir_rows": pa.array(np.bincount(of, minlength=len(of))[of], pa.int32(), mask=~has),
        }
        keep = alone | (not self.drop)
        return Verdict(pa.array(keep), self.reasons[0], measured)
