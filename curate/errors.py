"""What can go wrong, as a tree. Every message says what, where, and what to do.

    CurateError
    ├── RecipeError         the recipe is wrong: file:line, every mistake at once     exit 2
    ├── SourceError         an input cannot be read at all: which, and the way out    exit 2
    ├── EnvironmentError_   a tool, an extra or a model is missing: its install line  exit 2
    ├── PublishError        the folder cannot be assembled, exported or published     exit 2
    ├── RowError            one row cannot be used: becomes a rejected row, never seen by the user
    ├── StepError           a step broke its contract or crashed: step, shard, row    exit 1
    └── ShardError          one shard failed; the others are finished                 exit 1

A bad *row* is a rejection, a bad *shard* is reported and the run goes on, a bad *recipe* stops
before any work. All of them survive pickling, because they cross process boundaries.
"""

from __future__ import annotations

from typing import Any


class CurateError(Exception):
    """Root of every error this package raises on purpose."""

    exit_code = 2


class RecipeError(CurateError):
    """One or more mistakes in a recipe, each as ``file:line: message``."""

    def __init__(self, *problems: str) -> None:
        super().__init__(*problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(self.problems)


class SourceError(CurateError):
    """An input that cannot be read at all."""


class EnvironmentError_(CurateError):
    """A missing extra, tool or model; the message holds the line that installs it."""


class PublishError(CurateError):
    """A dataset folder that cannot be assembled, exported or published."""


class RowError(CurateError):
    """One row that cannot be used.

    Args:
        reason: Short phrase from the closed set that the raising module documents.
        detail: What exactly was seen, for the evidence column.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason, self.detail = reason, detail

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}" if self.detail else self.reason


class StepError(CurateError):
    """A step that broke its contract or crashed on a batch."""

    exit_code = 1

    def __init__(self, step: str, message: str, shard: str = "", row_id: str = "") -> None:
        super().__init__(step, message, shard, row_id)
        self.step, self.message, self.shard, self.row_id = step, message, shard, row_id

    def __str__(self) -> str:
        where = ", ".join(
            f"{name} {value}"
            for name, value in (("shard", self.shard), ("row", self.row_id))
            if value
        )
        return f"{self.step}{f' ({where})' if where else ''}: {self.message}"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.step, self.message, self.shard, self.row_id)


class ShardError(CurateError):
    """Shards that failed while the rest of the run finished."""

    exit_code = 1
