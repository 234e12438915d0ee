"""Which source reads what lies at a path: what ``--set source.path=PATH`` means.

Names decide, and of texts and TSV files the first line: ``path|speaker|text`` makes a list of
clips, columns ``id`` and ``token`` a table of tokens. What a folder holds is looked for in this
order: clips with or without metadata, Parquet, JSON lines, CSV, CoNLL-U, text.
"""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from typing import Any

from curate.errors import SourceError
from curate.sources import conllu, csv, jsonl, parquet, text_lines, token_table
from curate.text.clip_folder import CLIPS, METADATA
from curate.text.lines import opened
from curate.text.paths import existing

TABLES = {
    "parquet": parquet.ENDINGS,
    "jsonl": jsonl.ENDINGS,
    "csv": csv.ENDINGS,
    "conllu": conllu.ENDINGS,
    "text_lines": text_lines.ENDINGS,
}
"""Source → what its files end in, in the order in which folders are searched."""


def local_source(path: Path) -> dict[str, Any]:
    """The entry of a recipe that reads the file or folder at a path.

    Raises:
        SourceError: Nothing is there, nothing that any source reads, or several lists.
    """
    path = existing(str(path))
    if not path.is_dir():
        kind = next((kind for kind in TABLES if _ends(path, TABLES[kind])), "audio_filelist")
        return {f"sources.{_by_first_line(path, kind)}": {"path": str(path)}}
    described = any((path / name).is_file() for name in METADATA)
    lists = [] if described else _filelists(path)
    if len(lists) > 1:
        names = ", ".join(file.name for file in lists)
        raise SourceError(f"{path} holds several lists ({names}); give the path of one")
    if lists:
        return {"sources.audio_filelist": {"path": str(lists[0])}}
    if described or _held(path, CLIPS):
        return {"sources.audio_folder": {"path": str(path)}}
    for kind, endings in TABLES.items():
        if found := _held(path, endings):
            return {f"sources.{_by_first_line(found, kind)}": {"path": str(path)}}
    looked = "metadata.csv, audio files, *.parquet, *.jsonl, *.csv, *.conllu, *.txt"
    raise SourceError(f"{path}: found none of {looked} there")


def finds_none(source: str, given: str) -> bool:
    """Whether no file at a path is one that this source of tables or texts reads.

    Args:
        source: Name in a recipe; of clips and of sources elsewhere nothing is said.
        given: File or folder; if it does not exist, the source itself says so.
    """
    endings = TABLES.get(source.removeprefix("sources."))
    path = Path(os.path.expanduser(given))  # Path's own raises for nobody's home
    if source == "sources.question_sets":
        return path.is_file() or (path.is_dir() and not any(path.glob("*.txt")))
    if endings is None or not path.exists():
        return False
    return _held(path, endings) is None if path.is_dir() else not _ends(path, endings)


def _by_first_line(file: Path, kind: str) -> str:
    """The source that reads a file which its name alone does not tell."""
    if kind == "text_lines" and _is_filelist(file):
        return "audio_filelist"
    if kind == "csv" and _ends(file, token_table.ENDINGS):
        names = _first_line(file).removeprefix(b"\xef\xbb\xbf").rstrip(b"\r\n").split(b"\t")
        return "token_table" if {b"id", b"token"} <= set(names) else kind
    return kind


def _is_filelist(file: Path) -> bool:
    return _first_line(file).count(b"|") == 2


def _first_line(file: Path) -> bytes:
    """Nothing for a file that is damaged or no text; the source that reads it says why."""
    try:
        with opened(file) as lines:
            return lines.readline(1_000_000)
    except (SourceError, EOFError, OSError, zlib.error):
        return b""


def _filelists(folder: Path) -> list[Path]:
    """Texts in the folder itself whose first line is ``path|speaker|text``."""
    return [file for file in sorted(folder.glob("*.txt")) if _is_filelist(file)]


def _held(folder: Path, endings: tuple[str, ...]) -> Path | None:
    """The first file below with such an ending."""
    return min((file for file in folder.rglob("*") if _ends(file, endings)), default=None)


def _ends(file: Path, endings: tuple[str, ...]) -> bool:
    return file.name.lower().endswith(endings)
