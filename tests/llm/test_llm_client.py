"""Each way in which a request can fare, against a real server on this machine."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from support.completions_server import CompletionsServer, Reply, completion, echo, refused

from curate.errors import EnvironmentError_, SourceError
from curate.llm.answer import Answer
from curate.llm.cache import Cache
from curate.llm.client import Client, NoAnswer, close_all
from curate.llm.courier import Courier, Settings
from curate.llm.request import Request, build_request
from curate.llm.wire import retry_after

ONCE: dict[str, Reply] = {
    "429": refused(429, "slow down", Retry_After="1"),
    "500": refused(500),
    "timeout": Reply(completion("late"), delay=2.5),
    "no json": Reply(b"<html>busy</html>"),
    "error in 200": Reply({"error": {"message": "overloaded"}}),
}
ALWAYS: dict[str, Reply] = {
    "400": refused(400, "too long"),
    "503": refused(503, "down"),
    "length": Reply(completion("half", "length")),
    "refusal": Reply(completion(None, refusal="I cannot")),
}


def reply(prompt: str, times: int) -> Reply:
    if prompt in ALWAYS:
        return ALWAYS[prompt]
    return ONCE[prompt] if times == 1 and prompt in ONCE else echo(prompt, times)


def request(prompt: str, **params: object) -> Request:
    messages = [{"role": "user", "content": prompt}]
    return build_request("m", messages, {"max_tokens": 20, **params})


@pytest.fixture(scope="module")
def server() -> Iterator[CompletionsServer]:
    with CompletionsServer(reply) as running:
        yield running


@pytest.fixture(scope="module")
def client(server: CompletionsServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    cache = tmp_path_factory.mktemp("client") / "answers"
    yield Client(Settings(str(cache), server.url, timeout=1.5, retries=1))
    close_all()


def ask(client: Client, prompt: str) -> Answer | NoAnswer:
    (found,) = client.ask([request(prompt)]).values()
    return found


@pytest.mark.parametrize("trouble", ONCE)
def test_a_passing_failure_is_tried_again(
    client: Client, server: CompletionsServer, trouble: str
) -> None:
    assert ask(client, trouble) == Answer(f"said {trouble}", "stop", "", "served-model-1", 10, 5)
    assert server.seen[trouble] == 2


def test_a_server_that_says_how_long_to_wait_is_heeded(
    client: Client, server: CompletionsServer
) -> None:
    ask(client, "429 again")  # the gate of the test above has opened by now
    at = [
        time
        for time, body in zip(server.times, server.bodies, strict=True)
        if body["messages"][0]["content"] == "429"
    ]
    assert at[1] - at[0] >= 1


def test_a_request_that_the_server_refuses_is_not_tried_again(
    client: Client, server: CompletionsServer
) -> None:
    found = ask(client, "400")
    assert isinstance(found, NoAnswer)
    assert "HTTP 400" in found.detail
    assert "too long" in found.detail
    assert server.seen["400"] == 1


def test_tries_come_to_an_end(client: Client, server: CompletionsServer) -> None:
    found = ask(client, "503")
    assert isinstance(found, NoAnswer)
    assert found.detail.endswith("down (tried 2 times)")
    assert server.seen["503"] == 2


@pytest.mark.parametrize("ending", ["length", "refusal"])
def test_an_unusable_answer_is_paid_for_once(
    client: Client, server: CompletionsServer, ending: str
) -> None:
    assert ask(client, ending) == ask(client, ending)
    assert server.seen[ending] == 1


def test_an_error_is_asked_again_and_an_answer_is_not(
    client: Client, server: CompletionsServer
) -> None:
    for _ in range(2):
        client.ask([request("400 later"), request("fine")])
        ask(client, "400")
    assert (server.seen["fine"], server.seen["400"]) == (1, 3)


def test_the_same_question_twice_is_sent_once(client: Client, server: CompletionsServer) -> None:
    client.ask([request("twice"), request("twice")])
    assert server.seen["twice"] == 1


def test_files_in_the_folder_where_one_stands_are_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "queue.py").write_text("raise SystemExit(1)")
    monkeypatch.chdir(tmp_path)
    with CompletionsServer() as server:
        client = Client(Settings(str(tmp_path / "answers"), server.url))
        assert isinstance(ask(client, "a"), Answer)


def test_what_is_sent_is_what_is_hashed(client: Client, server: CompletionsServer) -> None:
    one = request("body", temperature=0.5, top_k=3)
    client.ask([one])
    assert server.bodies[-1] == json.loads(one.body)


@pytest.mark.parametrize(
    ("status", "code"), [(401, ""), (403, ""), (404, ""), (429, "insufficient_quota")]
)
def test_what_no_request_can_survive_stops_all(tmp_path: Path, status: int, code: str) -> None:
    with CompletionsServer(lambda *_: refused(status, "no", code)) as server:
        said = deliver(Settings(str(tmp_path / "a"), server.url, concurrency=1), "abcdefgh")
    assert all(f"HTTP {status}" in one["failure"] for one in said)
    assert sum(server.seen.values()) <= 2


def test_a_server_that_is_not_there_costs_nothing(tmp_path: Path) -> None:
    with CompletionsServer() as server:
        pass
    said = deliver(Settings(str(tmp_path / "a"), server.url, retries=0), "a")
    assert "no connection to http://127.0.0.1" in said[0]["failure"]
    with Cache(tmp_path / "a") as cache:
        assert cache.spent() == (0,) * 7


@pytest.mark.parametrize("most", [1, 3])
def test_no_more_requests_are_under_way_than_allowed(tmp_path: Path, most: int) -> None:
    with CompletionsServer(delay=0.03) as server:
        deliver(Settings(str(tmp_path / "a"), server.url, concurrency=most), "abcdefghijkl")
    assert server.most_at_once == most


def test_the_rate_is_kept(tmp_path: Path) -> None:
    with CompletionsServer() as server:
        deliver(Settings(str(tmp_path / "a"), server.url, requests_per_minute=600), "abcdefgh")
    gaps = [later - earlier for earlier, later in itertools.pairwise(sorted(server.times))]
    assert sum(gaps) >= 5 * 0.1  # of 7; on a busy machine the first arrives late
    assert max(gaps) < 1


def deliver(settings: Settings, prompts: Sequence[str]) -> list[dict[str, str]]:
    """What a courier says of these prompts; run here, without a process of its own."""
    said: list[dict[str, str]] = []
    hear: Callable[[dict[str, str]], None] = said.append
    courier = Courier(settings, hear)
    for prompt in prompts:
        courier.inbox.put(("ask", request(prompt)))
    courier.run(lambda: len(said) < len(prompts))
    return said


@pytest.mark.parametrize(
    ("url", "mistake"),
    [
        ("localhost:8000", "no address"),
        ("ftp://host/v1", "no address"),
        ("https://user:secret@host/v1", "holds a secret"),
        ("https://host/v1?key=secret", "holds a secret"),
    ],
)
def test_an_endpoint_is_an_address_and_nothing_else(url: str, mistake: str) -> None:
    with pytest.raises(SourceError, match=mistake) as caught:
        Client(Settings("answers", url))
    assert "secret@" not in str(caught.value)
    assert "=secret" not in str(caught.value)


def test_an_endpoint_needs_a_cache() -> None:
    with pytest.raises(SourceError, match="no cache; set cache"):
        Client(Settings("", "http://host/v1"))


def test_a_key_that_is_named_must_be_there(tmp_path: Path) -> None:
    settings = Settings(str(tmp_path / "a"), "http://127.0.0.1:9/v1", api_key_env="NO_SUCH_KEY")
    with pytest.raises(EnvironmentError_, match="NO_SUCH_KEY is empty; export"):
        Client(settings).ask([request("a")])


def test_another_file_is_no_cache(tmp_path: Path) -> None:
    (tmp_path / "answers").write_text("hello " * 200)
    with pytest.raises(SourceError, match="no cache of answers"):
        Client(Settings(str(tmp_path / "answers"))).ask([request("a")])


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3"}, 3),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after": "1e9"}, 600),
        ({"retry-after": "-1"}, 0),
        ({"retry-after": "nan"}, 0),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
        ({"retry-after": "Wed, 21 Oct 2415 07:28:00 GMT"}, 600),
        ({"retry-after": "soon"}, 0),
        ({}, 0),
    ],
)
def test_a_wait_is_read_from_a_number_or_a_date(headers: dict[str, str], seconds: float) -> None:
    assert retry_after(headers) == seconds
