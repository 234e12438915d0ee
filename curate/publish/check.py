"""Everything in a dataset folder that a Hub user would trip over, found offline."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from curate.arrow import AUDIO, HUB, sha256_of
from curate.publish.record import read_record


def check_folder(folder: Path) -> list[str]:
    """One line for each problem; none if the folder is good.

    Args:
        folder: A dataset folder that a run wrote.
    """
    try:
        record = read_record(folder)
    except (OSError, ValueError):
        return [f"{folder / 'run.json'}: missing or damaged; run the recipe again"]
    problems = []
    if not record["complete"]:
        problems.append(f"{folder}: some shards failed; run the recipe again to finish it")
    for name in ("README.md", "LICENSE"):
        if not (folder / name).is_file():
            problems.append(f"{folder / name}: missing; run the recipe again")
    for name, mark in record["files"].items():
        path = folder / name
        if not path.is_file():
            problems.append(f"{path}: missing; run the recipe again")
        elif sha256_of(path) != mark["sha256"]:
            problems.append(f"{path}: changed since the run; run the recipe again")
        elif HUB not in (pq.read_schema(path).metadata or {}):
            problems.append(f"{path}: carries no features for the Hub")
        elif bare := without_sound(path):
            way_out = "add transforms.decode_audio and transforms.encode_audio"
            problems.append(f"{path}: {bare!r} holds paths of one machine, no sound; {way_out}")
    if not problems and not record["rows"]["kept"]:
        return [f"{folder}: no row was kept; the reasons are in {folder / 'rejected'}"]
    for config, splits in record["configs"].items():
        problems = problems or _load(folder, config, splits)
    return problems


def without_sound(path: Path) -> str:
    """An audio column of which some clip is a path only; told by the footer, nothing is read."""
    file = pq.ParquetFile(path)
    media = [field.name for field in file.schema_arrow if field.type == AUDIO]
    for group in range(file.metadata.num_row_groups):
        found = file.metadata.row_group(group)
        for at in range(found.num_columns):
            column = found.column(at)
            name, _, leaf = column.path_in_schema.rpartition(".")
            counts = column.statistics
            if name in media and leaf == "bytes" and counts and counts.null_count:
                return str(name)
    return ""


def _load(folder: Path, config: str, splits: dict[str, dict[str, int]]) -> list[str]:
    """What a user would see: the same rows by ``load_dataset``, with no network."""
    import tempfile

    from datasets import load_dataset
    from datasets.utils import (
        are_progress_bars_disabled,
        disable_progress_bars,
        enable_progress_bars,
    )

    quiet = are_progress_bars_disabled()
    disable_progress_bars()
    with tempfile.TemporaryDirectory() as cache:
        try:
            loaded = load_dataset(str(folder), config, cache_dir=cache)
        except Exception as error:  # whatever it is, a user would meet it too
            return [f"{folder}: load_dataset fails: {type(error).__name__}: {error}"]
        finally:
            if not quiet:
                enable_progress_bars()
        found = {name: split.num_rows for name, split in loaded.items()}
    wanted = {name: split["rows"] for name, split in splits.items()}
    if found == wanted:
        return []
    return [f"{folder}: load_dataset gives {found} for {config!r}, the run {wanted}"]
