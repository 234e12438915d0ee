"""What a run did: receipts, failures, and the account of every row."""

from __future__ import annotations

import dataclasses as dc

from curate.engine.plan import Plan
from curate.engine.store import Receipt, StepCount


@dc.dataclass
class Outcome:
    """What a run did.

    Attributes:
        plan: What was to be done.
        receipts: For each pass, a receipt for each shard that came through it.
        failures: Shard → what went wrong.
        fresh: How many jobs were done now, not by an earlier run.
    """

    plan: Plan
    receipts: list[list[Receipt]] = dc.field(default_factory=list)
    failures: dict[str, Exception] = dc.field(default_factory=dict)
    fresh: int = 0

    def funnel(self) -> list[StepCount]:
        """What each step did to all shards, in the order in which they ran."""
        total: dict[tuple[int, int, str], StepCount] = {}
        for number, one in enumerate(self.receipts):
            for receipt in one:
                for place, count in enumerate(receipt.steps):
                    line = total.setdefault((number, place, count.step), StepCount(count.step))
                    line.add(count)
        return [total[key] for key in sorted(total, key=lambda key: key[:2])]

    def rows_read(self) -> int:
        """Rows that the sources gave."""
        return sum(receipt.rows_in for receipt in self.receipts[0])

    def rows_kept(self) -> int:
        """Rows that came through every step."""
        return sum(receipt.rows_out for receipt in self.receipts[-1])

    def rows_rejected(self) -> int:
        """Rows with a reason."""
        return sum(
            amount.rows
            for one in self.receipts
            for receipt in one
            for count in receipt.steps
            for amount in count.rejected.values()
        )

    def rows_failed(self) -> int:
        """Rows of shards that failed after the first pass: neither kept nor rejected."""
        lost = 0
        for before, after in zip(self.receipts, self.receipts[1:], strict=False):
            through = {receipt.name for receipt in after}
            lost += sum(receipt.rows_out for receipt in before if receipt.name not in through)
        return lost

    def conserved(self) -> bool:
        """Whether every row that was read is accounted for."""
        accounted = self.rows_kept() + self.rows_rejected() + self.rows_failed()
        return self.rows_read() == accounted
