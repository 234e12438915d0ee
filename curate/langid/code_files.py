"""Programs whose language is known: folders of sources by their endings, or a table.

In a folder each subfolder is a *project*, the unit that is held out when a model is judged; the
language of a file is told by its ending. A header is given to C, C++ or Objective-C by the files
around it. Left out are licences, what is not UTF-8, what is minified or too short, links, and
files of which the ending says something else (Matlab's ``.m``, Qt's ``.ts``).
"""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from curate.errors import SourceError
from curate.langid.code_labels import ENDINGS, HEADER, label_of, label_of_path
from curate.langid.row_files import rows_of

LEAST_BYTES, MOST_BYTES = 60, 400_000
LONGEST_MEAN_LINE = 200
"""Bytes; longer lines on average are minified programs or data."""

PROSE_SHARE = 0.88
"""Least share of letters and spaces of prose; of tables and logs in ``.txt`` files it is less."""

_NO_PROGRAM = re.compile(r"licen[cs]e|copying|copyright|notice|changelog|\.min\.|-lock\.", re.I)
_OBJECTIVE = re.compile(
    r"^\s*(#import|@interface|@implementation|@protocol|@class|@import)\b", re.M
)
_SAYS_OTHERWISE = {
    "d": re.compile(r"\A[^;{]*\Z|\A\S+\.o\s*:"),
    "typescript": re.compile(r"\A\s*<"),
    "r": re.compile(r"\A\s*[<%]"),
    "llvm": re.compile(r"\A(?!.*^(define|declare|@|target|%|!|source_filename))", re.M | re.S),
    "sql": re.compile(r"\A(?!.*\b(select|insert|create|update|alter|drop)\b)", re.I | re.S),
}


class CodeFile(NamedTuple):
    """A program or a part of it.

    Attributes:
        text: Its text.
        language: Label.
        project: What it belongs to: files of one project never stand on both sides of a test.
        path: Where it is in the project.
        licence: SPDX name, or empty.
    """

    text: str
    language: str
    project: str
    path: str = ""
    licence: str = ""


def read_code(path: Path) -> list[CodeFile]:
    """Labelled programs of a folder of projects, or of a table.

    Args:
        path: A folder of projects; the folder of a finished run or a ``.parquet``, ``.jsonl`` or
            ``.jsonl.gz`` file with ``text``, ``language`` and, if there, ``project`` (else
            ``repo``, else ``source``), ``path`` and ``licence``.

    Raises:
        SourceError: Nothing there to read, or a row without text or language.
    """
    if path.is_dir():
        tables = sorted(path.glob("data/*.parquet"))
        found = [one for table in tables for one in _table(table)] if tables else _folder(path)
    else:
        found = list(_table(path))
    if not found:
        raise SourceError(
            f"no labelled program in {path}; give a folder with one subfolder for each project, "
            "or a table with text, language and project"
        )
    return found


def _folder(root: Path) -> list[CodeFile]:
    return [
        file
        for project in sorted(one for one in root.iterdir() if one.is_dir())
        for file in read_project(project)
    ]


class Origin(NamedTuple):
    """Where a project comes from.

    Attributes:
        origin: Who has it, under which name: ``apt source zlib``.
        version: Its version.
        licence: SPDX name.
    """

    origin: str
    version: str
    licence: str


def read_origins(root: Path) -> dict[str, Origin]:
    """What ``projects.tsv`` in a folder of projects says of them, by name of their folders.

    Raises:
        SourceError: A line of it has not four fields.
    """
    path = root / "projects.tsv"
    found = {}
    for number, line in enumerate(
        path.read_text("utf-8").splitlines() if path.is_file() else [], 1
    ):
        fields = line.split("\t")
        if len(fields) != 4:
            raise SourceError(f"{path}:{number}: write project, origin, version, licence with tabs")
        found[fields[0]] = Origin(*fields[1:])
    return found


def read_project(root: Path) -> list[CodeFile]:
    """All files of one project whose language their names tell, by path."""
    texts: dict[str, tuple[str, str]] = {}
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            path = Path(folder, name)
            label = label_of_path(name)
            if label is None or _NO_PROGRAM.search(name) or path.is_symlink():
                continue
            if (text := _text(path)) is not None:
                texts[path.relative_to(root).as_posix()] = (label, text)
    around = _neighbours(texts)
    found = []
    for name, (told, text) in texts.items():
        label = _language(told, text, around[os.path.dirname(name)] or around[""])
        if label is not None:
            found.append(CodeFile(text, label, root.name, name))
    return found


def _text(path: Path) -> str | None:
    if not path.is_file() or not LEAST_BYTES <= path.stat().st_size <= MOST_BYTES:
        return None
    try:
        text = path.read_bytes().decode("utf-8")
    except (UnicodeDecodeError, OSError):
        return None
    lines = text.count("\n") + 1
    return None if "\0" in text or len(text) > LONGEST_MEAN_LINE * lines else text


def _neighbours(texts: dict[str, tuple[str, str]]) -> dict[str, Counter[str]]:
    """How many files of C, C++ and Objective-C there are, by folder; ``""`` is the whole."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for name, (label, _) in texts.items():
        if label in ("c", "cpp", "objc"):
            found[os.path.dirname(name)][label] += 1
            found[""][label] += 1
    return found


def _language(label: str, text: str, around: Counter[str]) -> str | None:
    if label == HEADER:
        if _OBJECTIVE.search(text):
            return "objc" if around["objc"] else None
        plain = {"c": around["c"], "cpp": around["cpp"]}
        # Only where one of them is alone: a C header of a C++ project is both.
        return next((one for one, n in plain.items() if n and n == sum(plain.values())), None)
    if label == "objc":
        return label if _OBJECTIVE.search(text) else None
    if label == "prose":
        return label if _is_prose(text) else None
    denial = _SAYS_OTHERWISE.get(label)
    return None if denial is not None and denial.search(text) else label


def _is_prose(text: str) -> bool:
    """Whether it is letters and spaces for the most part, in lines of some words."""
    letters = sum(char.isalpha() or char == " " for char in text)
    return letters >= PROSE_SHARE * len(text) and len(text.split()) >= 5 * (text.count("\n") + 1)


def _table(path: Path) -> Iterator[CodeFile]:
    for number, row in enumerate(rows_of(path), 1):
        language = row.get("language") or row.get("lang")
        text = row.get("text") or row.get("code") or row.get("source")
        if not isinstance(text, str) or not isinstance(language, str):
            raise SourceError(f"{path}, row {number}: there is no 'text' or no 'language'")
        project = row.get("project") or row.get("repo") or f"row {number}"
        rest = (str(row.get(name) or "") for name in ("path", "licence"))
        yield CodeFile(text, label_of(language), str(project), *rest)


def known_languages(files: Iterable[CodeFile]) -> list[str]:
    """Labels that occur and that have endings, sorted."""
    return sorted({file.language for file in files} & set(ENDINGS))
