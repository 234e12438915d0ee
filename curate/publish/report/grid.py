"""A grid of questions by languages: which cell is faulty, why, and what it says in its script.

Every cell of the grid is drawn, as a mark of its verdict; a script shows the text of the one that
is pointed at, the same question in the pivot, and the flags. Texts are carried for faulty cells
first, then for as many others as the size of a page allows.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from curate.publish.report.marked import language_tag
from curate.publish.report.words import visible
from curate.questions.sheet import FLAG, sheet_of_rows

NEEDED = ("question_id", "lang", "text", "verdict")
MORE = ("category", "script", "line", "repair", "made_by")
MOST_QUESTIONS = 200
MOST_LANGUAGES = 64
MOST_CHARACTERS = 600
"""Characters of a text that are carried."""
MOST_BYTES = 1_500_000
"""Of all texts together: 32 x 200 questions of 70 characters are 0.9 MB."""
MOVED = "misaligned"
MARKS = {
    "good": ("·", "good"),
    "hint": ("!", "hint"),
    "fault": ("✕", "fault"),
    "moved": ("↕", "another question's text"),
    "none": ("–", "missing"),
}
"""Kind of a cell → its mark, and what it is called."""
_NEEDED_BY_SCRIPTS = "\u200c\u200d"


class Check(NamedTuple):
    """A check, and how often it found something."""

    name: str
    faults: int
    hints: int
    languages: str


class Question(NamedTuple):
    """A row of the grid: the kind of each of its cells, in the order of the languages."""

    name: str
    kinds: list[str]


class Grid(NamedTuple):
    """What the section holds.

    Attributes:
        pivot: The language that the others were translated from.
        languages: Languages with their counts of faults and hints.
        questions: Rows.
        checks: What was found, most faults first.
        counts: Kind of a cell → how many, of all questions.
        left_out: Questions that are not drawn, all without a fault if there is room.
        cells: For the script: texts, flags and what else is known, by place.
        texts_left_out: Cells whose text is not carried.
    """

    pivot: str
    languages: list[tuple[str, int, int]]
    questions: list[Question]
    checks: list[Check]
    counts: dict[str, int]
    left_out: int
    cells: dict[str, Any]
    texts_left_out: int


def question_grid(files: Sequence[Path], steps: Sequence[Mapping[str, Any]]) -> Grid | None:
    """The grid of a dataset's kept rows; none if they are no checked questions."""
    if not files or not all(_fits(pq.read_schema(path)) for path in files):
        return None
    rows = [row for path in files for row in _read(path)]
    columns = [[row[name] for row in rows] for name in ("question_id", "lang", "text")]
    placed = sheet_of_rows(*columns)
    at = {place: row for place, row in zip(placed.places, rows, strict=True) if place}
    langs = _languages(list(placed.sheet.cells), steps)
    if len(langs) < 2:
        return None
    names = placed.sheet.questions
    kinds = [[_kind(at.get((lang, row))) for lang in langs] for row in range(len(names))]
    drawn = _drawn(kinds)
    places = [(x, y, at.get((lang, row))) for y, row in enumerate(drawn)
              for x, lang in enumerate(langs)]  # fmt: skip
    cells, without = _cells(places)
    counts = Counter(kind for row in kinds for kind in row)
    return Grid(
        visible(langs[0]),
        [_language(lang, [row[x] for row in kinds]) for x, lang in enumerate(langs)],
        [Question(visible(names[row])[:60], kinds[row]) for row in drawn],
        _checks(at),
        {kind: counts[kind] for kind in MARKS if counts[kind]},
        len(kinds) - len(drawn),
        {"tags": _tags(at, langs), "cells": cells},
        without,
    )


def _languages(there: list[str], steps: Sequence[Mapping[str, Any]]) -> list[str]:
    """The pivot that the checking step was told, if it is there, and the others."""
    options = [step["options"] for step in steps if step["step"] == "barriers.check_questions"]
    pivot = options[-1].get("pivot") if options else None
    return sorted(there, key=lambda lang: lang != pivot)[:MOST_LANGUAGES]


def _language(lang: str, kinds: Sequence[str]) -> tuple[str, int, int]:
    faults = sum(kind in ("fault", "moved") for kind in kinds)
    return visible(lang), faults, sum(kind == "hint" for kind in kinds)


