from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from curate.errors import EnvironmentError_
from curate.llvm.memo import Memo


def write(folder: str, first: int) -> None:
    memo = Memo(Path(folder))
    for number in range(first, first + 50):
        memo.put([(str(number), [number, "x" * 1000])])


def test_what_is_put_is_found_by_the_next_run(tmp_path: Path) -> None:
    first = Memo(tmp_path / "a" / "b")
    first.put([("one", ["IR\n", 1]), ("two", [None])])
    first.close()
    second = Memo(tmp_path / "a" / "b")
    assert (second.get("one"), second.get("two"), second.get("three")) == (
        ["IR\n", 1],
        [None],
        None,
    )


def test_processes_write_at_the_same_time(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=write, args=(str(tmp_path), first)) for first in (0, 50)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    memo = Memo(tmp_path)
    assert [memo.get(str(number))[0] for number in range(100)] == list(range(100))


def test_a_damaged_file_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "compiled.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(EnvironmentError_, match=r"compiled\.sqlite .*; delete it"):
        Memo(tmp_path)
