"""What calls cost, and the cap that stops before the next one."""

from __future__ import annotations

import dataclasses as dc
from typing import NamedTuple

from curate.llm.request import Request


class Worth(NamedTuple):
    """Tokens and US dollars."""

    tokens: int = 0
    usd: float = 0.0


class Spent(NamedTuple):
    """What the ledger counts.

    Attributes:
        calls: Answers that came.
        input_tokens: Of these calls.
        output_tokens: Likewise.
        usd: At the prices given when they were made.
        doubtful_calls: Sent, perhaps billed, but no answer came: timeouts and killed processes.
        doubtful_tokens: The most that these can have had.
        doubtful_usd: The most that these can have cost.
    """

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    usd: float = 0.0
    doubtful_calls: int = 0
    doubtful_tokens: int = 0
    doubtful_usd: float = 0.0

    def total(self) -> Worth:
        """All that may have been billed."""
        tokens = self.input_tokens + self.output_tokens + self.doubtful_tokens
        return Worth(tokens, self.usd + self.doubtful_usd)


@dc.dataclass(frozen=True)
class Budget:
    """Prices, and how much the calls in a cache may cost in all.

    Args:
        most_usd: Cap in US dollars; 0: none.
        most_tokens: Cap in input plus output tokens; 0: none.
        usd_per_million_input_tokens: The provider's price.
        usd_per_million_output_tokens: Likewise.
    """

    most_usd: float = 0.0
    most_tokens: int = 0
    usd_per_million_input_tokens: float = 0.0
    usd_per_million_output_tokens: float = 0.0

    def worst(self, request: Request) -> Worth:
        """The most that a request can cost, if it limits its output."""
        given, taken = request.most_input_tokens(), request.most_output_tokens()
        prices = self.usd_per_million_input_tokens, self.usd_per_million_output_tokens
        return Worth(given + taken, (given * prices[0] + taken * prices[1]) / 1e6)

    def passed(self, spent: Worth, more: Worth) -> str:
        """The cap that would be passed, in words; empty if none."""
        if self.most_usd and spent.usd + more.usd > self.most_usd:
            said = f"{spent.usd:.4f} are spent, the next call may cost {more.usd:.4f}"
            return f"most_usd: {self.most_usd:g} would be passed: {said}; raise it to go on"
        if self.most_tokens and spent.tokens + more.tokens > self.most_tokens:
            said = f"{spent.tokens:,} are spent, the next call may take {more.tokens:,}"
            return f"most_tokens: {self.most_tokens:,} would be passed: {said}; raise it to go on"
        return ""