def _tags(at: Mapping[tuple[str, int], Mapping[str, Any]], langs: Sequence[str]) -> list[str]:
    scripts = {lang: row["script"] for (lang, _), row in at.items()}
    return [language_tag({"language": lang, "script": scripts[lang]}) for lang in langs]


def _fits(schema: pa.Schema) -> bool:
    names = set(schema.names)
    return {*NEEDED, "flags"} <= names and schema.field("flags").type == pa.list_(FLAG)


def _read(path: Path) -> list[dict[str, Any]]:
    wanted = (*NEEDED, "flags", *MORE)
    there = pq.read_schema(path).names
    table = pq.read_table(path, columns=[one for one in wanted if one in there])
    empty = dict.fromkeys(wanted)
    return [{**empty, **row} for row in table.to_pylist()]


def _kind(row: Mapping[str, Any] | None) -> str:
    if row is None or not (row["text"] or "").strip():
        return "none" if row is None else "fault"
    hard = {flag["check"] for flag in row["flags"] or () if flag["hard"]}
    if MOVED in hard:
        return "moved"
    return str(row["verdict"] or "good")


def _drawn(kinds: Sequence[Sequence[str]]) -> list[int]:
    """Questions to be drawn, in their order: those with most faults if not all."""
    rows = list(range(len(kinds)))
    if len(rows) > MOST_QUESTIONS:
        weight = {"fault": 100, "moved": 10, "none": 10, "hint": 1}
        rows.sort(key=lambda row: -sum(weight.get(kind, 0) for kind in kinds[row]))
    return sorted(rows[:MOST_QUESTIONS])


def _cells(
    places: Sequence[tuple[int, int, Mapping[str, Any] | None]],
) -> tuple[dict[str, dict[str, Any]], int]:
    """What is known of cells, by ``column,row``; and how many texts there was no room for.

    Flagged cells come first, then their questions in the pivot, the first column.
    """
    there = [(x, y, row) for x, y, row in places if row is not None]
    flagged = {y for _, y, row in there if row["flags"]}
    order = sorted(there, key=lambda one: (not one[2]["flags"], one[0] > 0, one[1] not in flagged))
    found: dict[str, dict[str, Any]] = {}
    size = without = 0
    for x, y, row in order:
        about = _about(row)
        size += len(about["t"].encode()) + 20
        if size > MOST_BYTES:
            without += 1
            continue
        found[f"{x},{y}"] = about
    return found, without


def _about(row: Mapping[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {"t": seen(row["text"] or "")}
    if row["flags"]:
        said["f"] = [[one["check"], seen(one["value"] or ""), bool(one["hard"])]
                     for one in row["flags"]]  # fmt: skip
    for short, name in (("l", "line"), ("r", "repair"), ("m", "made_by")):
        if row[name] is not None:
            said[short] = row[name] if isinstance(row[name], int) else visible(row[name])
    return said


def seen(text: str) -> str:
    r"""A text with marks that nobody sees made visible; joiners stay, since scripts need them.

    >>> seen("a\ufeffb"), seen("می\u200cخواهم") == "می\u200cخواهم"
    ('a⟨U+FEFF⟩b', True)
    """
    cut = text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"
    return "".join(one if one in _NEEDED_BY_SCRIPTS else _plain(one) for one in cut)


def _plain(letter: str) -> str:
    if letter in "\u00a0\u202f" or (
        unicodedata.category(letter) == "Zs" and letter not in " \u3000"
    ):
        return f"⟨U+{ord(letter):04X}⟩"
    return visible(letter)


def _checks(at: Mapping[tuple[str, int], Mapping[str, Any]]) -> list[Check]:
    faults: Counter[str] = Counter()
    hints: Counter[str] = Counter()
    where: dict[str, Counter[str]] = {}
    for (lang, _), row in at.items():
        for flag in row["flags"] or ():
            (faults if flag["hard"] else hints)[flag["check"]] += 1
            where.setdefault(flag["check"], Counter())[lang] += 1
    names = sorted(where, key=lambda name: (-faults[name], -hints[name], name))
    return [Check(visible(name), faults[name], hints[name], _named(where[name])) for name in names]


def _named(langs: Counter[str], most: int = 8) -> str:
    said = [f"{visible(lang)} {many}" for lang, many in langs.most_common(most)]
    return ", ".join(said) + (f" and {len(langs) - most} more" if len(langs) > most else "")
