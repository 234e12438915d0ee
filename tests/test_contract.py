"""What a step declares, what the engine makes of its answer, and where rows are split."""

from __future__ import annotations

import dataclasses as dc
from typing import ClassVar

import pyarrow as pa
import pytest

from curate.contract import (
    Barrier,
    Column,
    Filter,
    InputPath,
    Source,
    Step,
    Transform,
    Verdict,
    apply,
    conform,
    input_paths,
    is_heavy,
    light,
    put,
    set_aside_defects,
    settle,
)
from curate.errors import StepError
from curate.filters.duration import Duration

BATCH = pa.table({"id": ["a", "b", "c"], "n": [1, 2, 3], "vector": [[0.5], [1.5], [2.5]]})


@dc.dataclass(frozen=True)
class Least(Filter):
    """Keep rows of at least ``least``."""

    least: int = 2
    of: Column = "n"
    adds: ClassVar = {"twice": pa.int64()}
    reasons: ClassVar = ("small",)

    def __call__(self, batch: pa.Table) -> Verdict:
        values = batch[self.of].to_pylist()
        keep = pa.array([value >= self.least for value in values], pa.bool_())
        return Verdict(keep, "small", {"twice": pa.array([2 * value for value in values])})


@dc.dataclass(frozen=True)
class Given(Transform):
    """Return what it was made with."""

    out: pa.Table = None
    adds: ClassVar = {"x": pa.int64()}

    def __call__(self, batch: pa.Table) -> pa.Table:
        if self.out is None:
            raise ZeroDivisionError("no such number")
        return self.out


@dc.dataclass(frozen=True)
class Files(Source):
    """A source with a path."""

    path: InputPath = ""
    name: str = ""


def test_a_step_is_named_by_its_place_in_the_package_or_by_module_and_class() -> None:
    assert Duration.step_name() == "filters.duration"
    assert Least.step_name() == f"{__name__}:Least"


def test_the_fingerprint_covers_options_and_version_but_not_where_inputs_lie() -> None:
    @dc.dataclass(frozen=True)
    class Newer(Least):
        version: ClassVar = 2

    Newer.__qualname__ = "Least"
    assert Least().fingerprint() == Least(least=2).fingerprint()
    assert Least().fingerprint() not in {Least(least=3).fingerprint(), Newer().fingerprint()}
    assert Files("here").fingerprint() == Files("there").fingerprint()
    assert Files("here").fingerprint() != Files("here", "named").fingerprint()
    assert input_paths(Files) == ["path"]


def test_columns_named_by_options_are_read_and_empty_ones_are_not() -> None:
    assert Least(of="other").columns_read() == ("other",)
    assert Least(of="").columns_read() == ()


def test_the_output_schema_replaces_in_place_appends_and_drops() -> None:
    @dc.dataclass(frozen=True)
    class Changed(Step):
        adds: ClassVar = {"n": pa.string(), "new": pa.field("new", pa.int8(), metadata={"k": "v"})}
        drops: ClassVar = ("vector", "never there")

    schema = Changed().output_schema(BATCH.schema)
    assert schema.equals(pa.schema([("id", pa.string()), ("n", pa.string()), ("new", pa.int8())]))
    assert schema.field("new").metadata == {b"k": b"v"}


def test_a_filter_leaves_its_evidence_with_rows_kept_and_rejected() -> None:
    kept, rejected = apply(Least(), BATCH)
    assert kept.drop_columns("vector").to_pylist() == [
        {"id": "b", "n": 2, "twice": 4},
        {"id": "c", "n": 3, "twice": 6},
    ]
    name = Least.step_name()
    assert rejected.to_pylist() == [
        {"id": "a", "n": 1, "twice": 2, "rejected_by": name, "reason": "small"}
    ]


