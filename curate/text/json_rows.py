"""JSON lines as Arrow columns, with types that all rows agree on.

The type of a column is the narrowest that holds every value of the whole input: whole numbers and
fractions together are float64, a column that is always null is a string, an object is a struct of
all keys seen. Where two kinds cannot be reconciled (a string and a number), the first stays and
rows with the other get the defect "wrong type". Strings stay strings, dates too. Objects that
never have a key cannot be a Parquet column and are left out.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pyarrow as pa

from curate.errors import SourceError
from curate.text.json_lines import JsonBlock
from curate.text.lines import Record

if TYPE_CHECKING:
    from curate.text.json_cells import Cells

MOST_DEPTH, MOST_KEYS = 32, 1000
"""Arrow's own limit on nesting is 64; more keys than this are data written as keys."""
FEW_BYTES = 2**18  # below, Python is done before the kernel is loaded

Parsed = tuple[dict[str, Any], str | None]
"""A row, and what is wrong with it."""

_INT64 = range(-(2**63), 2**63)
_SCALARS = {str: pa.string(), bool: pa.bool_(), float: pa.float64()}
_EXACT: dict[pa.DataType, set[type]] = {
    pa.string(): {str},
    pa.bool_(): {bool},
    pa.float64(): {float},
}


def json_schema(blocks: Iterable[JsonBlock]) -> pa.Schema:
    """Columns in order of first appearance; lines that are not objects are passed over.

    Raises:
        SourceError: Over 1000 different keys in one object.
    """
    kinds: dict[str, pa.DataType] = {}
    for block in blocks:
        join_block(kinds, block)
    return settled(kinds)


def settled(kinds: Mapping[str, pa.DataType]) -> pa.Schema:
    """The columns of these kinds."""
    fields = [pa.field(name, _settle(kind)) for name, kind in kinds.items()]
    return pa.schema([field for field in fields if field.type != pa.struct([])])


def _join_rows(kinds: dict[str, pa.DataType], rows: Iterable[Record]) -> list[Parsed]:
    """Widen the kinds so that they hold these rows."""
    found = []
    for record in rows:
        row, defect = ({}, record.defect) if record.defect else _parse(record.raw)
        found.append((row, defect))
        for name, value in row.items() if not defect else ():
            known = kinds.get(name, pa.null())
            fits = value is None or type(value) in _EXACT.get(known, ())
            if name not in kinds or not fits:
                kinds[name] = _join(known, _kind(value))
                _refuse_data_as_keys(kinds)
    return found


def join_block(kinds: dict[str, pa.DataType], block: JsonBlock) -> Cells | list[Parsed]:
    """Widen the kinds so that they hold all rows of a block; of flat rows the first of each kind.

    Returns:
        The cells of the columns known before, and of those of the very first row, if the block is
        worth a kernel; else the rows.
    """
    if len(block.data) < FEW_BYTES:
        return _join_rows(kinds, block.records(range(len(block.line))))
    from curate.text.json_cells import cells_of, first_of_each_kind

    if not kinds:  # names what the kernel is to look for
        _join_rows(kinds, block.records(range(min(1, len(block.line)))))
    cells = cells_of(block, list(kinds))
    first = first_of_each_kind(cells)
    at = np.union1d(np.flatnonzero(~cells.flat), np.array(list(first), np.int64))
    for row, record in zip(at.tolist(), block.records(at), strict=True):
        if row not in first:
            _join_rows(kinds, [record])
        for name, kind in first.get(row, ()):
            kinds[name] = _join(kinds[name], kind)
    return cells


def joined_kinds(
    kinds: Mapping[str, pa.DataType], others: Mapping[str, pa.DataType]
) -> dict[str, pa.DataType] | None:
    """The kinds that hold the rows of two runs of rows; None where the first does not decide.

    Where types clash, that of the earliest row stays, and later ones are widened towards it: so two
    halves that clash cannot be joined from what each has come to.

    Raises:
        SourceError: Over 1000 different keys.
    """
    joined = dict(kinds)
    for name, other in others.items():
        known = kinds.get(name, pa.null())
        joined[name] = _join(known, other)
        if joined[name] != _join(other, known):
            return None
    _refuse_data_as_keys(joined)
    return joined


def block_columns(
    block: JsonBlock, schema: pa.Schema, wanted: str | None = None
) -> tuple[list[pa.Array], list[str | None]]:
    """``json_columns`` of the rows of a block: flat ones by a kernel, the others by it."""
    rows = len(block.line)
    if len(block.data) < FEW_BYTES:
        return json_columns(block.records(range(rows)), schema, wanted)
    from curate.text.json_cells import flat_columns

    flat, columns = flat_columns(block, schema, wanted)
    defects: list[str | None] = [None] * rows
    others = np.flatnonzero(~flat)
    if len(others):
        theirs, wrong = json_columns(block.records(others), schema, wanted)
        order = np.arange(rows)
        order[others] = rows + np.arange(len(others))
        columns = [pa.concat_arrays(pair).take(order) for pair in zip(columns, theirs, strict=True)]
        for at, defect in zip(others.tolist(), wrong, strict=True):
            defects[at] = defect
    return columns, defects


def json_columns(
    rows: Sequence[Record], schema: pa.Schema, wanted: str | None = None
) -> tuple[list[pa.Array], list[str | None]]:
    """One array for each field of the schema, and each row's defect; unknown keys are left out.

    With ``wanted`` only that column is made, but rows are judged by all of them.
    """
    parsed = [({}, row.defect) if row.defect else _parse(row.raw) for row in rows]
    defects = [defect for _, defect in parsed]
    columns = []
    for field in schema:
        values = [row.get(field.name) for row, _ in parsed]
        if not set(map(type, values)) <= {*_EXACT.get(field.type, set()), type(None)}:
            for at, value in enumerate(values):
                values[at], fits = _fit(value, field.type)
                if not fits:
                    defects[at] = defects[at] or "wrong type"
        if wanted is None or wanted == field.name:
            columns.append(pa.array(values, field.type))
    return columns, defects


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse)


