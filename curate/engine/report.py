"""What a run shows: a progress line while it works, a funnel table at the end."""

from __future__ import annotations

import time
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from curate.engine.outcome import Outcome
from curate.engine.plan import Plan
from curate.engine.store import Amount, Receipt, StepCount

QUIET_SECONDS = 10.0  # between lines where there is no terminal to draw a bar on


class Report:
    """Progress on a terminal as one moving line, elsewhere as a line every ten seconds."""

    def __init__(self, console: Console) -> None:
        """Show it on this console."""
        self._console = console
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[speed]}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def begin(self, title: str, jobs: int) -> None:
        """Open a line for a pass over so many jobs."""
        self._title, self._jobs, self._done, self._fresh = title, jobs, 0, Amount()
        self._started = self._spoke = time.monotonic()
        short = title if len(title) <= 40 else f"{title[:37]}…"
        self._task = self._bar.add_task(short, total=jobs, speed="")

    def advance(self, receipt: Receipt | None, fresh: bool) -> None:
        """Move on by one job; only work done now counts for the speed."""
        self._done += 1
        if receipt and fresh:
            seconds = sum(step.kept.duration for step in receipt.steps[-1:])
            self._fresh = self._fresh.plus(Amount(receipt.rows_in, seconds))
        self._bar.update(self._task, completed=self._done, speed=self._speed())
        now = time.monotonic()
        if not self._console.is_terminal and now - self._spoke >= QUIET_SECONDS:
            self._spoke = now
            self._console.print(f"{self._title}: {self._done}/{self._jobs} {self._speed()}")

    def end(self) -> None:
        """Close the line."""
        self._bar.remove_task(self._task)

    def _speed(self) -> str:
        elapsed = max(time.monotonic() - self._started, 1e-3)
        speed = f"{self._fresh.rows / elapsed:,.0f} rows/s"
        if self._fresh.duration:
            speed += f", {self._fresh.duration / 3600:.2f} h of audio"
        return speed


def funnel_table(outcome: Outcome) -> Table:
    """Step by step: rows in, rows rejected and why, rows kept."""
    funnel = outcome.funnel()
    hours = any(count.entered.duration for count in funnel)
    table = Table(title="Where every row went", title_justify="left")
    table.add_column("step")
    table.add_column("in", justify="right")
    table.add_column("kept", justify="right")
    table.add_column("rejected", justify="right")
    table.add_column("why", overflow="fold")
    if hours:
        table.add_column("hours kept", justify="right")
    for count in funnel:
        table.add_row(*_row(count, hours), style=None if count.rejected else "dim")
    return table


def _row(count: StepCount, hours: bool) -> list[str]:
    kept = count.kept
    lost = sum(amount.rows for amount in count.rejected.values())
    why = ", ".join(
        f"{reason} {amount.rows:,}" for reason, amount in sorted(count.rejected.items())
    )
    if count.made:
        why = f"{count.made:,} more by splitting{', ' if why else ''}{why}"
    row = [
        count.step,
        f"{count.entered.rows:,}",
        f"{kept.rows:,}",
        f"{lost:,}" if lost else "",
        why,
    ]
    return [*row, f"{kept.duration / 3600:.3f}" if kept.duration else ""] if hours else row


def summary(outcome: Outcome) -> str:
    """One line: rows in (+ made by splitting) = kept + rejected (+ failed)."""
    failed, made = outcome.rows_failed(), outcome.rows_made()
    more = f" + {made:,} by splitting" if made else ""
    line = f"{outcome.rows_read():,} rows{more} = {outcome.rows_kept():,} kept"
    line += f" + {outcome.rows_rejected():,} rejected"
    return f"{line} + {failed:,} in failed shards" if failed else line


def model_lines(plan: Plan) -> list[str]:
    """A line for each use of a step with models: on which device, and which weights.

    What is no digest (a compiler that is not there, the sandbox in force) is said in full below it.
    """
    devices: dict[str, list[str]] = {}
    for step in plan.steps():
        devices.setdefault(step.step_name(), []).append(step.runs_on())
    lines = []
    for name, models in plan.models.items():
        step_name, _, number = name.partition(" (")
        times = int(number.rstrip(")") or 1)
        device = devices[step_name][times - 1] if step_name in devices else "cpu"
        said = {model: text for model, text in models.items() if " " in text}
        digests = {model: text for model, text in models.items() if model not in said}
        weights = ", ".join(f"{model} {digest[:12]}" for model, digest in digests.items())
        lines.append(f"{name} on {device}{': ' if weights else ''}{weights}")
        lines += [f"  {model}: {text}" for model, text in said.items()]
    return lines
