"""Which source reads what lies at a path: what ``--set source.path=PATH`` means.

Names decide, and of texts the first line. What a folder holds is looked for in this order: clips
with or without metadata, Parquet, JSON lines, CSV.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from curate.errors import SourceError
from curate.sources import csv, jsonl, parquet
from curate.text.clip_folder import CLIPS, METADATA
from curate.text.paths import existing

TABLES = {"parquet": parquet.ENDINGS, "jsonl": jsonl.ENDINGS, "csv": csv.ENDINGS}
"""Source → what its files end in, in the order in which folders are searched."""


def local_source(path: Path) -> dict[str, Any]:
    """The entry of a recipe that reads the file or folder at a path.

    Raises:
        SourceError: Nothing is there, nothing that any source reads, or several lists.
    """
    path = existing(str(path))
    if not path.is_dir():
        kind = next((kind for kind in TABLES if _ends(path, TABLES[kind])), "audio_filelist")
        return {f"sources.{kind}": {"path": str(path)}}
    described = any((path / name).is_file() for name in METADATA)
    lists = [] if described else _filelists(path)
    if len(lists) > 1:
        names = ", ".join(file.name for file in lists)
        raise SourceError(f"{path} holds several lists ({names}); give the path of one")
    if lists:
        return {"sources.audio_filelist": {"path": str(lists[0])}}
    if described or _holds(path, CLIPS):
        return {"sources.audio_folder": {"path": str(path)}}
    for kind, endings in TABLES.items():
        if _holds(path, endings):
            return {f"sources.{kind}": {"path": str(path)}}
    looked = "metadata.csv, audio files, *.parquet, *.jsonl, *.csv"
    raise SourceError(f"{path}: found none of {looked} there")


def _filelists(folder: Path) -> list[Path]:
    """Texts in the folder itself whose first line is ``path|speaker|text``."""
    found = []
    for file in sorted(folder.glob("*.txt")):
        with file.open("rb") as lines:
            if lines.readline(1_000_000).count(b"|") == 2:
                found.append(file)
    return found


def _holds(folder: Path, endings: tuple[str, ...]) -> bool:
    return any(_ends(file, endings) for file in folder.rglob("*"))


def _ends(file: Path, endings: tuple[str, ...]) -> bool:
    return file.name.lower().endswith(endings)
