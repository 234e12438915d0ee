"""The data contract: what flows between steps, and what a step may do to it.

A *batch* is a ``pa.Table`` with a unique, stable ``id: string``, a ``source: string`` and the
corpus's columns. Four kinds of step, told apart by their folder:

- ``Source``     lists its shards and reads one as batches, in a fixed order.
- ``Transform``  batch → batch with the same ids in the same order; declares the columns it adds.
- ``Filter``     batch → ``Verdict``; it judges and measures, and cannot edit a row.
- ``Barrier``    takes a few light columns of *all* rows and judges them together (z-scores, dedup).

A source or transform that cannot use a row (an unreadable file, say) writes the reason into the
``defect`` column; the engine moves that row to the rejected ones. ``apply`` and ``settle`` below
are the only places where rows are split, so rows in = rows kept + rows rejected holds for every
step by construction.
"""

from __future__ import annotations

import dataclasses as dc
import typing
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from curate.arrow import digest_of
from curate.errors import StepError
from curate.options import Column as Column  # noqa: PLC0414  (steps take these from here)
from curate.options import InputPath as InputPath  # noqa: PLC0414
from curate.options import ModelPath as ModelPath  # noqa: PLC0414
from curate.options import column_options, input_paths, model_paths, placeless

DEFECT = pa.field("defect", pa.string())
REJECTION = (pa.field("rejected_by", pa.string()), pa.field("reason", pa.string()))
Adds = Mapping[str, "pa.DataType | pa.Field"]


class Limit(NamedTuple):
    """Which measured column an option limits, so that a report can draw the threshold.

    Attributes:
        column: A numeric column that the step reads or adds.
        keeps: Rows kept have at least the option's value, at most it, or at most it in size.
        reasons: Why a row beyond it is rejected.
    """

    column: str
    keeps: Literal["least", "most", "most in size"]
    reasons: tuple[str, ...]


@dc.dataclass(frozen=True)
class Verdict:
    """What a filter or barrier says of the rows of a batch.

    Attributes:
        keep: Boolean array, shape (rows,), without nulls.
        reason: Why a row is not kept: one phrase for all, or a string array of shape (rows,).
        measured: The evidence: a column for each name in the step's ``adds``, kept with every row.
    """

    keep: pa.BooleanArray
    reason: str | pa.StringArray
    measured: Mapping[str, pa.Array] = dc.field(default_factory=dict)


@dc.dataclass(frozen=True)
class Step:
    """A frozen, typed dataclass whose fields are its YAML options.

    Class attributes:
        reads: Columns it needs, beside those named by options of type ``Column``.
        reads_if_there: Columns it takes into account where they exist.
        adds: Columns it adds or replaces, with their types.
        drops: Columns it takes away.
        reasons: The closed set of phrases with which it rejects rows.
        limits: Options that are thresholds, and the column that each of them limits.
        version: Bumped when the output for the same input changes.
    """

    reads: ClassVar[tuple[str, ...]] = ()
    reads_if_there: ClassVar[tuple[str, ...]] = ()
    adds: ClassVar[Adds] = {}
    drops: ClassVar[tuple[str, ...]] = ()
    reasons: ClassVar[tuple[str, ...]] = ()
    limits: ClassVar[Mapping[str, Limit]] = {}
    version: ClassVar[int] = 1

    @classmethod
    def step_name(cls) -> str:
        """Name in a recipe: ``filters.duration``, or ``package.module:Class`` if not ours."""
        module = cls.__module__
        return (
            module.removeprefix("curate.")
            if module.startswith("curate.")
            else f"{module}:{cls.__qualname__}"
        )

    def fingerprint(self) -> str:
        """Identity of what the step computes: its path, version, options and models.

        Input paths do not count: a folder may move, its content is what shards are known by. Of
        the path of a model its name does, since the digest of the model is among ``prepare``.
        """
        hidden, models = input_paths(type(self)), model_paths(type(self))
        names = [field.name for field in dc.fields(self) if field.name not in hidden]
        options = {name: getattr(self, name) for name in names}
        options |= {name: placeless(options[name]) for name in models}
        return digest_of(self.step_name(), self.version, options, self.prepare())

    def columns_read(self) -> tuple[str, ...]:
        """Columns the step needs: ``reads`` and the values of its ``Column`` options."""
        return tuple(dict.fromkeys((*self.reads, *column_options(self))))

    def columns_if_there(self) -> tuple[str, ...]:
        """Columns the step takes into account where they exist."""
        return self.reads_if_there

    def added(self, schema: pa.Schema) -> Adds:
        """Columns added to a batch of this schema; override where they depend on options."""
        return self.adds

    def thresholds(self) -> dict[str, float]:
        """Values in force of the options in ``limits``; override where a preset sets some."""
        values = {option: getattr(self, option) for option in self.limits}
        return {option: float(value) for option, value in values.items() if value is not None}

    def prepare(self) -> dict[str, str]:
        """Resolve models before any work starts.

        Returns:
            What was resolved, as name → sha256; part of the fingerprint and of ``run.json``.

        Raises:
            EnvironmentError_: Something is missing; the message says how to get it.
        """
        return {}

    def runs_on(self) -> str:
        """``"cpu"`` or ``"cuda"``: where this step will run; steps of one pass share it."""
        return "cpu"

    def output_schema(self, schema: pa.Schema) -> pa.Schema:
        """Schema of a batch after this step: additions replace in place or append, drops go."""
        for name, kind in self.added(schema).items():
            field = kind if isinstance(kind, pa.Field) else pa.field(name, kind)
            at = schema.get_field_index(name)
            schema = schema.append(field) if at < 0 else schema.set(at, field)
        for name in self.drops:
            if (at := schema.get_field_index(name)) >= 0:
                schema = schema.remove(at)
        return schema


