"""Equal rows, whatever they hold and however they are sharded."""

from __future__ import annotations

import itertools

import numpy as np
import pyarrow as pa
import pytest

from curate.arrow import AUDIO
from curate.barriers.dedup_exact import DedupExact
from curate.contract import settle
from curate.errors import CurateError


def rows(**columns: object) -> pa.Table:
    count = len(next(iter(columns.values())))
    return pa.table({"id": [f"r{n}" for n in range(count)], **columns})


def duplicate_of(step: DedupExact, batch: pa.Table) -> list[str | None]:
    verdict = step.decide(step.keys(batch))
    found = verdict.measured["duplicate_of"]
    assert verdict.keep.to_pylist() == [one is None for one in found.to_pylist()]
    return found.to_pylist()


def test_first_of_equal_texts_is_kept() -> None:
    batch = rows(text=["a", "b", "a", "c", "b", "a"])
    assert duplicate_of(DedupExact(), batch) == [None, None, "r0", None, "r1", "r0"]


def test_case_and_white_space_count_unless_ignored() -> None:
    batch = rows(text=["Ein Fuß", " ein\u3000\n fuss ", "EIN FUSS", "ein fuss"])
    assert duplicate_of(DedupExact(), batch) == [None] * 4
    assert duplicate_of(DedupExact(ignore=("case",)), batch) == [None, None, "r0", "r0"]
    assert duplicate_of(DedupExact(ignore=("whitespace",)), batch) == [None] * 3 + ["r1"]
    both = DedupExact(ignore=("case", "whitespace"))
    assert duplicate_of(both, batch) == [None, "r0", "r0", "r0"]


def test_null_and_empty_texts_are_like_nothing() -> None:
    batch = rows(text=[None, "", None, "", "  ", "  ", "a"])
    assert duplicate_of(DedupExact(), batch) == [None] * 5 + ["r4", None]
    assert duplicate_of(DedupExact(ignore=("whitespace",)), batch) == [None] * 7


def test_all_columns_must_be_equal() -> None:
    batch = rows(text=["a", "a", "a", None, None, None], lang=["x", "y", "x", "x", "x", None])
    both = DedupExact(columns=("text", "lang"))
    assert duplicate_of(both, batch) == [None, None, "r0", None, "r3", None]


def test_values_do_not_run_into_the_next_column() -> None:
    batch = rows(one=["ab", "a", None, ""], two=["c", "bc", "null", "null"])
    assert duplicate_of(DedupExact(columns=("one", "two")), batch) == [None] * 4


@pytest.mark.parametrize(
    "column",
    [
        pa.array([1, 0, 0], pa.int32()),
        pa.array([1.5, 0.1, 0.1]),
        pa.array([b"\xff", b"\xfe\x00", b"\xfe\x00"]),
        pa.array([b"12", b"34", b"34"], pa.binary(2)),
        pa.array([True, False, False]),
        pa.array(
            [{"bytes": b, "path": p} for b, p in ((b"1", "a"), (b"2", "a"), (b"2", "b"))], AUDIO
        ),
    ],
    ids=["int", "float", "bytes", "fixed", "bool", "audio"],
)
def test_numbers_bytes_and_clips_are_compared_too(column: pa.Array) -> None:
    assert duplicate_of(DedupExact(columns=("x",)), rows(x=column)) == [None, None, "r1"]


def test_a_list_cannot_be_compared() -> None:
    with pytest.raises(CurateError, match="cannot compare 'x', which holds list"):
        DedupExact(columns=("x",)).keys(rows(x=[[1]]))


def test_text_that_is_no_utf8_is_folded_without_error() -> None:
    offsets = pa.py_buffer(np.array([0, 2, 4], np.int32))
    column = pa.StringArray.from_buffers(2, offsets, pa.py_buffer(b"A\xffa\xff"))
    assert duplicate_of(DedupExact(ignore=("case",)), rows(text=column)) == [None, "r0"]


def test_verdict_is_that_of_a_plain_dictionary_however_sharded() -> None:
    texts = [f"t{n}" for n in np.random.default_rng(1).integers(0, 700, 2000)]
    seen: dict[str, str] = {}
    expected = []
    for row, text in enumerate(texts):
        first = seen.setdefault(text, f"r{row}")
        expected.append(None if first == f"r{row}" else first)
    step, batch = DedupExact(), rows(text=texts)
    for cuts in ([], [1], [500, 501, 1999], range(100, 2000, 100)):
        bounds = [0, *cuts, 2000]
        pieces = [step.keys(batch.slice(a, b - a)) for a, b in itertools.pairwise(bounds)]
        verdict = step.decide(pa.concat_tables(pieces))
        assert verdict.measured["duplicate_of"].to_pylist() == expected


def test_keys_take_16_bytes_a_row() -> None:
    keys = DedupExact().keys(rows(text=["some text"] * 1000))
    assert keys.schema.field("key").type == pa.binary(16)


def test_no_rows_give_an_empty_verdict_of_the_declared_types() -> None:
    step, batch = DedupExact(), rows(text=pa.array([], pa.string()))
    batch = batch.append_column("source", pa.array([], pa.string())).cast(
        pa.schema([("id", pa.string()), ("text", pa.string()), ("source", pa.string())])
    )
    assert settle(step, batch, step.decide(step.keys(batch))).kept.num_rows == 0
