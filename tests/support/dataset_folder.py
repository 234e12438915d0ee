"""A dataset folder that is fit to be published, made by a run over rows of made-up words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from curate.pipeline import run_recipe
from curate.recipe import load_recipe

RECIPE = """\
name: rows
source:
  sources.parquet: {path: rows}
steps:
  - filters.duration: {least: 1, most: 9}
  - transforms.assign_split: {group: id, shares: {train: 0.75, test: 0.25}}
publish: {card: rows, repo: org/rows}
"""
CARD = {
    "pretty_name": "Rows of words",
    "license": "cc-by-4.0",
    "language": ["ks"],
    "language_details": "ks-Arab",
    "task_categories": ["text-generation"],
    "task_ids": ["language-modeling"],
    "annotations_creators": ["no-annotation"],
    "language_creators": ["machine-generated"],
    "multilinguality": ["monolingual"],
    "source_datasets": ["original"],
    "sources": [{"name": "Words", "url": "https://example.org/words", "license": "CC0-1.0"}],
    "people": [{"name": "The rows project", "role": "everything"}],
}
TEXT = "# Rows of words\n\n## Summary\n\nMade-up words.\n"
CITATION = """\
cff-version: 1.2.0
type: dataset
message: Cite it.
title: Rows of words
version: "{version}"
date-released: 2026-01-31
license: CC-BY-4.0
authors:
- name: The rows project
"""


def words(start: int, rows: int, seed: int = 0) -> pa.Table:
    """Texts of 20 words out of 2000 that do not compress into nothing, half a kilobyte a row."""
    random = np.random.default_rng([seed, start])
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz0123456789"))
    lexicon = ["".join(random.choice(letters, 24)) for _ in range(2000)]
    texts = [" ".join(lexicon[at] for at in random.integers(0, 2000, 20)) for _ in range(rows)]
    ids = [f"row-{start + at:06d}" for at in range(rows)]
    durations = [0.5 if at % 50 == 49 else 2.5 for at in range(rows)]
    return pa.table(
        {"id": ids, "text": texts, "licence": ["CC0-1.0"] * rows, "duration": durations}
    )


def make_folder(place: Path, rows: int = 200, version: str = "1.0", appended: int = 0) -> Path:
    """Run the recipe in ``place``; the same call with more ``appended`` rows makes the next version."""
    source, card = place / "recipes/rows", place / "cards/rows"
    source.mkdir(parents=True, exist_ok=True)
    card.mkdir(parents=True, exist_ok=True)
    (place / "recipes/rows.yaml").write_text(RECIPE)
    (card / "card.yaml").write_text(yaml.safe_dump(CARD, sort_keys=False))
    (card / "card.md").write_text(TEXT)
    (card / "CITATION.cff").write_text(CITATION.format(version=version))
    pq.write_table(words(0, rows), source / "a.parquet")
    if appended:
        pq.write_table(words(rows, appended), source / "b.parquet")
    run_recipe(load_recipe(place / "recipes/rows.yaml"), place / "out", workers=1)
    return place / "out"
