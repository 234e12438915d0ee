from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.pipeline import run_recipe
from curate.publish.report.examples import evidence, examples
from curate.publish.report.measure import RowsFile
from curate.recipe import load_recipe

RECIPE = """
name: programs
source:
  sources.jsonl: {{path: {rows}}}
steps:
  - filters.self_contained: {{language: c}}
  - transforms.rename_columns: {{names: {{text: Source_Code}}}}
"""


def test_words_that_a_step_found_are_evidence() -> None:
    step = {"adds": ["foreign_names", "empty", "places"]}
    row = {"reason": "x", "foreign_names": ["gmp.h", "ssl.h"], "empty": [], "places": [1, 2]}
    assert [(one.name, one.value) for one in evidence(row, step, [])] == [
        ("foreign_names", "gmp.h, ssl.h")
    ]


def test_a_rejected_text_is_shown_though_a_later_step_renames_the_column(tmp_path: Path) -> None:
    programs = ["#include <gmp.h>\nint lost;", "int kept(int n) { return n; }"]
    lines = [json.dumps({"id": str(at), "text": text}) for at, text in enumerate(programs)]
    (tmp_path / "rows.jsonl").write_text("\n".join(lines))
    (tmp_path / "recipe.yaml").write_text(RECIPE.format(rows=tmp_path / "rows.jsonl"))
    run_recipe(load_recipe(tmp_path / "recipe.yaml"), tmp_path / "out")
    page = (tmp_path / "out/report.html").read_text()
    assert "int lost;" in page
    assert "gmp.h</" in page


@pytest.mark.parametrize("row_group_size", [7, 300, 5000])
def test_the_first_the_middle_and_the_last_row_of_a_reason_stand_for_it(
    tmp_path: Path, row_group_size: int
) -> None:
    reasons = ["odd" if at % 2 else "even" for at in range(1201)]
    rows = pa.table(
        {
            "id": [str(at) for at in range(1201)],
            "text": [f"text {at}" for at in range(1201)],
            "rejected_by": ["filters.parity"] * 1201,
            "reason": reasons,
            "unread": [b"0" * 99] * 1201,
        }
    )
    pq.write_table(rows, tmp_path / "rows.parquet", row_group_size=row_group_size)
    found = examples(RowsFile(tmp_path / "rows.parquet", 0, False), "text", [], [])
    assert {reason: [one.id for one in shown] for (_, reason), shown in found.items()} == {
        "even": ["0", "600", "1200"],
        "odd": ["1", "601", "1199"],
    }
    assert [one.text for one in found["filters.parity", "odd"]] == [
        "text 1",
        "text 601",
        "text 1199",
    ]
