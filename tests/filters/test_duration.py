"""The duration filter: both bounds and their edges."""

import pyarrow as pa
import pytest

from curate.contract import apply
from curate.filters.duration import Duration

SECONDS = [0.0, 0.39, 0.4, 25.0, 25.01, 4000.0, None]


def reasons_of(step):
    batch = pa.table({"id": list("abcdefg"), "duration": pa.array(SECONDS, pa.float64())})
    kept, rejected = apply(step, batch)
    found = dict(zip(rejected["id"].to_pylist(), rejected["reason"].to_pylist(), strict=True))
    assert set(kept["id"].to_pylist()) == set("abcdefg") - set(found)
    return found


@pytest.mark.parametrize(
    ("step", "reasons"),
    [
        (Duration(), {"a": "too short", "b": "too short", "e": "too long", "f": "too long"}),
        (Duration(least=0, most=None), {}),
        (Duration(least=30, most=None), dict.fromkeys("abcde", "too short")),
    ],
)
def test_clips_outside_go_and_the_bounds_themselves_stay(step, reasons):
    assert reasons_of(step) == {**reasons, "g": "length unknown"}


def test_without_rows_nothing_is_judged():
    empty = pa.table({"id": pa.array([], pa.string()), "duration": pa.array([], pa.float64())})
    assert apply(Duration(), empty).kept.num_rows == 0
