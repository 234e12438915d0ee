"""Write tables of questions in the forms that benchmarks read; nothing that would shift a line."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa

from curate.errors import PublishError
from curate.questions.sheet import Sheet, sheet_of_rows

_BREAKS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
"""What ``str.splitlines`` cuts at: a reader that uses it would find two lines."""
FORMS = ("lm-eval", "inspect")


def sheet_of_table(long: pa.Table) -> Sheet:
    """The sheet of a long table.

    Raises:
        PublishError: A row names no question or language, or two rows are the same cell.
    """
    columns = [long[name].to_pylist() for name in ("question_id", "lang", "text")]
    placed = sheet_of_rows(*columns)
    if None in placed.places:
        row = placed.places.index(None)
        raise PublishError(
            f"row {row + 1} (question {columns[0][row]}, {columns[1][row]}) has no cell of its "
            "own; give every row a question_id and a lang, and keep one row for each pair"
        )
    return placed.sheet


def write_text_files(long: pa.Table, folder: Path) -> list[Path]:
    """Write ``{lang}.txt``, one question a line, in the same order in every file.

    Args:
        long: Columns ``question_id``, ``lang`` and ``text``.
        folder: Where the files go; made if it is not there. Nothing is written on an error.

    Returns:
        The files.

    Raises:
        PublishError: A cell is missing, blank or of several lines; names the first such cell.
    """
    sheet = sheet_of_table(long)
    for lang, column in sheet.cells.items():
        for question, text in zip(sheet.questions, column, strict=True):
            if problem := _problem(text):
                raise PublishError(
                    f"question {question} in {lang} {problem}; repair it, or leave the question "
                    "out in every language, since a lost line shifts all that follow"
                )
        if not lang or "/" in lang or lang.startswith("."):
            raise PublishError(f"{lang!r} cannot name a file; lang is a language code such as mt")
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for lang, column in sheet.cells.items():
        path = folder / f"{lang}.txt"
        path.write_bytes("".join(f"{text}\n" for text in column).encode())
        written.append(path)
    return written


def _problem(text: str | None) -> str:
    if text is None:
        return "is missing"
    if not text.strip():
        return "is blank"
    return "is of several lines" if any(one in text for one in _BREAKS) else ""


def write_jsonl(long: pa.Table, path: Path, form: str) -> int:
    """Write a JSON line for each cell.

    Args:
        long: Columns ``question_id``, ``lang``, ``text``; ``category``, ``script``, ``source`` and
            ``licence`` where there.
        path: The file.
        form: ``lm-eval`` (flat, ``question`` is the prompt) or ``inspect`` (``id``, ``input``,
            ``target``, ``metadata``).

    Returns:
        How many lines.

    Raises:
        PublishError: Of an unknown form, or a cell is blank or stands twice.
    """
    if form not in FORMS:
        raise PublishError(f"there is no form {form!r}; take one of {', '.join(FORMS)}")
    sheet_of_table(long)
    more = [
        name for name in ("category", "script", "source", "licence") if name in long.column_names
    ]
    lines = []
    for row in long.select(["question_id", "lang", "text", *more]).to_pylist():
        if not (row["text"] or "").strip():
            raise PublishError(
                f"question {row['question_id']} in {row['lang']} is blank; repair it"
            )
        about = {name: row[name] for name in more if row[name] is not None}
        name = f"{row['question_id']}/{row['lang']}"
        known = {"question_id": row["question_id"], "lang": row["lang"], **about}
        if form == "inspect":
            line = {"id": name, "input": row["text"], "target": "", "metadata": known}
        else:
            line = {"id": name, "question": row["text"], **known}
        lines.append(json.dumps(line, ensure_ascii=False) + "\n")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(lines), encoding="utf-8")
    return len(lines)
