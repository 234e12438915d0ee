"""Figures of columns against numpy, Python and counting by hand."""

from __future__ import annotations

import math
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.engine.texts import Tally, write_tallies
from curate.publish import statistics
from curate.publish.statistics import SHARES, dataset_statistics, numbers


def figures(values: list[Any], kind: pa.DataType) -> dict[str, Any]:
    half = len(values) // 2
    return numbers(
        lambda: iter([pa.array(values[:half], kind), pa.array(values[half:], kind)]), kind
    )


def write(folder: Path, splits: dict[str, pa.Table], config: str = "default") -> dict[str, Any]:
    """A dataset folder and the part of its record that the figures are taken from."""
    place = "data" if config == "default" else config
    (folder / place).mkdir(exist_ok=True)
    files, sizes = {}, {}
    for split, table in splits.items():
        name = f"{place}/{split}-00000-of-00001.parquet"
        pq.write_table(table, folder / name, row_group_size=3)
        files[name] = {"rows": len(table)}
        sizes[split] = {"rows": len(table), "duration": 0.0}
    return {"configs": {config: sizes}, "files": files}


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=64), min_size=1))
@settings(max_examples=60, deadline=None)
def test_quantiles_of_floats_are_numpys(values: list[float]) -> None:
    found = figures(values, pa.float64())
    wanted = np.quantile(values, SHARES, method="inverted_cdf")
    assert list(found["quantiles"].values()) == wanted.tolist()
    assert (found["min"], found["max"]) == (min(values), max(values))


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1))
@settings(max_examples=60, deadline=None)
def test_whole_numbers_are_exact_to_the_last_bit(values: list[int]) -> None:
    found = figures(values, pa.int64())
    ordered = sorted(values)
    assert found["total"] == sum(values)
    assert (found["min"], found["max"]) == (ordered[0], ordered[-1])
    assert found["quantiles"]["0.5"] == ordered[math.ceil(len(values) / 2) - 1]


def test_the_largest_unsigned_numbers_keep_their_value() -> None:
    assert figures([2**64 - 1, 0], pa.uint64())["max"] == 2**64 - 1


def test_nulls_and_numbers_that_are_none_are_counted_apart() -> None:
    found = figures([1.0, None, math.nan, math.inf, 3.0], pa.float64())
    assert (found["nulls"], found["not_finite"], found["mean"]) == (1, 2, 2.0)


def test_a_column_of_nulls_has_nothing_but_their_number() -> None:
    assert figures([None, None], pa.int32()) == {"nulls": 2}


def test_float32_reads_as_people_write_it() -> None:
    assert figures([0.1], pa.float32())["max"] == 0.1


def test_a_column_too_long_to_hold_gives_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(1)
    table = pa.table({"snr": rng.normal(size=1000), "text": [f"a b{n}" for n in range(1000)]})
    record = write(tmp_path, {"train": table})
    held = dataset_statistics(tmp_path, record)
    monkeypatch.setattr(statistics, "HELD_ROWS", 0)
    monkeypatch.setattr(statistics, "BATCH_ROWS", 7)
    monkeypatch.setattr(statistics, "TEXT_ROWS", 7)
    assert dataset_statistics(tmp_path, record) == held


def test_splits_have_rows_bytes_hours_tokens_and_characters(tmp_path: Path) -> None:
    train = pa.table({"duration": [1800.0, 900.0], "text": ["کٲشُر زَبان", "one"]})
    found = dataset_statistics(tmp_path, write(tmp_path, {"train": train}))["default"]["train"]
    assert found["bytes"] == (tmp_path / "data/train-00000-of-00001.parquet").stat().st_size
    assert (found["rows"], found["hours"], found["tokens"]) == (2, 0.75, 3)
    assert found["characters"] == len("کٲشُر زَبان") + 3


def test_a_closed_set_is_counted_in_every_split(tmp_path: Path) -> None:
    train = pa.table({"speaker": [*"abaaa", None], "id": list("123456")})
    test = pa.table({"speaker": ["c"], "id": ["7"]})
    found = dataset_statistics(tmp_path, write(tmp_path, {"train": train, "test": test}))["default"]
    speakers = found["train"]["columns"]["speaker"]
    assert speakers == {"nulls": 1, "counts": dict(Counter("abaaa"))}
    assert found["test"]["columns"]["speaker"]["counts"] == {"c": 1}
    assert "counts" not in found["train"]["columns"]["id"]


def test_long_texts_are_no_closed_set_however_few(tmp_path: Path) -> None:
    table = pa.table({"prompt": ["word " * 100] * 9})
    found = dataset_statistics(tmp_path, write(tmp_path, {"train": table}))["default"]["train"]
    assert found["columns"]["prompt"]["tokens"]["total"] == 900


TEXTS = st.lists(st.none() | st.text("ab \u2003中", max_size=12), min_size=1, max_size=40)


