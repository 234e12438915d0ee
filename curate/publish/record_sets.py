"""Arrow columns as Croissant fields: which types it has, and how nested values are reached."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq

from curate.arrow import AUDIO
from curate.publish.splits import config_folders, configs_of

PARQUET = "application/x-parquet"
TYPES = {
    pa.bool_(): "sc:Boolean",
    pa.int8(): "cr:Int8",
    pa.int16(): "cr:Int16",
    pa.int32(): "cr:Int32",
    pa.int64(): "cr:Int64",
    pa.uint8(): "cr:UInt8",
    pa.uint16(): "cr:UInt16",
    pa.uint32(): "cr:UInt32",
    pa.uint64(): "cr:UInt64",
    pa.float16(): "cr:Float16",
    pa.float32(): "cr:Float32",
    pa.float64(): "cr:Float64",
    pa.string(): "sc:Text",
    pa.large_string(): "sc:Text",
    pa.binary(): "sc:Text",  # readers give text as bytes, so that bytes come out unharmed
    pa.large_binary(): "sc:Text",
    pa.date32(): "sc:Date",
    pa.date64(): "sc:Date",
}


def files_id(config: str) -> str:
    """The id of the FileSet of a config."""
    return f"parquet-files-of-{config}"


def record_set(out: Path, record: Mapping[str, Any], config: str) -> dict[str, Any]:
    """The rows of a config: a field for its split and one for each column.

    Args:
        out: The dataset folder; the schema is read from the config's first file.
        record: What ``run.json`` holds.
        config: Its name.
    """
    folders, splits = config_folders(record, config), configs_of(record)[config]
    first = next(path for path in record["files"] if path.split("/")[0] in folders)
    schema = pq.read_schema(out / first)
    fields = [_field(config, column) for column in schema]
    left_out = [column.name for column in schema if not expressible(column.type)]
    rows = ", ".join(f"{split['rows']:,} in {name}" for name, split in splits.items())
    said = f"Rows of the config {config}: {rows}."
    if left_out:
        said += f" Croissant has no type for {', '.join(left_out)}: read the files for them."
    splitter = "split" if "split" not in schema.names else "file_split"
    folder = folders[0] if len(folders) == 1 else f"(?:{'|'.join(map(re.escape, folders))})"
    by_name = {
        "@type": "cr:Field",
        "@id": f"{config}/{splitter}",
        "name": splitter,
        "description": "The split, from the name of the file.",
        "dataType": "sc:Text",
        "source": {
            "fileSet": {"@id": files_id(config)},
            "extract": {"fileProperty": "fullpath"},
            "transform": {"regex": f"{folder}/({'|'.join(map(re.escape, splits))})-.+parquet$"},
        },
    }
    return {
        "@type": "cr:RecordSet",
        "@id": config,
        "name": config,
        "description": said,
        "key": {"@id": f"{config}/id"},
        "field": [by_name, *(field for field in fields if field)],
    }


def expressible(kind: pa.DataType) -> bool:
    """Whether Croissant and its reader can give values of a type back as they are."""
    if pa.types.is_struct(kind):
        return all(_is_leaf(_innermost(child.type)) for child in kind)
    if _is_list(kind) and pa.types.is_struct(kind.value_type):
        return all(_is_leaf(child.type) for child in kind.value_type)
    return _is_leaf(_innermost(kind))


def _field(config: str, column: pa.Field) -> dict[str, Any]:
    if not expressible(column.type):
        return {}
    kind = column.type
    at = f"{config}/{quote(column.name)}"
    source = {"fileSet": {"@id": files_id(config)}, "extract": {"column": column.name}}
    head = {"@type": "cr:Field", "@id": at, "name": column.name}
    if kind == AUDIO:
        told = f"Column {column.name}: a whole encoded audio file; null where there is none."
        source |= {"transform": {"jsonPath": "bytes"}}
        return {**head, "description": told, "dataType": "sc:AudioObject", "source": source}
    told = f"Column {column.name}, {kind}."
    inner = _innermost(kind)
    if pa.types.is_struct(inner):
        told += " Where it is null, readers give nulls in it."
        below = [_child(at, child, source) for child in inner]
        return {**head, "description": told, **_array(kind), "subField": below}
    typed = {"dataType": _data_type(inner), **_array(kind)}
    return {**head, "description": told, **typed, "source": source}


def _child(parent: str, child: pa.Field, source: Mapping[str, Any]) -> dict[str, Any]:
    plain = child.name.isidentifier() and child.name.isascii()
    path = child.name if plain else json.dumps(child.name, ensure_ascii=False)
    return {
        "@type": "cr:Field",
        "@id": f"{parent}/{quote(child.name)}",
        "name": child.name,
        "description": f"{child.name}, {child.type}.",
        "dataType": _data_type(_innermost(child.type)),
        **_array(child.type),
        "source": {**source, "transform": {"jsonPath": path}},
    }


def _array(kind: pa.DataType) -> dict[str, Any]:
    shape = []
    while _is_list(kind):
        shape.append(str(kind.list_size) if pa.types.is_fixed_size_list(kind) else "-1")
        kind = kind.value_type
    return {"isArray": True, "arrayShape": ",".join(shape)} if shape else {}


def _innermost(kind: pa.DataType) -> pa.DataType:
    while _is_list(kind):
        kind = kind.value_type
    return kind


def _is_list(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    )


def _is_leaf(kind: pa.DataType) -> bool:
    return kind in TYPES or bool(pa.types.is_timestamp(kind))


def _data_type(kind: pa.DataType) -> str:
    return "sc:DateTime" if pa.types.is_timestamp(kind) else TYPES[kind]
