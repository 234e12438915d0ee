"""Rows of a dataset folder as mlcroissant and as `datasets` give them, for comparison."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from datasets import Audio, load_dataset

if TYPE_CHECKING:
    import mlcroissant as mlc


def opened(jsonld: Any, **options: Any) -> mlc.Dataset:
    """A dataset by its description."""
    import mlcroissant as mlc  # it imports torch, 5 s that not every worker has to spend

    return mlc.Dataset(jsonld=jsonld, **options)


def plain(value: Any) -> Any:
    """A value of mlcroissant as Python's own; its texts are bytes."""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value  # a clip
    if isinstance(value, np.ndarray | list):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {key.rsplit("/", 1)[-1]: plain(each) for key, each in value.items()}
    value = value.item() if isinstance(value, np.generic) else value
    value = value.to_pydatetime() if hasattr(value, "to_pydatetime") else value
    return None if isinstance(value, float) and math.isnan(value) else value


def records(dataset: mlc.Dataset, config: str = "default") -> dict[str, list[dict[str, Any]]]:
    """Rows of each split, as mlcroissant gives them."""
    found: dict[str, list[dict[str, Any]]] = {}
    for record in dataset.records(config):
        audio = record.pop(f"{config}/audio", None)
        row = {
            key.split("/", 1)[1].replace("%20", " "): plain(each) for key, each in record.items()
        }
        found.setdefault(row.pop("split"), []).append({**row, "audio": audio})
    return found


def loaded(out: Path, config: str = "default") -> dict[str, list[dict[str, Any]]]:
    """Rows of each split, as `datasets` gives them, clips as the bytes they are."""
    data = load_dataset(str(out), config, cache_dir=str(out / ".cache"))
    found = {}
    for split, table in data.items():
        if "audio" in table.column_names:
            table = table.cast_column("audio", Audio(decode=False))
        rows = [{name: plain(value) for name, value in each.items()} for each in table]
        found[split] = [{**each, "audio": (each.get("audio") or {}).get("bytes")} for each in rows]
    return found
