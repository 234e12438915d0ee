"""Check a whole table: alignment of columns, their languages, and every cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from curate.questions.alignment import (
    LEAST_CELLS,
    LEAST_ROWS,
    Alignment,
    align,
    reference_of,
    totals_of,
)
from curate.questions.cells import cell_flags
from curate.questions.languages import Identify, column_languages
from curate.questions.sheet import Flag, Sheet, short
from curate.questions.similarity import Vectors, signs_of

SURE_SWAP = 3.5
"""Evidence from which a swap is a fault: of 62 clean columns the most is 2.3, of some 1,400 clean
columns drawn from them for tables of 14 to 200 rows 1 % have more than this, of swaps planted
in tables of 70 rows and more 2 % less."""
SURE_ROWS = 20
"""Questions below which a swap is a hint whatever its evidence: of 16 questions in three languages
two that are right had 5.1."""
LIKELY_SWAP = 1.0
"""Evidence from which it is a hint; 8 of the 62 columns have one."""


def check_sheet(
    sheet: Sheet,
    pivot: str,
    identify: Identify | None = None,
    vectors: Mapping[str, Vectors] | None = None,
) -> list[Flag]:
    """All flags of a table, by row and column.

    Args:
        sheet: The table.
        pivot: The language that the others were translated from.
        identify: A language model; without one languages are not judged.
        vectors: Of a multilingual encoder, shape (rows, dims) for each language; NaN for a cell
            without one. Columns are aligned by them too.
    """
    with threadpool_limits(1, "blas"):  # many small products: threads only wait for each other
        flags = blank_flags(sheet, pivot) + count_flags(sheet)
        flags += alignment_flags(sheet, pivot, vectors)
        flags += cell_flags(sheet, pivot)
        if identify is not None:
            flags += column_languages(sheet, identify)[1]
    order = {lang: at for at, lang in enumerate(sheet.cells)}
    return sorted(dict.fromkeys(flags), key=lambda one: (one.row, order[one.lang], one.check))


def blank_flags(sheet: Sheet, pivot: str = "") -> list[Flag]:
    """Blank cells; and questions that a language lacks, told by the pivot if it has them."""
    flags = []
    for row in range(len(sheet.questions)):
        have = [lang for lang, column in sheet.cells.items() if column[row] is not None]
        lack = [lang for lang in sheet.cells if lang not in have]
        flags += [Flag(lang, row, "blank cell", "no text", "") for lang in have
                  if not str(sheet.cells[lang][row]).strip()]  # fmt: skip
        if lack and have:
            teller = pivot if pivot in have else have[0]
            flags.append(Flag(teller, row, "missing translation", " ".join(lack), "", False))
    return flags


def count_flags(sheet: Sheet) -> list[Flag]:
    """Languages with fewer or more lines than most in a table too small to be aligned."""
    held = {lang: [row for row, cell in enumerate(column) if cell is not None]
            for lang, column in sheet.cells.items()}  # fmt: skip
    if len(held) < 2:
        return []
    usual, often = Counter(map(len, held.values())).most_common(1)[0]
    small = len(sheet.questions) < LEAST_ROWS
    flags = []
    for lang, rows in held.items():
        # a gap before the end is of a table with ids: nothing has moved there
        if not (small or len(rows) < LEAST_CELLS) or len(rows) == usual or often < 2:
            continue
        if rows and rows == list(range(len(rows))):
            value = f"{len(rows)} lines, {usual} in most; which one cannot be told of so few"
            text = short(str(sheet.cells[lang][rows[-1]]))
            flags.append(Flag(lang, rows[-1], "line count", value, text))
    return flags


def alignment_flags(
    sheet: Sheet, pivot: str, vectors: Mapping[str, Vectors] | None = None
) -> list[Flag]:
    """Lines lost, extra, duplicated and swapped, each named with its place and the offset."""
    return [flag for lang, found in alignments(sheet, pivot, vectors).items()
            for flag in (*_moved(sheet, lang, found), *_swapped(sheet, lang, found))]  # fmt: skip


def alignments(
    sheet: Sheet, pivot: str, vectors: Mapping[str, Vectors] | None = None
) -> dict[str, Alignment]:
    """Every column aligned with those that are trusted.

    Trusted are the columns of the usual number of cells; then those found in order. The pivot is
    aligned too where there are two more columns to tell which one is wrong.
    """
    langs = list(sheet.cells)
    if len(langs) < 2 or len(sheet.questions) < LEAST_ROWS:
        return {}
    given = None if vectors is None else [vectors[lang] for lang in langs]
    signs = signs_of([sheet.cells[lang] for lang in langs], given)
    many = signs.filled.sum(axis=1)
    counts, often = np.unique(many, return_counts=True)
    usual = many[langs.index(pivot)] if pivot in langs else counts[often.argmax()]
    if often.max() > often[counts == usual][0]:
        usual = counts[often.argmax()]
    trusted = [at for at in range(len(langs)) if many[at] == usual]
    found: dict[str, Alignment] = {}
    for _ in range(2):
        totals = totals_of(signs, trusted)
        for at, lang in enumerate(langs):
            if totals.columns - {at} and (lang != pivot or len(langs) > 2):
                found[lang] = align(signs, at, reference_of(signs, totals, at))
        good = [at for at in trusted if langs[at] not in found or _in_order(found[langs[at]])]
        if good == trusted or not good:
            break
        trusted = good
    return found


def _in_order(found: Alignment) -> bool:
    rows = np.arange(len(found.row_of))
    return bool(((found.row_of == rows) | (found.row_of < 0)).all())


def _moved(sheet: Sheet, lang: str, found: Alignment) -> Iterator[Flag]:
    """Flags of lines lost and extra, and of every cell that stands at another question."""
    column, offset = sheet.cells[lang], 0
    held = [row for row, cell in enumerate(column) if cell is not None]
    later = [row for row in held if found.row_of[row] >= 0]
    for row in held:
        text, place = str(column[row]), int(found.row_of[row])
        if place < 0:
            rest = next((int(found.row_of[one]) - one for one in later if one > row), None)
            if (rest is not None and rest < offset) or (rest is None and row >= _usual_end(found)):
                offset -= 1
                yield _extra(sheet, lang, row, offset, found)
            continue
        moved = place - row
        if moved > offset:
            lost = moved - offset
            question = sheet.questions[place - 1]
            value = f"{lost} line{'s' * (lost > 1)} lost before line {row + 1}: question {question}"
            yield Flag(lang, row, "line lost", f"{value}; offset {moved:+d}", short(text))
        offset = moved
        if moved:
            value = f"is question {sheet.questions[place]}, offset {moved:+d}"
            yield Flag(lang, row, "misaligned", value, short(text))
    yield from _lost_at_end(sheet, lang, found, held)


def _usual_end(found: Alignment) -> int:
    """Rows that the other columns have, roughly: one past the last row anything is matched to."""
    return int(found.row_of.max()) + 1


def _extra(sheet: Sheet, lang: str, row: int, offset: int, found: Alignment) -> Flag:
    text = str(sheet.cells[lang][row])
    place = f"line {row + 1} is one too many; offset {offset:+d} from there"
    if not text.strip():
        return Flag(lang, row, "blank line", place, "")
    column = sheet.cells[lang]
    again = [one for one, cell in enumerate(column) if one != row and cell == text]
    if again:
        value = f"the same as line {again[0] + 1}; {place}"
        return Flag(lang, row, "line duplicated", value, short(text))
    if found.meant is not None:
        meant = found.meant[row].argmax()
        again = [int(one) for one in np.flatnonzero(found.row_of == meant)]
        if again and found.meant[row, meant] > 0 and found.meant[again[0], meant] > 0:
            value = f"means the same as line {again[0] + 1}; {place}"
            return Flag(lang, row, "line duplicated", value, short(text))
    return Flag(lang, row, "line extra", place, short(text))


def _lost_at_end(sheet: Sheet, lang: str, found: Alignment, held: Sequence[int]) -> Iterator[Flag]:
    """The last lines of the others, which nothing in this column stands for."""
    if not held:
        return
    others = [column for other, column in sheet.cells.items() if other != lang]
    last = max(row for row in range(len(sheet.questions))
               if sum(column[row] is not None for column in others) * 2 >= len(others))  # fmt: skip
    reached = int(found.row_of.max())
    tail = held[-1]
    if found.row_of[tail] == reached and reached < last and tail < last:
        value = f"{last - reached} lost at the end, after line {tail + 1}"
        text = str(sheet.cells[lang][tail])
        yield Flag(lang, tail, "line lost", f"{value}; offset +0", short(text))


def _swapped(sheet: Sheet, lang: str, found: Alignment) -> Iterator[Flag]:
    gains = np.triu(found.swap_gains, 1)
    gains[np.tril_indices(len(gains))] = -np.inf
    while gains.size and (most := float(gains.max())) >= LIKELY_SWAP:
        one, two = (int(at) for at in np.unravel_index(int(gains.argmax()), gains.shape))
        for row, other in ((one, two), (two, one)):
            value = f"with line {other + 1}, evidence {most:.1f}"
            text = short(str(sheet.cells[lang][row]))
            sure = most >= SURE_SWAP and len(sheet.questions) >= SURE_ROWS
            yield Flag(lang, row, "cells swapped", value, text, sure)
        gains[[one, two]] = -np.inf
        gains[:, [one, two]] = -np.inf
