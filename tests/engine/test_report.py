"""What a run says: the table of every row, the line that adds up, progress without a terminal."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console
from row_corpus import write_corpus, write_recipe

from curate.engine.report import Report, funnel_table, summary
from curate.pipeline import run_recipe
from curate.recipe import load_recipe

ALL_TEXTS = "steps.barrier_of_tests:RareText.least=1"


def shown(table: object) -> list[list[str]]:
    console = Console(width=120, file=io.StringIO())
    console.print(table)
    assert isinstance(console.file, io.StringIO)
    lines = [line for line in console.file.getvalue().splitlines() if line.startswith("│")]
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in lines]


def test_the_table_and_the_line_account_for_every_row(tmp_path: Path) -> None:
    # Durations are 0, 0.5 ... 19.5 s, so 2 of 40 are under 1 s and 3 of 40 over 18 s.
    corpus = write_corpus(tmp_path / "rows", shards=2, rows=40)
    recipe = load_recipe(write_recipe(tmp_path, corpus), [ALL_TEXTS])
    outcome = run_recipe(recipe, tmp_path / "out", workers=1)
    rows = {row[0]: row[1:4] for row in shown(funnel_table(outcome))}
    assert rows["sources.parquet"] == ["80", "80", ""]
    assert rows["filters.duration"] == ["80", "70", "10"]
    assert summary(outcome) == "80 rows = 70 kept + 10 rejected"


def test_rows_of_failed_shards_stand_in_the_line(tmp_path: Path, corpus: Path) -> None:
    file = write_recipe(tmp_path, corpus)
    file.write_text(file.read_text() + "  - barrier_of_tests:Poison\n")
    outcome = run_recipe(load_recipe(file, [ALL_TEXTS]), tmp_path / "out", workers=1)
    # Rows 250 to 299 are the failed shard, 5 of which (277 to 281) are too long or too short.
    assert summary(outcome) == "600 rows = 480 kept + 75 rejected + 45 in failed shards"


def test_nothing_is_drawn_where_there_is_no_terminal() -> None:
    console = Console(file=io.StringIO())
    with Report(console) as report:
        report.begin("one pass", 1)
        report.advance(None, fresh=True)
        report.end()
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().strip() == ""
