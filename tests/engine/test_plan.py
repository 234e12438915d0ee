"""What is known before any work: passes, columns, shards, models."""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Iterator, Sequence
from typing import ClassVar

import pyarrow as pa
import pytest
from barrier_of_tests import RareText

from curate.contract import Filter, ShardRef, Source, Step, Transform
from curate.engine.plan import check_columns, make_plan
from curate.engine.report import model_lines
from curate.errors import EnvironmentError_, RecipeError, SourceError
from curate.filters.duration import Duration
from curate.transforms.assign_split import AssignSplit
from curate.transforms.select_columns import SelectColumns


@dc.dataclass(frozen=True)
class Rows(Source):
    """Shards of ten rows, which nobody reads here."""

    shard_count: int = 3
    columns: tuple[str, ...] = ("id", "source", "text", "speaker_id")

    def schema(self) -> pa.Schema:
        if not self.columns:
            raise SourceError("nothing there")
        types = {"duration": pa.float64()}
        return pa.schema([(name, types.get(name, pa.string())) for name in self.columns])

    def shards(self) -> Sequence[ShardRef]:
        return [ShardRef(f"s{at}", 10, f"digest {at}", ()) for at in range(self.shard_count)]

    def read(self, ref: ShardRef) -> Iterator[pa.Table]:
        raise AssertionError("a plan reads no rows")


@dc.dataclass(frozen=True)
class OnCard(Transform):
    """Runs on a GPU, and needs weights that it may not have."""

    weights: bool = True
    adds: ClassVar = {"score": pa.float32()}

    def runs_on(self) -> str:
        return "cuda"

    def prepare(self) -> dict[str, str]:
        if not self.weights:
            raise EnvironmentError_("no weights")
        return {"model": "abc"}


def passes(*steps: Step) -> list[tuple[str, list[str]]]:
    plan = make_plan([Rows()], steps)  # type: ignore[arg-type]
    return [(one.device, [type(step).__name__ for step in one.all_steps()]) for one in plan.passes]


def test_steps_of_one_device_are_one_pass_and_a_barrier_begins_another() -> None:
    split = AssignSplit()
    assert passes(split, split) == [("cpu", ["AssignSplit", "AssignSplit"])]
    assert passes(split, RareText()) == [("cpu", ["AssignSplit"]), ("cpu", ["RareText"])]
    assert passes(split, OnCard(), OnCard(), split) == [
        ("cpu", ["AssignSplit"]),
        ("cuda", ["OnCard", "OnCard"]),
        ("cpu", ["AssignSplit"]),
    ]
    assert passes(RareText(), OnCard()) == [("cpu", []), ("cuda", ["RareText", "OnCard"])]


def test_the_schema_follows_from_pass_to_pass() -> None:
    plan = make_plan([Rows()], [AssignSplit(), RareText(), SelectColumns(names=("count",))])
    assert plan.passes[0].schema_out.names == ["id", "source", "text", "speaker_id", "split"]
    assert plan.passes[1].schema_out.names == ["id", "source", "count"]
    assert plan.rejected_schema.names[-3:] == ["count", "rejected_by", "reason"]


def test_a_limit_takes_the_first_rows_of_all_sources_together() -> None:
    plan = make_plan([Rows(1), Rows(3)], [], limit=25)
    assert [shard.name for shard in plan.shards] == ["00-s0", "01-s0", "01-s1"]
    assert [shard.rows() for shard in plan.shards] == [10, 10, 5]
    assert plan.rows() == 25


def test_models_are_known_by_their_step() -> None:
    plan = make_plan([Rows()], [OnCard()])
    assert plan.models == {OnCard.step_name(): {"model": "abc"}}


def test_models_of_a_step_that_stands_twice_are_all_recorded() -> None:
    plan = make_plan([Rows()], [OnCard(), OnCard()])
    name = OnCard.step_name()
    assert plan.models == {name: {"model": "abc"}, f"{name} (2)": {"model": "abc"}}
    assert model_lines(plan) == [f"{name} on cuda: model abc", f"{name} (2) on cuda: model abc"]


def test_an_input_that_is_wrong_is_told_before_weights_are_looked_for() -> None:
    with pytest.raises(SourceError, match="nothing there"):
        make_plan([Rows(columns=())], [OnCard(weights=False)])


def test_sources_without_rows_or_with_types_that_clash_are_refused() -> None:
    with pytest.raises(SourceError, match="no rows there"):
        make_plan([Rows(0)], [])

    @dc.dataclass(frozen=True)
    class Numbers(Rows):
        def schema(self) -> pa.Schema:
            return pa.schema([("id", pa.string()), ("text", pa.int64())])

    with pytest.raises(SourceError, match="column 'text' is string in one source and int64"):
        make_plan([Rows(), Numbers()], [])


def test_a_wide_table_is_not_listed_to_its_last_column() -> None:
    wide = pa.schema([pa.field(f"c{number:04}", pa.string()) for number in range(1000)])
    with pytest.raises(RecipeError) as caught:
        check_columns(wide, [Duration()])
    assert "; there is c0000, c0001, " in str(caught.value)
    assert str(caught.value).endswith("c0019 and 980 more")


def test_every_missing_column_is_reported_with_its_place_and_the_near_one() -> None:
    schema = pa.schema([("id", pa.string()), ("durations", pa.float64())])
    steps: list[Filter | Transform] = [Duration(), AssignSplit(group="speaker")]
    with pytest.raises(RecipeError) as caught:
        check_columns(schema, steps, ["a.yaml:3", "a.yaml:4"])
    first, second = caught.value.problems
    assert first == (
        "a.yaml:3: filters.duration needs the column 'duration'; did you mean 'durations'?"
    )
    assert second.startswith("a.yaml:4: transforms.assign_split needs the column 'speaker'; there")
    assert second.endswith("its option 'group' asks for it")
