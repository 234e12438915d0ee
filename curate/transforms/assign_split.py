"""Give every row a split by the hash of its group, so that speakers stay together.

A row's split depends on its group's name and the seed, on nothing else: new rows move no old ones,
and no row needs to know another. The price is that shares hold for groups, in the mean: with few
or unequal speakers the splits' sizes stray far from the shares.
"""

from __future__ import annotations

import dataclasses as dc
import math
from collections.abc import Mapping
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from curate.arrow import stable_hash
from curate.contract import Adds, Column, Transform, put


@dc.dataclass(frozen=True)
class AssignSplit(Transform):
    """Assign train, validation and test by the hash of a group column.

    Args:
        group: Column whose equal values share a split; a row where it is null goes by its id.
        shares: Share of the groups each split gets; they sum to 1. Their order does not matter.
        seed: Another seed gives another assignment.

    Reads:
        group: any type that casts to string.

    Adds:
        split: string, one of the names in ``shares``.

    Raises:
        ValueError: A share is not in 0…1, or they do not sum to 1.

    Example:
        >>> clips = pa.table({"id": ["a", "b", "c"], "speaker_id": ["f", "m", "f"]})
        >>> first, _, third = AssignSplit()(clips)["split"].to_pylist()
        >>> first == third
        True
    """

    group: Column = "speaker_id"
    shares: Mapping[str, float] = dc.field(
        default_factory=lambda: {"train": 0.9, "validation": 0.05, "test": 0.05}
    )
    seed: int = 0

    reads: ClassVar = ("id",)
    adds: ClassVar[Adds] = {"split": pa.string()}

    def __post_init__(self) -> None:
        """Check that the shares are shares."""
        if not self.shares or any(not 0 <= share <= 1 for share in self.shares.values()):
            raise ValueError(f"every share must be between 0 and 1, not {dict(self.shares)}")
        if not math.isclose(total := math.fsum(self.shares.values()), 1, abs_tol=1e-6):
            raise ValueError(f"the shares sum to {total:g}, not 1: {dict(self.shares)}")

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Hash each distinct group once."""
        ids = batch["id"].cast(pa.string())
        groups = pc.coalesce(batch[self.group].cast(pa.string()), ids)
        encoded = groups.combine_chunks().dictionary_encode()
        splits = [self._split_of(group) for group in encoded.dictionary.to_pylist()]
        names = pa.array(splits, pa.string()).take(encoded.indices)
        return put(batch, pa.field("split", pa.string()), names)

    def _split_of(self, group: str) -> str:
        place = stable_hash(self.seed, group) / 2**64
        # By name, so that writing the shares in another order moves nobody.
        names = sorted(name for name, share in self.shares.items() if share > 0)
        edge = 0.0
        for name in names[:-1]:
            edge += self.shares[name]
            if place < edge:
                return name
        return names[-1]
