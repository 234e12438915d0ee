"""The process that sends requests: it outlives its parent until what is under way is kept.

Were requests sent by the process that asks, a ``kill -9`` between the server's answer and the disk
would lose an answer that is paid. So a courier, a process apart, sends them, writes each
answer to the cache, and then says so. When its parent is gone it sends nothing more, waits for what
is under way, keeps it, and ends.

    parent → courier   a line of settings, then {"key", "body"} for each request
    courier → parent   {"key", "failure"}; without a failure, the answer is in the cache
"""

from __future__ import annotations

import dataclasses as dc
import heapq
import itertools
import json
import os
import queue
import random
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from curate.errors import CurateError
from curate.llm.answer import Answer
from curate.llm.budget import Budget
from curate.llm.cache import Cache
from curate.llm.request import Request
from curate.llm.wire import Failure, Wire

LOOK = 0.5  # seconds between two looks at whether the parent still lives
AGAIN = 0.03  # seconds before a request that others are before tries again
STOPPED = 30.0  # seconds without a call after one that showed that all would fail
FIRST_WAIT, LONGEST_BACKOFF = 0.5, 60.0  # seconds


@dc.dataclass(frozen=True)
class Settings:
    """How to send.

    Args:
        cache: The file that keeps answers; empty: none.
        base_url: Of the endpoint; empty: nobody is asked.
        api_key_env: The environment variable that holds the key; empty: the server needs none.
        timeout: Seconds to wait for the server to say something.
        retries: Further attempts for a passing failure.
        concurrency: Requests under way at once, of all processes together.
        requests_per_minute: Likewise; 0: no limit.
        budget: Prices and caps.
    """

    cache: str = ""
    base_url: str = ""
    api_key_env: str = ""
    timeout: float = 120.0
    retries: int = 5
    concurrency: int = 8
    requests_per_minute: float = 0.0
    budget: Budget = dc.field(default_factory=Budget)

    @classmethod
    def from_line(cls, line: str) -> Settings:
        """Read them back from JSON."""
        plain = json.loads(line)
        return cls(**{**plain, "budget": Budget(**plain["budget"])})


@dc.dataclass
class Errand:
    """A request, and how often it was sent in vain."""

    request: Request
    failures: int = 0


