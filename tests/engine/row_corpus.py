"""A corpus of small Parquet shards, a recipe over it, and what came out."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


def write_corpus(folder: Path, shards: int = 12, rows: int = 50) -> Path:
    """``shards`` Parquet files; row lengths differ, so that filters and barriers have work."""
    folder.mkdir(parents=True, exist_ok=True)
    for shard in range(shards):
        numbers = range(shard * rows, (shard + 1) * rows)
        table = pa.table(
            {
                "id": [f"row-{number:06d}" for number in numbers],
                "text": [f"text {number % 97}" for number in numbers],
                "duration": [(number % 40) / 2 for number in numbers],
                "speaker_id": [f"s{number % 7}" for number in numbers],
            }
        )
        pq.write_table(table, folder / f"part-{shard:03d}.parquet")
    return folder


RECIPE = """\
name: rows
source:
  sources.parquet: {{path: {source}}}
steps:
  - filters.duration: {{least: 1, most: 18}}
{steps}
  - barrier_of_tests:RareText
  - transforms.assign_split: {{group: speaker_id, shares: {{train: 0.6, test: 0.4}}}}
"""


def write_recipe(folder: Path, source: Path, *steps: str) -> Path:
    file = folder / "rows.yaml"
    lines = "\n".join(f"  - {step}" for step in steps)
    file.write_text(RECIPE.format(source=source, steps=lines))
    return file


def digest(out: Path) -> str:
    """One hash over all published bytes."""
    files = sorted([*out.glob("data/*.parquet"), *out.glob("rejected/*.parquet")])
    assert files
    parts = [f"{file.name} {hashlib.sha256(file.read_bytes()).hexdigest()}" for file in files]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def ids(out: Path) -> list[str]:
    """Ids of all rows, kept or rejected."""
    files = [*out.glob("data/*.parquet"), *out.glob("rejected/*.parquet")]
    return sorted(
        i for file in files for i in pq.read_table(file, columns=["id"])["id"].to_pylist()
    )
