"""The driver: passes in order, each shard once, what is done already not again.

A shard that fails is reported and left out of later passes; the others go on. Running the same
recipe again does exactly what has no valid receipt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from curate.arrow import digest_of
from curate.contract import Barrier
from curate.engine.barrier import decide
from curate.engine.outcome import Outcome
from curate.engine.plan import Plan, Shard
from curate.engine.shard import (
    DECISION,
    KEPT,
    FromPass,
    FromSource,
    Job,
    KeysJob,
    run_shard,
    write_keys,
)
from curate.engine.store import FileMark, Receipt, find_receipt
from curate.engine.sync import Executor

FORMAT = 1  # bumped when the engine writes other bytes for the same rows


class AnyJob(Protocol):
    """What every kind of job has."""

    @property
    def name(self) -> str:
        """Of the shard or file."""

    @property
    def folder(self) -> Path:
        """Where its receipt goes."""

    @property
    def fingerprint(self) -> str:
        """Of what is done."""


J = TypeVar("J", bound=AnyJob)


class Progress(Protocol):
    """Hears how a run goes on; ``engine.report`` shows it."""

    def begin(self, title: str, jobs: int, rows: int) -> None:
        """A pass over so many jobs begins."""

    def advance(self, receipt: Receipt | None, fresh: bool) -> None:
        """A job is done (or failed, without a receipt), now or by an earlier run."""

    def end(self) -> None:
        """The pass is over."""


class Runner:
    """Runs jobs that lack a receipt; starts workers only when there are such jobs."""

    def __init__(self, start: Callable[[], Executor], progress: Progress) -> None:
        """Take a way to start workers, and who hears of progress."""
        self._start, self._progress = start, progress
        self._executor: Executor | None = None

    def run(
        self,
        work: Callable[[J], Receipt],
        jobs: Sequence[J],
        title: str,
        rows: int,
        device: str = "cpu",
    ) -> tuple[list[Receipt], dict[str, Exception], int]:
        """Receipts in job order, failures by job name, and how many jobs were done now."""
        done: dict[str, Receipt] = {}
        failed: dict[str, Exception] = {}
        self._progress.begin(title, len(jobs), rows)
        missing = []
        for job in jobs:
            if receipt := find_receipt(job.folder, job.name, job.fingerprint):
                done[job.name] = receipt
                self._progress.advance(receipt, fresh=False)
            else:
                missing.append(job)
        for job, result in self._execute(work, missing, device):
            if isinstance(result, Exception):
                failed[job.name] = result
                self._progress.advance(None, fresh=True)
            else:
                done[job.name] = result
                self._progress.advance(result, fresh=True)
        self._progress.end()
        fresh = len(missing) - len(failed)
        return [done[job.name] for job in jobs if job.name in done], failed, fresh

    def _execute(
        self, work: Callable[[J], Receipt], jobs: Sequence[J], device: str
    ) -> Iterable[tuple[J, Receipt | Exception]]:
        if not jobs:
            return ()
        if self._executor is None:
            self._executor = self._start()
        return self._executor.run(work, jobs, device)

    def describe(self) -> str:
        """What did the work."""
        return self._executor.describe() if self._executor else "nothing to do"

    def close(self) -> None:
        """Let go of workers."""
        if self._executor:
            self._executor.close()


def run_plan(plan: Plan, work: Path, runner: Runner) -> Outcome:
    """Run all passes.

    Args:
        plan: What to do.
        work: Work folder, locked by the caller.
        runner: Who does it.

    Raises:
        StepError: A barrier could not decide.
    """
    outcome = Outcome(plan)
    shards, before = list(plan.shards), dict[str, Receipt]()
    for number, one in enumerate(plan.passes):
        decisions: dict[str, FileMark] = {}
        if one.barrier:
            decisions = _decide(plan, number, one.barrier, work, shards, before, runner, outcome)
            shards = [shard for shard in shards if f"{shard.name}{DECISION}" in decisions]
        jobs = _jobs(plan, number, work, shards, before, decisions)
        rows = sum(before[shard.name].rows_out if before else shard.rows() for shard in shards)
        title = ", ".join(step.step_name().rsplit(".", 1)[-1] for step in one.all_steps())
        receipts, failed, fresh = runner.run(run_shard, jobs, title or "read", rows, one.device)
        outcome.receipts.append(receipts)
        outcome.failures.update(failed)
        outcome.fresh += fresh
        before = {receipt.name: receipt for receipt in receipts}
        shards = [shard for shard in shards if shard.name in before]
    return outcome


def _jobs(
    plan: Plan,
    number: int,
    work: Path,
    shards: Sequence[Shard],
    before: dict[str, Receipt],
    decisions: dict[str, FileMark],
) -> list[Job]:
    one = plan.passes[number]
    sources = {id(source): source.fingerprint() for source in plan.sources}
    what = [step.fingerprint() for step in one.all_steps()], str(one.schema_in), str(one.schema_out)
    jobs = []
    for shard in shards:
        entry: FromSource | FromPass
        if number == 0:
            entry = FromSource(shard.source, shard.ref)
            ref = shard.ref
            rows = digest_of(sources[id(shard.source)], ref.digest, ref.rows, ref.limit)
        else:
            folder = work / plan.passes[number - 1].name
            entry = FromPass(folder, one.barrier, work / one.name / "decision")
            mark = decisions.get(f"{shard.name}{DECISION}")
            rows = digest_of(before[shard.name].sha256(KEPT), mark.sha256 if mark else "")
        jobs.append(
            Job(
                shard.name,
                work / one.name,
                digest_of(FORMAT, rows, what),
                entry,
                one.steps,
                one.schema_in,
                one.schema_out,
                plan.rejected_schema,
            )
        )
    return jobs


def _decide(
    plan: Plan,
    number: int,
    barrier: Barrier,
    work: Path,
    shards: Sequence[Shard],
    before: dict[str, Receipt],
    runner: Runner,
    outcome: Outcome,
) -> dict[str, FileMark]:
    """Marks of the decision files."""
    previous = plan.passes[number - 1]
    folder = work / plan.passes[number].name / "decision"
    identity = barrier.fingerprint()
    jobs = [
        KeysJob(
            shard.name,
            folder,
            digest_of(FORMAT, identity, before[shard.name].sha256(KEPT)),
            barrier,
            work / previous.name / f"{shard.name}{KEPT}",
            previous.schema_out,
        )
        for shard in shards
    ]
    rows = sum(before[shard.name].rows_out for shard in shards)
    title = f"{barrier.step_name().rsplit('.', 1)[-1]}: keys"
    keys, failed, fresh = runner.run(write_keys, jobs, title, rows)
    outcome.failures.update(failed)
    outcome.fresh += fresh
    return decide(barrier, folder, keys).files if keys else {}
