"""Clips in and out of an Arrow batch, and the rate that their field may note."""

import numpy as np
import pyarrow as pa
import pytest

from curate.audio.batch import (
    RATE,
    SAMPLES,
    clips,
    noted_rate_hz,
    samples_array,
    samples_field,
    with_rate,
)

ARRAYS = [np.arange(3, dtype=np.float32), np.zeros(0, np.float32), np.full(2, 0.5, np.float32)]
BATCH = pa.table(
    [samples_array(ARRAYS), pa.array([8000, 16000, 22050], pa.int32())],
    schema=pa.schema([SAMPLES, RATE]),
)


@pytest.mark.parametrize(("start", "stop"), [(0, 3), (1, 3), (2, 3), (0, 0)])
def test_clips_of_a_slice_are_those_of_its_rows(start, stop):
    found = list(clips(BATCH.slice(start, stop - start)))
    assert [samples.tolist() for samples, _ in found] == [a.tolist() for a in ARRAYS[start:stop]]
    assert [rate_hz for _, rate_hz in found] == [8000, 16000, 22050][start:stop]


def test_clips_of_several_chunks_come_in_order():
    both = pa.concat_tables([BATCH, BATCH.slice(1)])
    assert [samples.size for samples, _ in clips(both)] == [3, 0, 2, 0, 2]


def test_clips_share_the_memory_of_the_batch():
    samples, _ = next(clips(BATCH))
    assert not samples.flags.writeable
    address = BATCH["samples"].chunk(0).values.buffers()[1].address
    assert samples.__array_interface__["data"][0] == address


def test_no_clips_make_an_empty_column_of_the_same_type():
    assert samples_array([]).type == SAMPLES.type


def test_a_noted_rate_is_found_again_and_other_fields_note_none():
    schema = pa.schema([with_rate(16000), RATE])
    assert noted_rate_hz(schema) == 16000
    assert samples_field(schema).equals(with_rate(16000), check_metadata=True)
    assert noted_rate_hz(BATCH.schema) is None
    assert noted_rate_hz(pa.schema([RATE])) is None
