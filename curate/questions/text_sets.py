"""Sets of questions in text files, ``{lang}.txt``, of which line N is the same question in all.

Every line is a cell, a blank one too; nothing is stripped, so that a byte order mark, a carriage
return or a space at the end is still there for the checks to name.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import langcodes

from curate.errors import SourceError

_LANGUAGE = re.compile(r"[a-z]{2,3}(?:[-_][A-Za-z0-9]+)*")
MOST_BYTES = 1 << 28
_LISTED = "name the languages that are meant in the option languages"


class LineFile(NamedTuple):
    """The file of one language.

    Attributes:
        lang: From its name.
        path: Where it is.
        rows: How many lines it has.
        digest: sha256 of its bytes.
    """

    lang: str
    path: Path
    rows: int
    digest: str


class Question(NamedTuple):
    """What an index says of one line."""

    question_id: str
    category: str | None


def line_files(folder: str, languages: Sequence[str] = (), index: str = "") -> list[LineFile]:
    """The files of a folder in order of their names.

    Args:
        folder: Where they are.
        languages: Which are wanted; all files named like a language if empty.
        index: A file that is none of them.

    Raises:
        SourceError: There is no such folder or file, a file is empty or not one of the folder, or
            its name is no language.
    """
    base = Path(folder)
    if not base.is_dir():
        raise SourceError(f"{base} is no folder; give the one that holds the files <lang>.txt")
    there = {path.stem: path for path in sorted(base.glob("*.txt")) if path.name != index}
    if missing := [lang for lang in languages if lang not in there]:
        named = ", ".join(there) or "no text file"
        raise SourceError(f"{base} holds no {missing[0]}.txt; there is {named}")
    names = [name for name in there if (name in languages if languages else _is_language(name))]
    if not names:
        raise SourceError(f"{base} holds no file named like a language, such as en.txt")
    found = []
    for name in names:
        raw = _content(there[name], base)
        rows = len(raw_lines(raw))
        if not rows:
            raise SourceError(f"{there[name]} is empty; fill it or take it away")
        if not languages and not is_code(name):
            what = f"{there[name]}: {name!r} is no language code of ISO 639"
            raise SourceError(f"{what}; rename the file, or {_LISTED}")
        found.append(LineFile(name, there[name], rows, hashlib.sha256(raw).hexdigest()))
    return found


def _content(path: Path, folder: Path) -> bytes:
    """The bytes of a file of the folder; what a link leads to elsewhere must not be published."""
    real = Path(os.path.realpath(path))  # resolve() fails on a link to itself
    if not real.is_relative_to(os.path.realpath(folder)):
        way_out = "copy the file to its place"
        raise SourceError(f"{path} is a link to {real}, outside of the folder; {way_out}")
    if not path.is_file():
        raise SourceError(f"{path} is no file, but a pipe, device or folder; take it away")
    if path.stat().st_size > MOST_BYTES:
        what = f"{path}: {path.stat().st_size:,} bytes, over {MOST_BYTES:,}"
        raise SourceError(
            f"{what}; questions are a line each: read other texts by sources.text_lines"
        )
    return path.read_bytes()


def _is_language(name: str) -> bool:
    return _LANGUAGE.fullmatch(name) is not None


def is_code(name: str) -> bool:
    """Whether a name is the code of a language, as far as the registry of BCP 47 knows.

    >>> [is_code(one) for one in ("mt", "mlt", "zh-Hant", "zh_Hant", "xx", "all")]
    [True, True, True, True, False, True]
    """
    try:
        return langcodes.Language.get(name.replace("_", "-")).is_valid()
    except ValueError:
        return False


def raw_lines(raw: bytes) -> list[bytes]:
    r"""Lines of a file: what stands between line feeds, and what follows the last if anything does.

    >>> raw_lines(b"a\n\nb\r\n"), raw_lines(b"a\n\nb"), raw_lines(b"")
    ([b'a', b'', b'b\r'], [b'a', b'', b'b'], [])
    """
    lines = raw.split(b"\n")
    return lines if lines[-1] else lines[:-1]


def read_columns(
    folder: str, languages: Sequence[str] = (), index: str = ""
) -> dict[str, list[str]]:
    """All columns of a folder as text; bytes that are no UTF-8 become the replacement character."""
    found = line_files(folder, languages, index)
    return {one.lang: [line.decode("utf-8", "replace") for line in raw_lines(one.path.read_bytes())]
            for one in found}  # fmt: skip


def read_index(path: Path, id_column: str, category_column: str) -> list[Question]:
    """Ids and categories of lines: a TSV with a header, or one id a line.

    Raises:
        SourceError: There is no such file or column, it is not UTF-8, or an id is missing or stands
            twice; names the line.
    """
    if not path.is_file():
        raise SourceError(f"there is no index {path}; leave index empty to number the lines")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SourceError(f"{path}:{line}: not UTF-8; convert it with iconv") from None
    lines = [line.rstrip("\r").split("\t") for line in text.rstrip("\n").split("\n")]
    wanted = [name for name in (id_column, category_column) if name]
    names = lines[0] if path.suffix == ".tsv" else [*wanted]
    if absent := [name for name in wanted if name not in names]:
        raise SourceError(f"{path}:1: no column {absent[0]!r}; there is {', '.join(names)}")
    head = int(path.suffix == ".tsv")
    found: list[Question] = []
    first: dict[str, int] = {}
    for number, cells in enumerate(lines[head:], 1 + head):
        row = dict(zip(names, cells, strict=False))
        name = row.get(id_column, "").strip()
        if not name:
            raise SourceError(f"{path}:{number}: no id there; every line of the texts needs one")
        if name in first:
            what = f"the id {name!r} stands in line {first[name]} already"
            raise SourceError(f"{path}:{number}: {what}; ids must be unique")
        first[name] = number
        found.append(Question(name, row.get(category_column) or None if category_column else None))
    return found
