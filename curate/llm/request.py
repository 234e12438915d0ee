"""One request to a chat model, as the JSON text that is sent, and its key: the hash of that text.

Model, messages, parameters and schema are the whole body, so equal keys are equal questions. The
order of a schema's properties counts, because models write them in that order.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from curate.errors import SourceError

ResponseFormat = Literal["json_schema", "json_object", "text"]
RESERVED = ("model", "messages", "response_format", "stream", "stream_options", "n")
"""Parameters that are not for the recipe: one whole answer a request, in the schema's form."""
OUTPUT_LIMITS = ("max_completion_tokens", "max_tokens")


class Request(NamedTuple):
    """A question to a model.

    Attributes:
        key: SHA-256 of ``body``, in hex.
        body: The JSON text of the request's body.
    """

    key: str
    body: str

    @classmethod
    def of_body(cls, body: Mapping[str, Any]) -> Request:
        """The request whose body says this, in this order."""
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        return cls(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(), text)

    def model(self) -> str:
        """The model that is asked."""
        return str(json.loads(self.body)["model"])

    def most_input_tokens(self) -> int:
        """No fewer tokens than the prompt can have: a token is at least a byte of the body."""
        return len(self.body.encode("utf-8", "surrogatepass")) + 64  # 64: what a template adds

    def most_output_tokens(self) -> int:
        """The limit that the request sets for the answer, 0 if it sets none."""
        body = json.loads(self.body)
        return next((int(body[name]) for name in OUTPUT_LIMITS if body.get(name)), 0)


def build_request(
    model: str,
    messages: Sequence[Mapping[str, str]],
    params: Mapping[str, Any],
    schema: Mapping[str, Any] | None = None,
    response_format: ResponseFormat = "json_schema",
) -> Request:
    """Put a request together.

    Args:
        model: The model's name at the endpoint.
        messages: ``{"role": …, "content": …}``, in order.
        params: Sampling parameters, such as ``temperature`` and ``max_tokens``.
        schema: JSON Schema that the answer must fit; None: the answer is prose.
        response_format: How the server is asked for the schema; ``text`` leaves it to the prompt.

    Raises:
        SourceError: ``params`` has a name of ``RESERVED``.

    Example:
        >>> request = build_request("m", [{"role": "user", "content": "Hi"}], {"max_tokens": 9})
        >>> request.body
        '{"model":"m","messages":[{"role":"user","content":"Hi"}],"max_tokens":9}'
    """
    check_params(params)
    body: dict[str, Any] = {"model": model, "messages": [dict(message) for message in messages]}
    body |= {name: params[name] for name in sorted(params)}
    if schema is not None and response_format == "json_object":
        body["response_format"] = {"type": "json_object"}
    elif schema is not None and response_format == "json_schema":
        form = {"name": "answer", "strict": _is_strict(schema), "schema": dict(schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": form}
    return Request.of_body(body)


def check_params(params: Mapping[str, Any]) -> None:
    """Refuse parameters that are not for the recipe.

    Raises:
        SourceError: ``params`` has a name of ``RESERVED``.
    """
    if taken := sorted(set(params) & set(RESERVED)):
        raise SourceError(f"params: {taken[0]!r} is not a parameter here; take it out")


def _is_strict(schema: Any) -> bool:
    """Whether every object in it is closed and complete, as OpenAI's strict mode demands."""
    if isinstance(schema, list):
        return all(_is_strict(part) for part in schema)
    if not isinstance(schema, Mapping):
        return True
    properties = schema.get("properties")
    if schema.get("type") == "object" or isinstance(properties, Mapping):
        closed = schema.get("additionalProperties") is False
        if not closed or set(schema.get("required", ())) != set(properties or ()):
            return False
    return all(_is_strict(part) for part in schema.values())
