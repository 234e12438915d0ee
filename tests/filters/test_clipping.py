"""The clipping filter: threshold and evidence."""

import pyarrow as pa
import pytest

from curate.contract import apply
from curate.filters.clipping import Clipping

CLIPS = pa.table(
    {
        "id": ["cut", "whole", "empty"],
        "samples": pa.array([[1.0] * 4 + [0.0] * 6, [0.5] * 10, []], pa.list_(pa.float32())),
        "rate_hz": pa.array([22_050] * 3, pa.int32()),
    }
)


@pytest.mark.parametrize(
    ("most_ratio", "kept"),
    [
        (0.0, ["whole", "empty"]),
        (0.39, ["whole", "empty"]),
        (0.4, ["cut", "whole", "empty"]),
        (None, ["cut", "whole", "empty"]),
    ],
)
def test_clips_over_the_share_go(most_ratio, kept):
    applied = apply(Clipping(most_ratio=most_ratio), CLIPS)
    assert applied.kept["id"].to_pylist() == kept
    assert set(applied.rejected["reason"].to_pylist()) <= {"clipped"}


def test_the_share_is_measured_for_every_clip():
    assert Clipping()(CLIPS).measured["clip_ratio"].to_pylist() == [0.4, 0.0, 0.0]
