"""Files that appear whole or not at all, and receipts that tell finished work from the rest."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pyarrow as pa
import pytest

from curate.engine.store import (
    Amount,
    Receipt,
    StepCount,
    commit,
    find_receipt,
    locked,
    mark_of,
    replacing,
)
from curate.errors import CurateError

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


def test_what_a_killed_run_left_behind_is_cleared_away(tmp_path: Path) -> None:
    scratch = tmp_path / ".curate/dask/dask-scratch-space/worker-a"
    scratch.mkdir(parents=True)
    (tmp_path / ".curate/dask/dask-scratch-space/worker-a.dirlock").touch()
    (tmp_path / ".curate/s.parquet.1.tmp").touch()
    with locked(tmp_path) as work:
        assert [path.name for path in work.iterdir()] == ["lock"]


def test_half_written_files_of_the_dataset_are_cleared_away_and_nobody_elses(
    tmp_path: Path,
) -> None:
    ours = ["run.json.12.tmp", "data/train-00000-of-00001.parquet.7.tmp", "mt/test.parquet.99.tmp"]
    others = ["notes.tmp", "deep/er/x.1.tmp", "data/a.tmp"]
    for name in (*ours, *others):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    with locked(tmp_path):
        left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.tmp")}
    assert left == {*others}


@pytest.mark.parametrize("name", ["report.html", "data/train.parquet", ".curate/pass-00/s.json"])
def test_a_pipe_where_files_are_written_is_named_and_not_waited_for(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(tmp_path / name)
    with pytest.raises(CurateError, match=f"{name} is a pipe or device"), locked(tmp_path):
        pass
