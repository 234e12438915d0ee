from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from curate.pipeline import run_recipe
from curate.publish.report.masking import masker
from curate.recipe import load_recipe

# The example key of Amazon's documentation, cut in two so that no scanner takes it for a leak.
KEY = "AKIA" + "IOSFODNN7EXAMPLQ"
RECIPE = """
name: programs
source:
  sources.jsonl: {{path: {rows}}}
steps:
  - filters.secrets: {{text: text}}
  - transforms.mask_pii
"""


def test_keys_and_addresses_are_masked_where_the_recipe_seeks_both() -> None:
    seek = {"step": "filters.secrets", "options": {"random_strings": False}}
    mask = {"step": "transforms.mask_pii", "options": {"email": True}}
    text = f'key = "{KEY}"  # ann@example.org'
    assert KEY not in masker([seek, mask])(text)
    assert "ann@example.org" not in masker([seek, mask])(text)
    assert KEY not in masker([seek])(text)
    assert "ann@example.org" in masker([seek])(text)
    assert masker([])(text) == text


@pytest.mark.parametrize("limit", [None, 2])
def test_no_file_of_a_finished_run_holds_the_key_that_was_found(
    tmp_path: Path, limit: int | None
) -> None:
    programs = [f'char *key = "{KEY}";\nint main() {{ return 0; }}', "int main() { return 1; }"]
    lines = [json.dumps({"id": str(at), "text": text}) for at, text in enumerate(programs)]
    (tmp_path / "rows.jsonl").write_text("\n".join(lines))
    (tmp_path / "recipe.yaml").write_text(RECIPE.format(rows=tmp_path / "rows.jsonl"))
    out = tmp_path / "out"
    outcome = run_recipe(load_recipe(tmp_path / "recipe.yaml"), out, limit=limit)
    assert (outcome.rows_kept(), outcome.rows_rejected()) == (1, 1)
    files = [path for path in out.rglob("*") if path.is_file()]
    # Parquet is compressed: what it holds is read, not its bytes
    texts = [
        str(pq.read_table(path).to_pylist())
        if path.suffix == ".parquet"
        else path.read_bytes().decode("utf-8", "replace")
        for path in files
    ]
    assert len(files) > 10
    assert [str(path) for path, text in zip(files, texts, strict=True) if KEY in text] == []
