"""Cassettes: what was answered once is answered offline."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from curate.errors import SourceError
from curate.llm.__main__ import main
from curate.llm.answer import Answer
from curate.llm.budget import Budget
from curate.llm.cache import Cache
from curate.llm.cassette import read_cassette
from curate.llm.client import Client, NoAnswer
from curate.llm.courier import Settings
from curate.llm.request import Request, build_request


def request(prompt: str) -> Request:
    return build_request("m", [{"role": "user", "content": prompt}], {"temperature": 0.0})


def fill(path: Path, answers: dict[str, Answer]) -> None:
    with Cache(path) as cache:
        cache.hold()
        for prompt, answer in answers.items():
            cache.claim(request(prompt), Budget(), 8)
            cache.settle(request(prompt).key, answer)


def test_a_recorded_answer_needs_neither_cache_nor_endpoint(tmp_path: Path) -> None:
    answers = {"가": Answer("나 \ud800", "stop"), "b": Answer("", "stop", "no", "m", 1, 2)}
    fill(tmp_path / "answers", answers)
    assert main(["cassette", str(tmp_path / "answers"), str(tmp_path / "tape.jsonl")]) == 0
    client = Client(Settings(), str(tmp_path / "tape.jsonl"))
    found = client.ask([request(prompt) for prompt in (*answers, "new")])
    assert [found[request(prompt).key] for prompt in answers] == list(answers.values())
    missing = found[request("new").key]
    assert isinstance(missing, NoAnswer)
    assert "no recorded answer" in missing.detail


def test_the_same_answers_give_the_same_cassette(tmp_path: Path) -> None:
    for name, prompts in (("1", "abc"), ("2", "cab")):
        fill(tmp_path / name, {prompt: Answer(prompt, "stop") for prompt in prompts})
        main(["cassette", str(tmp_path / name), str(tmp_path / f"{name}.jsonl")])
    assert (tmp_path / "1.jsonl").read_bytes() == (tmp_path / "2.jsonl").read_bytes()


def test_an_edited_question_no_longer_has_this_answer(tmp_path: Path) -> None:
    fill(tmp_path / "answers", {"a": Answer("b", "stop")})
    tape = tmp_path / "tape.jsonl"
    main(["cassette", str(tmp_path / "answers"), str(tape)])
    plain = json.loads(tape.read_text())
    plain["request"]["messages"][0]["content"] = "another"
    tape.write_text(json.dumps(plain))
    with pytest.raises(SourceError, match=r"tape\.jsonl:1: the key is not of this request"):
        read_cassette(tape)


@pytest.mark.parametrize("text", ["{", "[]", '{"key": "a", "answer": {}}'])
def test_a_damaged_cassette_is_named_by_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "tape.jsonl").write_text(text)
    with pytest.raises(SourceError, match=r"tape\.jsonl:1: no recorded answer"):
        read_cassette(tmp_path / "tape.jsonl")


def test_a_missing_cassette_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"absent\.jsonl: no cassette there"):
        read_cassette(tmp_path / "absent.jsonl")


def test_ten_thousand_answers_are_found_in_seconds(tmp_path: Path) -> None:
    prompts = [f"{number} {'글' * 400}" for number in range(10_000)]
    requests = [request(prompt) for prompt in prompts]
    with Cache(tmp_path / "answers") as cache, cache._changing() as base:
        text = Answer('{"score": 3}', "stop").to_json()
        rows = [(one.key, one.body, text) for one in requests]
        base.executemany("INSERT INTO answers VALUES (?, ?, ?)", rows)
    started = time.process_time()
    found = Client(Settings(str(tmp_path / "answers"))).ask(requests)
    assert len(found) == 10_000
    assert time.process_time() - started < 5