class Transform(Step):
    """Changes or adds columns; keeps ids and their order.

    Class attributes:
        splits: Whether it makes several rows of one. Then each row of the batch stays whole, with
            its id, or becomes, in its place, rows called ``<id>#1``, ``<id>#2``, ….
    """

    splits: ClassVar[bool] = False

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Return the batch with the declared columns added or replaced."""
        raise TypeError(f"{self.step_name()} does not say what it does")


class Filter(Step):
    """Judges rows one by one; never edits them."""

    def __call__(self, batch: pa.Table) -> Verdict:
        """Return which rows stay, why the others do not, and what was measured."""
        raise TypeError(f"{self.step_name()} does not say what it does")


class Barrier(Step):
    """Judges rows by looking at a few light columns of all of them together."""

    def separable_by(self) -> tuple[str, ...]:
        """Key columns that part the decision: rows of other values have no say in a row's verdict.

        Then keys that outgrow one process are judged in buckets: rows with equal values come
        together and in order, one with a null among them in any company. Empty if every verdict
        may hang on every row.
        """
        return ()

    def keys(self, batch: pa.Table) -> pa.Table:
        """The light columns the decision needs, one row for each row of the batch, same order."""
        wanted = {*self.columns_read(), *self.columns_if_there()}
        return batch.select([name for name in batch.column_names if name in wanted])

    def decide(self, keys: pa.Table) -> Verdict:
        """Judge the keys of all shards, concatenated in shard order."""
        raise TypeError(f"{self.step_name()} does not say what it does")


class ShardRef(NamedTuple):
    """One piece of a source: small, picklable, and the same on every run.

    Attributes:
        name: Unique within the source, safe as a file name, sorts in reading order.
        rows: How many rows reading it gives, rejected ones included.
        digest: Identity of the input: changes whenever reading could give other rows.
        where: What ``Source.read`` needs to find it; plain values only.
        limit: Read no more than this many rows (``--limit``).
    """

    name: str
    rows: int
    digest: str
    where: tuple[Any, ...]
    limit: int | None = None


class Source(Step):
    """Where rows come from: lists shards once, reads each anywhere."""

    def schema(self) -> pa.Schema:
        """Schema of every batch it reads, ``id`` and ``source`` first, without ``defect``."""
        raise TypeError(f"{self.step_name()} does not say what it does")

    def shards(self) -> Sequence[ShardRef]:
        """All shards, in reading order; the same list for the same input."""
        raise TypeError(f"{self.step_name()} does not say what it does")

    def read(self, ref: ShardRef) -> Iterator[pa.Table]:
        """Batches of one shard; unusable rows carry their reason in ``defect``."""
        raise TypeError(f"{self.step_name()} does not say what it does")


class Applied(NamedTuple):
    """A batch after a step: rows kept, and rows rejected with ``rejected_by`` and ``reason``."""

    kept: pa.Table
    rejected: pa.Table


def apply(step: Transform | Filter, batch: pa.Table, shard: str = "") -> Applied:
    """Run one step on one batch and split kept rows from rejected ones.

    Raises:
        StepError: The step crashed, changed ids, or returned columns it does not declare.
    """
    if missing := [name for name in step.columns_read() if name not in batch.column_names]:
        there = ", ".join(batch.column_names)
        raise StepError(
            step.step_name(), f"needs the column {missing[0]!r}; there is {there}", shard
        )
    try:
        return _split(step, batch, step(batch))
    except StepError as error:
        raise StepError(step.step_name(), error.message, shard, error.row_id) from error
    except (Exception, SystemExit) as error:  # the shard boundary: the rest of the run goes on
        raise StepError(step.step_name(), f"{type(error).__name__}: {error}", shard) from error


def _split(step: Transform | Filter, batch: pa.Table, outcome: Any) -> Applied:
    wanted = Verdict if isinstance(step, Filter) else pa.Table
    if not isinstance(outcome, wanted):
        raise TypeError(f"returned a {type(outcome).__name__}, not a {wanted.__name__}")
    if isinstance(outcome, Verdict):
        return settle(typing.cast(Filter, step), batch, outcome)
    if isinstance(step, Transform) and step.splits:
        _check_pieces(step, batch, outcome)
    elif not outcome["id"].equals(batch["id"]):
        raise StepError(step.step_name(), "changed, dropped or reordered ids")
    return set_aside_defects(step, outcome, step.output_schema(batch.schema))


def _check_pieces(step: Transform, batch: pa.Table, outcome: pa.Table) -> None:
    """Whether every row is there, in its place: whole, or as numbered pieces."""
    waiting = iter(batch["id"].to_pylist())
    parent, expected, number = None, next(waiting, None), 0
    for name in outcome["id"].to_pylist():
        if name == expected:
            parent, number = None, 0
        elif name == f"{parent}#{number + 1}":
            number += 1
            continue
        elif name == f"{expected}#1":
            parent, number = expected, 1
        else:
            raise StepError(step.step_name(), "lost, added or misnamed the pieces of a row")
        expected = next(waiting, None)
    if expected is not None:
        raise StepError(step.step_name(), "lost, added or misnamed the pieces of a row")


def settle(step: Filter | Barrier, batch: pa.Table, verdict: Verdict) -> Applied:
    """Append the evidence of a verdict to a batch and split it into kept and rejected rows."""
    schema = step.output_schema(batch.schema)
    for name in step.added(batch.schema):
        batch = put(batch, schema.field(name), verdict.measured[name])
    keep = verdict.keep
    if isinstance(keep, pa.ChunkedArray):
        keep = keep.combine_chunks()
    if not isinstance(keep, pa.BooleanArray) or len(keep) != batch.num_rows or keep.null_count:
        wanted = f"one true or false for each of {batch.num_rows} rows"
        raise StepError(step.step_name(), f"its verdict must keep {wanted}")
    batch = conform(step, batch, schema)
    if keep.true_count == batch.num_rows:
        return Applied(batch, reject(step, batch.slice(0, 0), ""))
    reason = verdict.reason
    drop = pc.invert(keep)
    dropped = light(batch).filter(drop)
    why = reason if isinstance(reason, str) else reason.filter(drop)
    return Applied(batch.filter(keep), reject(step, dropped, why))


def set_aside_defects(step: Step, batch: pa.Table, schema: pa.Schema) -> Applied:
    """Split off the rows that a source or transform marked in the ``defect`` column."""
    if DEFECT.name not in batch.column_names:
        batch = conform(step, batch, schema)
        return Applied(batch, reject(step, batch.slice(0, 0), ""))
    defect = batch[DEFECT.name]
    batch = conform(step, batch.drop_columns([DEFECT.name]), schema)
    broken = pc.is_valid(defect)
    rejected = reject(step, light(batch).filter(broken), defect.filter(broken))
    return Applied(batch if rejected.num_rows == 0 else batch.filter(pc.is_null(defect)), rejected)


def reject(step: Step, rows: pa.Table, reason: str | pa.Array | pa.ChunkedArray) -> pa.Table:
    """Light columns of the rows, with the step that dropped them and why.

    Raises:
        StepError: A row has no reason.
    """
    rows = light(rows)
    by = pa.array([step.step_name()] * rows.num_rows, pa.string())
    why = pa.array([reason] * rows.num_rows, pa.string()) if isinstance(reason, str) else reason
    if rows.num_rows and not pc.all(pc.fill_null(pc.not_equal(why, ""), False)).as_py():
        raise StepError(step.step_name(), "rejected a row without a reason")
    return rows.append_column(REJECTION[0], by).append_column(REJECTION[1], why)


def put(batch: pa.Table, field: pa.Field | str, values: Any) -> pa.Table:
    """Add a column, or replace the one of that name in place."""
    name = field if isinstance(field, str) else field.name
    at = batch.schema.get_field_index(name)
    if not isinstance(values, pa.Array | pa.ChunkedArray):
        values = pa.array(values, None if isinstance(field, str) else field.type)
    if not isinstance(field, str) and values.type != field.type:
        values = values.cast(field.type)
    return batch.append_column(field, values) if at < 0 else batch.set_column(at, field, values)


HEAVY = (pa.types.is_binary, pa.types.is_large_binary)


def is_heavy(kind: pa.DataType) -> bool:
    """Whether a column holds media or vectors, which rejected rows do without."""
    if pa.types.is_struct(kind):
        return any(is_heavy(child.type) for child in kind)
    is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind)
    if is_list or pa.types.is_fixed_size_list(kind):
        return bool(pa.types.is_floating(kind.value_type)) or is_heavy(kind.value_type)
    return any(test(kind) for test in HEAVY)


def light(batch: pa.Table) -> pa.Table:
    """The batch without media and vectors."""
    return batch.select([field.name for field in batch.schema if not is_heavy(field.type)])


def conform(step: Step, batch: pa.Table, schema: pa.Schema) -> pa.Table:
    """The batch in exactly the declared schema (polars and pandas widen types on the way).

    Raises:
        StepError: A declared column is missing, or there is one that was not declared.
    """
    if batch.schema.equals(schema, check_metadata=True):
        return batch
    names = set(batch.column_names)
    if missing := [name for name in schema.names if name not in names]:
        raise StepError(
            step.step_name(), f"declares the column {missing[0]!r} but did not return it"
        )
    if extra := sorted(names - set(schema.names)):
        raise StepError(
            step.step_name(), f"returned the column {extra[0]!r} but does not declare it"
        )
    return batch.select(schema.names).cast(schema)
