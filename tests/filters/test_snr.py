"""The SNR filter: threshold, evidence, clips that cannot be measured."""

import numpy as np
import pyarrow as pa
import pytest

from curate.contract import apply
from curate.filters.snr import Snr


def batch_of(*clips):
    samples = pa.array([np.asarray(clip, np.float32) for clip in clips], pa.list_(pa.float32()))
    rates = pa.array([22_050] * len(clips), pa.int32())
    return pa.table(
        {"id": [str(at) for at in range(len(clips))], "samples": samples, "rate_hz": rates}
    )


RNG = np.random.default_rng(0)
CLEAN = RNG.gamma(0.4, size=30_000) * 0.05
NOISY = CLEAN + RNG.normal(0, 0.05, 30_000)


def test_noisy_clips_go_and_the_evidence_stays():
    kept, rejected = apply(Snr(), batch_of(CLEAN, NOISY))
    assert kept["id"].to_pylist() == ["0"]
    assert kept["snr_db"][0].as_py() > 40
    assert rejected["reason"].to_pylist() == ["too noisy"]
    assert rejected["snr_db"][0].as_py() == pytest.approx(-2.5, abs=1)


def test_what_has_no_ratio_is_not_measurable():
    kept, rejected = apply(Snr(), batch_of([], np.zeros(5000), np.ones(10)))
    assert kept.num_rows == 0
    assert rejected["reason"].to_pylist() == ["not measurable"] * 3
    assert rejected["snr_db"].to_pylist() == [None] * 3


def test_null_only_measures():
    kept, rejected = apply(Snr(least_db=None), batch_of(CLEAN, NOISY, []))
    assert (kept.num_rows, rejected.num_rows) == (3, 0)
    assert kept["snr_db"].null_count == 1


def test_the_threshold_itself_is_kept():
    read = Snr(least_db=None)(batch_of(NOISY)).measured["snr_db"][0].as_py()
    assert Snr(least_db=read)(batch_of(NOISY)).keep.to_pylist() == [True]