def test_a_reason_for_each_row_goes_with_its_row() -> None:
    verdict = Verdict(
        pa.array([False, True, False]), pa.array(["one", None, "three"]), {"twice": BATCH["n"]}
    )
    rejected = settle(Least(), BATCH, verdict).rejected
    assert dict(zip(*rejected.select(["id", "reason"]).to_pydict().values(), strict=True)) == {
        "a": "one",
        "c": "three",
    }


def test_a_defect_becomes_the_reason_and_its_column_goes() -> None:
    marked = put(put(BATCH, "x", [7, 8, 9]), "defect", pa.array([None, "broken", None]))
    kept, rejected = apply(Given(marked), BATCH)
    assert (kept["id"].to_pylist(), kept.column_names[-1]) == (["a", "c"], "x")
    assert rejected.select(["id", "reason"]).to_pylist() == [{"id": "b", "reason": "broken"}]
    assert set_aside_defects(Given(), kept, kept.schema).rejected.num_rows == 0


@pytest.mark.parametrize(
    ("out", "message"),
    [
        (None, "ZeroDivisionError: no such number"),
        (BATCH, "declares the column 'x' but did not return it"),
        (put(put(BATCH, "x", [1, 2, 3]), "y", [1, 2, 3]), "returned the column 'y' but does not"),
        (BATCH.take([0, 1]), "changed, dropped or reordered ids"),
        (BATCH.take([2, 1, 0]), "changed, dropped or reordered ids"),
    ],
)
def test_a_transform_that_breaks_the_contract_is_named(out: pa.Table | None, message: str) -> None:
    with pytest.raises(StepError, match=message) as caught:
        apply(Given(out), BATCH, "shard-7")
    assert caught.value.step == Given.step_name()


def test_a_step_whose_column_is_not_there_says_what_is() -> None:
    with pytest.raises(StepError, match=r"shard 7\): needs the column 'm'; there is id, n, vector"):
        apply(Least(of="m"), BATCH, "7")


def test_types_that_another_library_widened_are_narrowed_again() -> None:
    wide = BATCH.set_column(0, "id", BATCH["id"].cast(pa.large_string()))
    assert conform(Least(), wide, BATCH.schema).schema.equals(BATCH.schema)


def test_put_replaces_in_place_and_casts_to_the_field() -> None:
    out = put(BATCH, pa.field("id", pa.large_string()), ["x", "y", "z"])
    assert out.schema.names == ["id", "n", "vector"]
    assert out["id"].type == pa.large_string()
    assert put(out, "last", [True, False, None]).column_names[-1] == "last"


@pytest.mark.parametrize(
    ("kind", "heavy"),
    [
        (pa.binary(), True),
        (pa.large_binary(), True),
        (pa.struct([("bytes", pa.binary()), ("path", pa.string())]), True),
        (pa.list_(pa.float32()), True),
        (pa.list_(pa.float64(), 8), True),
        (pa.large_list(pa.list_(pa.binary())), True),
        (pa.list_(pa.string()), False),
        (pa.list_(pa.int32()), False),
        (pa.struct([("a", pa.float64())]), False),
        (pa.string(), False),
    ],
)
def test_media_and_vectors_are_heavy(kind: pa.DataType, heavy: bool) -> None:
    assert is_heavy(kind) is heavy


def test_light_columns_are_those_that_a_rejected_row_keeps() -> None:
    assert light(BATCH).column_names == ["id", "n"]


def test_a_barrier_asks_for_the_columns_it_reads_where_they_are() -> None:
    @dc.dataclass(frozen=True)
    class Asks(Barrier):
        reads: ClassVar = ("id",)
        reads_if_there: ClassVar = ("n", "nowhere")

    assert Asks().keys(BATCH).column_names == ["id", "n"]


@pytest.mark.parametrize("kind", [Transform, Filter])
def test_a_step_that_does_nothing_says_so(kind: type[Transform | Filter]) -> None:
    with pytest.raises(StepError, match="does not say what it does"):
        apply(kind(), BATCH)
