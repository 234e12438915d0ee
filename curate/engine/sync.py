"""The plain executor: one job after the other, in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

J = TypeVar("J")
R = TypeVar("R")


class Executor(Protocol):
    """Runs jobs somewhere; results come as they finish, failures as the exception they raised."""

    def run(
        self, work: Callable[[J], R], jobs: Iterable[J], device: str = "cpu"
    ) -> Iterator[tuple[J, R | Exception]]:
        """Give (job, result or failure) for each job, in any order."""

    def describe(self) -> str:
        """What it is, for ``run.json``."""

    def close(self) -> None:
        """Let go of workers."""


class Sync:
    """One job after the other: for small inputs, tests and debugging."""

    def run(
        self, work: Callable[[J], R], jobs: Iterable[J], device: str = "cpu"
    ) -> Iterator[tuple[J, R | Exception]]:
        """Give (job, result or failure) for each job, in order."""
        for job in jobs:
            try:
                yield job, work(job)
            except Exception as error:  # the shard boundary: the rest of the run goes on
                yield job, error

    def describe(self) -> str:
        """One process."""
        return "sync"

    def close(self) -> None:
        """Nothing to let go of."""
