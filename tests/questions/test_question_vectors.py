"""Columns whose letters and lengths say nothing, aligned by vectors of what their cells mean.

The stand-in of a multilingual encoder knows what no real one does, the meaning of random words:
each cell's vector is its question's, plus its language's, plus noise.
"""

from __future__ import annotations

import random
import unicodedata
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest

from curate.questions.check import alignment_flags
from curate.questions.sheet import Flag, sheet_of_columns
from curate.questions.text_sets import read_columns

ROWS, DIMS = 40, 64
BLOCKS = {"el": 0x3B1, "ka": 0x10D0, "ar": 0x628, "hi": 0x915, "hy": 0x561, "am": 0x1200}
"""First letter of an alphabet of each language: no two have a letter in common."""


class Made(NamedTuple):
    """Texts of one length without digits or names, and vectors, by language."""

    texts: dict[str, list[str]]
    vectors: dict[str, npt.NDArray[np.float32]]


def made(seed: int = 0, noise: float = 0.7, rows: int = ROWS) -> Made:
    rng, random_ = np.random.default_rng(seed), random.Random(seed)
    meanings = rng.normal(size=(rows, DIMS))
    texts, vectors = {}, {}
    for lang, first in BLOCKS.items():
        letters = [chr(first + at) for at in range(20)]
        letters = [one for one in letters if unicodedata.category(one) in ("Ll", "Lo")]
        texts[lang] = [" ".join("".join(random_.choices(letters, k=6)) for _ in range(6))
                       for _ in range(rows)]  # fmt: skip
        of_lang = 3 * rng.normal(size=DIMS)
        found = meanings + of_lang + noise * rng.normal(size=(rows, DIMS))
        vectors[lang] = found.astype(np.float32)
    return Made(texts, vectors)


def flags_of(table: Made, *, by_vectors: bool = True) -> list[Flag]:
    sheet = sheet_of_columns(table.texts)
    full = {}
    for lang, vectors in table.vectors.items():
        full[lang] = np.full((len(sheet.questions), DIMS), np.nan, np.float32)
        full[lang][: len(vectors)] = vectors
    return alignment_flags(sheet, "el", full if by_vectors else None)


def without_line(lang: str, row: int, seed: int = 0) -> Made:
    table = made(seed)
    del table.texts[lang][row]
    table.vectors[lang] = np.delete(table.vectors[lang], row, axis=0)
    return table


def with_line(lang: str, row: int, text: str, vector: npt.NDArray[np.float32]) -> Made:
    table = made()
    table.texts[lang].insert(row, text)
    table.vectors[lang] = np.insert(table.vectors[lang], row, vector, axis=0)
    return table


def swapped(lang: str, one: int, other: int, seed: int = 0) -> Made:
    table = made(seed)
    order = list(range(ROWS))
    order[one], order[other] = other, one
    table.texts[lang] = [table.texts[lang][at] for at in order]
    table.vectors[lang] = table.vectors[lang][order]
    return table


def lines_lost(flags: list[Flag]) -> list[tuple[str, int, str]]:
    return [(one.lang, one.row, one.value) for one in flags if one.check == "line lost"]


@pytest.mark.parametrize("row", [0, 7, 20, 38])
def test_a_line_lost_is_found_by_vectors_only(row: int) -> None:
    table = without_line("ka", row)
    value = f"1 line lost before line {row + 1}: question {row + 1}; offset +1"
    assert lines_lost(flags_of(table)) == [("ka", row, value)]
    assert ("ka", row, value) not in lines_lost(flags_of(table, by_vectors=False))


def test_a_line_lost_at_the_end_is_named() -> None:
    assert lines_lost(flags_of(without_line("hi", ROWS - 1))) == [
        ("hi", ROWS - 2, "1 lost at the end, after line 39; offset +0")
    ]


@pytest.mark.parametrize("seed", range(4))
def test_swapped_cells_are_found_by_vectors_only(seed: int) -> None:
    table = swapped("ar", 3 + seed, 30 - seed, seed)
    found = [(one.lang, one.row, one.hard) for one in flags_of(table)]
    assert sorted(found) == [("ar", 3 + seed, True), ("ar", 30 - seed, True)]
    without = [(one.lang, one.row, one.hard) for one in flags_of(table, by_vectors=False)]
    assert sorted(without) != sorted(found)


def test_a_line_more_is_extra_or_says_again_what_another_says() -> None:
    other = made(seed=5)
    strange = with_line("hy", 9, other.texts["hy"][0], other.vectors["hy"][0])
    (extra,) = [one for one in flags_of(strange) if one.check.startswith("line")]
    assert (extra.lang, extra.row, extra.check) == ("hy", 9, "line extra")
    again = made().vectors["hy"][20] + np.float32(0.2)
    reworded = with_line("hy", 9, other.texts["hy"][0], again)
    (twice,) = [one for one in flags_of(reworded) if one.check.startswith("line")]
    assert (twice.lang, twice.row, twice.check) == ("hy", 9, "line duplicated")
    assert twice.value == "means the same as line 22; line 10 is one too many; offset -1 from there"


@pytest.mark.parametrize("seed", range(6))
def test_a_table_without_faults_has_none(seed: int) -> None:
    assert not [one for one in flags_of(made(seed)) if one.hard]


def test_cells_without_vectors_are_no_faults() -> None:
    table = made()
    for at, vectors in enumerate(table.vectors.values()):
        vectors[at::5] = np.nan
    table.vectors["am"][:] = np.nan
    assert not [one for one in flags_of(table) if one.hard]
    assert flags_of(without_line("ka", 12))[0].row == 12


def test_vectors_that_say_nothing_make_no_fault(data_dir: Path) -> None:
    sheet = sheet_of_columns(read_columns(str(data_dir / "clas_questions" / "alt_vicuna70")))
    size = len(sheet.questions), DIMS
    rng = np.random.default_rng(1)
    noise = {lang: rng.normal(size=size).astype(np.float32) for lang in sheet.cells}
    assert not [one for one in alignment_flags(sheet, "en", noise) if one.hard]
    alike = {lang: np.ones(size, np.float32) for lang in sheet.cells}
    assert alignment_flags(sheet, "en", alike) == alignment_flags(sheet, "en")


@pytest.mark.parametrize("lang", ["ar", "hi", "ko"])
def test_questions_that_end_alike_are_told_apart_by_vectors(data_dir: Path, lang: str) -> None:
    columns = read_columns(str(data_dir / "clas_questions"))
    rng = np.random.default_rng(0)
    meanings = rng.normal(size=(70, DIMS))
    vectors = {}
    for one in columns:
        found = meanings + 2 * rng.normal(size=DIMS) + 0.7 * rng.normal(size=(70, DIMS))
        vectors[one] = found.astype(np.float32)
    del columns[lang][48]
    vectors[lang][48:69], vectors[lang][69] = vectors[lang][49:], np.nan
    by_both = alignment_flags(sheet_of_columns(columns), "en", vectors)
    assert [row for _, row, _ in lines_lost(by_both)] == [48]
    assert [row for _, row, _ in lines_lost(alignment_flags(sheet_of_columns(columns), "en"))] != [
        48
    ]
