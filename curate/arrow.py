"""Arrow schemas and Hugging Face features, ids and hashes.

A field carries its Hub feature as JSON in its own metadata (key ``feature``), so that features
follow columns through selects, renames and filters. ``hub_schema`` gathers them into the one
schema-level key from which ``datasets`` restores ``Audio``, ``ClassLabel`` and the like, with no
torch installed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa

FEATURE = b"feature"
HUB = b"huggingface"
AUDIO = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
"""An encoded clip: the whole file's bytes and its name, or no bytes and the path to read."""


def feature_field(name: str, kind: pa.DataType, feature: dict[str, Any]) -> pa.Field:
    """A field that the Hub reads as the given feature, e.g. ``{"_type": "Audio", …}``."""
    return pa.field(name, kind, metadata={FEATURE: json.dumps(feature, sort_keys=True).encode()})


def audio_field(name: str = "audio", rate_hz: int | None = None) -> pa.Field:
    """A field of encoded clips, ``datasets.Audio(sampling_rate=rate_hz)`` on the Hub."""
    rate = {"sampling_rate": rate_hz} if rate_hz else {}
    return feature_field(name, AUDIO, {"_type": "Audio", **rate})


def feature_of(field: pa.Field) -> dict[str, Any]:
    """The Hub feature of a field, from its metadata or else from its type."""
    if field.metadata and FEATURE in field.metadata:
        feature: dict[str, Any] = json.loads(field.metadata[FEATURE])
        return feature
    return _feature_of_type(field.type)


# Where the Hub's name of a type is not Arrow's own.
_VALUE_NAMES = {
    "double": "float64",
    "float": "float32",
    "halffloat": "float16",
    "date32[day]": "date32",
    "date64[ms]": "date64",
}


def _feature_of_type(kind: pa.DataType) -> dict[str, Any]:
    if pa.types.is_struct(kind):
        return {child.name: _feature_of_type(child.type) for child in kind}
    if pa.types.is_fixed_size_list(kind):
        inner = _feature_of_type(kind.value_type)
        return {"feature": inner, "length": kind.list_size, "_type": "List"}
    if pa.types.is_list(kind):
        return {"feature": _feature_of_type(kind.value_type), "_type": "List"}
    if pa.types.is_large_list(kind):
        return {"feature": _feature_of_type(kind.value_type), "_type": "LargeList"}
    return {"dtype": _VALUE_NAMES.get(str(kind), str(kind)), "_type": "Value"}


def hub_schema(schema: pa.Schema) -> pa.Schema:
    """The schema with the one metadata key that ``datasets`` reads features from."""
    features = {field.name: feature_of(field) for field in schema}
    info = json.dumps({"info": {"features": features}}, ensure_ascii=False)
    fields = [pa.field(field.name, field.type) for field in schema]
    return pa.schema(fields, metadata={HUB: info.encode()})


def field_features(schema: pa.Schema) -> pa.Schema:
    """The reverse of ``hub_schema``: features from the schema's key onto its fields."""
    raw = (schema.metadata or {}).get(HUB)
    features = json.loads(raw).get("info", {}).get("features", {}) if raw else {}
    fields = []
    for field in schema:
        feature = features.get(field.name)
        if isinstance(feature, dict) and feature.get("_type", "Value") not in {"Value", "List"}:
            fields.append(feature_field(field.name, field.type, feature))
        else:
            fields.append(pa.field(field.name, field.type))
    return pa.schema(fields)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's content, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, default=str)


def digest_of(*parts: object) -> str:
    """SHA-256 over the JSON of plain values, in hex; the same in every process and version."""
    text = _ENCODER.encode(parts)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def stable_hash(*parts: object) -> int:
    """An unsigned 64-bit hash that never varies between runs; for seeds and splits."""
    return int(digest_of(*parts)[:16], 16)


def union_schema(schemas: Iterable[pa.Schema]) -> pa.Schema:
    """All columns of several schemas in order of first appearance.

    Raises:
        pa.ArrowTypeError: One name has two types.
    """
    fields: dict[str, pa.Field] = {}
    for schema in schemas:
        for field in schema:
            known = fields.setdefault(field.name, field)
            if known.type != field.type:
                types = f"{known.type} in one source and {field.type} in another"
                raise pa.ArrowTypeError(f"column {field.name!r} is {types}")
    return pa.schema(list(fields.values()))


def _as(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    return column if column.type == kind else column.cast(kind)


def fit_schema(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The table in this schema: absent columns become null, the order is the schema's."""
    there = dict(zip(table.column_names, table.columns, strict=True))  # a look by name walks all
    columns = [
        _as(there[field.name], field.type)
        if field.name in there
        else pa.nulls(table.num_rows, field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)
