"""How long failures that pass are waited for."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from curate.publish.retry import Patience


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were made, none of which takes any time."""
    made: list[float] = []
    monkeypatch.setattr("curate.publish.retry.time.sleep", made.append)
    return made


def failing(times: int) -> Callable[[], str]:
    left = [OSError(str(turn)) for turn in range(times)]

    def act() -> str:
        if left:
            raise left.pop()
        return "done"

    return act


def test_pauses_double_give_or_take_a_half(waits: list[float]) -> None:
    assert Patience(wait=2).call("a", failing(5), lambda error: 0.0) == "done"
    assert len(waits) == 5
    assert all(2**turn <= pause <= 3 * 2**turn for turn, pause in enumerate(waits))


def test_pauses_differ_from_one_to_the_next_who_was_turned_away(waits: list[float]) -> None:
    for _ in range(10):
        Patience().call("a", failing(1), lambda error: 0.0)
    assert len(set(waits)) == 10


def test_what_a_server_asks_for_is_waited_but_not_for_ever(waits: list[float]) -> None:
    Patience(longest=60).call("a", failing(1), lambda error: 30.0)
    Patience(longest=60).call("a", failing(1), lambda error: 9999.0)
    assert waits == [30, 60]


def test_what_cannot_pass_is_raised_at_once(waits: list[float]) -> None:
    with pytest.raises(OSError):
        Patience().call("a", failing(1), lambda error: None)
    assert waits == []


def test_the_last_failure_is_raised(waits: list[float]) -> None:
    with pytest.raises(OSError, match="0"):
        Patience(attempts=3).call("a", failing(3), lambda error: 0.0)
    assert len(waits) == 2


def test_each_wait_is_said_in_one_line(waits: list[float]) -> None:
    said: list[str] = []
    Patience(attempts=4, say=said.append).call("sending", failing(1), lambda error: 7.0)
    assert said == ["sending failed (OSError); trying again in 7 s (2 of 4)"]


def refused(status: int) -> Exception:
    error = RuntimeError("https://store/?X-Amz-Signature=3f8a")
    error.__cause__ = OSError("the address again")
    error.__cause__.response = SimpleNamespace(status_code=status)  # type: ignore[attr-defined]
    return error


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (refused(503), "HTTP 503"),
        (TimeoutError(), "TimeoutError"),
        (ConnectionResetError(104, "Connection reset by peer"), "Connection reset by peer"),
    ],
)
def test_the_cause_of_a_wait_is_said_without_the_words_of_the_error(
    waits: list[float], error: Exception, cause: str
) -> None:
    said: list[str] = []
    failures = [error]

    def act() -> None:
        if failures:
            raise failures.pop()

    Patience(say=said.append).call("sending", act, lambda error: 0.0)
    assert said[0].startswith(f"sending failed ({cause}); trying again")
