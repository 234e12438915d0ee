"""Counts in one pass: equal to plain Python on any string, safe on any bytes."""

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
from curate.text.counters import COUNTERS, PHRASES, UNCLEAN, count, measures

STOP_WORDS = ("the", "of", "and", "que", "और", "ۆ")
PIECES = [
    *PHRASES,
    *STOP_WORDS,
    *[
        ".",
        "..",
        "...",
        "…",
        "",
        "…….",
        "!",
        "?",
        "”",
        ")",
        "]",
        "」",
        ".",
        "。",
        "۔",
        "।",
        "؟",
        "#",
        "{",
        "-",
        "*",
        "•",
        "–",
        "\n",
        "\n\n",
        "\r\n",
        "\t",
        "\x0b",
        "\x1c",
        "\x1f",
        "\x85",
        "\xa0",
        "\u2028",
        "\u3000",
        "\u200b",
    ],
    " ",
    " ",
    "JavaScript",
    "cookies".replace("k", "\u212a"),
    "USE COOKIES",
    "3.5",
    "A.D.",
    "漢字",
    "ภาษา",
    "𝔄",
    "é",
    "e\u0301",
    "w" * 1001,
    "w" * 1000,
]


def counted(text: str | None, **options: int) -> dict[str, int]:
    (row,) = count(pa.array([text], pa.string()), STOP_WORDS, **options)
    return dict(zip(COUNTERS, row.tolist(), strict=True))


def check(texts: list[str]) -> None:
    counts = count(pa.array(texts, pa.string()), STOP_WORDS)
    expected = [quality_reference.count(text, STOP_WORDS) for text in texts]
    assert counts.tolist() == expected


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), max_size=4))
def test_any_strings_are_counted_as_in_plain_python(texts: list[str]) -> None:
    check(texts)


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_marks_phrases_and_spaces_in_any_order_are_counted_as_in_plain_python(text: str) -> None:
    check([text, "x " + text])


def test_every_character_is_counted_as_in_plain_python() -> None:
    every = [chr(code) for code in range(0x30000) if not 0xD800 <= code < 0xE000]
    check([" ".join(every[at : at + 97]) for at in range(0, len(every), 97)])
    check(["x" + character + "x. y" + character for character in every[:0x3100]])


def test_real_lines_in_many_scripts_are_counted_as_in_plain_python(data_dir: Path) -> None:
    with gzip.open(data_dir / "lid" / "test.jsonl.gz", "rt", encoding="utf8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    check(["\n".join(texts[at : at + 30]) for at in range(0, len(texts), 30)])


def test_a_hand_counted_text() -> None:
    found = counted(
        "- The end of the road...\n\nWe sat down there, all of us. It (2) rained!\n# C: {"
    )
    assert {name: found[name] for name in ("words", "letter_words", "lines", "bullet_lines")} == {
        "words": 19,
        "letter_words": 15,
        "lines": 3,
        "bullet_lines": 1,
    }
    names = ("ellipses", "ellipsis_lines", "end_mark_lines", "clean_lines", "sentences")
    assert [found[name] for name in names] == [1, 1, 2, 1, 2]
    assert [found[name] for name in ("hashes", "braces", "stop_words", "line_feeds")] == [
        1,
        1,
        2,
        3,
    ]


@pytest.mark.parametrize(
    ("line", "sentences"),
    [
        ("It costs 3.50 in U.S. money.", 2),
        ("他来了。他走了。我们都很高兴", 3),
        ("یہ ایک ہے۔ وہ دو ہیں۔", 2),
        ("He said “no.” She left.", 2),
        ("What?! Never...but why?", 2),
    ],
)
def test_sentences_end_where_a_reader_ends_them(line: str, sentences: int) -> None:
    assert counted(line + '"', clean_line_words=0)["sentences"] == sentences


@pytest.mark.parametrize("phrase", [p for p, flag in PHRASES.items() if flag == UNCLEAN])
def test_a_line_with_a_phrase_of_c4_in_any_case_is_not_clean(phrase: str) -> None:
    lines = "One two three four five.\nOne two three x{}x four five."
    assert counted(lines.format("-"))["clean_lines"] == 2
    for written in (phrase, phrase.upper(), phrase.title()):
        assert counted(lines.format(written))["clean_lines"] == 1


def test_null_counts_like_an_empty_string_and_slices_keep_their_place() -> None:
    column = pa.array(["one two", None, "", "three", "four five six"])
    words = COUNTERS.index("words")
    assert count(column)[:, words].tolist() == [2, 0, 0, 1, 3]
    assert count(column.slice(3))[:, words].tolist() == [1, 3]
    chunked = pa.chunked_array([column.slice(0, 2), column.slice(4)])
    assert count(chunked)[:, words].tolist() == [2, 0, 3]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
def test_no_strings_and_every_kind_of_string(kind: pa.DataType) -> None:
    assert count(pa.array([], kind)).shape == (0, len(COUNTERS))
    assert count(pa.array([None], kind)).sum() == 0
    assert count(pa.array(["a b", "c"], kind))[:, 1].tolist() == [2, 1]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=30), min_size=1, max_size=4))
def test_bytes_that_are_no_utf8_are_counted_without_reading_past_the_end(raw: list[bytes]) -> None:
    offsets = pa.py_buffer(np.cumsum([0, *map(len, raw)], dtype=np.int32).tobytes())
    column = pa.Array.from_buffers(
        pa.string(), len(raw), [None, offsets, pa.py_buffer(b"".join(raw))]
    )
    together = count(column, STOP_WORDS)
    apart = [count(column.slice(k, 1).take([0]), STOP_WORDS)[0] for k in range(len(raw))]
    assert together.tolist() == np.array(apart).tolist()


def test_ten_megabytes_of_one_word_are_one_word() -> None:
    found = counted("x" * 10_000_000)
    assert (found["words"], found["characters"], found["clean_lines"]) == (1, 10_000_000, 0)


def test_rates_are_unknown_where_there_is_nothing_to_divide_by() -> None:
    rates = measures(count(pa.array(["", "12 34", "漢字 かな x"])))
    assert np.isnan(rates["mean_word_length"]).tolist() == [True, False, False]
    assert rates["unspaced_letter_share"][2] == 0.8
    assert np.isnan(rates["unspaced_letter_share"][:2]).all()
