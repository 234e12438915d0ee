"""Rows with equal shapes of IR are marked, and rejected on request."""

from __future__ import annotations

import pyarrow as pa

from curate.barriers.dedup_ir import DedupIr

ROWS = pa.table(
    {
        "id": ["d", "b", "c", "a", "e"],
        "perf": ["1", "1", "2", "1", None],
        "size": ["7", "7", "7", "8", None],
    }
)


def test_rows_are_marked_with_the_smallest_id_of_their_shape_and_kept() -> None:
    verdict = DedupIr(columns=("perf",)).decide(ROWS)
    assert verdict.keep.to_pylist() == [True] * 5
    assert verdict.measured["same_ir_as"].to_pylist() == ["a", "a", None, None, None]
    assert verdict.measured["same_ir_rows"].to_pylist() == [3, 3, 1, 3, None]


def test_all_columns_must_be_equal() -> None:
    verdict = DedupIr(columns=("perf", "size")).decide(ROWS)
    assert verdict.measured["same_ir_as"].to_pylist() == ["b", None, None, None, None]


def test_all_but_the_smallest_id_go_on_request_and_none_without_ir() -> None:
    verdict = DedupIr(columns=("perf",), drop=True).decide(ROWS)
    assert verdict.keep.to_pylist() == [False, False, True, True, True]
