"""What a model said, and what is to be thought of it.

The answer is kept as it came; the outcome is found anew each time, so a stricter schema or a mended
rule needs no second call.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:  # the courier, which every process starts, needs no Arrow
    from curate.llm.schema import Schema

OutcomeName = Literal["ok", "unsuitable", "invalid", "error"]
_FENCE = re.compile(r"\s*```(?:json)?[ \t]*\n(.*?)\n?```\s*", re.DOTALL)


class Answer(NamedTuple):
    """The part of a response that is kept.

    Attributes:
        text: What the model wrote.
        finish: Why it ended: ``stop``, ``length``, ``content_filter``, … or empty.
        refusal: Why it would not answer; empty if it did.
        model: The name under which the server answered.
        input_tokens: Billed, or -1 where the server does not say.
        output_tokens: Likewise.
    """

    text: str
    finish: str
    refusal: str = ""
    model: str = ""
    input_tokens: int = -1
    output_tokens: int = -1

    def to_json(self) -> str:
        """As it is kept on disk, in ASCII, since a model may write half a surrogate pair."""
        return json.dumps(self._asdict(), separators=(",", ":"))

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Answer:
        """Read one back; raises ``TypeError`` if it is something else."""
        return cls(**plain)


class Outcome(NamedTuple):
    """What became of a request.

    Attributes:
        name: ``ok``: the answer fits; ``unsuitable``: the model declined; ``invalid``: there is an
            answer that cannot be used; ``error``: there is none, the next run asks again.
        value: The answer's properties (or ``{"answer": text}`` without a schema), if ``ok``.
        detail: Why not ``ok``, in a few words.
    """

    name: OutcomeName
    value: Mapping[str, Any] | None = None
    detail: str = ""


def read_response(body: Any) -> Answer:
    """The answer in the body of a chat completion.

    Raises:
        ValueError: It is no chat completion.
    """
    try:
        choice = body["choices"][0]
        message = choice["message"]
        text, refusal = message.get("content") or "", message.get("refusal") or ""
        usage = body.get("usage") or {}
        counts = (usage.get("prompt_tokens"), usage.get("completion_tokens"))
    except (KeyError, IndexError, TypeError, AttributeError):
        raise ValueError("the response is no chat completion") from None
    if not isinstance(text, str):
        raise ValueError("the response has no text")
    tokens = [count if isinstance(count, int) and count >= 0 else -1 for count in counts]
    finish = str(choice.get("finish_reason") or "")
    return Answer(text, finish, str(refusal), str(body.get("model") or ""), *tokens)


def judge(answer: Answer, schema: Schema | None, unsuitable: str = "") -> Outcome:
    """The outcome of an answer.

    Args:
        answer: What the model said.
        schema: The form it must have; None for prose.
        unsuitable: A boolean property by which the model says that it cannot do what was asked.

    Example:
        >>> judge(Answer("Half a sen", "length"), None)
        Outcome(name='invalid', value=None, detail='cut off at the token limit')
    """
    if answer.refusal:
        return Outcome("unsuitable", None, f"refused: {_printable(answer.refusal[:120])}")
    if answer.finish == "content_filter":
        return Outcome("unsuitable", None, "stopped by the content filter")
    if answer.finish == "length":
        return Outcome("invalid", None, "cut off at the token limit")
    if answer.finish != "stop":
        finish = _printable(answer.finish) or "missing"
        return Outcome("invalid", None, f"finish_reason is {finish}, not stop")
    if not answer.text.strip():
        return Outcome("invalid", None, "empty")
    if schema is None:
        return _prose(answer.text)
    fenced = _FENCE.fullmatch(answer.text)
    try:
        value = json.loads(fenced[1] if fenced else answer.text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return Outcome("invalid", None, "not JSON")
    if mistake := schema.mistake(value):
        return Outcome("invalid", None, f"against the schema: {_printable(mistake)}")
    if unsuitable and value.get(unsuitable) is True:
        return Outcome("unsuitable", None, "the model says so")
    return Outcome("ok", value)


def _prose(text: str) -> Outcome:
    try:
        text.encode()
    except UnicodeEncodeError:
        return Outcome("invalid", None, "half a character")
    return Outcome("ok", {"answer": text})


def _printable(text: str) -> str:
    """The text without half surrogate pairs, which no column can hold."""
    return text.encode("utf-8", "replace").decode()


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON")
