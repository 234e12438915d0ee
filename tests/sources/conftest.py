"""Fixtures of the source tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pytest
from support.loopback_hub import LoopbackHub

from curate.contract import Source


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackHub]:
    """A Hub on this machine that the real client talks to."""
    with LoopbackHub() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        monkeypatch.delenv("HF_TOKEN", raising=False)
        yield server


@pytest.fixture
def read_all() -> Callable[..., pa.Table]:
    """All rows of a source, ``defect`` included, after checking what every source must keep."""

    def read(source: Source, limit: int | None = None) -> pa.Table:
        schema = source.schema()
        refs = list(source.shards())
        assert [ref.name for ref in refs] == sorted({ref.name for ref in refs})
        tables = []
        for ref in refs:
            batches = list(source.read(ref._replace(limit=limit)))
            rows = sum(batch.num_rows for batch in batches)
            assert rows == (ref.rows if limit is None else min(ref.rows, limit))
            tables += batches
        for table in tables:
            plain = table.drop_columns(["defect"]) if "defect" in table.column_names else table
            assert plain.schema.equals(schema, check_metadata=True)
        whole = pa.concat_tables(tables) if tables else schema.empty_table()
        if limit is None:
            assert len(set(whole["id"].to_pylist())) == whole.num_rows
        reasons = {row for row in _column(whole, "defect") if row}
        assert reasons <= set(source.reasons)
        return whole

    return read


def _column(table: pa.Table, name: str) -> list[Any]:
    return table[name].to_pylist() if name in table.column_names else []
