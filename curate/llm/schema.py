"""The form that an answer must have: a JSON Schema, and the Arrow columns that it makes."""

from __future__ import annotations

import dataclasses as dc
import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from curate.errors import SourceError
from curate.models import need

if TYPE_CHECKING:
    from pydantic import BaseModel

_TYPES = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
}


@dc.dataclass(frozen=True)
class Schema:
    """What an answer must be.

    Attributes:
        tree: The JSON Schema, an object's.
        columns: Its properties as Arrow types, in order.
    """

    tree: Mapping[str, Any]
    columns: Mapping[str, pa.DataType]
    _validator: Any = dc.field(repr=False, compare=False)

    def mistake(self, value: Any) -> str:
        """What is wrong with a value, in one line; empty if it fits."""
        error = next(self._validator.iter_errors(value), None)
        if error is None:
            return self._unfit(value)
        where = "".join(f"[{part!r}]" for part in error.absolute_path) or "the answer"
        return f"{where}: {error.message[:160]}"

    def _unfit(self, value: Mapping[str, Any]) -> str:
        """What Arrow cannot hold, though the schema allows it: huge numbers, half surrogates."""
        for name, kind in self.columns.items():
            try:
                pa.array([value.get(name)], kind)
            except (pa.ArrowException, OverflowError, UnicodeEncodeError, TypeError) as error:
                return f"[{name!r}]: {error}"[:200]
        return ""


def read_schema(path: Path) -> Schema:
    """Read a JSON Schema from a file.

    Raises:
        SourceError: It cannot be read, is no JSON Schema, or has a property that is no column.
        EnvironmentError_: ``jsonschema`` is missing.
    """
    try:
        return parse_schema(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: no schema can be read there ({error}); see schema:") from None
    except SourceError as error:
        raise SourceError(f"{path}: {error}") from None


def schema_of(model: type[BaseModel]) -> Schema:
    """The schema of a pydantic model."""
    return parse_schema(json.dumps(model.model_json_schema()))


@functools.lru_cache(maxsize=64)
def parse_schema(text: str) -> Schema:
    """Check a JSON Schema and find the columns it makes.

    Raises:
        SourceError: It is no JSON Schema of an object, or has a property that is no column.
        EnvironmentError_: ``jsonschema`` is missing.

    Example:
        >>> score = '{"type": "object", "properties": {"score": {"type": "integer"}}}'
        >>> parse_schema(score).mistake({"score": "high"})
        "['score']: 'high' is not of type 'integer'"
    """
    need("jsonschema", owner="a schema", install="pip install 'curate[llm]'")
    import jsonschema
    import referencing

    try:
        tree = json.loads(text)
    except ValueError as error:
        raise SourceError(f"not JSON: {error}") from None
    if not isinstance(tree, dict) or not isinstance(tree.get("properties"), dict):
        raise SourceError("the schema must be of an object with 'properties', one a column")
    if tree.get("type") != "object" or not tree["properties"]:
        raise SourceError("the schema needs type: object and at least one property")
    validator = jsonschema.validators.validator_for(tree)
    try:
        validator.check_schema(tree)
    except jsonschema.SchemaError as error:
        raise SourceError(f"no JSON Schema: {error.message}") from None
    columns = {name: _arrow(name, part, tree, 0) for name, part in tree["properties"].items()}
    # An empty registry: a "$ref" to an address must not reach for the network.
    return Schema(tree, columns, validator(tree, registry=referencing.Registry()))


def _arrow(name: str, part: Any, tree: Mapping[str, Any], depth: int) -> pa.DataType:
    """The Arrow type of a property."""
    if depth > 32 or not isinstance(part, Mapping):
        raise SourceError(f"the property {name!r} has no end; describe it without recursion")
    if "$ref" in part:
        return _arrow(name, _referred(str(part["$ref"]), tree), tree, depth + 1)
    kinds = part.get("type", [])
    kinds = [kind for kind in ([kinds] if isinstance(kinds, str) else kinds) if kind != "null"]
    choices = [one for one in part.get("anyOf", ()) if one != {"type": "null"}]
    if not kinds and len(choices) == 1:
        return _arrow(name, choices[0], tree, depth + 1)
    if not kinds:
        values = part.get("enum", [part["const"]] if "const" in part else [])
        if values and all(isinstance(value, str) or value is None for value in values):
            return pa.string()
    if len(kinds) == 1 and kinds[0] in _TYPES:
        return _TYPES[kinds[0]]
    if kinds == ["array"] and "items" in part:
        return pa.list_(_arrow(f"{name}[]", part["items"], tree, depth + 1))
    if kinds == ["object"] and part.get("properties"):
        inner = part["properties"].items()
        return pa.struct([(key, _arrow(f"{name}.{key}", v, tree, depth + 1)) for key, v in inner])
    hint = "give it one type (or that and null), items of an array, properties of an object"
    raise SourceError(f"the property {name!r} makes no column; {hint}")


def _referred(reference: str, tree: Mapping[str, Any]) -> Any:
    node: Any = tree
    for part in reference.removeprefix("#").strip("/").split("/"):
        node = node.get(part) if isinstance(node, Mapping) else None
    if node is None or not reference.startswith("#/"):
        raise SourceError(f"the schema refers to {reference!r}, which is not in the file")
    return node
