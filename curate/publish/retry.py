"""Repeat what failed for a passing reason, later and later."""

from __future__ import annotations

import dataclasses as dc
import random
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PASSING = (408, 425, 429, 500, 502, 503, 504)
"""HTTP answers that mean: later."""


@dc.dataclass(frozen=True)
class Patience:
    """How often, and how long apart.

    Args:
        attempts: Calls in all.
        wait: Seconds before the second; doubled each time, give or take a half, so that those who
            were turned away together do not come back together.
        longest: Seconds that no wait exceeds, whatever a server asks for.
        say: Told of every wait, in one line.
    """

    attempts: int = 7
    wait: float = 1.0
    longest: float = 300.0
    say: Callable[[str], None] = lambda line: None

    def call(
        self, what: str, act: Callable[[], T], passing: Callable[[Exception], float | None]
    ) -> T:
        """Call ``act`` until it returns.

        Args:
            what: For the lines that are said.
            act: Must be safe to repeat.
            passing: Seconds that the server asked to wait, 0 if it did not say, or None if
                repeating cannot help.

        Raises:
            Exception: What ``act`` raised last.
        """
        for attempt in range(1, self.attempts):
            try:
                return act()
            except Exception as error:  # goes on as it came unless repeating can help
                asked = passing(error)
                if asked is None:
                    raise
                pause = max(asked, self.wait * 2 ** (attempt - 1) * random.uniform(0.5, 1.5))
                pause = min(self.longest, pause)
                turn = f"{attempt + 1} of {self.attempts}"
                again = f"trying again in {pause:.0f} s ({turn})"
                self.say(f"{what} failed ({_kind(error)}); {again}")
            time.sleep(pause)
        return act()


def _kind(error: BaseException) -> str:
    """What an error is, not what it says, which may hold a signed address or a token."""
    while error.__cause__ is not None and not hasattr(error, "response"):
        error = error.__cause__
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status is not None:
        return f"HTTP {status}"
    return (isinstance(error, OSError) and error.strerror) or type(error).__name__
