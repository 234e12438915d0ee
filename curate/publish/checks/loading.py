"""What a user would see: the rows and columns that ``load_dataset`` gives, with no network."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from curate.publish.checks.problem import Problem, error
from curate.publish.splits import config_folders, configs_of

WHOLE = 2 * 2**30  # bytes of a config that are loaded whole; of more, only the first rows
WAY_OUT = "run `curate card` on the folder; if that does not help, run the recipe again"


def loading_problems(folder: Path, record: Mapping[str, Any]) -> Iterator[Problem]:
    """Each config loaded as its users will, against the record of the run and the files."""
    for config, splits in configs_of(record).items():
        places = config_folders(record, config)
        with quiet(), tempfile.TemporaryDirectory() as cache:
            try:
                found = _load(folder, config, places, splits, cache)
            except Exception as fault:  # whatever it is, a user would meet it too
                what = f"load_dataset fails for {config!r}: {type(fault).__name__}: {fault}"
                yield error(folder, what, WAY_OUT)
                continue
        wanted = {name: split["rows"] for name, split in splits.items()}
        given = {name: rows for name, (rows, _) in found.items()}
        if given != wanted:
            what = f"load_dataset gives {given} for {config!r}, the run {wanted}"
            yield error(folder, what, WAY_OUT)
        for name, (_, features) in found.items():
            yield from _columns(folder, places, name, features)


def _load(
    folder: Path, config: str, places: Sequence[str], splits: Mapping[str, Any], cache: str
) -> dict[str, tuple[int, Any]]:
    """Rows and features of each split; for a large config, rows by the footers of its files."""
    from datasets import load_dataset

    if sum(split.get("bytes", 0) for split in splits.values()) <= WHOLE:
        loaded = load_dataset(str(folder), config, cache_dir=cache)
        return {name: (split.num_rows, split.features) for name, split in loaded.items()}
    streamed = load_dataset(str(folder), config, cache_dir=cache, streaming=True)
    found = {}
    for name, split in streamed.items():
        rows = sum(pq.read_metadata(path).num_rows for path in _files(folder, places, name))
        next(iter(split.with_format("arrow")), None)
        found[name] = rows, split.features
    return found


def _files(folder: Path, places: Sequence[str], split: str) -> list[Path]:
    return [file for one in places for file in sorted((folder / one).glob(f"{split}-*.parquet"))]


def _columns(folder: Path, places: Sequence[str], split: str, features: Any) -> Iterator[Problem]:
    from datasets import Features

    first = next(iter(_files(folder, places, split)), None)
    if first is None:
        return
    there = Features.from_arrow_schema(pq.read_schema(first))
    if features != there:
        names = [name for name in {**there, **features} if there.get(name) != features.get(name)]
        what = f"load_dataset gives other features than the file for {', '.join(names)}"
        yield error(first, what, WAY_OUT)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without the progress bars and the log of `datasets`; what it has to say is checked."""
    from datasets.utils import (
        are_progress_bars_disabled,
        disable_progress_bars,
        enable_progress_bars,
        logging,
    )

    had_bars, level = not are_progress_bars_disabled(), logging.get_verbosity()
    disable_progress_bars()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if had_bars:
            enable_progress_bars()
