"""Answers that were paid for, and what they cost, in one SQLite file that many processes share.

A request is *claimed* before it is sent and *settled* with its answer, in one transaction each: so
no two processes ask the same, the concurrency and the rate hold for all of them together, and the
cap counts what is spent plus the worst that is under way. A claim whose holder died may have been
billed: it is written off at its worst price as *doubtful*, and asked again.

SQLite's write-ahead log survives a kill at any point, and takes 0.1 ms a transaction instead of 15
(a power cut may cost the last answers, never the file), but needs all processes on one machine. A
holder is alive as long as it locks its byte of ``CACHE.holders``; the kernel frees that however the
holder dies.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, NamedTuple, Self

from curate.errors import SourceError
from curate.llm.answer import Answer
from curate.llm.budget import Budget, Spent, Worth
from curate.llm.request import Request

BATCH, WRITTEN = 0, -1
"""Holders that are no process: waiting for a batch file, and written into one."""
FORMAT = 1
_MOST_GATE = 3600.0  # seconds; a gate further off was set by a clock that went wrong
_MANY = 500  # keys a query
_TABLES = """
CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, request TEXT, answer TEXT);
CREATE TABLE IF NOT EXISTS claims (
    key TEXT PRIMARY KEY, holder INTEGER, request TEXT, tokens INTEGER, usd REAL,
    usd_input REAL, usd_output REAL);
CREATE TABLE IF NOT EXISTS ledger (
    model TEXT PRIMARY KEY, calls INTEGER DEFAULT 0, input_tokens INTEGER DEFAULT 0,
    output_tokens INTEGER DEFAULT 0, usd REAL DEFAULT 0, doubtful_calls INTEGER DEFAULT 0,
    doubtful_tokens INTEGER DEFAULT 0, doubtful_usd REAL DEFAULT 0);
