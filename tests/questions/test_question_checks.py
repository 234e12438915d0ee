"""Known and planted faults of parallel questions."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.questions import FAULTS, FOLDERS, found, identify, known_defects, table
from curate.questions.check import check_sheet
from curate.questions.languages import column_languages
from curate.questions.sheet import Flag, Sheet, sheet_of_columns


@pytest.fixture(scope="module")
def folder(data_dir: Path) -> Path:
    return data_dir / "clas_questions"


@pytest.fixture(scope="module")
def flags(folder: Path) -> dict[str, list[Flag]]:
    sheets = {name: sheet_of_columns(table(folder, name)) for name in FOLDERS}
    return {name: check_sheet(sheet, "en", identify) for name, sheet in sheets.items()}


def test_every_known_defect_is_a_fault(folder: Path, flags: dict[str, list[Flag]]) -> None:
    hard = {(name, one.lang, one.row + 1) for name, all in flags.items() for one in all if one.hard}
    assert set(known_defects(folder)) <= hard


def test_few_other_cells_of_vicuna_have_a_fault(folder: Path, flags: dict[str, list[Flag]]) -> None:
    known = known_defects(folder)
    for name, cells in (("vicuna70", 910), ("alt_vicuna70", 420)):
        hard = {(name, one.lang, one.row + 1) for one in flags[name] if one.hard} - set(known)
        assert len(hard) <= 0.02 * cells


def test_every_column_is_in_its_language(flags: dict[str, list[Flag]]) -> None:
    assert not [one for all in flags.values() for one in all if one.check == "column language"]


def test_cells_of_short_questions_are_told(folder: Path) -> None:
    judged, _ = column_languages(sheet_of_columns(table(folder, "multiq200")), identify)
    assert sum(one.right for one in judged.values()) / len(judged) >= 0.985


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found_and_named(folder: Path, fault: str) -> None:
    named, many, missed = found(table(folder, "vicuna70"), fault, 1, ("ar", "ko"))
    assert many == 2
    hard_to_place = fault in ("line lost", "two cells swapped")  # ten questions end alike
    assert named >= many - hard_to_place, missed


def test_a_line_lost_says_which_question_and_the_offset(folder: Path) -> None:
    columns = table(folder, "vicuna70")
    del columns["ko"][20]
    flags = check_sheet(sheet_of_columns(columns), "en")
    (lost,) = [one for one in flags if one.check == "line lost"]
    assert (lost.lang, lost.row) == ("ko", 20)
    assert lost.value == "1 line lost before line 21: question 21; offset +1"
    moved = [one for one in flags if one.check == "misaligned"]
    assert [one.row for one in moved] == list(range(20, 69))


def test_a_line_that_stands_twice_is_named(folder: Path) -> None:
    columns = table(folder, "vicuna70")
    columns["fr"].insert(21, columns["fr"][20])
    flags = check_sheet(sheet_of_columns(columns), "en")
    assert {(one.lang, one.check) for one in flags if one.check.startswith("line")} == {
        ("fr", "line duplicated")
    }


def test_a_fault_of_the_pivot_is_found_in_the_pivot() -> None:
    texts = {"en": "In 1969?", "de": "Im Jahr 1996?", "fr": "En 1996 ?", "it": "Nel 1996?"}
    flags = check_sheet(sheet_of_columns({lang: [text] for lang, text in texts.items()}), "en")
    assert [(one.lang, one.check) for one in flags if one.hard] == [("en", "number")]


def test_a_repeated_number_that_became_another_of_the_question_is_found() -> None:
    texts = {"en": "What is 2 + 2 * 3?", "de": "Was gibt 2 + 3 * 3?", "fr": "Que fait 2 + 2 * 3 ?"}
    flags = check_sheet(sheet_of_columns({lang: [text] for lang, text in texts.items()}), "en")
    assert ("de", "number", True) in {(one.lang, one.check, one.hard) for one in flags}


def test_a_buddhist_year_and_roman_numerals_are_the_same_numbers() -> None:
    sheet = sheet_of_columns(
        {"en": ["Who was Louis 14?", "What of 1999?"], "fr": ["Louis XIV ?", "De 1999 ?"],
         "th": ["หลุยส์ที่ ๑๔?", "ปี 2542?"]}
    )  # fmt: skip
    assert not [one for one in check_sheet(sheet, "en") if one.check == "number" and one.hard]


def test_flags_do_not_depend_on_the_process() -> None:
    program = """
from curate.questions.check import check_sheet
from curate.questions.sheet import sheet_of_columns
texts = {lang: ["On 3rd and 9th of 7 in 5?"] for lang in ("en", "de", "fr", "it")}
print(check_sheet(sheet_of_columns(texts | {"ro": ["Cine a recuperat mingea?"]}), "en"))
"""
    said = {
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(said) == 1
    assert "in words: 3" in said.pop()


def test_a_table_without_columns_or_rows_has_no_flags() -> None:
    for sheet in (Sheet([], {}), Sheet([], {"en": [], "de": []}), Sheet(["1"], {"en": ["Who?"]})):
        assert check_sheet(sheet, "en", identify) == []
