"""The grid of questions by languages in the report, in Chromium."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from publish.test_report_in_browser import CONTRASTS, OPEN, TOO_WIDE, VIEWS
from support.headless_browser import Browser

from curate.pipeline import run_recipe
from curate.publish.report.grid import MOST_QUESTIONS, question_grid, seen
from curate.questions.sheet import FLAG
from curate.recipe import load_recipe

RECIPE = Path(__file__).parents[2] / "recipes" / "clas_questions.yaml"
PANEL = "document.getElementById('cell')"
CELL = "document.querySelector('#cells tbody tr:nth-child({}) td:nth-of-type({})')"


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory, data_dir: Path) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("grids")
    (folder / "texts").mkdir()
    nasty = "</script><img src=x onerror='window.hacked = 1'>\u202e"
    for lang in ("en", "de"):
        (folder / "texts" / f"{lang}.txt").write_text(f"{nasty}\nWho?\n")
    recipes = {
        "sample": load_recipe(RECIPE, sample=True),
        "mini6": load_recipe(RECIPE, [f"source.path={data_dir / 'clas_questions/mini6'}"]),
        "nasty": load_recipe(RECIPE, [f"source.path={folder / 'texts'}"]),
    }
    for name, recipe in recipes.items():
        run_recipe(recipe, folder / name, workers=1)
    return {name: folder / name / "report.html" for name in recipes}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as one:
        yield one


@pytest.mark.parametrize(("width", "dark"), VIEWS)
def test_a_grid_is_readable_on_desks_and_phones(
    browser: Browser, reports: dict[str, Path], width: int, dark: bool
) -> None:
    browser.open(reports["sample"], width, dark=dark)
    browser.run(OPEN)
    browser.run("document.getElementById('after').click()")
    assert browser.errors == []
    assert [one for one in browser.requests if not one.startswith(("file:", "data:"))] == []
    assert browser.run("document.documentElement.scrollWidth") <= width
    assert browser.run(TOO_WIDE) == []
    assert [one for one in browser.run(CONTRASTS) if one[0] < 4.5] == []


def test_a_bad_cell_opens_with_its_text_its_flags_and_the_pivot(
    browser: Browser, reports: dict[str, Path]
) -> None:
    browser.open(reports["sample"], 1280)
    heads = "[...document.querySelectorAll('#cells thead th')].map((one) => one.textContent)"
    assert browser.run(heads) == ["question", "en", "ar", "de", "fr", "ja", "ru", "th", "zh"]
    browser.run(f"{CELL.format(3, 7)}.click()")
    assert browser.run(f"{CELL.format(3, 7)}.className").startswith("q-fault")
    said = browser.run(f"{PANEL}.innerText")
    assert said.startswith("lisbon in th, line 3\n")
    assert "1775" in said
    assert "fault: number: 1755 is not there; there is 1775" in said
    assert "What happened in Lisbon in 1755" in said
    assert browser.run(f"{PANEL}.querySelector('.text').lang") == "th"


def test_a_lost_line_shows_as_a_column_that_moved(
    browser: Browser, reports: dict[str, Path]
) -> None:
    browser.open(reports["sample"], 390)
    kinds = "[...document.querySelectorAll('#cells tbody td:nth-of-type(4)')].map((one) => one.className.split(' ')[0])"
    assert browser.run(kinds) == ["q-good"] * 6 + ["q-moved"] * 9 + ["q-none"]


def test_arrow_keys_go_from_cell_to_cell(browser: Browser, reports: dict[str, Path]) -> None:
    browser.open(reports["sample"], 390)
    assert browser.run("document.querySelectorAll('#cells td[tabindex=\"0\"]').length") == 1
    browser.run(f"{CELL.format(1, 1)}.focus()")
    browser.press("ArrowRight", 39)
    browser.press("ArrowDown", 40)
    assert browser.run(f"document.activeElement === {CELL.format(2, 2)}")
    assert browser.run(f"{PANEL}.querySelector('h3').textContent") == "clocks in ar, line 2"
    browser.press("End", 35)
    assert browser.run(f"document.activeElement === {CELL.format(2, 8)}")
    browser.press("Escape", 27)
    assert browser.run(f"{PANEL}.hidden")


def test_faults_are_visited_one_after_the_other_and_around(
    browser: Browser, reports: dict[str, Path]
) -> None:
    browser.open(reports["sample"], 390)
    title = f"{PANEL}.querySelector('h3').textContent"
    browser.run("document.getElementById('after').click()")
    assert browser.run(title) == "sea in de, line 1"
    browser.run("document.getElementById('before').click()")
    assert browser.run(title) == "film in ja, line 15"
    browser.run("document.getElementById('after').click()")
    assert browser.run(title) == "sea in de, line 1"


def test_the_chosen_cell_is_not_under_the_panel(browser: Browser, reports: dict[str, Path]) -> None:
    browser.open(reports["mini6"], 390)
    browser.run("document.documentElement.style.scrollBehavior = 'auto'")
    browser.run(f"{CELL.format(5, 20)}.focus()")
    browser.run(f"{CELL.format(5, 20)}.click()")
    box = (
        "(({{left, right, top, bottom}}) => [left, right, top, bottom])({}.getBoundingClientRect())"
    )
    left, right, _, bottom = browser.run(box.format(CELL.format(5, 20)))
    assert 0 <= left < right <= 390
    assert bottom <= browser.run(box.format(PANEL))[2]


def test_arabic_and_tibetan_stand_in_their_own_scripts(
    browser: Browser, reports: dict[str, Path]
) -> None:
    browser.open(reports["mini6"], 1280)
    heads = "[...document.querySelectorAll('#cells thead th')].map((one) => one.textContent)"
    langs = browser.run(heads)
    for lang, direction in (("ar", "rtl"), ("bo", "ltr")):
        browser.run(f"{CELL.format(1, langs.index(lang))}.click()")
        text = f"{PANEL}.querySelector('.text')"
        assert browser.run(f"{text}.lang").split("-")[0] == lang
        assert browser.run(f"getComputedStyle({text}).direction") == direction


def test_a_text_cannot_run_anything(browser: Browser, reports: dict[str, Path]) -> None:
    browser.open(reports["nasty"], 1280)
    browser.run(f"{CELL.format(1, 1)}.click()")
    assert "⟨U+202E⟩" in browser.run(f"{PANEL}.innerText")
    assert browser.run("window.hacked === undefined")
    assert browser.errors == []


def many(questions: int, langs: int, text: str) -> pa.Table:
    cells = [(f"q{row}", f"l{column}") for row in range(questions) for column in range(langs)]
    flags = [[{"check": "number", "value": "7", "text": text, "hard": True}]
             if row % 50 == 49 else [] for row in range(questions) for _ in range(langs)]  # fmt: skip
    return pa.table({
        "question_id": [question for question, _ in cells],
        "lang": [lang for _, lang in cells],
        "text": [text] * len(cells),
        "flags": pa.array(flags, pa.list_(FLAG)),
        "verdict": ["fault" if one else "good" for one in flags],
    })  # fmt: skip


def test_the_grid_of_a_large_table_is_bounded_and_keeps_every_fault(tmp_path: Path) -> None:
    pq.write_table(many(1000, 32, "བོད་ཡིག" * 12), tmp_path / "a.parquet")
    grid = question_grid([tmp_path / "a.parquet"], [])
    assert grid is not None
    assert len(grid.questions) == MOST_QUESTIONS
    assert grid.left_out == 1000 - MOST_QUESTIONS
    assert sum("fault" in one.kinds for one in grid.questions) == 20
    assert len(json.dumps(grid.cells, ensure_ascii=False).encode()) < 2_000_000
    assert grid.texts_left_out > 0
    assert all(f"0,{row}" in grid.cells["cells"] for row, one in enumerate(grid.questions)
               if "fault" in one.kinds)  # fmt: skip


def test_tables_that_are_no_checked_questions_have_no_grid(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": ["a"], "text": ["b"]}), tmp_path / "a.parquet")
    assert question_grid([tmp_path / "a.parquet"], []) is None
    assert question_grid([], []) is None
    pq.write_table(many(3, 2, "x").slice(0, 0), tmp_path / "b.parquet")
    assert question_grid([tmp_path / "b.parquet"], []) is None


def test_marks_that_nobody_sees_are_shown_and_joiners_stay() -> None:
    assert seen("a\ufeffb\u00a0c\rد\u200cا") == "a⟨U+FEFF⟩b⟨U+00A0⟩c⟨U+000D⟩د\u200cا"
