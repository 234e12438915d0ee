"""A recipe, run: plan, passes, assembly, dataset folder; what the CLI and a notebook call."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.console import Console

from curate.engine.assemble import assemble
from curate.engine.outcome import Outcome
from curate.engine.plan import Plan, make_plan
from curate.engine.report import Report
from curate.engine.run import Runner, run_plan
from curate.engine.store import locked
from curate.engine.sync import Executor, Sync
from curate.errors import ShardError
from curate.models import gpu_count
from curate.publish.folder import finish_folder, prose_of
from curate.publish.place import check_place
from curate.publish.samples import take_samples
from curate.recipe import Recipe

AHEAD_IF_ASKED, AHEAD_IF_LONG = 0.1, 2.0
"""Seconds of planning until workers' imports begin: if they were asked for; if none were, since a
plan that takes so long reads a large input."""
FEW_SHARDS = 8  # fewer are done before Dask's workers have started (2-3 s) and compiled


def plan_recipe(recipe: Recipe, limit: int | None = None, fraction: float | None = None) -> Plan:
    """What a recipe would do; reads schemas and lists shards, but does no work.

    Raises:
        RecipeError: A step reads a column that is not there.
        SourceError: A source cannot be read.
        EnvironmentError_: A model, tool or extra is missing.
        PublishError: The card is missing or not readable.
    """
    prose_of(recipe)
    configs = recipe.publish.configs
    return make_plan(recipe.sources, recipe.steps, recipe.where, limit, configs, fraction)


def run_recipe(
    recipe: Recipe,
    out: Path,
    *,
    limit: int | None = None,
    fraction: float | None = None,
    workers: int | None = None,
    gpus: int | None = None,
    scheduler: str = "",
    console: Console | None = None,
) -> Outcome:
    """Run a recipe into a dataset folder; resumes whatever an earlier run left there.

    Args:
        recipe: From ``load_recipe``.
        out: The dataset folder; made if it is not there.
        limit: Read at most this many rows.
        fraction: Take this share of them, the same ids every time.
        workers: Worker processes; 1 stays in this process; None chooses by the size of the input.
        gpus: GPUs of this machine to use, one worker each; None takes all if a step asks for one.
        scheduler: Address or file of a running Dask scheduler, instead of local workers.
        console: Where progress is shown; None shows nothing.

    Returns:
        What happened to every row. Failed shards are in ``failures``; the rest is finished.

    Raises:
        CurateError: The recipe cannot run at all.
    """
    started = time.time()
    check_place(recipe, out)
    with _workers_ahead(workers, gpus, scheduler):
        plan = plan_recipe(recipe, limit, fraction)
    console = console or Console(quiet=True)
    with locked(out) as work:

        def start() -> Executor:
            return _executor(plan, work, workers, gpus, scheduler)

        with Report(console) as report:
            runner = Runner(start, report)
            try:
                outcome = run_plan(plan, work, runner)
                if not outcome.conserved():
                    raise ShardError(f"rows were lost in {out}; please report this")
                with ThreadPoolExecutor(1) as pool:  # while the workers write, this process waits
                    samples = pool.submit(take_samples, outcome, out)
                    files = assemble(outcome, out, work, runner)
                    samples.result()
            finally:
                runner.close()
        finish_folder(recipe, outcome, files, out, runner.describe(), time.time() - started)
    return outcome


@contextlib.contextmanager
def _workers_ahead(workers: int | None, gpus: int | None, scheduler: str) -> Iterator[None]:
    """Let local workers' imports begin while a plan takes long: then there is work for them."""
    alone = workers is not None and workers <= 1 and not gpus
    if scheduler or alone:
        yield
        return
    timer = threading.Timer(AHEAD_IF_LONG if workers is None else AHEAD_IF_ASKED, _start_ahead)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _start_ahead() -> None:
    from curate.engine.cluster import start_ahead

    with contextlib.suppress(OSError):  # no process, no memory: said when they are needed
        start_ahead()


def _executor(
    plan: Plan, work: Path, workers: int | None, gpus: int | None, scheduler: str
) -> Executor:
    if workers is None:
        few = len(plan.shards) < FEW_SHARDS
        workers = 1 if few else min(os.cpu_count() or 1, len(plan.shards) // 2)
    if workers <= 1 and not gpus and not scheduler:
        return Sync()
    if gpus is None:
        gpus = gpu_count() if any(one.device == "cuda" for one in plan.passes) else 0
    from curate.engine.cluster import Cluster

    return Cluster(work, workers, gpus, scheduler)
