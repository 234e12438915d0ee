"""The driver: passes in order, each shard once, what is done already not again.

A shard that fails is reported and left out of later passes; the others go on. Running the same
recipe again does exactly what has no valid receipt.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from curate.arrow import digest_of
from curate.contract import Barrier
from curate.engine.barrier import decide
from curate.engine.outcome import Outcome
from curate.engine.plan import Pass, Plan
from curate.engine.reading import Shard
from curate.engine.shard import (
    DECISION,
    KEYS,
    Job,
    Kept,
    KeysJob,
    run_shard,
    write_keys,
)
from curate.engine.store import FileMark, Receipt, find_receipt
from curate.engine.sync import Executor
from curate.errors import ShardError

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
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

    def begin(self, title: str, jobs: int) -> None:
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
        device: str = "cpu",
    ) -> tuple[list[Receipt], dict[str, Exception], int]:
        """Receipts in job order, failures by job name, and how many jobs were done now.

        Raises:
            OSError: There is no room left, or the output cannot be written to.
            ShardError: The workers lost a job without a word.
        """
        done: dict[str, Receipt] = {}
        failed: dict[str, Exception] = {}
        self._progress.begin(title, len(jobs))
        missing = []
        for job in jobs:
            if receipt := find_receipt(job.folder, job.name, job.fingerprint):
                done[job.name] = receipt
                self._progress.advance(receipt, fresh=False)
            else:
                missing.append(job)
        for job, result in self._execute(work, missing, device):
            if isinstance(result, OSError) and result.errno in NO_ROOM:
                raise result  # every other shard would fail in the same way
            if isinstance(result, Exception):
                failed[job.name] = result
                self._progress.advance(None, fresh=True)
            else:
                done[job.name] = result
                self._progress.advance(result, fresh=True)
        self._progress.end()
        if forgotten := [job.name for job in missing if job.name not in {*done, *failed}]:
            raise ShardError(f"the workers gave no answer for {forgotten}; run it again")
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
    for number, one in enumerate(plan.passes):
        if one.barrier:
            decisions = _decide(outcome, number, one.barrier, work, runner)
            jobs = _later_jobs(outcome, number, work, decisions)
        elif number:
            jobs = _later_jobs(outcome, number, work, {})
        else:
            jobs = _first_jobs(plan, work)
        receipts, failed, fresh = runner.run(run_shard, jobs, _title(one), one.device)
        outcome.add_pass(receipts, {job.name: job for job in jobs}, failed, fresh)
    return outcome


def _title(one: Pass) -> str:
    names = [step.step_name().rsplit(".", 1)[-1] for step in one.all_steps()] or ["read"]
    return names[0] if len(names) == 1 else f"{names[0]} … {names[-1]}"


def _first_jobs(plan: Plan, work: Path) -> list[Job]:
    sources = {id(source): source.fingerprint() for source in plan.sources}

    def identity(shard: Shard) -> str:
        taken = [] if shard.fraction is None else [shard.fraction]
        facts = [(ref.digest, ref.rows, ref.limit) for ref in shard.refs]
        pieces = facts[0] if len(facts) == 1 else facts
        return digest_of(sources[id(shard.source)], *pieces, *taken)

    make = _JobMaker(plan, 0, work)
    return [make(one.name, one, identity(one)) for one in plan.shards]


def _later_jobs(
    outcome: Outcome, number: int, work: Path, decisions: dict[str, FileMark]
) -> list[Job]:
    plan = outcome.plan
    one = plan.passes[number]
    # Nothing to do but to apply the decision: its rows are not copied, only viewed through it.
    view = bool(one.barrier) and not one.steps and one is plan.passes[-1]
    make = _JobMaker(plan, number, work, view)
    jobs = []
    for name, passed in outcome.kept.items():
        mark = decisions.get(f"{name}{DECISION}")
        if one.barrier and mark is None:
            continue  # its keys failed, and are among the failures
        path = work / one.name / "decision" / f"{name}{DECISION}" if mark else None
        identity = digest_of(passed.digest, mark.sha256 if mark else "")
        entry = passed.rows._replace(barrier=one.barrier, decision=path)
        jobs.append(make(name, entry, identity))
    return jobs


class _JobMaker:
    """Makes the jobs of a pass; what they have in common is looked at once."""

    def __init__(self, plan: Plan, number: int, work: Path, view: bool = False) -> None:
        one = plan.passes[number]
        self._one, self._folder, self._view = one, work / one.name, view
        self._rejected = plan.rejected_schema
        self._configs = plan.configs if one is plan.passes[-1] else ""
        steps = [step.fingerprint() for step in one.all_steps()]
        self._what = steps, str(one.schema_in), str(one.schema_out)

    def __call__(self, name: str, entry: Shard | Kept, rows: str) -> Job:
        one, configs = self._one, self._configs
        more = [configs] if configs else []
        return Job(
            name,
            self._folder,
            digest_of(FORMAT, rows, self._what, self._view, *more),
            entry,
            one.steps,
            one.schema_in,
            one.schema_out,
            self._rejected,
            self._view,
            configs,
        )


def _decide(
    outcome: Outcome, number: int, barrier: Barrier, work: Path, runner: Runner
) -> dict[str, FileMark]:
    """Marks of the decision files."""
    plan, kept = outcome.plan, outcome.kept
    folder = work / plan.passes[number].name / "decision"
    identity = barrier.fingerprint()
    schema = plan.passes[number - 1].schema_out
    what = {name: digest_of(FORMAT, KEYS, identity, one.digest) for name, one in kept.items()}
    jobs = [
        KeysJob(name, folder, what[name], barrier, one.rows, schema) for name, one in kept.items()
    ]
    title = f"{barrier.step_name().rsplit('.', 1)[-1]}: keys"
    keys, failed, fresh = runner.run(write_keys, jobs, title)
    outcome.failures.update(failed)
    outcome.fresh += fresh
    return decide(barrier, folder, keys, runner).files if keys else {}