class Courier:
    """Takes errands from an inbox and sends them, as many at once as may be."""

    def __init__(self, settings: Settings, say: Callable[[dict[str, str]], None]) -> None:
        """Open the cache and become a holder of claims.

        Args:
            settings: How to send.
            say: Told of each request that is done with.
        """
        self.settings, self.say = settings, say
        self.inbox: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        self.cache = Cache(Path(settings.cache))
        self.cache.hold()
        self.cache.write_off_the_dead()
        secret = os.environ.get(settings.api_key_env, "") if settings.api_key_env else ""
        self.wire = Wire(settings.base_url, secret, settings.timeout)
        self._stopped, self._stopped_until = "", 0.0
        self._paused_until = 0.0
        self._due: list[tuple[float, int, Errand]] = []
        self._turn = itertools.count()
        self._under_way: dict[str, Errand] = {}
        self._looked = time.monotonic()

    def run(self, alive: Callable[[], bool]) -> None:
        """Work until the inbox says ``end`` or the parent is gone; finish what is under way."""
        open_ = True
        with self.cache, ThreadPoolExecutor(self.settings.concurrency) as threads:
            while open_ or self._under_way:
                open_ = self._hear(self._patience(open_)) and open_ and alive()
                if open_:
                    self._send_due(threads)

    def _patience(self, open_: bool) -> float:
        """Seconds until something may be sent."""
        if not open_ or not self._due or len(self._under_way) >= self.settings.concurrency:
            return LOOK
        return min(max(self._due[0][0], self._paused_until) - time.time(), LOOK)

    def _hear(self, patience: float) -> bool:
        """Take all that is in the inbox, waiting so long for the first; False at the end."""
        going_on = True
        while True:
            try:
                what, value = self.inbox.get(block=patience > 0, timeout=max(patience, 0))
            except queue.Empty:
                return going_on
            patience = 0.0
            if what == "ask":
                self._queue(Errand(value), 0.0)
            elif what == "done":
                errand, outcome = value
                self._done(errand, outcome, going_on)
            else:
                going_on = False

    def _queue(self, errand: Errand, due: float) -> None:
        heapq.heappush(self._due, (due, next(self._turn), errand))

    def _send_due(self, threads: ThreadPoolExecutor) -> None:
        rate = self.settings.requests_per_minute
        limits = self.settings.budget, self.settings.concurrency, 60 / rate if rate else 0.0
        while self._due and len(self._under_way) < self.settings.concurrency:
            if max(self._due[0][0], self._paused_until) > time.time():
                return
            errand = heapq.heappop(self._due)[2]
            if self._stopped and time.monotonic() < self._stopped_until:
                self._tell(errand, self._stopped)
                continue
            claim = self.cache.claim(errand.request, *limits)
            if claim.state == "send":
                self._under_way[errand.request.key] = errand
                threads.submit(self._send, errand)
            elif claim.state == "known":
                self._tell(errand, "")
            elif claim.state == "over":
                self._stop(claim.detail)  # what is spent never grows less
                self._tell(errand, claim.detail)
            elif claim.state == "batch":
                hint = "read its results, or `python -m curate.llm drop` it"
                self._tell(errand, f"the request is in a batch file; {hint}")
            else:
                self._wait(errand, claim.until)
                return

    def _wait(self, errand: Errand, until: float) -> None:
        """Pause until others are done; some of them may be dead."""
        self._queue(errand, time.time())
        self._paused_until = max(until, time.time() + AGAIN * random.uniform(0.7, 1.3))
        if time.monotonic() - self._looked > LOOK:
            self._looked = time.monotonic()
            self.cache.write_off_the_dead()

    def _send(self, errand: Errand) -> None:
        """In a thread of its own: the cache is not touched here."""
        outcome: Answer | Failure
        try:
            outcome = self.wire.send(errand.request)
        except Exception as error:  # a request must not be lost, whatever a library raised
            outcome = Failure(f"{type(error).__name__} while sending", doubtful=True)
        self.inbox.put(("done", (errand, outcome)))

    def _done(self, errand: Errand, outcome: Answer | Failure, going_on: bool) -> None:
        key = errand.request.key
        if isinstance(outcome, Answer):
            self.cache.settle(key, outcome)
            del self._under_way[key]
            self._tell(errand, "")
            return
        self.cache.release(key, doubtful=outcome.doubtful)
        del self._under_way[key]
        errand.failures += 1
        wait = max(outcome.wait, backoff(key, errand.failures))
        if outcome.crowded:
            self.cache.close_gate(time.time() + wait)
        if outcome.hopeless:
            self._stop(outcome.detail)
        if outcome.passing and errand.failures <= self.settings.retries and going_on:
            self._queue(errand, time.time() + wait)
            return
        tries = f" (tried {errand.failures} times)" if errand.failures > 1 else ""
        self._tell(errand, outcome.detail + tries)

    def _stop(self, why: str) -> None:
        """Send nothing for a while: every other request would fare alike."""
        self._stopped, self._stopped_until = why, time.monotonic() + STOPPED

    def _tell(self, errand: Errand, failure: str) -> None:
        self.say({"key": errand.request.key, "failure": failure})


def backoff(key: str, failures: int) -> float:
    """Seconds to wait after so many failures: doubled each time, with jitter seeded by the key.

    Example:
        >>> 0.25 <= backoff("a", 1) <= 0.75 and 1 <= backoff("a", 3) <= 3
        True
    """
    middle = min(FIRST_WAIT * 2.0 ** (failures - 1), LONGEST_BACKOFF)
    return middle * random.Random(f"{key} {failures}").uniform(0.5, 1.5)


def main() -> None:
    """Run in a process of its own by ``client.py``."""
    parent = os.getppid()
    settings = Settings.from_line(sys.stdin.readline())

    def say(line: dict[str, str]) -> None:
        try:
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()
        except OSError:  # nobody listens any more; the cache has it
            pass

    try:
        courier = Courier(settings, say)
    except (CurateError, OSError, ImportError, ValueError) as error:
        say({"key": "", "failure": str(error)})
        return
    signal.signal(signal.SIGTERM, lambda *_: courier.inbox.put(("end", None)))

    def listen() -> None:
        for line in sys.stdin:
            plain = json.loads(line)
            courier.inbox.put(("ask", Request(plain["key"], plain["body"])))
        courier.inbox.put(("end", None))

    threading.Thread(target=listen, daemon=True).start()
    try:
        courier.run(lambda: os.getppid() == parent)
    except (sqlite3.Error, OSError) as error:  # a full disk: what is under way is doubtful then
        say({"key": "", "failure": f"{settings.cache}: {error}"})
    # Not by way of the interpreter's end, which would wait for the thread that reads stdin.
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115
    os._exit(0)
