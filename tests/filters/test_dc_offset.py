"""The DC filter: both signs, threshold, evidence."""

import numpy as np
import pyarrow as pa
import pytest

from curate.contract import apply
from curate.filters.dc_offset import DcOffset

WAVE = np.tile([0.5, -0.5], 5000)
CLIPS = pa.table(
    {
        "id": ["centred", "above", "below", "empty"],
        "samples": pa.array(
            [x.astype(np.float32) for x in (WAVE, WAVE + 0.1, WAVE - 0.1, WAVE[:0])],
            pa.list_(pa.float32()),
        ),
        "rate_hz": pa.array([22_050] * 4, pa.int32()),
    }
)


@pytest.mark.parametrize(
    ("most", "kept"),
    [
        (0.01, ["centred", "empty"]),
        (0.2, ["centred", "above", "below", "empty"]),
        (None, ["centred", "above", "below", "empty"]),
    ],
)
def test_clips_off_centre_to_either_side_go(most, kept):
    applied = apply(DcOffset(most=most), CLIPS)
    assert applied.kept["id"].to_pylist() == kept
    assert set(applied.rejected["reason"].to_pylist()) <= {"dc offset"}


def test_the_mean_is_measured_with_its_sign():
    means = DcOffset()(CLIPS).measured["dc_offset"].to_pylist()
    assert means == pytest.approx([0.0, 0.1, -0.1, 0.0])
