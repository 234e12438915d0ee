"""Rejected rows are counted for the config that they would have been of."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from curate.publish.rejected import rejected_by_config


def test_rows_are_counted_by_config_and_reason(tmp_path: Path) -> None:
    rows = {"lang": ["d", "c", "c", None, "c"], "reason": ["b", "a", "b", "a", "b"]}
    pq.write_table(pa.table(rows), tmp_path / "a.parquet", row_group_size=2)
    pq.write_table(pa.table({"reason": ["a"]}), tmp_path / "no_language.parquet")
    found = rejected_by_config(sorted(tmp_path.glob("*.parquet")), "lang")
    assert found == {"c": {"b": 2, "a": 1}, "d": {"b": 1}}
    assert [*found["c"]] == ["b", "a"]
