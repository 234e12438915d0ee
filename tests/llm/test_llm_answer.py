"""What is thought of an answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.completions_server import completion

from curate.llm.answer import Answer, judge, read_response
from curate.llm.schema import parse_schema

SCHEMA = parse_schema(
    json.dumps(
        {
            "type": "object",
            "properties": {"score": {"type": "integer"}, "declined": {"type": "boolean"}},
            "required": ["score"],
        }
    )
)


@pytest.mark.parametrize(
    ("answer", "outcome", "detail"),
    [
        (Answer('{"score": 3}', "stop"), "ok", ""),
        (Answer('```json\n{"score": 3}\n```', "stop"), "ok", ""),
        (Answer('{"score": 3, "declined": true}', "stop"), "unsuitable", "the model says so"),
        (Answer("", "stop", "I cannot"), "unsuitable", "refused: I cannot"),
        (Answer("", "content_filter"), "unsuitable", "stopped by the content filter"),
        (Answer('{"score": 3}', "length"), "invalid", "cut off at the token limit"),
        (Answer('{"score": 3}', ""), "invalid", "finish_reason is missing, not stop"),
        (Answer('{"score": 3}', "tool_calls"), "invalid", "finish_reason is tool_calls, not stop"),
        (Answer(" ", "stop"), "invalid", "empty"),
        (Answer('{"score": 3', "stop"), "invalid", "not JSON"),
        (Answer('{"score": NaN}', "stop"), "invalid", "not JSON"),
        (Answer("[" * 100_000, "stop"), "invalid", "not JSON"),
        (
            Answer('{"score": "high"}', "stop"),
            "invalid",
            "against the schema: ['score']: 'high' is not of type 'integer'",
        ),
    ],
)
def test_every_answer_takes_its_own_path(answer: Answer, outcome: str, detail: str) -> None:
    found = judge(answer, SCHEMA, "declined")
    assert (found.name, found.detail) == (outcome, detail)
    assert (found.value is not None) == (outcome == "ok")


@given(st.text() | st.from_regex(r'\{"score": .*\}', fullmatch=True))
def test_any_text_is_judged_and_kept(text: str) -> None:
    answer = Answer(text, "stop")
    assert judge(answer, SCHEMA).name in {"ok", "invalid"}
    assert Answer.from_plain(json.loads(answer.to_json())) == answer


def test_a_completion_is_read() -> None:
    assert read_response(completion("a")) == Answer("a", "stop", "", "served-model-1", 10, 5)


def test_a_server_need_not_count_tokens() -> None:
    assert read_response(completion("a", usage=None))[-2:] == (-1, -1)


@pytest.mark.parametrize(
    "body", [None, [], {}, {"choices": []}, {"choices": [None]}, {"error": "busy"}, "text"]
)
def test_what_is_no_completion_is_told(body: Any) -> None:
    with pytest.raises(ValueError, match="no chat completion"):
        read_response(body)
