"""Columns under our names, constants, and ids that are unique and stable.

An id is the corpus's own where it has one, else the place: ``<file>:<line>`` or ``<file>:<row>``.
Where the corpus gives one id twice, the second gets ``@<place>`` behind it and is rejected; so does
any id that already looks like that, which keeps all of them apart by construction.
"""

from __future__ import annotations

import difflib
import re
from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from curate.errors import SourceError

RESERVED = ("defect", "rejected_by", "reason")
MOST_COLUMNS = 10_000
"""A run with so many takes half a minute for a single row: each is counted, described and shown."""
_PLACED = re.compile(r"@.*:\d+\Z", re.DOTALL)


class Plan(NamedTuple):
    """Which column becomes which.

    Attributes:
        pairs: (our name, theirs), in order.
        constants: Columns with one value.
    """

    pairs: tuple[tuple[str, str], ...]
    constants: tuple[tuple[str, str], ...]


def plan(
    names: Sequence[str], columns: Mapping[str, str], constants: Mapping[str, str], where: object
) -> Plan:
    """Decide on the columns, ``id`` and ``source`` included if the corpus has them.

    Args:
        names: Columns of the corpus.
        columns: Our name → theirs; a column not mentioned keeps its name, unless another takes it.
        constants: Columns with one value for all rows; they replace one of the same name.
        where: The file, for messages.

    Raises:
        SourceError: A column is not there, or a name is reserved.

    Example:
        >>> plan(["sent", "text"], {"text": "sent"}, {"lang": "mt"}, "a.csv").pairs
        (('text', 'sent'),)
    """
    refuse_many(names, where)
    for ours, theirs in columns.items():
        if theirs not in names:
            there = ", ".join(names) or "none"
            guess = did_you_mean(theirs, names)
            message = f"{where}: there is no column {theirs!r} for columns.{ours}"
            raise SourceError(f"{message}{guess}; columns there: {there}")
    mapped: dict[str, list[str]] = {}
    for ours, theirs in columns.items():
        mapped.setdefault(theirs, []).append(ours)
    pairs = []
    for name in names:
        if name in mapped:
            pairs += [(ours, name) for ours in mapped[name]]
        elif name not in columns:
            pairs.append((name, name))
    taken = {*constants, *(ours for ours, _ in pairs)}
    if clash := sorted(taken.intersection(RESERVED)):
        way_out = f"give it another name with columns: {{our_{clash[0]}: {clash[0]}}}"
        raise SourceError(f"{where}: the column name {clash[0]!r} is reserved; {way_out}")
    if spoilt := [ours for ours in taken if "\0" in ours]:
        way_out = f"give it another name with columns: {{ours: {spoilt[0]!a}}}"
        raise SourceError(f"{where}: the column name {spoilt[0]!r} holds a NUL byte; {way_out}")
    if clash := sorted({"id", "source"}.intersection(constants)):
        way_out = "the option name sets the source" if clash[0] == "source" else "an id is per row"
        raise SourceError(f"{where}: constants cannot set {clash[0]!r}; {way_out}")
    kept = tuple(pair for pair in pairs if pair[0] not in constants)
    return Plan(kept, tuple(constants.items()))


def refuse_many(names: Sequence[str], where: object) -> None:
    """Stop at once at what would take hours.

    Raises:
        SourceError: There are too many columns.
    """
    if len(names) > MOST_COLUMNS:
        way_out = "leave out those that nobody reads, or write them as rows"
        raise SourceError(f"{where}: {len(names):,} columns, over {MOST_COLUMNS:,}; {way_out}")


def planned_schema(plan: Plan, schema: pa.Schema) -> pa.Schema:
    """The schema that ``arrange`` gives: id, source, the corpus's columns, the constants.

    Raises:
        SourceError: The corpus's own id or source is not text.
    """
    for ours, theirs in plan.pairs:
        if ours in ("id", "source"):
            strings(pa.chunked_array([], schema.field(theirs).type))
    fields = [pa.field("id", pa.string()), pa.field("source", pa.string())]
    fields += [
        schema.field(theirs).with_name(ours)
        for ours, theirs in plan.pairs
        if ours not in ("id", "source")
    ]
    return pa.schema([*fields, *(pa.field(name, pa.string()) for name, _ in plan.constants)])


def arrange(plan: Plan, table: pa.Table, ids: pa.Array, name: str, default: str) -> pa.Table:
    """The corpus's columns under our names.

    Args:
        plan: From ``plan``.
        table: The columns under their names.
        ids: From ``row_ids``.
        name: Value of ``source``; if empty, the corpus's own column of that name is kept.
        default: Value of ``source`` where neither says any.
    """
    schema = planned_schema(plan, table.schema)
    theirs = dict(plan.pairs)
    rows = len(ids)  # a table without columns has lost its rows
    source = pa.array([name or default] * rows, pa.string())
    if not name and "source" in theirs:
        source = strings(table[theirs["source"]]).fill_null(default)
    columns = [
        ids,
        source,
        *(table[theirs[field]] for field in schema.names[2:] if field in theirs),
    ]
    columns += [pa.array([value] * rows, pa.string()) for _, value in plan.constants]
    return pa.table(columns, schema=schema)


