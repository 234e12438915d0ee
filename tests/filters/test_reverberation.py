"""Blind clarity as a filter."""

import numpy as np
import pyarrow as pa
import pytest
from scipy import signal

from curate.audio.batch import samples_array
from curate.audio.decode import decode
from curate.contract import apply
from curate.filters.reverberation import Reverberation

RATE_HZ = 22050


def batch_of(*clips):
    names = pa.array([str(row) for row in range(len(clips))], pa.string())
    rates = pa.array([RATE_HZ] * len(clips), pa.int32())
    return pa.table({"id": names, "samples": samples_array(clips), "rate_hz": rates})


@pytest.fixture(scope="module")
def three(kashmiri_dir):
    """A dry clip, the same in a room of C50 about 3 dB, and silence."""
    dry = decode(sorted((kashmiri_dir / "wavs").glob("*.wav"))[3]).samples
    at = np.arange(RATE_HZ) / RATE_HZ
    response = np.random.default_rng(0).standard_normal(at.size) * 10 ** (-3 * at / 0.9)
    wet = signal.fftconvolve(dry, 0.05 * response)[: dry.size].astype(np.float32)
    return batch_of(dry, wet, np.zeros(RATE_HZ, np.float32))


def test_without_a_limit_all_are_measured_and_kept(three):
    kept = apply(Reverberation(), three).kept
    dry_db, wet_db, silent_db = kept["c50_db"].to_pylist()
    assert dry_db > 15 > wet_db
    assert wet_db == pytest.approx(3.5, abs=3)
    assert silent_db is None


def test_clips_under_the_limit_are_rejected_as_too_reverberant(three):
    done = apply(Reverberation(least_c50_db=10), three)
    assert done.kept["id"].to_pylist() == ["0", "2"]
    assert done.rejected["id"].to_pylist() == ["1"]
    assert done.rejected["reason"].to_pylist() == ["too reverberant"]


def test_the_evidence_stays_with_rejected_rows(three):
    rejected = apply(Reverberation(least_c50_db=10), three).rejected
    assert rejected["c50_db"][0].as_py() < 10
    assert rejected["reverb_decay"][0].as_py() > 0.3


def test_an_empty_batch_has_the_declared_columns():
    done = apply(Reverberation(least_c50_db=10), batch_of())
    assert done.kept.schema.field("c50_db").type == pa.float32()
    assert (done.kept.num_rows, done.rejected.num_rows) == (0, 0)
