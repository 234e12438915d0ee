"""What a run will do: shards, and passes cut at barriers and where the device changes.

A pass runs a chain of row-local steps on one shard in one task. Between passes there is Parquet on
disk: so a barrier sees the light columns of every shard, and GPU steps get workers of their own.
"""

from __future__ import annotations

import dataclasses as dc
import difflib
from collections import Counter
from collections.abc import Sequence

import pyarrow as pa

from curate.arrow import field_features, hub_schema, union_schema
from curate.contract import (
    REJECTION,
    Barrier,
    Filter,
    ShardRef,
    Source,
    Step,
    Transform,
    is_heavy,
)
from curate.engine.reading import Shard, put_together, rows_of
from curate.errors import CurateError, RecipeError, SourceError

_SHOWN = 20  # columns that a message lists


@dc.dataclass(frozen=True)
class Pass:
    """A chain of row-local steps for every shard, after a barrier's decision if there is one."""

    name: str
    device: str
    barrier: Barrier | None
    steps: tuple[Transform | Filter, ...]
    schema_in: pa.Schema
    schema_out: pa.Schema

    def all_steps(self) -> tuple[Step, ...]:
        """The barrier, if any, and the chain."""
        return (*([self.barrier] if self.barrier else []), *self.steps)


@dc.dataclass(frozen=True)
class Plan:
    """Everything that is known before any work is done.

    Attributes:
        sources: Where rows come from.
        shards: All shards, in order.
        passes: At least one.
        rejected_schema: Light columns of the whole run, and why a row was rejected.
        models: Step → model → sha256.
        configs: The column whose values name the configs of the dataset; empty: one config.
        fraction: Share of the rows that is taken, by their ids; None for all.
    """

    sources: tuple[Source, ...]
    shards: tuple[Shard, ...]
    passes: tuple[Pass, ...]
    rejected_schema: pa.Schema
    models: dict[str, dict[str, str]]
    configs: str = ""
    fraction: float | None = None

    def rows(self) -> int:
        """Rows of all shards; of a fraction about so many."""
        return sum(shard.rows() for shard in self.shards)

    def rows_there(self) -> int:
        """Rows of all shards, those outside of a fraction too."""
        return sum(rows_of(ref) for shard in self.shards for ref in shard.refs)

    def steps(self) -> list[Step]:
        """Barriers, transforms and filters in the order in which they run."""
        return [step for one in self.passes for step in one.all_steps()]


def make_plan(
    sources: Sequence[Source],
    steps: Sequence[Transform | Filter | Barrier],
    where: Sequence[str] = (),
    limit: int | None = None,
    configs: str = "",
    fraction: float | None = None,
) -> Plan:
    """Resolve models, check that every step finds its columns, cut passes, list shards.

    Args:
        sources: The recipe's sources.
        steps: The recipe's steps.
        where: ``file:line`` of each step, for messages.
        limit: Read at most this many rows, from the first shards.
        configs: The column whose values name the configs of the dataset; empty: one config.
        fraction: Take this share of the rows, by their ids.

    Raises:
        CurateError: The fraction is none.
        RecipeError: A step reads a column that is not there, or ``configs`` names none.
        SourceError: A source cannot be read, or has no rows.
        EnvironmentError_: A model, tool or extra is missing.
    """
    if fraction is not None and not 0 < fraction <= 1:
        raise CurateError(f"a fraction is above 0 and at most 1, not {fraction:g}")
    own = [source.schema() for source in sources]  # first: weights are large, inputs often wrong
    models = _models_of((*sources, *steps))
    try:
        schema = union_schema(own)
    except pa.ArrowTypeError as error:
        raise SourceError(f"the sources do not fit together: {error}") from None
    schemas = check_columns(schema, steps, where)
    shards = _list_shards(sources, own, limit, fraction)
    if not shards:
        raise SourceError(f"{', '.join(source.step_name() for source in sources)}: no rows there")
    passes = _cut_passes(steps, schemas)
    _check_splits(schemas[-1])
    _check_configs(schemas[-1], configs)
    rejected = _rejected_schema(schemas)
    return Plan(tuple(sources), shards, passes, rejected, models, configs, fraction)


def _models_of(steps: Sequence[Step]) -> dict[str, dict[str, str]]:
    """Models of each step; a step that stands several times is numbered from the second on."""
    models: dict[str, dict[str, str]] = {}
    times: Counter[str] = Counter()
    for step in steps:
        name = step.step_name()
        times[name] += 1
        if found := step.prepare():
            models[name if times[name] == 1 else f"{name} ({times[name]})"] = found
    return models