CREATE TABLE IF NOT EXISTS gate (one INTEGER PRIMARY KEY, opens REAL);
CREATE TABLE IF NOT EXISTS holders (id INTEGER PRIMARY KEY AUTOINCREMENT);
INSERT OR IGNORE INTO gate VALUES (1, 0);
"""


class Claim(NamedTuple):
    """Whether a request may be sent now.

    Attributes:
        state: ``send``; ``known``: the answer is there; ``wait``: others are before it; ``over``:
            the cap would be passed; ``batch``: it is in a batch file.
        until: When to ask again at the earliest, in seconds since 1970.
        detail: What the cap is, if it is ``over``.
    """

    state: str
    until: float = 0.0
    detail: str = ""


class Cache:
    """One open cache file; for one thread at a time."""

    def __init__(self, path: Path) -> None:
        """Open it, or make it.

        Raises:
            SourceError: It cannot be opened, or is another kind of file.
        """
        self.path = path
        self.holder = 0
        self._locks: IO[bytes] | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(
                path, timeout=120, isolation_level=None, check_same_thread=False
            )
            version = self._base.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                self._make()
            self._base.execute("PRAGMA synchronous = NORMAL")
        except (sqlite3.Error, OSError) as error:
            hint = "give cache: a file of its own on a disk that can be written to"
            raise SourceError(f"{path}: no cache of answers ({error}); {hint}") from None
        if version not in {0, FORMAT}:
            raise SourceError(f"{path}: a cache of a newer version; update, or use another file")

    def _make(self) -> None:
        """Lay out a new file; of several processes that find none, one after the other."""
        with self.path.with_name(f"{self.path.name}.holders").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # SQLite does not wait for a change of its journal
            self._base.execute("PRAGMA journal_mode = WAL")
            script = f"BEGIN IMMEDIATE; {_TABLES} PRAGMA user_version = {FORMAT}; COMMIT;"
            self._base.executescript(script)

    def __enter__(self) -> Self:
        """Use it in a ``with``."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self._base.close()
        if self._locks:
            self._locks.close()

    @contextlib.contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that holds the write lock from its start."""
        self._base.execute("BEGIN IMMEDIATE")
        try:
            yield self._base
        except BaseException:
            self._base.execute("ROLLBACK")
            raise
        self._base.execute("COMMIT")

    def answers(self, keys: Sequence[str]) -> dict[str, Answer]:
        """The answers that are there, by key."""
        found = {}
        for start in range(0, len(keys), _MANY):
            some = keys[start : start + _MANY]
            marks = ",".join("?" * len(some))
            query = f"SELECT key, answer FROM answers WHERE key IN ({marks})"
            for key, text in self._base.execute(query, some):
                found[key] = Answer.from_plain(json.loads(text))
        return found

    def recorded(self) -> Iterator[tuple[str, str, str]]:
        """Key, request and answer as JSON of everything there, by key."""
        yield from self._base.execute("SELECT key, request, answer FROM answers ORDER BY key")

    def hold(self) -> None:
        """Become a holder of claims, alive until this process ends or the cache is closed."""
        with self._changing() as base:
            self.holder = int(base.execute("INSERT INTO holders DEFAULT VALUES").lastrowid or 0)
        self._locks = self.path.with_name(f"{self.path.name}.holders").open("a+b")
        fcntl.lockf(self._locks, fcntl.LOCK_EX, 1, self.holder)

    def claim(
        self, request: Request, budget: Budget, concurrency: int, spacing: float = 0.0
    ) -> Claim:
        """Ask to send a request; after ``send`` it must be settled or released.

        Args:
            request: What is to be sent.
            budget: Prices and caps.
            concurrency: Requests under way at once, of all processes together.
            spacing: Least seconds between two sends, likewise.
        """
        now = time.time()
        with self._changing() as base:
            if base.execute("SELECT 1 FROM answers WHERE key = ?", (request.key,)).fetchone():
                return Claim("known")
            other = base.execute("SELECT holder FROM claims WHERE key = ?", (request.key,))
            if (row := other.fetchone()) is not None:
                return Claim("wait" if row[0] > BATCH else "batch")
            opens = base.execute("SELECT opens FROM gate").fetchone()[0]
            if now < opens < now + _MOST_GATE:
                return Claim("wait", opens)
            under_way = base.execute("SELECT COUNT(*) FROM claims WHERE holder > 0").fetchone()[0]
            if under_way >= concurrency:
                return Claim("wait")
            if passed := self._passed(request, budget):
                # What is under way may turn out cheaper than its worst: only then is it over.
                return Claim("wait" if under_way else "over", 0.0, passed)
            self._put_claim(request, budget, self.holder)
            if spacing:
                base.execute("UPDATE gate SET opens = ?", (now + spacing,))
        return Claim("send")

    def _passed(self, request: Request, budget: Budget) -> str:
        """The cap that the request could pass; empty if none."""
        query = "SELECT COALESCE(SUM(tokens), 0), COALESCE(SUM(usd), 0) FROM claims"
        reserved = Worth(*self._base.execute(query).fetchone())
        total = self.spent().total()
        return budget.passed(
            Worth(total.tokens + reserved.tokens, total.usd + reserved.usd), budget.worst(request)
        )

    def _put_claim(self, request: Request, budget: Budget, holder: int) -> None:
        prices = budget.usd_per_million_input_tokens, budget.usd_per_million_output_tokens
        row = (request.key, holder, request.body, *budget.worst(request), *prices)
        self._base.execute("INSERT INTO claims VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def settle(self, key: str, answer: Answer) -> bool:
        """Keep the answer to a claimed request and book what it cost; False if none is claimed."""
        with self._changing() as base:
            query = "SELECT request, tokens, usd, usd_input, usd_output FROM claims WHERE key = ?"
            row = base.execute(query, (key,)).fetchone()
            if row is None:
                return False
            body, worst_tokens, worst_usd, *prices = row
            base.execute("INSERT INTO answers VALUES (?, ?, ?)", (key, body, answer.to_json()))
            base.execute("DELETE FROM claims WHERE key = ?", (key,))
            model = Request(key, body).model()
            tokens = answer.input_tokens, answer.output_tokens
            if min(tokens) < 0:  # the server does not say: the worst is booked
                self._book(model, (1, worst_tokens, 0, worst_usd, 0, 0, 0))
            else:
                usd = (tokens[0] * prices[0] + tokens[1] * prices[1]) / 1e6
                self._book(model, (1, *tokens, usd, 0, 0, 0))
        return True

    def release(self, key: str, *, doubtful: bool) -> None:
        """Give a claim back: the request has no answer, and was perhaps billed all the same."""
        with self._changing():
            self._release([key], doubtful)

    def _release(self, keys: Iterable[str], doubtful: bool) -> None:
        for key in keys:
            query = "SELECT request, tokens, usd FROM claims WHERE key = ?"
            row = self._base.execute(query, (key,)).fetchone()
            self._base.execute("DELETE FROM claims WHERE key = ?", (key,))
            if row and doubtful:
                self._book(Request(key, row[0]).model(), (0, 0, 0, 0, 1, row[1], row[2]))

    def _book(self, model: str, amounts: tuple[float, ...]) -> None:
        names = Spent._fields
        self._base.execute("INSERT OR IGNORE INTO ledger (model) VALUES (?)", (model,))
        sums = ", ".join(f"{name} = {name} + ?" for name in names)
        self._base.execute(f"UPDATE ledger SET {sums} WHERE model = ?", (*amounts, model))

    def close_gate(self, until: float) -> None:
        """Let nobody send before then, because the server asked for it."""
        with self._changing() as base:
            base.execute("UPDATE gate SET opens = ? WHERE opens < ?", (until, until))

    def write_off_the_dead(self) -> int:
        """Release the claims of holders that died, as doubtful; how many there were."""
        assert self._locks is not None
        query = "SELECT DISTINCT holder FROM claims WHERE holder > 0 AND holder != ?"
        released = 0
        for (holder,) in self._base.execute(query, (self.holder,)).fetchall():
            try:
                fcntl.lockf(self._locks, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, holder)
            except OSError:  # it lives
                continue
            with self._changing() as base:
                rows = base.execute("SELECT key FROM claims WHERE holder = ?", (holder,))
                keys = [key for (key,) in rows.fetchall()]
                self._release(keys, doubtful=True)
            released += len(keys)
            fcntl.lockf(self._locks, fcntl.LOCK_UN, 1, holder)
        return released

    def spent(self) -> Spent:
        """What the ledger counts, of all models."""
        sums = ", ".join(f"COALESCE(SUM({name}), 0)" for name in Spent._fields)
        return Spent(*self._base.execute(f"SELECT {sums} FROM ledger").fetchone())

    def ledger(self) -> dict[str, Spent]:
        """What it counts, by model."""
        names = ", ".join(Spent._fields)
        query = f"SELECT model, {names} FROM ledger ORDER BY model"
        return {model: Spent(*amounts) for model, *amounts in self._base.execute(query)}

    def enqueue(self, requests: Iterable[Request], budget: Budget) -> str:
        """Let requests wait for a batch file; the cap that keeps some from it, or nothing."""
        with self._changing() as base:
            for request in requests:
                tables = ("answers", "claims")
                queries = (f"SELECT 1 FROM {table} WHERE key = ?" for table in tables)
                if any(base.execute(query, (request.key,)).fetchone() for query in queries):
                    continue
                if passed := self._passed(request, budget):
                    return passed
                self._put_claim(request, budget, BATCH)
        return ""

    def queued(self, most: int) -> list[Request]:
        """Requests that wait for a batch file, by key."""
        query = "SELECT key, request FROM claims WHERE holder = ? ORDER BY key LIMIT ?"
        return [Request(*row) for row in self._base.execute(query, (BATCH, most))]

    def mark_written(self, keys: Iterable[str]) -> None:
        """Note that these stand in a batch file."""
        with self._changing() as base:
            query = "UPDATE claims SET holder = ? WHERE key = ? AND holder = ?"
            base.executemany(query, [(WRITTEN, key, BATCH) for key in keys])

    def drop_batches(self) -> int:
        """Forget requests that wait for or stand in batch files; how many there were."""
        with self._changing() as base:
            return base.execute("DELETE FROM claims WHERE holder <= 0").rowcount
