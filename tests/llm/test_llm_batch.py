"""Batch files: another way to the same answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.completions_server import CompletionsServer, completion

from curate.errors import SourceError
from curate.llm.__main__ import main
from curate.llm.answer import Answer
from curate.llm.batch import read_results, write_requests
from curate.llm.budget import Budget
from curate.llm.cache import Cache
from curate.llm.client import Client, NoAnswer, close_all
from curate.llm.courier import Settings
from curate.llm.request import Request, build_request


def request(prompt: str) -> Request:
    return build_request("m", [{"role": "user", "content": prompt}], {"max_tokens": 5})


@pytest.fixture
def client(tmp_path: Path) -> Client:
    return Client(Settings(str(tmp_path / "answers")), transport="batch")


def result(custom_id: str, body: Any, status: int = 200) -> str:
    response = {"status_code": status, "request_id": "1", "body": body}
    return json.dumps({"id": "r", "custom_id": custom_id, "response": response, "error": None})


def test_a_request_goes_out_by_file_and_its_answer_comes_back(
    client: Client, tmp_path: Path
) -> None:
    cache, one = tmp_path / "answers", request("a")
    (waiting,) = client.ask([one]).values()
    assert isinstance(waiting, NoAnswer)
    assert write_requests(cache, tmp_path / "requests.jsonl") == 1
    line = json.loads((tmp_path / "requests.jsonl").read_text())
    assert line == {
        "custom_id": one.key,
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": json.loads(one.body),
    }
    (tmp_path / "results.jsonl").write_text(result(one.key, completion("yes")) + "\n")
    assert read_results(cache, tmp_path / "results.jsonl") == (1, 0, 0)
    assert client.ask([one]) == {one.key: Answer("yes", "stop", "", "served-model-1", 10, 5)}
    with Cache(cache) as known:
        assert known.spent()[:3] == (1, 10, 5)


def test_no_request_is_written_into_two_files(client: Client, tmp_path: Path) -> None:
    cache = tmp_path / "answers"
    client.ask([request("a")])
    write_requests(cache, tmp_path / "1.jsonl")
    client.ask([request("a"), request("b")])
    assert write_requests(cache, tmp_path / "2.jsonl") == 1
    with pytest.raises(SourceError, match="is there already"):
        write_requests(cache, tmp_path / "2.jsonl")


def test_a_request_that_failed_waits_for_the_next_file(client: Client, tmp_path: Path) -> None:
    cache, one = tmp_path / "answers", request("a")
    client.ask([one])
    write_requests(cache, tmp_path / "1.jsonl")
    (tmp_path / "errors.jsonl").write_text(result(one.key, {"error": {}}, 500) + "\n\n")
    assert read_results(cache, tmp_path / "errors.jsonl") == (0, 1, 0)
    client.ask([one])
    assert write_requests(cache, tmp_path / "2.jsonl") == 1


def test_results_that_nobody_asked_for_are_counted(client: Client, tmp_path: Path) -> None:
    client.ask([request("a")])
    (tmp_path / "r.jsonl").write_text(result("another", completion("yes")))
    assert read_results(tmp_path / "answers", tmp_path / "r.jsonl") == (0, 0, 1)


@pytest.mark.parametrize("text", ["{", "[]", '{"id": 1}'])
def test_a_damaged_result_file_is_named_by_line(client: Client, tmp_path: Path, text: str) -> None:
    client.ask([request("a")])
    (tmp_path / "r.jsonl").write_text(f"\n{text}\n")
    with pytest.raises(SourceError, match=r"r\.jsonl:2: no line"):
        read_results(tmp_path / "answers", tmp_path / "r.jsonl")


def test_what_waits_in_a_batch_is_not_sent_live_until_it_is_dropped(
    client: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cache, one = tmp_path / "answers", request("a")
    client.ask([one])
    with CompletionsServer() as server:
        live = Client(Settings(str(cache), server.url))
        (waiting,) = live.ask([one]).values()
        assert isinstance(waiting, NoAnswer)
        assert "in a batch file" in waiting.detail
        assert main(["drop", str(cache)]) == 0
        assert isinstance(live.ask([one])[one.key], Answer)
        close_all()
    assert capsys.readouterr().out == "1 requests forgotten\n"


def test_a_batch_keeps_within_the_cap(tmp_path: Path) -> None:
    most = 2 * Budget().worst(request("a")).tokens
    settings = Settings(str(tmp_path / "answers"), budget=Budget(most_tokens=most))
    Client(settings, transport="batch").ask([request(prompt) for prompt in "abcd"])
    assert main(["requests", str(tmp_path / "answers"), str(tmp_path / "r.jsonl")]) == 0
    assert len((tmp_path / "r.jsonl").read_text().splitlines()) == 2
