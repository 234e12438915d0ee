"""Kashmiri number words: how they are put together; the words themselves wait for a speaker."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.kashmiri.normalize import normalize
from curate.kashmiri.numbers import NUMBER, spell, words


def said(*names: str | int) -> str:
    return " ".join(words()[str(name)] for name in names)


def test_table_holds_a_word_of_its_own_for_every_number_below_a_hundred() -> None:
    assert len({words()[str(number)] for number in range(100)}) == 100


def test_every_word_is_already_normal() -> None:
    for word in words().values():
        assert normalize(word).text == word == unicodedata.normalize("NFC", word)


@pytest.mark.parametrize(
    ("digits", "names"),
    [
        ("0", [0]),
        ("71", [71]),
        ("100", [1, "hundred"]),
        ("205", [2, "hundred", "and", 5]),
        ("1000", [1, "thousand"]),
        # The read texts say 1991 and 1922 as nineteen hundred and …, 2013 as two thousand thirteen.
        ("1991", [19, "hundreds", "and", 91]),
        ("1922", [19, "hundreds", "and", 22]),
        ("2013", [2, "thousand", 13]),
        ("1900", [19, "hundreds"]),
        ("1050", [1, "thousand", 50]),
        ("1234567", [12, "lakh", 34, "thousand", 5, "hundred", "and", 67]),
        ("12,34,567", [12, "lakh", 34, "thousand", 5, "hundred", "and", 67]),
        ("1,234,567", [12, "lakh", 34, "thousand", 5, "hundred", "and", 67]),
        ("20000000", [2, "crore"]),
        ("999999999", [99, "crore", 99, "lakh", 99, "thousand", 9, "hundred", "and", 99]),
        ("3.05", [3, "point", 0, 5]),
        ("0٫5", [0, "point", 5]),
        ("007", [0, 0, 7]),
        ("9419012345", [9, 4, 1, 9, 0, 1, 2, 3, 4, 5]),
    ],
)
def test_number_is_read_as_a_number(digits: str, names: list[str | int]) -> None:
    assert NUMBER.fullmatch(digits)
    assert spell(digits) == said(*names)


@pytest.mark.parametrize(
    ("raw", "numbers"),
    [
        ("12.5.2024", ["12", "5", "2024"]),
        ("1,2345", ["1", "2345"]),
        ("5.", ["5"]),
        ("3,5", ["3", "5"]),
    ],
)
def test_dates_and_odd_groups_are_several_numbers(raw: str, numbers: list[str]) -> None:
    assert NUMBER.findall(raw) == numbers


def test_numbers_in_a_line_stand_apart_from_the_words_around_them() -> None:
    assert normalize("۱۹۶۵ء مٕنٛز").text == f"{said(19, 'hundreds', 'and', 65)} ء مٕنٛز"
    assert normalize("پروگرامُک 71 ہِم").text == f"پروگرامُک {said(71)} ہِم"


@given(st.integers(0, 10**9 - 1))
def test_words_tell_the_number_again(number: int) -> None:
    named = {word: name for name, word in words().items()}
    total, count = 0, 0
    rest = spell(str(number))
    while rest:
        word = max((w for w in named if f"{rest} ".startswith(f"{w} ")), key=len)
        rest = rest[len(word) :].strip()
        name = named[word]
        scale = {"hundred": 100, "hundreds": 100, "thousand": 10**3, "lakh": 10**5, "crore": 10**7}
        if name.isdigit():
            count = int(name)
        elif name in scale:
            total, count = total + count * scale[name], 0
    assert total + count == number
