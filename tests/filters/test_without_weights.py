"""Filters whose weights no test may hold, where their package or weights are not there."""

from __future__ import annotations

import sys

import pyarrow as pa
import pytest

from curate.contract import Filter, apply
from curate.errors import EnvironmentError_
from curate.filters.brouhaha import Brouhaha
from curate.filters.nisqa import Nisqa
from curate.filters.squim import Squim

FILTERS = [(Brouhaha, "brouhaha"), (Nisqa, "torchmetrics"), (Squim, "torchaudio")]
BATCH = pa.table(
    {
        "id": ["a", "b"],
        "source": ["test", "test"],
        "samples": pa.array([[0.0] * 800, []], pa.list_(pa.float32())),
        "rate_hz": pa.array([8_000, 8_000], pa.int32()),
    }
)


@pytest.mark.parametrize(("cls", "package"), FILTERS)
def test_a_missing_package_stops_before_work_with_its_install_line(
    monkeypatch: pytest.MonkeyPatch, cls: type[Filter], package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    says = rf"needs .*{package}.*not installed here; run: pip"
    with pytest.raises(EnvironmentError_, match=says):
        cls(weights="weights").prepare()  # type: ignore[call-arg]


@pytest.mark.parametrize(("cls", "package"), FILTERS)
def test_missing_weights_may_be_skipped_with_nulls_for_all_measures(
    cls: type[Filter], package: str
) -> None:
    step = cls(missing="skip")  # type: ignore[call-arg]
    assert step.prepare() == {cls.__name__.lower(): "skipped: weights missing"}
    kept, rejected = apply(step, BATCH)
    assert (kept.num_rows, rejected.num_rows) == (2, 0)
    assert {name: kept[name].null_count for name in cls.adds} == dict.fromkeys(cls.adds, 2)
