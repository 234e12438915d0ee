"""Splits by the hash of a group."""

from __future__ import annotations

import hashlib
import json
from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.contract import apply
from curate.transforms.assign_split import AssignSplit


def clips(speakers: list[str | None]) -> pa.Table:
    ids = [f"c{i}" for i in range(len(speakers))]
    return pa.table({"id": ids, "speaker_id": pa.array(speakers, pa.string())})


def splits(step: AssignSplit, batch: pa.Table) -> list[str]:
    return step(batch)["split"].to_pylist()


def test_split_is_the_published_hash_of_seed_and_group() -> None:
    place = int(hashlib.sha256(json.dumps([7, "f1"]).encode()).hexdigest()[:16], 16) / 2**64
    expected = "test" if place < 0.5 else "train"
    assert splits(AssignSplit(shares={"train": 0.5, "test": 0.5}, seed=7), clips(["f1"])) == [
        expected
    ]


def test_rows_of_a_speaker_stay_together() -> None:
    batch = clips([f"s{i % 50}" for i in range(1000)])
    by_speaker = {
        (speaker, split)
        for speaker, split in zip(
            batch["speaker_id"].to_pylist(), splits(AssignSplit(), batch), strict=True
        )
    }
    assert len(by_speaker) == 50


def test_shares_are_met_over_many_groups() -> None:
    counts = Counter(splits(AssignSplit(), clips([f"s{i}" for i in range(20_000)])))
    # Four standard deviations of a binomial draw.
    assert counts["train"] == pytest.approx(18_000, abs=170)
    assert counts["validation"] == pytest.approx(1_000, abs=125)
    assert counts["test"] == pytest.approx(1_000, abs=125)


@given(st.lists(st.text(max_size=5), max_size=20), st.lists(st.text(max_size=5), max_size=20))
def test_growth_moves_nobody(old: list[str], new: list[str]) -> None:
    assert splits(AssignSplit(), clips(old + new))[: len(old)] == splits(AssignSplit(), clips(old))


def test_order_of_the_shares_moves_nobody() -> None:
    batch = clips([f"s{i}" for i in range(200)])
    forth = AssignSplit(shares={"train": 0.7, "test": 0.3})
    back = AssignSplit(shares={"test": 0.3, "train": 0.7})
    assert splits(forth, batch) == splits(back, batch)


def test_another_seed_gives_another_assignment() -> None:
    batch = clips([f"s{i}" for i in range(200)])
    assert splits(AssignSplit(seed=0), batch) != splits(AssignSplit(seed=1), batch)


def test_row_without_a_group_goes_by_its_id() -> None:
    nobody = clips([None] * 500)
    by_id = pa.table({"id": nobody["id"], "speaker_id": nobody["id"]})
    assert splits(AssignSplit(), nobody) == splits(AssignSplit(), by_id)


def test_group_may_be_a_number() -> None:
    numbers = pa.table({"id": ["a", "b"], "speaker_id": [422, 423]})
    assert splits(AssignSplit(), numbers) == splits(AssignSplit(), clips(["422", "423"]))


def test_share_of_nothing_gets_nothing() -> None:
    step = AssignSplit(shares={"train": 1.0, "validation": 0.0})
    assert set(splits(step, clips([f"s{i}" for i in range(300)]))) == {"train"}


@pytest.mark.parametrize("shares", [{}, {"train": 0.9}, {"train": 1.5, "test": -0.5}])
def test_shares_that_are_none_are_refused(shares: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="share"):
        AssignSplit(shares=shares)


def test_empty_batch_has_the_declared_schema() -> None:
    step, empty = AssignSplit(), clips([])
    assert (
        apply(step, empty.append_column("source", pa.array([], pa.string())))
        .kept.schema.field("split")
        .type
        == pa.string()
    )
    assert splits(step, empty) == []
