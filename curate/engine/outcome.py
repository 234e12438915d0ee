"""What a run did: receipts, failures, and the account of every row."""

from __future__ import annotations

import dataclasses as dc
from typing import NamedTuple

from curate.engine.plan import Plan
from curate.engine.shard import KEPT, Job, Kept
from curate.engine.store import Receipt, StepCount


class Passed(NamedTuple):
    """A shard's rows after the last pass so far, and the digest of all that they depend on."""

    rows: Kept
    digest: str


@dc.dataclass
class Outcome:
    """What a run did.

    Attributes:
        plan: What was to be done.
        receipts: For each pass, a receipt for each shard that came through it.
        kept: Shard → the rows that came through every pass so far.
        failures: Shard → what went wrong.
        fresh: How many jobs were done now, not by an earlier run.
    """

    plan: Plan
    receipts: list[list[Receipt]] = dc.field(default_factory=list)
    kept: dict[str, Passed] = dc.field(default_factory=dict)
    failures: dict[str, Exception] = dc.field(default_factory=dict)
    fresh: int = 0

    def add_pass(
        self,
        receipts: list[Receipt],
        jobs: dict[str, Job],
        failed: dict[str, Exception],
        fresh: int,
    ) -> None:
        """Take note of a finished pass."""
        self.receipts.append(receipts)
        self.failures.update(failed)
        self.fresh += fresh
        self.kept = {receipt.name: _passed(receipt, jobs[receipt.name]) for receipt in receipts}

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
        """Rows that the sources gave, or announced for shards that failed."""
        return sum(receipt.rows_in for receipt in self.receipts[0]) + self._rows_unread()

    def rows_made(self) -> int:
        """Rows that steps made beyond those that they were given, by splitting some."""
        return sum(
            count.made for one in self.receipts for receipt in one for count in receipt.steps
        )

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
        """Rows of shards that failed: neither kept nor rejected."""
        lost = self._rows_unread()
        for before, after in zip(self.receipts, self.receipts[1:], strict=False):
            through = {receipt.name for receipt in after}
            lost += sum(receipt.rows_out for receipt in before if receipt.name not in through)
        return lost

    def _rows_unread(self) -> int:
        through = {receipt.name for receipt in self.receipts[0]}
        return sum(shard.rows() for shard in self.plan.shards if shard.name not in through)

    def conserved(self) -> bool:
        """Whether every row that was read or made is accounted for."""
        accounted = self.rows_kept() + self.rows_rejected() + self.rows_failed()
        return self.rows_read() + self.rows_made() == accounted


def _passed(receipt: Receipt, job: Job) -> Passed:
    if job.view and isinstance(job.entry, Kept):
        return Passed(job.entry, receipt.fingerprint)
    return Passed(Kept(job.folder / f"{receipt.name}{KEPT}"), receipt.sha256(KEPT))
