"""Decisions in buckets: the same bytes as decisions at once."""

from __future__ import annotations

import dataclasses as dc
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from curate.barriers.dedup_exact import DedupExact
from curate.barriers.dedup_ir import DedupIr
from curate.catalog import find_step, known_steps
from curate.contract import Barrier, Verdict
from curate.engine.barrier import decide
from curate.engine.report import Report
from curate.engine.run import Runner
from curate.engine.shard import KEYS
from curate.engine.store import FileMark, Receipt, commit, mark_of
from curate.engine.sync import Sync
from curate.errors import StepError

SIZES = (7, 0, 40, 1, 23, 60, 5)  # rows of each shard; one is empty, one is larger than a bucket
BARRIERS = [DedupExact(), DedupIr(), DedupIr(columns=("text", "shape"), drop=True)]


def shards() -> list[pa.Table]:
    """Texts of which many are copies, some null; ids in no order."""
    found, begin = [], 0
    for size in SIZES:
        numbers = range(begin, begin + size)
        rows = {
            "id": [f"row {(number * 37) % 136:03d}" for number in numbers],
            "text": [None if number % 11 == 0 else f"text {number % 29}" for number in numbers],
            "shape": [f"{number % 3}" for number in numbers],
        }
        kinds = [pa.field(name, pa.string()) for name in rows]
        found.append(pa.table(rows, schema=pa.schema(kinds)))
        begin += size
    return found


def write_keys(barrier: Barrier, folder: Path) -> list[Receipt]:
    keys = []
    for number, batch in enumerate(shards()):
        table = barrier.keys(batch)
        path = folder / f"{number:02d}{KEYS}"
        with pa.ipc.new_file(path, table.schema) as file:
            file.write_table(table)
        rows, files = table.num_rows, {path.name: mark_of(path)}
        keys.append(Receipt(f"{number:02d}", "", rows, rows, [], files, {}, 0))
        commit(folder, keys[-1])
    return keys


def decided(barrier: Barrier, folder: Path, bucket_rows: int) -> dict[str, FileMark]:
    runner = Runner(Sync, Report(Console(quiet=True)))
    receipt = decide(barrier, folder, write_keys(barrier, folder), runner, bucket_rows)
    return receipt.files


@pytest.mark.parametrize("barrier", BARRIERS, ids=["exact", "ir", "ir of two columns"])
@pytest.mark.parametrize("rows", [1, 20, 100])
def test_buckets_give_the_bytes_of_one_decision(
    tmp_path: Path, barrier: Barrier, rows: int
) -> None:
    (tmp_path / "once").mkdir()
    (tmp_path / "parted").mkdir()
    once = decided(barrier, tmp_path / "once", 1000)
    parted = decided(barrier, tmp_path / "parted", rows)
    assert len(once) == len(SIZES)
    assert {name: mark.sha256 for name, mark in parted.items()} == {
        name: mark.sha256 for name, mark in once.items()
    }


def test_what_the_rounds_left_is_taken_away(tmp_path: Path) -> None:
    decided(DedupExact(), tmp_path, 20)
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []


@dc.dataclass(frozen=True)
class Fails(DedupExact):
    """Cannot decide where the text of this key is among the rows."""

    broken: bytes = b""

    def decide(self, keys: pa.Table) -> Verdict:
        if self.broken in keys["key"].to_pylist():
            raise ValueError("made to fail")
        return super().decide(keys)


def test_a_bucket_that_fails_names_the_barrier_and_is_all_that_is_done_again(
    tmp_path: Path,
) -> None:
    key = DedupExact().keys(shards()[2])["key"].to_pylist()[5]
    keys = write_keys(DedupExact(), tmp_path)
    runner = Runner(Sync, Report(Console(quiet=True)))
    with pytest.raises(StepError, match="test_buckets:Fails: ValueError: made to fail"):
        decide(Fails(broken=key), tmp_path, keys, runner, 20)
    judged = list((tmp_path / "buckets").glob("judge-*.json"))
    assert len(judged) == -(-sum(SIZES) // 20) - 1


def separable() -> list[type[Barrier]]:
    found = [find_step(name) for name in known_steps() if name.startswith("barriers.")]
    return [one for one in found if issubclass(one, Barrier) and one().separable_by()]


def test_exact_duplicates_are_found_in_buckets() -> None:
    assert {one.__name__ for one in separable()} == {"DedupExact", "DedupIr"}


@pytest.mark.parametrize("cls", separable())
@settings(max_examples=50, deadline=None)
@given(texts=st.lists(st.sampled_from([None, "", "a", "b", "c"]), min_size=1, max_size=12))
def test_rows_of_other_values_have_no_say_in_a_verdict(
    cls: type[Barrier], texts: list[str | None]
) -> None:
    barrier = cls()
    ids = [f"{(at * 7) % 13}" for at in range(len(texts))]
    keys = barrier.keys(pa.table({"id": ids, "text": pa.array(texts, pa.string())}))
    whole = barrier.decide(keys)
    (column,) = barrier.separable_by()
    for value in set(keys[column].to_pylist()):
        mine = pa.array([one == value for one in keys[column].to_pylist()])
        part = barrier.decide(keys.filter(mine))
        assert part.keep.equals(whole.keep.filter(mine))
        for name, measured in whole.measured.items():
            assert part.measured[name].equals(measured.filter(mine)), name
