"""The Nisqa filter where its package or weights are not there."""

from __future__ import annotations

import sys

import pyarrow as pa
import pytest

from curate.contract import apply
from curate.errors import EnvironmentError_
from curate.filters.nisqa import Nisqa

BATCH = pa.table(
    {
        "id": ["a", "b"],
        "source": ["test", "test"],
        "samples": pa.array([[0.0] * 800, []], pa.list_(pa.float32())),
        "rate_hz": pa.array([8_000, 8_000], pa.int32()),
    }
)


def test_missing_package_stops_before_work_with_its_install_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "torchmetrics", None)
    with pytest.raises(
        EnvironmentError_, match=r"needs .*torchmetrics.*not installed here; run: pip"
    ):
        Nisqa(weights="weights").prepare()


def test_missing_package_may_be_skipped() -> None:
    step = Nisqa(missing="skip")
    assert step.prepare() == {"nisqa": "skipped: weights missing"}
    kept, rejected = apply(step, BATCH)
    assert (kept.num_rows, rejected.num_rows) == (2, 0)
    assert kept["nisqa_mos"].to_pylist() == [None, None]


def test_empty_batch_keeps_the_declared_schema() -> None:
    step = Nisqa(missing="skip")
    assert apply(step, BATCH.slice(0, 0)).kept.schema == step.output_schema(BATCH.schema)
