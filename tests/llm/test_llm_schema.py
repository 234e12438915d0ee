"""Schemas: which columns they make, and that they hold answers to them."""

from __future__ import annotations

import json
import socket

import pyarrow as pa
import pytest
from pydantic import BaseModel, Field

from curate.errors import SourceError
from curate.llm.request import build_request
from curate.llm.schema import parse_schema, schema_of


def of(**properties: object) -> str:
    return json.dumps({"type": "object", "properties": properties})


class Judgment(BaseModel):
    score: int = Field(ge=0, le=5)
    why: str | None = None
    spans: list[str] = []


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        ({"type": "string"}, pa.string()),
        ({"enum": ["up", "down"]}, pa.string()),
        ({"type": ["integer", "null"]}, pa.int64()),
        ({"anyOf": [{"type": "number"}, {"type": "null"}]}, pa.float64()),
        ({"type": "array", "items": {"type": "boolean"}}, pa.list_(pa.bool_())),
        (
            {"type": "object", "properties": {"n": {"type": "integer"}}},
            pa.struct([("n", pa.int64())]),
        ),
    ],
)
def test_a_property_is_a_column(part: dict[str, object], kind: pa.DataType) -> None:
    assert dict(parse_schema(of(x=part)).columns) == {"x": kind}


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        of(),
        '{"type": "array"}',
        of(x={"type": "nonsense"}),
        of(x={"type": ["string", "integer"]}),
        of(x={"type": "array"}),
        of(x={"$ref": "#/$defs/absent"}),
        of(x={"$ref": "#/properties/x"}),
    ],
)
def test_what_makes_no_columns_is_refused(text: str) -> None:
    with pytest.raises(SourceError):
        parse_schema(text)


def test_a_pydantic_model_is_a_schema() -> None:
    schema = schema_of(Judgment)
    assert list(schema.columns) == ["score", "why", "spans"]
    assert schema.mistake({"score": 5}) == ""
    assert "greater than the maximum" in schema.mistake({"score": 6})


@pytest.mark.parametrize("value", [{"n": 2**63}, {"n": 1, "s": "\ud800"}])
def test_what_arrow_cannot_hold_is_a_mistake(value: dict[str, object]) -> None:
    assert parse_schema(of(n={"type": "integer"}, s={"type": "string"})).mistake(value)


def test_a_schema_never_reaches_for_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with pytest.raises(SourceError, match="not in the file"):
        parse_schema(of(x={"$ref": "http://example.invalid/x.json"}))


def test_closed_schemas_are_asked_for_strictly() -> None:
    def strict(schema: dict[str, object]) -> bool:
        body = json.loads(build_request("m", [], {}, schema).body)
        return bool(body["response_format"]["json_schema"]["strict"])

    open_ = json.loads(of(x={"type": "string"}))
    assert not strict(open_)
    assert strict({**open_, "additionalProperties": False, "required": ["x"]})
