"""A plan in words, for ``curate plan``."""

from __future__ import annotations

from collections.abc import Iterator

from curate.engine.plan import Plan
from curate.engine.report import model_lines


def plan_lines(plan: Plan, name: str) -> Iterator[str]:
    """Rows and shards, sources, each pass with its device, steps and new columns, and models."""
    there, shards = plan.rows_there(), len(plan.shards)
    if plan.fraction is None:
        yield f"{name}: {there:,} rows in {shards:,} shards"
    else:
        about = f"about {plan.rows():,} of {there:,} rows"
        yield f"{name}: {about}, a fraction of {plan.fraction:g}, in {shards:,} shards"
    for source in plan.sources:
        yield f"  from {source.step_name()}"
    before: list[str] = []
    for one in plan.passes:
        yield f"{one.name} on {one.device}"
        for step in one.all_steps():
            waits = " (waits for all shards)" if step is one.barrier else ""
            yield f"  {step.step_name()}{waits}"
        new = [column for column in one.schema_out.names if column not in before]
        before = one.schema_out.names
        yield f"  → {len(before)} columns, new: {', '.join(new) or 'none'}"
    yield from model_lines(plan)
