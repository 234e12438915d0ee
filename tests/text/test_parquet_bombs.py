"""Parquet of a few kilobytes that says more than memory holds."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.errors import SourceError
from curate.sources.parquet import Parquet


def _equal(path: Path, value: str, rows: int, *, as_codes: bool = True, name: str = "text") -> str:
    """One value in a dictionary, and a run of so many codes."""
    codes = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array([value]))
    options = {"compression": "zstd", "write_batch_size": rows, "data_page_size": 1 << 30}
    with pq.ParquetWriter(path, pa.schema([(name, codes.type)]), store_schema=as_codes,
                          **options) as writer:  # fmt: skip
        writer.write_table(pa.table({name: codes}), row_group_size=rows)
    return str(path)


@pytest.mark.parametrize("as_codes", [True, False])
def test_a_long_value_meant_many_times_is_read_a_few_rows_at_a_time(
    tmp_path: Path, as_codes: bool
) -> None:
    file = _equal(tmp_path / "a.parquet", "long " * 800_000, 20_000, as_codes=as_codes)
    assert Path(file).stat().st_size < 10_000
    source = Parquet(file)
    pool = pa.default_memory_pool()
    before = pool.bytes_allocated()
    tracemalloc.start()
    first = next(source.read(source.shards()[0]))
    _, python = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert {len(one) for one in first["text"].to_pylist()} == {4_000_000}
    assert pool.bytes_allocated() - before < 1 << 30  # all rows together are 80 GB
    assert python < 1 << 30


def test_more_ids_than_can_be_compared_are_refused_by_the_footer(tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    whole = Path(_equal(folder / "0.parquet", "x", 60_000_000, name="id")).read_bytes()
    for number in range(1, 5):
        (folder / f"{number}.parquet").write_bytes(whole)
    with pytest.raises(SourceError, match=r"300,000,000 rows have ids of their own.*--set"):
        Parquet(str(folder)).shards()


def test_a_file_without_any_wanted_column_keeps_its_rows(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["a"]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"other": ["b"] * 300}), tmp_path / "b.parquet")
    source = Parquet(str(tmp_path), batch_rows=100)
    found = [batch for ref in source.shards() for batch in source.read(ref)]
    assert sum(batch.num_rows for batch in found) == 301
    assert {one for batch in found for one in batch["defect"].to_pylist()} == {None}
