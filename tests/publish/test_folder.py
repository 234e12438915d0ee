"""What a run leaves beside the rows: record, card, citation, licence, splits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.errors import PublishError
from curate.pipeline import run_recipe
from curate.publish.record import LIBRARIES, describe_step, read_record, versions
from curate.recipe import load_recipe
from curate.sources.parquet import Parquet

RECIPE = """\
name: rows
source:
  sources.parquet: {path: rows.parquet}
steps:
  - filters.duration: {least: 1, most: 9}
publish: {card: rows}
"""
CITATION = """\
cff-version: 1.2.0
type: dataset
title: Rows
message: Cite it.
version: 1.0.0
license: CC0-1.0
authors: [{name: The team}]
references:
- {type: article, title: The rows that we read, scope: source, authors: [{name: Others}]}
- {type: article, title: The method, authors: [{name: Others}]}
"""


def made(folder: Path, splits: list[str | None] | None = None) -> Path:
    """The folder of a run over four rows of 0.5, 1.5, 2.5 and 3.5 s, the first too short."""
    (folder / "recipes").mkdir()
    (folder / "recipes/rows.yaml").write_text(RECIPE)
    card = folder / "cards/rows"
    card.mkdir(parents=True)
    (card / "card.yaml").write_text("pretty_name: Rows\nlicense: cc0-1.0\n")
    (card / "card.md").write_text("# Rows\n\n{{ rows.total }} rows.\n")
    (card / "CITATION.cff").write_text(CITATION)
    columns: dict[str, Any] = {"id": list("abcd"), "duration": [0.5, 1.5, 2.5, 3.5]}
    if splits:
        columns["split"] = pa.array(splits, pa.string())
    pq.write_table(pa.table(columns), folder / "recipes/rows.parquet")
    run_recipe(load_recipe(folder / "recipes/rows.yaml"), folder / "out", workers=1)
    return folder / "out"


def test_prose_citation_and_licence_come_from_the_card_beside_the_recipes(tmp_path: Path) -> None:
    out = made(tmp_path)
    assert "# Rows\n\n3 rows." in (out / "README.md").read_text()
    assert (out / "CITATION.cff").read_text() == CITATION
    assert (out / "LICENSE").read_text() == "This dataset is published under: cc0-1.0\n"


def test_the_record_counts_rows_and_seconds_of_each_split(tmp_path: Path) -> None:
    out = made(tmp_path, ["test", "test", None, "dev"])
    splits = read_record(out)["configs"]["default"]
    counted = {name: (split["rows"], split["duration"]) for name, split in splits.items()}
    assert counted == {"train": (1, 2.5), "test": (1, 1.5), "dev": (1, 3.5)}
    assert list(counted) == ["train", "test", "dev"]
    for name, split in splits.items():
        (file,) = (out / "data").glob(f"{name}-*")
        assert split["bytes"] == file.stat().st_size


def test_the_record_says_what_each_step_did_to_rows_and_seconds(tmp_path: Path) -> None:
    funnel = read_record(made(tmp_path))["funnel"]
    steps = {line["step"]: line for line in funnel}
    line = steps["filters.duration"]
    assert (line["rows"], line["kept"], line["duration"]) == (4, 3, 7.5)
    assert line["rejected"] == {"too short": {"rows": 1, "duration": 0.5}}


@pytest.mark.parametrize("split", ["no good", "../up", "a/b"])
def test_a_split_that_cannot_name_a_file_is_refused(tmp_path: Path, split: str) -> None:
    with pytest.raises(PublishError, match="cannot name a split"):
        made(tmp_path, ["train", split, "train", "train"])


def test_versions_are_those_of_everything_that_touches_rows() -> None:
    found = versions()
    assert set(found) == {"python", "curate", *LIBRARIES}
    assert found["pyarrow"] == pa.__version__


def test_a_step_is_described_with_every_option_and_its_fingerprint() -> None:
    step = Parquet("rows.parquet", batch_rows=7)
    described = describe_step(step)
    assert (described["step"], described["device"]) == ("sources.parquet", "cpu")
    assert (described["options"]["path"], described["options"]["batch_rows"]) == ("rows.parquet", 7)
    assert described["fingerprint"] == step.fingerprint()
