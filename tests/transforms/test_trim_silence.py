"""The trimming step: columns and padding."""

import numpy as np
import pyarrow as pa
import pytest

from curate.audio.batch import SAMPLES, samples_array
from curate.contract import apply
from curate.transforms.trim_silence import TrimSilence

RATE_HZ = 16_000


def batch_of(*clips):
    samples = SAMPLES.with_metadata({b"rate_hz": b"16000"})
    schema = pa.schema([("id", pa.string()), samples, ("rate_hz", pa.int32())])
    arrays = [np.asarray(clip, np.float32) for clip in clips]
    ids = [str(at) for at in range(len(clips))]
    rates = pa.array([RATE_HZ] * len(clips), pa.int32())
    return pa.table([pa.array(ids), samples_array(arrays), rates], schema=schema)


CLIP = np.concatenate([np.zeros(8192), np.full(8192, 0.5), np.zeros(8192)])


def test_the_record_says_what_was_kept():
    row = apply(TrimSilence(), batch_of(CLIP)).kept.to_pylist()[0]
    start, end = round(row["trim_start"] * RATE_HZ), round(row["trim_end"] * RATE_HZ)
    np.testing.assert_array_equal(row["samples"], CLIP[start:end].astype(np.float32))
    assert row["duration"] == (end - start) / RATE_HZ
    assert 8192 - 512 <= start <= 8192
    assert 16384 <= end <= 16384 + 768


@pytest.mark.parametrize("pad_ms", [50, 10_000])
def test_padding_leaves_silence_as_far_as_there_is_some(pad_ms):
    bare = TrimSilence()(batch_of(CLIP)).to_pylist()[0]
    padded = TrimSilence(pad_ms=pad_ms)(batch_of(CLIP)).to_pylist()[0]
    assert padded["trim_start"] == pytest.approx(max(0, bare["trim_start"] - pad_ms / 1000))
    end = min(len(CLIP) / RATE_HZ, bare["trim_end"] + pad_ms / 1000)
    assert padded["trim_end"] == pytest.approx(end)


def test_the_noted_rate_stays():
    out = apply(TrimSilence(), batch_of(CLIP)).kept
    assert out.schema.field("samples").metadata == {b"rate_hz": b"16000"}


def test_clips_of_any_length_pass():
    out = TrimSilence()(batch_of([], [0.5], np.zeros(99), CLIP))
    assert out["duration"].to_pylist()[:3] == [0.0, 1 / RATE_HZ, 99 / RATE_HZ]
