"""Reject rows that are exactly like an earlier one.

The key of a row is a 128-bit BLAKE2b hash (RFC 7693) of what the columns hold: the chance that any
two of a billion different rows are taken for one is 1e-21. The first row in shard and row order
stays, whatever the number of workers. Deciding takes 110 bytes and the id for each row, of all rows
if they are few, else of one bucket of rows with like hashes after the other.

It misleads where likeness is not equality: a text with one letter changed is another text, and a
clip encoded again is another clip. See ``barriers.dedup_near`` for the former.
"""

from __future__ import annotations

import dataclasses as dc
import hashlib
from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from annotated_types import MinLen

from curate.contract import Adds, Barrier, Verdict
from curate.errors import CurateError

KEY_BYTES = 16
_BINARY = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary)


@dc.dataclass(frozen=True)
class DedupExact(Barrier):
    """Keep the first of the rows whose ``columns`` hold the same.

    Args:
        columns: Columns that must all be equal: text, numbers, bytes, or audio (its bytes).
        ignore: Differences in texts that do not count: ``case`` (Unicode case folding),
            ``whitespace`` (how much and which; none at either end).

    Reads:
        id: string.

    Adds:
        duplicate_of: string, id of the first row that holds the same; null for rows kept. A row
            with nothing but null or empty values in all columns is like no other and kept.

    Rejects:
        exact duplicate: An earlier row holds the same.

    Raises:
        CurateError: A column holds lists or other nested values.

    Example:
        >>> batch = pa.table({"id": ["a", "b", "c"], "text": ["Yes", " yes ", "no"]})
        >>> step = DedupExact(ignore=("case", "whitespace"))
        >>> verdict = step.decide(step.keys(batch))
        >>> verdict.keep.to_pylist(), verdict.measured["duplicate_of"].to_pylist()
        ([True, False, True], [None, 'a', None])
    """

    columns: Annotated[tuple[str, ...], MinLen(1)] = ("text",)
    ignore: tuple[Literal["case", "whitespace"], ...] = ()

    reads: ClassVar = ("id",)
    adds: ClassVar[Adds] = {"duplicate_of": pa.string()}
    reasons: ClassVar = ("exact duplicate",)

    def columns_read(self) -> tuple[str, ...]:
        """The id and the columns compared."""
        return tuple(dict.fromkeys((*super().columns_read(), *self.columns)))

    def separable_by(self) -> tuple[str, ...]:
        """Only rows with the same hash are compared."""
        return ("key",)

    def keys(self, batch: pa.Table) -> pa.Table:
        """The hash of each row, null where there is nothing to compare."""
        values = (self._values(batch[name], name) for name in self.columns)
        hashes = [_hash(row) if any(row) else None for row in zip(*values, strict=True)]
        return pa.table({"id": batch["id"], "key": pa.array(hashes, pa.binary(KEY_BYTES))})

    def decide(self, keys: pa.Table) -> Verdict:
        """Find the first row of each key."""
        rows = np.flatnonzero(np.asarray(keys["key"].is_valid()))
        hashes = _halves(keys["key"])[rows]
        order = np.lexsort((hashes[:, 1], hashes[:, 0]))  # stable: equal keys in row order
        ranked = hashes[order]
        is_first = np.ones(len(rows), np.bool_)
        is_first[1:] = (ranked[1:] != ranked[:-1]).any(axis=1)
        begins = np.flatnonzero(is_first)
        firsts = np.repeat(begins, np.diff(np.append(begins, len(rows))))
        original = np.arange(keys.num_rows)
        original[rows[order]] = rows[order[firsts]]
        keep = original == np.arange(keys.num_rows)
        ids = keys["id"].take(pa.array(original, mask=keep)).combine_chunks()
        return Verdict(pa.array(keep), self.reasons[0], {"duplicate_of": ids.cast(pa.string())})

    def _values(self, column: pa.ChunkedArray, name: str) -> Sequence[bytes | None]:
        """What a row holds, as bytes."""
        kind = column.type
        if pa.types.is_struct(kind) and kind.get_field_index("bytes") >= 0:
            column = pc.struct_field(column, "bytes")
        elif pa.types.is_nested(kind):
            raise CurateError(f"cannot compare {name!r}, which holds {kind}; name another column")
        elif not any(test(kind) for test in _BINARY):
            column = column.cast(pa.large_string())
        values: list[bytes | None] = column.cast(pa.large_binary()).to_pylist()
        if pa.types.is_large_string(column.type) and self.ignore:
            return [self._folded(value) for value in values]
        return values

    def _folded(self, value: bytes | None) -> bytes | None:
        if not value:
            return value
        text = value.decode("utf-8", "surrogateescape")
        if "case" in self.ignore:
            text = text.casefold()
        if "whitespace" in self.ignore:
            text = " ".join(text.split())
        return text.encode("utf-8", "surrogateescape")


def _hash(row: tuple[bytes | None, ...]) -> bytes:
    """Hash of all values, each behind its length, so that no two rows share an encoding."""
    digest = hashlib.blake2b(digest_size=KEY_BYTES)
    for value in row:
        digest.update(b"null" if value is None else len(value).to_bytes(8, "little"))
        digest.update(value or b"")
    return digest.digest()


def _halves(keys: pa.ChunkedArray) -> np.ndarray[tuple[int, int], np.dtype[np.uint64]]:
    """The keys as pairs of numbers, shape (rows, 2); those of null keys mean nothing."""
    parts = [np.zeros((0, 2), np.uint64)]
    for chunk in keys.chunks:
        data = np.frombuffer(chunk.buffers()[1] or b"", np.uint64).reshape(-1, 2)
        parts.append(data[chunk.offset : chunk.offset + len(chunk)])
    return np.concatenate(parts)
