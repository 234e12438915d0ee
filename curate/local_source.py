"""Which source reads what lies at a path: what ``--set source.path=PATH`` means, and what it lacks.

Names decide, and of texts and TSV files the first line: ``path|speaker|text`` makes a list of
clips, columns ``id`` and ``token`` a table of tokens. What a folder holds is looked for in this
order: clips with or without metadata, Parquet, JSON lines, CSV, CoNLL-U, text.
"""

from __future__ import annotations

import contextlib
import difflib
import os
import re
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from curate.catalog import find_step, known_steps
from curate.contract import Source
from curate.errors import RecipeError, SourceError
from curate.sources import conllu, csv, jsonl, parquet, text_lines, token_table
from curate.text.clip_folder import CLIPS, METADATA
from curate.text.compressed import or_compressed
from curate.text.lines import opened
from curate.text.paths import existing

TABLES = {
    "parquet": parquet.ENDINGS,
    "jsonl": or_compressed(jsonl.ENDINGS),
    "csv": or_compressed(csv.ENDINGS),
    "conllu": or_compressed(conllu.ENDINGS),
    "text_lines": or_compressed(text_lines.ENDINGS),
}
"""Source → what its files end in, in the order in which folders are searched."""
_LISTS = (".csv", ".tsv", ".jsonl", ".json", ".txt", ".xlsx")
_MADE = ("id", "source", "audio", "defect")
_ALSO_CALLED = {
    "text": ("transcript", "transcription", "sentence"),  # Common Voice says sentence, client_id
    "speaker_id": ("speaker", "client_id", "reader"),
}


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
        from curate.questions.wide_tables import is_wide

        if path.is_file():
            return not is_wide(path)
        return path.is_dir() and not any(path.glob("*.txt"))
    if endings is None or not path.exists():
        return False
    return _held(path, endings) is None if path.is_dir() else not _ends(path, endings)


@contextlib.contextmanager
def ways_to_columns(sources: Sequence[Source]) -> Iterator[None]:
    """Add to a plan's complaint about columns what can be done about the input.

    Raises:
        RecipeError: That complaint.
    """
    try:
        yield
    except RecipeError as error:
        way = way_to_columns(sources, error.problems)
        raise RecipeError(*error.problems, *filter(None, [way])) from error


def way_to_columns(sources: Sequence[Source], problems: Sequence[str]) -> str:
    """What to do where steps need columns that the input lacks, under that name or at all.

    Args:
        sources: Those of the recipe; of several nothing is said.
        problems: Mistakes of a plan; only those about columns that no step adds count.

    Returns:
        One line; empty if there is nothing to say.
    """
    found = (re.search(r"needs the column '([^']+)'", problem) for problem in problems)
    lacks = list(dict.fromkeys(match[1] for match in found if match))
    if not lacks or len(sources) != 1 or not hasattr(sources[0], "columns"):
        return ""
    own = [name for name in sources[0].schema().names if name not in _MADE]
    # what steps add is not asked of the input, but for clips, which encode_audio replaces
    added = {column for step in known_steps() for column in find_step(step).adds} - {"audio"}
    lacks = [name for name in lacks if name not in own and name not in added]
    if not lacks:
        return ""
    path = Path(str(getattr(sources[0], "path", "") or sources[0].step_name()))
    if sources[0].step_name() == "sources.audio_folder" and not own:
        return _way_to_metadata(path, lacks)
    if "audio" in lacks:
        way = "call it metadata.csv, its column of paths file_name, and give its folder"
        return f"{path}: brings no recordings; if it is a list of clips, {way}"
    pairs = ", ".join(f"{name}: {_likely(name, own)}" for name in lacks)
    way = f"if it is there under another name, say so: --set 'source.columns={{{pairs}}}'"
    return f"{path}: has {', '.join(own) or 'no columns of its own'}; {way}"


def _likely(name: str, own: Sequence[str]) -> str:
    """The input's column that may be meant, or a place to fill in."""
    also = [one for one in own if one.lower() in _ALSO_CALLED.get(name, ())]
    near = also or difflib.get_close_matches(name, own, 1, 0.7)
    return near[0] if near else "ITS_NAME"


def _way_to_metadata(folder: Path, lacks: Sequence[str]) -> str:
    """What a folder of clips alone needs, and which list lies there unread."""
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    lists = [file.name for file in files if file.name.lower().endswith(_LISTS)]
    unread = f"; {', '.join(lists[:3])} was not read" if lists else ""
    columns = ",".join(["file_name", *lacks])
    way = f"write a metadata.csv there that begins with the line {columns}"
    return f"{folder}: clips without metadata{unread}; {way}, or give these steps other columns"


def _by_first_line(file: Path, kind: str) -> str:
    """The source that reads a file which its name alone does not tell."""
    if kind == "text_lines" and _is_filelist(file):
        return "audio_filelist"
    if kind == "csv" and _ends(file, or_compressed(token_table.ENDINGS)):
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