@given(TEXTS, TEXTS)
@settings(max_examples=40, deadline=None)
def test_lengths_are_those_of_python_and_numpy(train: list[str | None], test: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tables = {"train": texts(train), "test": texts(test)}
        found = dataset_statistics(Path(folder), write(Path(folder), tables))["default"]
    for split, rows in (("train", train), ("test", test)):
        there = [text for text in rows if text is not None]
        figures = found[split]["columns"]["text"]
        assert figures["nulls"] == len(rows) - len(there)
        wanted = {
            "tokens": [len(text.split()) for text in there],
            "characters": [len(text) for text in there],
        }
        for name, lengths in wanted.items():
            assert figures[name] == (of_numpy(lengths) if lengths else {})


def texts(rows: list[str | None]) -> pa.Table:
    return pa.table({"text": pa.array(rows, pa.string())})


def of_numpy(values: list[int]) -> dict[str, Any]:
    chosen = np.quantile(values, SHARES, method="inverted_cdf").tolist()
    return {
        "min": min(values),
        "quantiles": dict(zip(map(str, SHARES), chosen, strict=True)),
        "max": max(values),
        "mean": float(f"{np.mean(values):.12g}"),
        "total": sum(values),
    }


def tallied(folder: Path, splits: dict[str, pa.Table]) -> dict[str, Path]:
    """Tallies as assembly leaves them beside the files that ``write`` makes."""
    found = {}
    for split, table in splits.items():
        tallies = {name: Tally() for name in ("text", "speaker")}
        for name, tally in tallies.items():
            tally.add(table[name])
        name = f"data/{split}-00000-of-00001.parquet"
        found[name] = folder / f"{split}.json"
        write_tallies(found[name], tallies)
    return found


FEW = pa.table({"text": ["one", "two words", None], "speaker": ["a", "b", "a"], "n": [1, 2, 3]})
MANY = pa.table(
    {
        "text": [f"word {'x' * n}" for n in range(60)],
        "speaker": [f"s{n}" for n in range(60)],
        "n": list(range(60)),
    }
)


@pytest.mark.parametrize("test", [FEW, MANY, FEW.slice(0, 0)], ids=["closed", "open", "empty"])
def test_figures_of_tallied_texts_are_those_of_texts_read(tmp_path: Path, test: pa.Table) -> None:
    splits = {"train": pa.concat_tables([FEW] * 4), "test": test}
    record = write(tmp_path, splits)
    read = dataset_statistics(tmp_path, record)
    assert dataset_statistics(tmp_path, record, tallied(tmp_path, splits)) == read


def test_tallied_texts_are_not_read_again(tmp_path: Path) -> None:
    record = write(tmp_path, {"train": FEW})
    found = dataset_statistics(tmp_path, record, tallied(tmp_path, {"train": FEW.slice(0, 1)}))
    assert found["default"]["train"]["columns"]["text"]["characters"]["total"] == len("one")


@pytest.mark.parametrize("left", ["", '{"text": {"nulls": 0}}', "[1]"])
def test_texts_whose_tally_is_damaged_or_gone_are_read(tmp_path: Path, left: str) -> None:
    splits = {"train": FEW, "test": MANY}
    record, paths = write(tmp_path, splits), tallied(tmp_path, splits)
    paths["data/train-00000-of-00001.parquet"].write_text(left)
    paths["data/test-00000-of-00001.parquet"].unlink()
    assert dataset_statistics(tmp_path, record, paths) == dataset_statistics(tmp_path, record)


def test_flags_are_counted_by_name(tmp_path: Path) -> None:
    table = pa.table({"limited": [True, False, True]})
    found = dataset_statistics(tmp_path, write(tmp_path, {"train": table}))["default"]["train"]
    assert found["columns"]["limited"]["counts"] == {"true": 2, "false": 1}


def test_media_are_not_read(tmp_path: Path) -> None:
    audio = pa.array([{"bytes": b"x", "path": "x.wav"}])
    table = pa.table({"audio": audio, "vector": pa.array([[1.0, 2.0]]), "n": [1]})
    found = dataset_statistics(tmp_path, write(tmp_path, {"train": table}))["default"]["train"]
    assert list(found["columns"]) == ["n"]


def test_configs_are_told_apart(tmp_path: Path) -> None:
    first = write(tmp_path, {"train": pa.table({"n": [1, 2]})}, "short")
    second = write(tmp_path, {"train": pa.table({"n": [9]})}, "long")
    record = {key: {**first[key], **second[key]} for key in first}
    found = dataset_statistics(tmp_path, record)
    assert {name: splits["train"]["columns"]["n"]["max"] for name, splits in found.items()} == {
        "short": 2,
        "long": 9,
    }


def test_an_empty_split_has_no_figures_and_no_fault(tmp_path: Path) -> None:
    table = pa.table({"n": pa.array([], pa.int64()), "text": pa.array([], pa.string())})
    found = dataset_statistics(tmp_path, write(tmp_path, {"train": table}))["default"]["train"]
    assert found["columns"]["n"] == {"nulls": 0}
    assert "tokens" in found["columns"]["text"]