def _parse(raw: bytes) -> Parsed:
    """The row of a line, or what is wrong with it.

    ``orjson`` takes a sixth of the time of ``json``. What it refuses (a half surrogate pair, a
    fraction beyond 1e308) ``json`` reads, or says why it cannot; what both read is equal, but for
    whole numbers beyond 64 bits, which are fractions at once, as no column could hold them else.
    """
    try:
        row = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return _parse_slowly(raw)
    if not isinstance(row, dict):
        return {}, "not an object"
    if raw.count(b"{") + raw.count(b"[") > MOST_DEPTH and _depth(row) > MOST_DEPTH:
        return {}, "nested too deeply"
    return row, None


def _parse_slowly(raw: bytes) -> Parsed:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return {}, "not UTF-8"
    try:
        row = _DECODER.decode(text)
    except (ValueError, RecursionError):
        return {}, "not JSON"
    if not isinstance(row, dict):
        return {}, "not an object"
    if text.count("{") + text.count("[") > MOST_DEPTH and _depth(row) > MOST_DEPTH:
        return {}, "nested too deeply"
    if "\\u" in text and ("\\ud" in text or "\\uD" in text) and not _is_text(row):
        return {}, "not UTF-8"
    return row, None


def _depth(value: Any) -> int:
    """Objects and lists inside each other, found without recursion."""
    depth, level = 0, [value]
    while level := [one for one in level if isinstance(one, dict | list)]:
        depth += 1
        inner = (one.values() if isinstance(one, dict) else one for one in level)
        level = [value for values in inner for value in values]
    return depth


def _is_text(value: Any) -> bool:
    """Whether no string in it holds half a surrogate pair, which UTF-8 cannot write."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def flat_kinds(rows: Iterable[Parsed]) -> dict[str, set[pa.DataType]] | None:
    """Every type that each column has; None if a row is damaged or not flat."""
    found: dict[str, set[pa.DataType]] = {}
    for row, defect in rows:
        if defect:
            return None
        for name, value in row.items():
            if isinstance(value, dict | list):
                return None
            found.setdefault(name, set()).add(_kind(value))
    return found


def _kind(value: Any) -> pa.DataType:
    if value is None:
        return pa.null()
    if isinstance(value, dict):
        return pa.struct([pa.field(name, _kind(inner)) for name, inner in value.items()])
    if isinstance(value, list):
        kind = pa.null()
        for inner in value:
            kind = _join(kind, _kind(inner))
        return pa.list_(kind)
    if type(value) is int:
        return pa.int64() if value in _INT64 else pa.float64()
    return _SCALARS[type(value)]


def _join(known: pa.DataType, other: pa.DataType) -> pa.DataType:
    """The type that holds both, or the known one if there is none."""
    if known == other or pa.types.is_null(other):
        return known
    if pa.types.is_null(known):
        return other
    if {known, other} == {pa.int64(), pa.float64()}:
        return pa.float64()
    if pa.types.is_list(known) and pa.types.is_list(other):
        return pa.list_(_join(known.value_type, other.value_type))
    if pa.types.is_struct(known) and pa.types.is_struct(other):
        kinds = {field.name: field.type for field in known}
        _refuse_data_as_keys(kinds)
        for field in other:
            kinds[field.name] = _join(kinds.get(field.name, pa.null()), field.type)
        return pa.struct([pa.field(name, kind) for name, kind in kinds.items()])
    return known


def _refuse_data_as_keys(kinds: Mapping[str, pa.DataType]) -> None:
    if len(kinds) > MOST_KEYS:
        some = ", ".join(itertools.islice(kinds, 3))
        way_out = 'write them as a list of {"key": …, "value": …}'
        raise SourceError(f"over {MOST_KEYS} different keys in one object ({some}, …); {way_out}")


def _settle(kind: pa.DataType) -> pa.DataType:
    """Without nulls and empty structs, neither of which a Parquet reader takes."""
    if pa.types.is_null(kind):
        return pa.string()
    if pa.types.is_list(kind):
        inner = _settle(kind.value_type)
        return pa.list_(pa.string() if inner == pa.struct([]) else inner)
    if pa.types.is_struct(kind):
        inner = [pa.field(field.name, _settle(field.type)) for field in kind]
        return pa.struct([field for field in inner if field.type != pa.struct([])])
    return kind


def _fit(value: Any, kind: pa.DataType) -> tuple[Any, bool]:
    """The value as Arrow takes it, or nothing and False; an object's unknown keys are left out."""
    if value is None:
        return None, True
    if pa.types.is_struct(kind):
        if not isinstance(value, dict):
            return None, False
        inner = {field.name: _fit(value.get(field.name), field.type) for field in kind}
        return {name: one for name, (one, _) in inner.items()}, all(ok for _, ok in inner.values())
    if pa.types.is_list(kind):
        if not isinstance(value, list):
            return None, False
        fitted = [_fit(one, kind.value_type) for one in value]
        return [one for one, _ in fitted], all(ok for _, ok in fitted)
    if pa.types.is_floating(kind) and type(value) in (int, float):
        try:
            return float(value), True
        except OverflowError:
            return None, False
    if pa.types.is_integer(kind):
        return (value, True) if type(value) is int and value in _INT64 else (None, False)
    return (value, True) if type(value) in _EXACT.get(kind, set()) else (None, False)
