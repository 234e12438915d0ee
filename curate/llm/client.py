"""Answers to requests, from a cassette, the cache, a batch or an endpoint; each paid for once."""

from __future__ import annotations

import atexit
import contextlib
import dataclasses as dc
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from curate.errors import EnvironmentError_, SourceError
from curate.llm.answer import Answer
from curate.llm.cache import Cache
from curate.llm.cassette import read_cassette
from curate.llm.courier import Settings
from curate.llm.request import OUTPUT_LIMITS, Request
from curate.models import need

# Not by -m, which would take modules from the folder that the user happens to stand in.
_START = "import sys; sys.path.append({!r}); from curate.llm.courier import main; main()"
Transport = Literal["live", "batch"]


@dc.dataclass(frozen=True)
class NoAnswer:
    """A request without an answer.

    Attributes:
        detail: Why, in one line.
    """

    detail: str


@dc.dataclass(frozen=True)
class Client:
    """Asks a model, and remembers.

    Args:
        settings: Where answers are kept and how requests are sent; without ``base_url`` nothing is.
        cassette: A file of recorded answers that is looked into first; empty: none.
        transport: ``live`` sends requests; ``batch`` lets them wait for a batch file.

    Raises:
        SourceError: The address is none, holds a secret, or there is no cache for its answers.
    """

    settings: Settings
    cassette: str = ""
    transport: Transport = "live"

    def __post_init__(self) -> None:
        """Check what can be checked before anything is sent."""
        url = self.settings.base_url
        parts = urlsplit(url)
        if not url:
            return
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            form = "http://HOST:PORT/v1 or https://HOST/v1"
            raise SourceError(f"endpoint: {url!r} is no address; write {form}")
        if parts.username or parts.password or parts.query:
            hint = "put the key into an environment variable and name that in api_key_env"
            raise SourceError(f"endpoint: the address for {parts.hostname} holds a secret; {hint}")
        if not self.settings.cache:
            hint = "set cache: to a file that keeps paid answers, such as ../korfin.answers"
            raise SourceError(f"endpoint: {url} has no cache; {hint}")

    def prepare(self, params: Sequence[str] = OUTPUT_LIMITS) -> None:
        """Check what a live run needs.

        Args:
            params: Names of the parameters that requests will have.

        Raises:
            EnvironmentError_: ``openai`` is missing.
            SourceError: There is a cap, but requests do not limit their output, or have no price.
        """
        budget = self.settings.budget
        if self.settings.base_url and self.transport == "live" and not self.cassette:
            _need_openai()
        if (budget.most_usd or budget.most_tokens) and not set(params) & set(OUTPUT_LIMITS):
            raise SourceError("a cap needs a limit for each answer; set params: {max_tokens: …}")
        prices = budget.usd_per_million_input_tokens, budget.usd_per_million_output_tokens
        if budget.most_usd and not any(prices):
            raise SourceError("most_usd needs prices; set usd_per_million_input_tokens, _output_")

    def ask(self, requests: Sequence[Request]) -> dict[str, Answer | NoAnswer]:
        """An answer, or why there is none, for the key of every request.

        Raises:
            SourceError: Cache or cassette cannot be read.
            EnvironmentError_: The courier could not start.
        """
        todo = {request.key: request for request in requests}
        found: dict[str, Answer | NoAnswer] = {}
        if self.cassette and todo:
            tape = read_cassette(Path(self.cassette))
            found |= {key: tape[key] for key in todo if key in tape}
        todo = {key: request for key, request in todo.items() if key not in found}
        if self.settings.cache and todo:
            with Cache(Path(self.settings.cache)) as cache:
                found |= cache.answers(list(todo))
        todo = {key: request for key, request in todo.items() if key not in found}
        if todo:
            found |= self._ask(list(todo.values()))
        return found

    def _ask(self, requests: Sequence[Request]) -> dict[str, Answer | NoAnswer]:
        """The same for requests that nobody has answered yet."""
        if not self.settings.base_url and self.transport == "live":
            said = "set endpoint, or record the answers" if self.cassette else "set endpoint"
            return {one.key: NoAnswer(f"no recorded answer; {said}") for one in requests}
        if self.transport == "batch":
            return self._enqueue(requests)
        failures = _connection(self.settings).deliver(requests)
        lost = NoAnswer(f"{self.settings.cache}: the answer is gone; was the file replaced?")
        found: dict[str, Answer | NoAnswer] = {one.key: lost for one in requests}
        found |= failures
        with Cache(Path(self.settings.cache)) as cache:
            found |= cache.answers([one.key for one in requests if one.key not in failures])
        return found

    def _enqueue(self, requests: Sequence[Request]) -> dict[str, Answer | NoAnswer]:
        with Cache(Path(self.settings.cache)) as cache:
            passed = cache.enqueue(requests, self.settings.budget)
        hint = f"`python -m curate.llm requests {self.settings.cache} FILE` writes it"
        why = passed or f"waits for a batch file; {hint}"
        return {one.key: NoAnswer(why) for one in requests}


