"""Parquet that appears whole or not at all, in the form that the Hub likes."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.arrow import AUDIO, audio_field
from curate.engine.parquet_file import ROW_GROUP_BYTES, ParquetFile

ROWS = pa.table({"id": ["a", "b"], "text": ["one", "two"]})


def test_parquet_appears_with_its_digest_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "rows.parquet"
    with ParquetFile(path, ROWS.schema) as file:
        file.write(ROWS)
        assert not path.exists()
    assert file.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (file.rows, pq.read_table(path).to_pylist()) == (2, ROWS.to_pylist())


def test_parquet_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def write_half() -> None:
        with ParquetFile(tmp_path / "a", ROWS.schema) as file:
            file.write(ROWS)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_half()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wanted", [True, False])
def test_parquet_without_rows_is_written_where_it_is_wanted(tmp_path: Path, wanted: bool) -> None:
    with ParquetFile(tmp_path / "a", ROWS.schema, even_if_empty=wanted):
        pass
    assert (tmp_path / "a").exists() is wanted


def test_media_are_stored_as_they_are_and_text_is_compressed(tmp_path: Path) -> None:
    clips = pa.array([{"bytes": b"x" * 1000, "path": "a.wav"}], AUDIO)
    schema = pa.schema([pa.field("id", pa.string()), audio_field()])
    with ParquetFile(tmp_path / "a.parquet", schema, is_published=True) as file:
        file.write(pa.table([pa.array(["a"]), clips], schema=schema))
    group = pq.read_metadata(tmp_path / "a.parquet").row_group(0)
    columns = [group.column(at) for at in range(group.num_columns)]
    found = {column.path_in_schema: column.compression for column in columns}
    assert found == {"id": "SNAPPY", "audio.bytes": "UNCOMPRESSED", "audio.path": "UNCOMPRESSED"}


def test_rows_too_heavy_for_one_group_are_cut_into_several(tmp_path: Path) -> None:
    clip = bytes(ROW_GROUP_BYTES // 4)
    table = pa.table({"id": [str(row) for row in range(6)], "clip": [clip] * 6})
    with ParquetFile(tmp_path / "a.parquet", table.schema) as file:
        file.write(table)
    meta = pq.read_metadata(tmp_path / "a.parquet")
    assert [meta.row_group(at).num_rows for at in range(meta.num_row_groups)] == [3, 3]
