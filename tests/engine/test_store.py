"""Files that appear whole or not at all, and receipts that tell finished work from the rest."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.arrow import AUDIO, audio_field
from curate.engine.store import (
    ROW_GROUP_BYTES,
    Amount,
    ParquetFile,
    Receipt,
    StepCount,
    commit,
    find_receipt,
    mark_of,
    replacing,
)

ROWS = pa.table({"id": ["a", "b"], "text": ["one", "two"]})


def receipt(folder: Path) -> Receipt:
    """A receipt for one file, written to disk."""
    (folder / "s.parquet").write_bytes(b"rows")
    files = {"s.parquet": mark_of(folder / "s.parquet")}
    rejected = {"too short": Amount(2, 0.5)}
    steps = [StepCount("filters.duration", Amount(5, 9.5), Amount(3, 9.0), rejected, 0.25)]
    made = Receipt("s", "print", 5, 3, steps, files, {"train": 3}, 0.5)
    return commit(folder, made)


def test_a_receipt_is_found_as_it_was_written(tmp_path: Path) -> None:
    made = receipt(tmp_path)
    assert find_receipt(tmp_path, "s", "print") == made
    assert made.sha256(".parquet") == hashlib.sha256(b"rows").hexdigest()
    assert made.sha256(".rejected.parquet") == ""


def test_other_work_is_not_done_by_this_receipt(tmp_path: Path) -> None:
    receipt(tmp_path)
    assert find_receipt(tmp_path, "s", "other print") is None
    assert find_receipt(tmp_path, "t", "print") is None


def test_a_copied_folder_keeps_its_receipts_and_an_edited_file_loses_them(tmp_path: Path) -> None:
    receipt(tmp_path)
    os.utime(tmp_path / "s.parquet", ns=(1, 1))
    assert find_receipt(tmp_path, "s", "print") is not None
    (tmp_path / "s.parquet").write_bytes(b"ROWS")
    assert find_receipt(tmp_path, "s", "print") is None


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"files": 3}', '"s"'])
def test_a_damaged_receipt_means_that_the_work_is_to_do(tmp_path: Path, text: str) -> None:
    receipt(tmp_path)
    (tmp_path / "s.json").write_text(text)
    assert find_receipt(tmp_path, "s", "print") is None


def test_counts_of_shards_add_up() -> None:
    total = StepCount("s")
    total.add(StepCount("s", Amount(3, 3.0), Amount(2, 2.0), {"x": Amount(1, 1.0)}, 0.5))
    total.add(StepCount("s", Amount(4, 4.0), Amount(2, 1.0), {"x": Amount(1), "y": Amount(1)}, 1))
    rejected = {"x": Amount(2, 1.0), "y": Amount(1)}
    assert total == StepCount("s", Amount(7, 7.0), Amount(4, 3.0), rejected, 1.5)


def test_a_failure_while_writing_leaves_the_old_file_alone(tmp_path: Path) -> None:
    def write_half() -> None:
        with replacing(tmp_path / "a") as temporary:
            temporary.write_text("half")
            raise ZeroDivisionError

    (tmp_path / "a").write_text("old")
    with pytest.raises(ZeroDivisionError):
        write_half()
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_text() == "old"


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
    with ParquetFile(tmp_path / "a.parquet", schema) as file:
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