def strings(column: pa.Array | pa.ChunkedArray) -> pa.ChunkedArray:
    """A column as text; numbers are written out.

    Raises:
        SourceError: Its type has no text form.
    """
    try:
        return column.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        way_out = "give such a column another name with the option columns"
        raise SourceError(f"id and source must be text, not {column.type}; {way_out}") from error


def row_ids(
    keys: Sequence[str | None] | None,
    places: Sequence[str],
    repeated: Iterable[int] = (),
    prefix: str = "",
) -> pa.StringArray:
    """Ids of rows, unique as long as places are.

    Args:
        keys: The corpus's own ids, null or empty where a row has none; None if it has no ids.
        places: ``<file>:<number>`` of each row.
        repeated: Rows whose key occurred before.
        prefix: Put before every id.

    Example:
        >>> row_ids(["a", "a", None], ["f:1", "f:2", "f:3"], repeated=[1]).to_pylist()
        ['a', 'a@f:2', '@f:3']
    """
    if keys is None:
        return pa.array([prefix + place for place in places], pa.string())
    again = set(repeated)
    ids = [
        prefix + key
        if key and at not in again and not ("@" in key and _PLACED.search(key))
        else f"{prefix}{key or ''}@{place.replace('@', '%40')}"
        for at, (key, place) in enumerate(zip(keys, places, strict=True))
    ]
    return pa.array(ids, pa.string())


def plain_ids(keys: pa.ChunkedArray, prefix: str) -> pa.ChunkedArray | None:
    """What ``row_ids`` gives for keys that never repeat; None where one needs a closer look."""
    if keys.null_count or pc.any(pc.equal(keys, "")).as_py():
        return None
    if pc.any(pc.match_substring(keys, "@")).as_py():
        return None
    return pc.binary_join_element_wise(prefix, keys, "") if prefix else keys


KEYS_AT_ONCE, PARTS = 2**20, 16
"""Keys that are looked at together; more are parted by their hashes."""


class Repeats:
    """Finds keys that occurred before, at 8 bytes a row and half a byte more while it looks.

    64 bits of SipHash with a random key, which are Python's own: the chance that any two of ten
    million different keys are taken for one is 3 in a million, and nobody can write such a pair.
    """

    def __init__(self) -> None:
        self._hashes = array("Q")
        self._shifts: list[tuple[int, int]] = []  # from this place on, rows are so many further

    def add(self, keys: Iterable[str | None], begin: int) -> None:
        """Take in the keys of rows from ``begin`` on; a row without a key repeats nothing."""
        self.add_hashes(key_hashes(keys), begin)

    def add_hashes(self, hashes: bytes, begin: int) -> None:
        """Take in keys by their ``key_hashes``."""
        shift = begin - len(self._hashes)
        if shift != (self._shifts[-1][1] if self._shifts else 0):
            self._shifts.append((len(self._hashes), shift))
        self._hashes.frombytes(hashes)

    def lacks(self, keys: Sequence[str]) -> npt.NDArray[np.bool_]:
        """Which of these keys were never added, shape (keys,)."""
        known = np.frombuffer(self._hashes, np.uint64)
        return ~np.isin(np.frombuffer(key_hashes(keys), np.uint64), known)

    def rows(self) -> npt.NDArray[np.int64]:
        """Second and later occurrences, ascending, shape (repeats,)."""
        hashes = np.frombuffer(self._hashes, np.uint64)
        twice = _repeated(hashes)
        places = np.array([], np.int64)
        if len(twice):
            starts = range(0, len(hashes), KEYS_AT_ONCE)
            found = [
                start + _places(hashes[start : start + KEYS_AT_ONCE], twice) for start in starts
            ]
            places = np.concatenate(found)
        firsts = np.unique(hashes[places], return_index=True)[1]
        again = np.delete(places, firsts)
        starts, shifts = np.array([(0, 0), *self._shifts], np.int64).T
        rows: npt.NDArray[np.int64] = again + shifts[np.searchsorted(starts, again, "right") - 1]
        return np.sort(rows)


_NO_KEY = 0


def _repeated(hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The values that occur twice, ascending; part by part, since a copy would double memory."""
    parts = PARTS if len(hashes) > KEYS_AT_ONCE else 1
    twice = []
    for part in range(parts):
        low, high = (2**64 * at // parts for at in (part, part + 1))
        ranked = hashes[(hashes >= np.uint64(low)) & (hashes <= np.uint64(high - 1))]
        ranked.sort()
        twice.append(np.unique(ranked[1:][ranked[1:] == ranked[:-1]]))
    found = np.concatenate(twice)
    keys: npt.NDArray[np.uint64] = found[found != _NO_KEY]
    return keys


def _places(some: npt.NDArray[np.uint64], of: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """Places of those that are among the ascending ``of``."""
    nearest = of[np.minimum(np.searchsorted(of, some), len(of) - 1)]
    places: npt.NDArray[np.int64] = np.flatnonzero(nearest == some)
    return places


def key_hashes(keys: Iterable[str | None]) -> bytes:
    """8 bytes for each key, zeros for one that is not there; good in this process only."""
    return array("q", [hash(key) if key else _NO_KEY for key in keys]).tobytes()


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?`` or nothing."""
    close = difflib.get_close_matches(word, list(known), 1)
    return f"; did you mean {close[0]!r}?" if close else ""
