from __future__ import annotations

import json
from pathlib import Path

from curate.pipeline import run_recipe
from curate.publish.report.examples import evidence
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
