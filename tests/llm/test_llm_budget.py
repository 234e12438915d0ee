"""The cap stops before the call that could pass it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from support.completions_server import CompletionsServer, Reply, completion

from curate.errors import SourceError
from curate.llm.__main__ import main
from curate.llm.budget import Budget
from curate.llm.cache import Cache
from curate.llm.client import Client
from curate.llm.courier import Courier, Settings
from curate.llm.request import Request, build_request

MANY = [f"{number:02d}" for number in range(40)]


def request(prompt: str) -> Request:
    return build_request("m", [{"role": "user", "content": prompt}], {"max_tokens": 5})


def deliver(settings: Settings, prompts: Sequence[str]) -> list[str]:
    said: list[str] = []
    courier = Courier(settings, lambda line: said.append(line["failure"]))
    for prompt in prompts:
        courier.inbox.put(("ask", request(prompt)))
    courier.run(lambda: len(said) < len(prompts))
    return said


@pytest.mark.parametrize(
    ("budget", "concurrency"),
    [
        (Budget(most_tokens=400), 8),
        (Budget(0.0005, 0, 1.0, 2.0), 1),  # a call costs 20 millionths
    ],
)
def test_no_call_is_made_that_could_pass_the_cap(
    tmp_path: Path, budget: Budget, concurrency: int
) -> None:
    settings = Settings(str(tmp_path / "a"), concurrency=concurrency, budget=budget)
    with CompletionsServer(delay=0.002) as server:
        settings = Settings(settings.cache, server.url, concurrency=concurrency, budget=budget)
        said = deliver(settings, MANY)
        stopped_at = sum(server.seen.values())
        deliver(settings, MANY)
    worst, true = budget.worst(request("00")), 15
    calls = (
        1 + (400 - worst.tokens) // true
        if budget.most_tokens
        else 1 + int((0.0005 - worst.usd) / 20e-6 + 1e-9)
    )
    assert stopped_at == calls
    assert sum(server.seen.values()) == calls
    assert sum(bool(why) for why in said) == len(MANY) - calls
    assert all("would be passed" in why for why in said if why)


def test_a_higher_cap_goes_on_where_the_lower_stopped(tmp_path: Path) -> None:
    with CompletionsServer() as server:
        for most in (300, 10_000):
            budget = Budget(most_tokens=most)
            said = deliver(Settings(str(tmp_path / "a"), server.url, budget=budget), MANY)
    assert not any(said)
    assert server.seen == dict.fromkeys(MANY, 1)


def test_a_timeout_is_booked_at_its_worst(tmp_path: Path) -> None:
    def late(prompt: str, times: int) -> Reply:
        return Reply(completion("late"), delay=0.6)

    with CompletionsServer(late) as server:
        deliver(Settings(str(tmp_path / "a"), server.url, timeout=0.1, retries=0), "a")
    with Cache(tmp_path / "a") as cache:
        spent = cache.spent()
    assert (spent.calls, spent.doubtful_calls) == (0, 1)
    assert spent.doubtful_tokens == Budget().worst(request("a")).tokens


def test_a_server_that_does_not_count_is_booked_at_the_worst(tmp_path: Path) -> None:
    with CompletionsServer(lambda *_: Reply(completion("a", usage=None))) as server:
        deliver(Settings(str(tmp_path / "a"), server.url), "a")
    with Cache(tmp_path / "a") as cache:
        assert cache.spent().total().tokens == Budget().worst(request("a")).tokens


def test_the_ledger_can_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with CompletionsServer() as server:
        budget = Budget(1.0, 0, 1000.0, 2000.0)
        deliver(Settings(str(tmp_path / "a"), server.url, budget=budget), "ab")
    assert main(["ledger", str(tmp_path / "a")]) == 0
    assert capsys.readouterr().out == "m: 2 calls, 20 + 10 tokens, 0.0400 USD\n"


def test_the_ledger_of_a_missing_cache_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ledger", str(tmp_path / "a")]) == 2
    assert "no cache there" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("budget", "params", "mistake"),
    [
        (Budget(most_tokens=1), ["temperature"], "max_tokens"),
        (Budget(most_usd=1), ["max_tokens"], "needs prices"),
    ],
)
def test_a_cap_that_could_not_hold_is_refused(
    budget: Budget, params: list[str], mistake: str
) -> None:
    with pytest.raises(SourceError, match=mistake):
        Client(Settings(budget=budget)).prepare(params)
