"""A table of questions: one row a question, one column a language; long, wide, and as flags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

FLAG = pa.struct(
    [("check", pa.string()), ("value", pa.string()), ("text", pa.string()), ("hard", pa.bool_())]
)
"""What a check found in a cell; ``hard`` for a fault, else a hint for whoever reads."""


class Flag(NamedTuple):
    """What a check found.

    Attributes:
        lang: Column.
        row: Row, from 0.
        check: Which check.
        value: What it found.
        text: The text it is about, shortened.
        hard: Whether it is a fault; else it is a hint.
    """

    lang: str
    row: int
    check: str
    value: str
    text: str
    hard: bool = True


class Sheet(NamedTuple):
    """Cells by language.

    Attributes:
        questions: Identity of each row, in order.
        cells: Language → one text for each row; None where there is no such cell.
    """

    questions: Sequence[str]
    cells: Mapping[str, Sequence[str | None]]


class Placed(NamedTuple):
    """A sheet made of the rows of a long table.

    Attributes:
        sheet: The sheet.
        places: Language and row of each row of the long table; None for those without a place.
    """

    sheet: Sheet
    places: list[tuple[str, int] | None]


def sheet_of_columns(columns: Mapping[str, Sequence[str]]) -> Sheet:
    """A sheet of line-aligned columns; the shorter ones end early.

    >>> sheet_of_columns({"en": ["Who?", "Why?"], "de": ["Wer?"]}).cells["de"]
    ['Wer?', None]
    """
    rows = max(map(len, columns.values()), default=0)
    cells: dict[str, list[str | None]] = {
        lang: [*column, *[None] * (rows - len(column))] for lang, column in columns.items()
    }
    return Sheet([str(row + 1) for row in range(rows)], cells)


def sheet_of_rows(
    questions: Sequence[str | None], langs: Sequence[str | None], texts: Sequence[str | None]
) -> Placed:
    """A sheet of the rows of a long table, in order of first appearance.

    A row without question or language has no place, nor has the second of one cell. A question
    that its first column lacks goes where the next column has it, after its neighbour there.
    """
    order: dict[str, dict[str, int]] = {}
    for question, lang in zip(questions, langs, strict=True):
        if question is not None and lang is not None:
            column = order.setdefault(lang, {})
            column.setdefault(question, len(column))
    ids = _merged([list(column) for column in order.values()])
    rows = {question: row for row, question in enumerate(ids)}
    cells: dict[str, list[str | None]] = {lang: [None] * len(ids) for lang in order}
    places: list[tuple[str, int] | None] = []
    taken = set()
    for question, lang, text in zip(questions, langs, texts, strict=True):
        if question is None or lang is None or (lang, rows[question]) in taken:
            places.append(None)
            continue
        place = lang, rows[question]
        taken.add(place)
        cells[lang][place[1]] = text or ""
        places.append(place)
    return Placed(Sheet(ids, cells), places)


def vectors_of(
    placed: Placed, vectors: npt.NDArray[np.float32]
) -> dict[str, npt.NDArray[np.float32]]:
    """Vectors of rows, shape (rows, dims), laid out as the cells are; NaN for cells without one."""
    rows, dims = len(placed.sheet.questions), vectors.shape[1]
    found = {lang: np.full((rows, dims), np.nan, np.float32) for lang in placed.sheet.cells}
    for place, vector in zip(placed.places, vectors, strict=True):
        if place is not None:
            found[place[0]][place[1]] = vector
    return found


def _merged(orders: Sequence[Sequence[str]]) -> list[str]:
    """All names, each after the one before it where it was first met."""
    merged: list[str] = []
    known: set[str] = set()
    for order in sorted(orders, key=len, reverse=True):
        if not merged:
            merged, known = list(order), set(order)
            continue
        before = None
        for name in order:
            if name not in known:
                merged.insert(merged.index(before) + 1 if before is not None else 0, name)
                known.add(name)
            before = name
    return merged


def wide(long: pa.Table) -> pa.Table:
    """The wide view of a long table: ``question_id``, ``category`` if there, a column a language.

    >>> long = pa.table({"question_id": ["1", "1"], "lang": ["en", "de"], "text": ["Who?", "Wer?"]})
    >>> wide(long).to_pylist()
    [{'question_id': '1', 'en': 'Who?', 'de': 'Wer?'}]
    """
    questions, langs = long["question_id"].to_pylist(), long["lang"].to_pylist()
    sheet = sheet_of_rows(questions, langs, long["text"].to_pylist()).sheet
    columns: dict[str, pa.Array] = {"question_id": pa.array(sheet.questions, pa.string())}
    if "category" in long.column_names:
        found: dict[str, str] = {}
        for question, category in zip(questions, long["category"].to_pylist(), strict=True):
            if category is not None:
                found.setdefault(question, category)
        kinds = [found.get(question) for question in sheet.questions]
        columns["category"] = pa.array(kinds, pa.string())
    cells = {lang: pa.array(column, pa.string()) for lang, column in sheet.cells.items()}
    return pa.table(columns | cells)


def short(text: str, most: int = 90) -> str:
    """A text shortened for a message.

    >>> short("a" * 100, 5)
    'aaaa…'
    """
    return text if len(text) <= most else text[: most - 1] + "…"
