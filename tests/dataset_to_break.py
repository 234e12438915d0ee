"""A dataset folder without a fault, made by a run, in which tests plant one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from curate.arrow import sha256_of
from curate.pipeline import run_recipe
from curate.publish.card import Prose
from curate.publish.croissant import write_croissant
from curate.publish.record import plain, read_record
from curate.recipe import load_recipe

RECIPE = """\
name: rows
source:
  sources.parquet: {path: rows.parquet}
steps:
  - filters.duration: {least: 1, most: 9}
  - transforms.assign_split: {group: id, shares: {train: 0.5, test: 0.5}}
publish: {card: rows}
"""
CARD = {
    "pretty_name": "Rows",
    "license": "cc-by-4.0",
    "language": ["ks"],
    "language_details": "ks-Arab",
    "task_categories": ["text-generation"],
    "task_ids": ["language-modeling"],
    "annotations_creators": ["no-annotation"],
    "multilinguality": ["monolingual"],
    "sources": [{"name": "Rasa", "url": "https://example.org/rasa", "license": "CC-BY-4.0"}],
}
TEXT = """\
# Rows

## Summary

Nine short texts.

## Uses

### Direct use

Reading aloud.
"""
CITATION = """\
cff-version: 1.2.0
type: dataset
message: Cite it.
title: Rows
version: 1.2.0
date-released: 2026-01-31
license: CC-BY-4.0
authors:
- name: The rows project
"""
REPORT = """\
<!doctype html><html lang="en"><head><title>Rows</title><style>p {color: #111}</style></head>
<body><p>Nine rows, see <a href="https://example.org">here</a>.</p>
<img alt="a dot" src="data:image/gif;base64,R0lGODlhAQABAAAAACw="></body></html>
"""


def make(folder: Path) -> Path:
    """Run the recipe and write every file of a dataset folder beside its rows."""
    (folder / "recipes").mkdir(parents=True)
    (folder / "recipes/rows.yaml").write_text(RECIPE)
    card = folder / "cards/rows"
    card.mkdir(parents=True)
    (card / "card.yaml").write_text(yaml.safe_dump(CARD))
    (card / "card.md").write_text(TEXT)
    (card / "CITATION.cff").write_text(CITATION)
    columns: dict[str, Any] = {"id": [str(row) for row in range(9)], "text": ["a text"] * 9}
    columns |= {"licence": ["CC0-1.0"] * 9, "duration": [0.5, *[2.5] * 8]}
    pq.write_table(pa.table(columns), folder / "recipes/rows.parquet")
    run_recipe(load_recipe(folder / "recipes/rows.yaml"), folder / "out", workers=1)
    out = folder / "out"
    (out / "README.md").write_text(readme(out))
    (out / "CITATION.cff").write_text(CITATION)
    (out / "report.html").write_text(REPORT)
    describe(out)
    return out


def describe(out: Path, **card: Any) -> None:
    """Write croissant.json anew, for a card with other values."""
    write_croissant(out, read_record(out), Prose({**CARD, **card}, TEXT, None))


def readme(out: Path) -> str:
    """A card whose head says all that a head can say."""
    from datasets import Features

    record = read_record(out)
    splits = record["configs"]["default"]
    first = next(name for name in record["files"] if name.startswith("data/"))
    features = Features.from_arrow_schema(pq.read_schema(out / first))._to_yaml_list()
    head = {key: value for key, value in CARD.items() if key != "sources"}
    head["size_categories"] = ["n<1K"]
    files = [{"split": name, "path": f"data/{name}-*.parquet"} for name in splits]
    head["configs"] = [{"config_name": "default", "data_files": files}]
    counts = [
        {"name": name, "num_bytes": 1, "num_examples": split["rows"]}
        for name, split in splits.items()
    ]
    head["dataset_info"] = {"config_name": "default", "features": features, "splits": counts}
    return f"---\n{yaml.safe_dump(head, sort_keys=False)}---\n\n{TEXT}"


def head_with(**changes: Any) -> Callable[[Path], None]:
    """Puts other values into the head of README.md; None takes a key away."""

    def plant(out: Path) -> None:
        text = (out / "README.md").read_text()
        head = {**yaml.safe_load(text.split("---\n")[1]), **changes}
        head = {key: value for key, value in head.items() if value is not None}
        (out / "README.md").write_text(f"---\n{yaml.safe_dump(head, sort_keys=False)}---\n\n{TEXT}")

    return plant


def text_with(name: str, old: str, new: str) -> Callable[[Path], None]:
    """Replaces a text, a regular expression, in a file."""

    def plant(out: Path) -> None:
        text = (out / name).read_text()
        assert re.search(old, text), old
        (out / name).write_text(re.sub(old, new, text, count=1))

    return plant


def croissant_with(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    """Changes what croissant.json says."""

    def plant(out: Path) -> None:
        found = json.loads((out / "croissant.json").read_text())
        change(found)
        (out / "croissant.json").write_text(json.dumps(found))

    return plant


def rewrite(out: Path, table: pa.Table, **options: Any) -> str:
    """Another first file, which the record and croissant.json vouch for all the same."""
    name = next(name for name in read_record(out)["files"] if name.startswith("data/train"))
    pq.write_table(table, out / name, **options)
    record = read_record(out)
    record["files"][name] = {"rows": table.num_rows, "sha256": sha256_of(out / name)}
    record["configs"]["default"]["train"]["rows"] = table.num_rows
    record["rows"]["kept"] = sum(split["rows"] for split in record["configs"]["default"].values())
    (out / "run.json").write_text(plain(record))
    (out / "README.md").write_text(readme(out))
    describe(out)
    return name