class _Connection:
    """A running courier."""

    def __init__(self, settings: Settings) -> None:
        self._busy = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _START.format(str(Path(__file__).parents[2]))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # What a library might log there could hold the key.
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            start_new_session=True,  # Ctrl-C is for the parent, which then closes it
        )
        self._write(json.dumps(dc.asdict(settings)))

    def _write(self, line: str) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # the reading side will say what happened
            self._process.stdin.write(f"{line}\n")

    def deliver(self, requests: Sequence[Request]) -> dict[str, NoAnswer]:
        """Have requests answered; those that were not, and why."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        failures: dict[str, NoAnswer] = {}
        with self._busy:
            try:
                for request in requests:
                    self._write(json.dumps(request._asdict()))
                with contextlib.suppress(BrokenPipeError):
                    self._process.stdin.flush()
                waiting = {request.key for request in requests}
                while waiting:
                    heard = json.loads(self._process.stdout.readline() or "null")
                    if heard is None or not heard["key"]:
                        raise EnvironmentError_(_why_ended(heard))
                    waiting.discard(heard["key"])
                    if heard["failure"]:
                        failures[heard["key"]] = NoAnswer(heard["failure"])
            except BaseException:  # Ctrl-C as well: what is under way is kept, no more is sent
                self.close(patience=0)
                raise
        return failures

    def ended(self) -> bool:
        """Whether the process is gone, or was told to go."""
        assert self._process.stdin is not None
        return self._process.stdin.closed or self._process.poll() is not None

    def close(self, patience: float = 10.0) -> None:
        """Tell the courier that nothing more will come."""
        with contextlib.suppress(OSError):
            assert self._process.stdin is not None
            self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(patience)


def _why_ended(heard: dict[str, str] | None) -> str:
    if heard:
        return heard["failure"]
    hint = "run it again: what was answered is in the cache"
    return f"the process that sends requests died (out of memory?); {hint}"


def _connection(settings: Settings) -> _Connection:
    """The courier of this process for these settings."""
    _need_openai()
    name = settings.api_key_env
    if name and not os.environ.get(name):
        hint = f"export {name}=…, or take api_key_env out for a server that needs none"
        raise EnvironmentError_(f"the environment variable {name} is empty; {hint}")
    with _OPENING:
        known = _CONNECTIONS.get(settings)
        if known is None or known[0] != os.getpid() or known[1].ended():
            _CONNECTIONS[settings] = os.getpid(), _Connection(settings)
        return _CONNECTIONS[settings][1]


def _need_openai() -> None:
    need("openai", owner="an endpoint", install="pip install 'curate[llm]'")


def close_all() -> None:
    """End the couriers of this process, which it does by itself when it ends."""
    with _OPENING:
        for owner, connection in _CONNECTIONS.values():
            if owner == os.getpid():
                connection.close()
        _CONNECTIONS.clear()


_CONNECTIONS: dict[Settings, tuple[int, _Connection]] = {}
_OPENING = threading.Lock()
atexit.register(close_all)
