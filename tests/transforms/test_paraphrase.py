"""The step of positives: lists of one length, what is missing, and what cannot be used."""

from __future__ import annotations

import pyarrow as pa

from curate.contract import apply
from curate.transforms.paraphrase import Paraphrase

TEXTS = ["그러나 지수가 하락했다. 사람들은 놀랐다.", "표 1", None]


def test_rows_short_of_positives_say_so_or_are_rejected() -> None:
    batch = pa.table({"id": ["a", "b", "c"], "source": ["x"] * 3, "text": TEXTS})
    kept, rejected = apply(Paraphrase(count=4), batch)
    assert [len(row) for row in kept["positives"].to_pylist()] == [4, 0]
    assert kept["positives_missing"].to_pylist() == [0, 4]
    assert rejected["reason"].to_pylist() == ["no text"]
    kept, rejected = apply(Paraphrase(least=1), batch)
    assert kept["id"].to_pylist() == ["a"]
    assert rejected["reason"].to_pylist() == ["too few positives", "no text"]