def check_columns(
    schema: pa.Schema, steps: Sequence[Step], where: Sequence[str] = ()
) -> list[pa.Schema]:
    """Schema before the first step and after each.

    Raises:
        RecipeError: Every column that a step reads and that is not there, with the nearest name.
    """
    schemas, problems = [schema], []
    for index, step in enumerate(steps):
        for name in step.columns_read():
            if name not in schema.names:
                spot = where[index] if index < len(where) else f"step {index}"
                hint = _hint(step, name, schema)
                problems.append(f"{spot}: {step.step_name()} needs the column {name!r}; {hint}")
                schema = schema.append(pa.field(name, pa.null()))
        schema = step.output_schema(schema)
        schemas.append(schema)
    if problems:
        raise RecipeError(*problems)
    return schemas


def _check_splits(schema: pa.Schema) -> None:
    at = schema.get_field_index("split")
    if at >= 0 and schema.field(at).type != pa.string():
        way_out = "rename it in the source: columns: {fold: split}"
        kind = schema.field(at).type
        raise RecipeError(
            f"the column 'split' holds {kind}, and names of splits are text; {way_out}"
        )


def _check_configs(schema: pa.Schema, configs: str) -> None:
    names = [field.name for field in schema if field.type == pa.string() and field.name != "split"]
    if configs and configs not in names:
        near = difflib.get_close_matches(configs, names, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"text columns are {', '.join(names)}"
        raise RecipeError(f"publish.configs: no text column {configs!r} after the steps; {hint}")


def _hint(step: Step, name: str, schema: pa.Schema) -> str:
    """The nearest column there is, and the option that asks for this one."""
    near = difflib.get_close_matches(name, schema.names, 1)
    some = ", ".join(schema.names[:_SHOWN])
    more = f" and {len(schema.names) - _SHOWN} more" if schema.names[_SHOWN:] else ""
    hint = f"did you mean {near[0]!r}?" if near else f"there is {some}{more}"
    for field in dc.fields(step):
        value = getattr(step, field.name)
        if value == name or (isinstance(value, tuple) and name in value):
            hint += f"; its option {field.name!r} asks for it"
    return hint


def _rejected_schema(schemas: Sequence[pa.Schema]) -> pa.Schema:
    """Light columns of the whole run; one that changes its type on the way is kept as text."""
    fields: dict[str, pa.Field] = {}
    for field in (field for schema in schemas for field in schema if not is_heavy(field.type)):
        known = fields.setdefault(field.name, field)
        if known.type != field.type:
            fields[field.name] = pa.field(field.name, pa.string())
    return pa.schema([*fields.values(), *REJECTION])


def _list_shards(
    sources: Sequence[Source],
    own: Sequence[pa.Schema],
    limit: int | None,
    fraction: float | None,
) -> tuple[Shard, ...]:
    shards: list[Shard] = []
    left = limit
    for number, (source, schema) in enumerate(zip(sources, own, strict=True)):
        pieces: list[ShardRef] = []
        for ref in source.shards():
            if left is not None:
                if left <= 0:
                    break
                ref = ref._replace(limit=min(left, ref.rows))
                left -= ref.rows
            pieces.append(ref)
        for refs in put_together(pieces, schema):
            more = f"+{len(refs) - 1}" if len(refs) > 1 else ""
            name = f"{number:02d}-{refs[0].name}{more}"
            shards.append(Shard(name, source, refs, schema, fraction))
    return tuple(shards)


def _cut_passes(
    steps: Sequence[Transform | Filter | Barrier], schemas: Sequence[pa.Schema]
) -> tuple[Pass, ...]:
    groups: list[tuple[Barrier | None, list[int]]] = [(None, [])]
    device = ""
    for index, step in enumerate(steps):
        if isinstance(step, Barrier):
            groups.append((step, []))
            device = ""
            continue
        if device and step.runs_on() != device:
            groups.append((None, []))
        device = step.runs_on()
        groups[-1][1].append(index)
    passes, schema = [], schemas[0]
    for number, (barrier, members) in enumerate(groups):
        chain = [step for index in members if not isinstance(step := steps[index], Barrier)]
        # Field metadata does not survive Parquet, but for the Hub's features.
        schema_in = schema if number == 0 else field_features(hub_schema(schema))
        schema_in = barrier.output_schema(schema_in) if barrier else schema_in
        schema = schema_in
        for step in chain:
            schema = step.output_schema(schema)
        device = chain[0].runs_on() if chain else "cpu"
        passes.append(Pass(f"pass-{number:02d}", device, barrier, tuple(chain), schema_in, schema))
    return tuple(passes)
