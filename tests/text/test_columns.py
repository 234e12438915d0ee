from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.errors import SourceError
from curate.text import columns
from curate.text.columns import Repeats, plain_ids, plan, row_ids


def test_mapping_takes_a_name_from_the_column_that_had_it() -> None:
    pairs = plan(["text", "normalized", "id"], {"text": "normalized"}, {}, "a.csv").pairs
    assert pairs == (("text", "normalized"), ("id", "id"))


def test_one_column_may_be_given_two_names() -> None:
    pairs = plan(["t"], {"text": "t", "text_raw": "t"}, {}, "a.csv").pairs
    assert pairs == (("text", "t"), ("text_raw", "t"))


def test_constant_replaces_a_column_of_its_name() -> None:
    assert plan(["licence", "text"], {}, {"licence": "cc0-1.0"}, "a.csv").pairs == (
        ("text", "text"),
    )


@pytest.mark.parametrize(
    ("columns", "constants", "message"),
    [
        ({"text": "sentense"}, {}, "no column 'sentense'.*did you mean 'sentence'"),
        ({"defect": "sentence"}, {}, "'defect' is reserved.*columns"),
        ({}, {"reason": "x"}, "'reason' is reserved"),
        ({}, {"id": "x"}, "constants cannot set 'id'"),
        ({}, {"source": "x"}, "option name"),
    ],
)
def test_columns_that_cannot_be_are_one_clear_error(
    columns: dict[str, str], constants: dict[str, str], message: str
) -> None:
    with pytest.raises(SourceError, match=message):
        plan(["sentence"], columns, constants, "a.csv")


KEYS = st.lists(
    st.none() | st.sampled_from(["", "a", "b", "a@f:1", "f:1", "@f:2", "@f%40:1", "a@b@f:1"]),
    max_size=12,
)


@given(KEYS, st.sampled_from(["f", "f@g:1", "@", "a@f"]))
def test_ids_are_unique_whatever_the_corpus_calls_its_rows(
    keys: list[str | None], label: str
) -> None:
    repeats = Repeats()
    repeats.add(keys, 0)
    places = [f"{label}:{row}" for row in range(len(keys))]
    ids = row_ids(keys, places, repeats.rows().tolist()).to_pylist()
    assert len(set(ids)) == len(keys)


@given(
    st.lists(st.none() | st.sampled_from("abcde"), max_size=20),
    st.integers(0, 20),
    st.sampled_from([1, 4, 2**20]),
)
def test_repeats_are_second_and_later_occurrences(
    keys: list[str | None], cut: int, some: int
) -> None:
    repeats = Repeats()
    repeats.add(keys[:cut], 0)
    repeats.add(keys[cut:], len(keys[:cut]))
    expected = [at for at, key in enumerate(keys) if key and key in keys[:at]]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "KEYS_AT_ONCE", some)
        assert repeats.rows().tolist() == expected


def test_keys_never_added_are_lacking() -> None:
    repeats = Repeats()
    repeats.add(["a", None, "b"], 0)
    assert repeats.lacks(["b", "c", "a"]).tolist() == [False, True, False]


@given(st.lists(st.lists(st.sampled_from([None, "", "a", "b", "c"])), max_size=6))
def test_later_occurrences_are_told_whatever_rows_lie_between(
    parts: list[list[str | None]],
) -> None:
    repeats, seen, expected, begin = Repeats(), set(), [], 0
    for number, keys in enumerate(parts):
        begin += number  # rows that were never added
        repeats.add(keys, begin)
        for at, key in enumerate(keys, begin):
            if key and key in seen:
                expected.append(at)
            seen.add(key)
        begin += len(keys)
    assert repeats.rows().tolist() == expected


@given(
    st.lists(st.none() | st.text(st.sampled_from("ab@:1")), unique=True),
    st.sampled_from(["", "n/"]),
)
def test_plain_ids_are_those_made_one_by_one(keys: list[str | None], prefix: str) -> None:
    found = plain_ids(pa.chunked_array([pa.array(keys, pa.string())]), prefix)
    wanted = row_ids(keys, [f"f:{at}" for at in range(len(keys))], (), prefix)
    assert found is None or found.to_pylist() == wanted.to_pylist()
    assert (found is None) == any(not key or "@" in key for key in keys)
