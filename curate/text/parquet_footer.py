"""Parquet files by their footers: rows of each row group, and the columns of all in plain types."""

from __future__ import annotations

import functools
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from curate.arrow import AUDIO, FEATURE
from curate.errors import SourceError
from curate.text.columns import refuse_many

DAMAGE = (pa.ArrowException, OSError, UnicodeDecodeError)
"""What pyarrow raises on damaged bytes; ``OSError`` too where the disk or the network fails."""


class ParquetInput(NamedTuple):
    """One file as its footer tells it.

    Attributes:
        path: Where it lies.
        label: The file's name in ids.
        state: Changes when the file does.
        groups: Rows of each row group; none if the footer cannot be read.
        schema: Its Arrow schema, metadata included.
        facts: Columns with one value for the whole file, such as the split.
    """

    path: str
    label: str
    state: str
    groups: tuple[int, ...] | None
    schema: pa.Schema
    facts: tuple[tuple[str, str], ...] = ()


def _footer_of(file: Any) -> bytes:
    """The footer, in which every column chunk has its place and size, to the file's end."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 8))
    tail: bytes = file.read(8)
    if tail[4:] != b"PAR1":
        return b""
    length = int.from_bytes(tail[:4], "little")
    file.seek(max(0, size - 8 - length))
    return bytes(file.read(length)) + tail


def parquet_input(
    file: Any, path: str, label: str, state: str, facts: tuple[tuple[str, str], ...] = ()
) -> ParquetInput:
    """What the footer of an open file says; without row groups if there is no usable one.

    Args:
        file: Open for reading and seeking.
        path: Where it lies.
        label: Its name in ids, ``.parquet`` at the end left out.
        state: Changes when the file does.
        facts: Columns with one value for the whole file.
    """
    label = label.removesuffix(".parquet")
    try:
        found = pq.ParquetFile(file)
        meta = found.metadata
        # Not meta.row_group(n).column(n): a damaged one ends the process (pyarrow 26.0).
        groups = tuple(meta.row_group(at).num_rows for at in range(meta.num_row_groups))
        if sum(groups) != meta.num_rows or min(groups, default=0) < 0:
            raise pa.ArrowInvalid(f"{meta.num_rows} rows, but {groups} in row groups")
        schema = found.schema_arrow
        schema.names  # noqa: B018 - raises if one is no UTF-8
    except DAMAGE as error:
        if not is_decoders(error):
            raise
        return ParquetInput(path, label, state, None, pa.schema([]), facts)
    return ParquetInput(path, label, state, groups, schema, facts)


def local_input(
    file: Path | str, label: str, facts: tuple[tuple[str, str], ...] = ()
) -> ParquetInput:
    """A file of this machine, known by its size, its time and its footer.

    Raises:
        SourceError: It cannot be opened.
    """
    try:
        with open(file, "rb") as raw:
            there = os.fstat(raw.fileno())
            footer = _footer_of(raw)
        digest = hashlib.sha256(footer[:-8]).hexdigest() if footer else ""
        state = f"{there.st_size}:{there.st_mtime_ns}:{digest}"
        # The footer alone: what opening the file costs Arrow, most of a plan's time would be.
        return parquet_input(pa.BufferReader(footer), str(file), label, state, facts)
    except OSError as error:
        raise SourceError(f"cannot read {file}: {error.strerror or error}") from error


def local_inputs(base: Path, files: Sequence[Path]) -> list[ParquetInput]:
    """Files of this machine, called by their path from ``base``.

    Raises:
        SourceError: One cannot be opened.
    """
    found = [(str(file), os.stat(file)) for file in files]
    states = tuple((file, there.st_size, there.st_mtime_ns) for file, there in found)
    return [*_footers_read(base, states)]


@functools.lru_cache(maxsize=8)
def _footers_read(base: Path, states: tuple[tuple[str, int, int], ...]) -> tuple[ParquetInput, ...]:
    """Read once for the schema and the shards, which a plan asks for one after the other."""
    folder = os.path.join(base, "")
    return tuple(
        local_input(file, file.removeprefix(folder).replace(os.sep, "/")) for file, *_ in states
    )


def plain(kind: pa.DataType) -> pa.DataType:
    """The type without the variants that only change how values lie in memory.

    Example:
        >>> plain(pa.large_list(pa.large_string()))
        ListType(list<item: string>)
    """
    if isinstance(kind, pa.BaseExtensionType):
        return plain(kind.storage_type)
    if pa.types.is_null(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind):
        return pa.binary()
    if pa.types.is_dictionary(kind):
        return plain(kind.value_type)
    if pa.types.is_large_list(kind) or pa.types.is_list(kind):
        return pa.list_(plain(kind.value_type))
    if pa.types.is_fixed_size_list(kind):
        return pa.list_(plain(kind.value_type), kind.list_size)
    if pa.types.is_map(kind):  # the Hub has no such type
        pair = [("key", plain(kind.key_type)), ("value", plain(kind.item_type))]
        return pa.list_(pa.struct(pair))
    if pa.types.is_struct(kind):
        return pa.struct([pa.field(field.name, plain(field.type)) for field in kind])
    return kind


def _plain_field(field: pa.Field) -> pa.Field:
    """Clips get their children in the one order, and features must still say what the type is."""
    kind = plain(field.type)
    feature = json.loads((field.metadata or {}).get(FEATURE, b"{}")).get("_type")
    is_clip = pa.types.is_struct(kind) and {child.name for child in kind} == {"bytes", "path"}
    if feature == "Audio" and is_clip:
        kind = AUDIO
    elif feature in ("Audio", "LargeList"):
        field = field.remove_metadata()
    return field.with_type(kind).with_nullable(True)


def shared_schema(inputs: Sequence[ParquetInput], schemas: Sequence[pa.Schema]) -> pa.Schema:
    """Columns of all files in plain types, and then the facts; widened where files differ.

    Raises:
        SourceError: One column has types in two files that no type holds, a name stands twice, or
            there are too many.
    """
    known: dict[str, tuple[pa.Field, str]] = {}
    for one, schema in zip(inputs, schemas, strict=True):
        refuse_many(list(_named(schema)), one.path)
        if twice := [name for name in schema.names if schema.names.count(name) > 1]:
            raise SourceError(f"{one.path} has two columns {twice[0]!r}; write it with one")
        for field in schema:
            field = _plain_field(field)
            first, path = known.setdefault(field.name, (field, one.path))
            if field.type != first.type:
                known[field.name] = (_widened(first, field, path, one.path), path)
    fields = [field for field, _ in known.values()]
    names = dict.fromkeys(name for one in inputs for name, _ in one.facts if name not in known)
    return pa.schema([*fields, *(pa.field(name, pa.string()) for name in names)])


def _named(fields: Iterable[pa.Field]) -> Iterator[str]:
    """Names of columns, and of what is in structs."""
    for field in fields:
        yield field.name
        kind = field.type
        yield from _named(kind.field(at) for at in range(kind.num_fields))


def _widened(first: pa.Field, other: pa.Field, path: str, other_path: str) -> pa.Field:
    try:
        both = [pa.schema([first.remove_metadata()]), pa.schema([other.remove_metadata()])]
        merged = pa.unify_schemas(both, promote_options="permissive").field(0)
    except (pa.ArrowTypeError, pa.ArrowInvalid) as error:
        types = f"{first.type} in {path} and {other.type} in {other_path}"
        raise SourceError(
            f"the column {first.name!r} is {types}; read them as two sources"
        ) from error
    return first.with_type(merged.type)


def is_decoders(error: BaseException) -> bool:
    """Whether the bytes are wrong; memory, network and disk raise other classes or an errno."""
    if isinstance(error, OSError):
        return type(error) is OSError and error.errno is None
    return not isinstance(error, MemoryError)
