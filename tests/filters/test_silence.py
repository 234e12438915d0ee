"""The silence filter: share, pause, measuring only."""

import numpy as np
import pyarrow as pa
import pytest

from curate.contract import apply
from curate.filters.silence import Silence

TONE = np.full(22_050, 0.5)
GAP = np.zeros(22_050)
CLIPS = pa.table(
    {
        "id": ["gap", "gaps", "full", "none"],
        "samples": pa.array(
            [
                np.concatenate(parts).astype(np.float32)
                for parts in ([TONE, GAP, TONE], [TONE, GAP[:9000], TONE] * 3, [TONE], [GAP])
            ],
            pa.list_(pa.float32()),
        ),
        "rate_hz": pa.array([22_050] * 4, pa.int32()),
    }
)


@pytest.mark.parametrize(
    ("options", "reasons"),
    [
        ({}, {}),
        ({"most_pause": 0.5}, {"gap": "long pause", "none": "long pause"}),
        ({"most_share": 0.25}, {"gap": "too much silence", "none": "too much silence"}),
        (
            {"most_share": 0.25, "most_pause": 0.3},
            {"gap": "too much silence", "gaps": "long pause", "none": "too much silence"},
        ),
    ],
)
def test_clips_over_a_limit_go_with_their_reason(options, reasons):
    rejected = apply(Silence(**options), CLIPS).rejected
    assert (
        dict(zip(rejected["id"].to_pylist(), rejected["reason"].to_pylist(), strict=True))
        == reasons
    )


def test_all_four_measures_are_kept():
    kept = apply(Silence(), CLIPS).kept.drop_columns(["samples", "rate_hz"])
    assert kept.to_pylist()[3] == {
        "id": "none",
        "silence_lead": 1.0,
        "silence_trail": 0.0,
        "silence_share": 1.0,
        "longest_pause": 1.0,
    }
    assert kept["longest_pause"].to_pylist()[0] == pytest.approx(1.0, abs=0.06)
