"""The bandwidth filter: threshold, evidence, silence."""

import numpy as np
import pyarrow as pa

from curate.contract import apply
from curate.filters.bandwidth import Bandwidth

WIDE = np.random.default_rng(0).normal(0, 0.1, 22_050)
NARROW = np.convolve(np.repeat(WIDE[:5512], 4), np.hanning(400), "same")
CLIPS = pa.table(
    {
        "id": ["wide", "narrow", "silent"],
        "samples": pa.array(
            [x.astype(np.float32) for x in (WIDE, NARROW, 0 * WIDE)], pa.list_(pa.float32())
        ),
        "rate_hz": pa.array([22_050] * 3, pa.int32()),
    }
)


def test_narrow_clips_go_and_silence_is_not_measurable():
    kept, rejected = apply(Bandwidth(), CLIPS)
    assert kept["id"].to_pylist() == ["wide"]
    assert kept["bandwidth_hz"][0].as_py() > 10_900
    assert rejected["reason"].to_pylist() == ["narrow band", "not measurable"]
    assert rejected["bandwidth_hz"].is_valid().to_pylist() == [True, False]


def test_null_only_measures():
    assert apply(Bandwidth(least_hz=None), CLIPS).kept.num_rows == 3


def test_zero_keeps_all_that_can_be_measured():
    assert apply(Bandwidth(least_hz=0), CLIPS).kept["id"].to_pylist() == ["wide", "narrow"]
