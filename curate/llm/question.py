"""One question put to many rows: prompt, model and the form of the answer."""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from curate.llm.answer import Answer, Outcome, judge
from curate.llm.client import Client
from curate.llm.prompt import Prompt
from curate.llm.request import Request, ResponseFormat, build_request
from curate.llm.schema import Schema


class Asked(NamedTuple):
    """What came of asking about one row.

    Attributes:
        request: What was asked; None if there was nothing to ask.
        answer: What the model said; None if it did not.
        outcome: What is to be thought of it.
    """

    request: Request | None
    answer: Answer | None
    outcome: Outcome

    def key(self) -> str | None:
        """SHA-256 of the request."""
        return self.request.key if self.request else None

    def tokens(self) -> tuple[int | None, int | None]:
        """Input and output tokens, as the server counted them."""
        counts = (self.answer.input_tokens, self.answer.output_tokens) if self.answer else (-1, -1)
        given, taken = (count if count >= 0 else None for count in counts)
        return given, taken


@dc.dataclass(frozen=True)
class Question:
    """What is asked of every row.

    Args:
        model: The model's name at the endpoint.
        params: Sampling parameters.
        prompt: Messages with slots; None: the row's one text is the message.
        schema: The form of the answer; None: prose.
        response_format: How the server is asked for the schema.
        unsuitable: A boolean property by which the model declines.
    """

    model: str
    params: Mapping[str, Any]
    prompt: Prompt | None = None
    schema: Schema | None = None
    response_format: ResponseFormat = "json_schema"
    unsuitable: str = ""

    def request(self, row: Mapping[str, Any]) -> Request | None:
        """The request for the values of one row's slots; None if one of them is null or empty."""
        if any(value is None or value == "" for value in row.values()):
            return None
        if self.prompt is None:
            messages = [{"role": "user", "content": str(value)} for value in row.values()]
        else:
            messages = self.prompt.messages(row)
        tree = self.schema.tree if self.schema else None
        return build_request(self.model, messages, self.params, tree, self.response_format)

    def ask(self, client: Client, rows: Sequence[Mapping[str, Any]]) -> list[Asked]:
        """Ask about rows; what is asked twice is sent once."""
        requests = [self.request(row) for row in rows]
        found = client.ask([request for request in requests if request])
        asked = []
        for request in requests:
            if request is None:
                asked.append(Asked(None, None, Outcome("unsuitable", None, "nothing to ask")))
            elif isinstance(answer := found[request.key], Answer):
                outcome = judge(answer, self.schema, self.unsuitable)
                asked.append(Asked(request, answer, outcome))
            else:
                asked.append(Asked(request, None, Outcome("error", None, answer.detail)))
        return asked
