"""Repetition: equal to plain Python on any string, and to Gopher's definitions by hand."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.text import quality_reference
from curate.text.repetition import MEASURES, repetition


def check(texts: list[str]) -> None:
    shares = repetition(pa.array(texts, pa.string()))
    nothing = [float("nan")] * len(MEASURES)
    expected = [quality_reference.repetition(text) or nothing for text in texts]
    np.testing.assert_array_equal(shares, np.array(expected).reshape(-1, len(MEASURES)))


def measured(text: str) -> dict[str, float]:
    return dict(zip(MEASURES, repetition(pa.array([text]))[0].tolist(), strict=True))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), max_size=4))
def test_any_strings_are_measured_as_in_plain_python(texts: list[str]) -> None:
    check(texts)


@settings(max_examples=500, deadline=None)
@given(
    st.lists(
        st.sampled_from(["a", "b", "ab", "é", "字", " ", " ", "\n", "\n\n", "\u3000", "\x1c"]),
        max_size=120,
    ).map("".join)
)
def test_few_words_in_any_order_are_measured_as_in_plain_python(text: str) -> None:
    check([text, text + " " + text])


def test_real_lines_with_repeats_are_measured_as_in_plain_python(data_dir: Path) -> None:
    with gzip.open(data_dir / "lid" / "test.jsonl.gz", "rt", encoding="utf8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    rng = np.random.default_rng(0)
    picks = [rng.choice(texts[at : at + 200], 30) for at in range(0, len(texts) - 200, 150)]
    joins = [rng.choice(["\n", " ", "\n\n", "\n \n"]) for _ in picks]
    check([join.join(pick.tolist()) for join, pick in zip(joins, picks, strict=True)])


def test_lines_and_paragraphs_that_stood_there_before_are_duplicates() -> None:
    found = measured("ab\ncd\n\nab\n\nab\ncd")
    assert found["duplicate_line_share"] == 3 / 5
    assert found["duplicate_line_character_share"] == 6 / 16
    assert found["duplicate_paragraph_share"] == 1 / 3
    assert found["duplicate_paragraph_character_share"] == 5 / 16


def test_the_most_frequent_pair_counts_with_its_space() -> None:
    assert measured("to be or not to be")["top_2_gram_character_share"] == 10 / 18


def test_a_pair_that_occurs_once_is_no_repetition() -> None:
    assert measured("hello world")["top_2_gram_character_share"] == 0


def test_a_repeated_run_of_ten_words_counts_once_for_each_length() -> None:
    run = " ".join("abcdefghij")
    found = measured(f"{run} x {run}")
    assert [found[f"duplicate_{n}_gram_character_share"] for n in (5, 7, 10)] == [
        10 / 41,
        7 / 41,
        10 / 41,
    ]


def test_shares_never_exceed_one() -> None:
    found = measured("a " * 1000)
    assert max(found.values()) == 1.0


def test_null_and_blank_text_are_not_measurable() -> None:
    assert np.isnan(repetition(pa.array([None, "", " \n\n "], pa.string()))).all()
    assert repetition(pa.array([], pa.string())).shape == (0, len(MEASURES))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=30), min_size=1, max_size=4))
def test_bytes_that_are_no_utf8_are_measured_without_reading_past_the_end(raw: list[bytes]) -> None:
    offsets = pa.py_buffer(np.cumsum([0, *map(len, raw)], dtype=np.int32).tobytes())
    column = pa.Array.from_buffers(
        pa.string(), len(raw), [None, offsets, pa.py_buffer(b"".join(raw))]
    )
    apart = [repetition(column.slice(k, 1).take([0]))[0] for k in range(len(raw))]
    np.testing.assert_array_equal(repetition(column), np.array(apart))


@pytest.mark.parametrize("text", ["x" * 2_000_000, "a " * 200_000, "a\n" * 200_000])
def test_long_monotonous_texts_are_measured_as_in_plain_python(text: str) -> None:
    check([text])
