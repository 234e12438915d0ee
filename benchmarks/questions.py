"""Known and planted faults in parallel questions found and named, and the speed of both scores.

    python -m benchmarks questions --data ../shared/data/clas_questions [--times 2]
    python -m benchmarks questions --data ../shared/data/clas_questions --every 2

DIR holds ``{lang}.txt`` (Vicuna-70), ``multiq200``, ``xquad240``, ``alt_vicuna70``, ``mini6`` and
``known_defects.tsv``. Each planted fault is one in a clean table; it counts as named if the check,
the column and the row are right (a lost line: within 4 rows). ``--every 2`` loses every second line
of every Vicuna column, one at a time, and nothing else.
"""

from __future__ import annotations

import argparse
import csv
import random
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from curate.barriers.check_questions import CheckQuestions
from curate.langid import catalog
from curate.langid.columns import label_columns
from curate.questions.cells import cell_flags
from curate.questions.check import alignment_flags, blank_flags, check_sheet
from curate.questions.languages import column_languages
from curate.questions.numbers import numbers
from curate.questions.sheet import Flag, Sheet, sheet_of_columns
from curate.questions.steering import read_languages
from curate.questions.text_sets import read_columns

Columns = dict[str, list[str]]
FOLDERS = {"vicuna70": ".", "alt_vicuna70": "alt_vicuna70", "multiq200": "multiq200",
           "xquad240": "xquad240", "mini6": "mini6"}  # fmt: skip
NEAR = 4
FEW = ("ar", "de", "ja", "pl", "th", "vi")
"""Columns of the larger tables that get faults: seconds go by with each."""
identify = CheckQuestions().identify


class Planted(NamedTuple):
    """A table with one fault.

    Attributes:
        columns: The table.
        lang: The column with the fault.
        row: Its row, from 0.
        check: How it must be named.
    """

    columns: Columns
    lang: str
    row: int
    check: str


def table(folder: Path, name: str) -> Columns:
    return read_columns(str(folder / FOLDERS[name]), index="ids.txt")


def line_lost(columns: Columns, lang: str, row: int, rng: random.Random) -> Planted:
    del columns[lang][row]
    return Planted(columns, lang, row, "line lost")


def line_lost_at_end(columns: Columns, lang: str, row: int, rng: random.Random) -> Planted:
    return line_lost(columns, lang, len(columns[lang]) - 1 - rng.randrange(15), rng)


def blank_line(columns: Columns, lang: str, row: int, rng: random.Random) -> Planted:
    columns[lang].insert(row, "")
    return Planted(columns, lang, row, "blank line")


def blank_cell(columns: Columns, lang: str, row: int, rng: random.Random) -> Planted:
    columns[lang][row] = " "
    return Planted(columns, lang, row, "blank cell")


def swapped_columns(columns: Columns, lang: str, row: int, rng: random.Random) -> Planted:
    other = rng.choice([one for one in columns if one != lang])
    columns[lang], columns[other] = columns[other], columns[lang]
    return Planted(columns, lang, 0, "column language")


def english_copied(columns: Columns, lang: str, row: int, rng: random.Random) -> Planted:
    columns[lang][row] = columns["en"][row]
    return Planted(columns, lang, row, "untranslated")


def cells_swapped(columns: Columns, lang: str, row: int, rng: random.Random) -> Planted:
    other = rng.choice([one for one in range(len(columns[lang])) if one != row])
    column = columns[lang]
    column[row], column[other] = column[other], column[row]
    return Planted(columns, lang, row, "cells swapped")


def byte_order_mark(columns: Columns, lang: str, row: int, rng: random.Random) -> Planted:
    columns[lang][0] = "\ufeff" + columns[lang][0]
    return Planted(columns, lang, 0, "byte order mark")


def crlf(columns: Columns, lang: str, row: int, rng: random.Random) -> Planted:
    columns[lang] = [line + "\r" for line in columns[lang]]
    return Planted(columns, lang, row, "carriage return")


def no_break_space(columns: Columns, lang: str, row: int, rng: random.Random) -> Planted:
    text = columns[lang][row]
    spaces = [at for at, letter in enumerate(text) if letter == " "]
    at = rng.choice(spaces) if spaces else len(text) // 2
    columns[lang][row] = f"{text[:at]}\u00a0{text[at + bool(spaces) :]}"
    return Planted(columns, lang, row, "no-break space")


def wrong_numeral(columns: Columns, lang: str, row: int, rng: random.Random) -> Planted | None:
    """Another digit in a number that the pivot has too; rows after ``row`` are tried in turn."""
    for step in range(len(columns[lang])):
        at = (row + step) % len(columns[lang])
        text = columns[lang][at]
        pivot = set(numbers(columns["en"][at]))
        found = [one for one in re.finditer(r"[0-9]+", text) if one[0] in pivot]
        if found and lang != "en":
            one = rng.choice(found)
            digit = rng.randrange(len(one[0]))
            place = one.start() + digit
            new = rng.choice([str(d) for d in range(1, 10) if str(d) != text[place]])
            columns[lang][at] = text[:place] + new + text[place + 1 :]
            return Planted(columns, lang, at, "number")
    return None


Judge = Callable[[Sheet], list[Flag]]


def by_alignment(sheet: Sheet) -> list[Flag]:
    return blank_flags(sheet) + alignment_flags(sheet, "en")


def by_cells(sheet: Sheet) -> list[Flag]:
    return blank_flags(sheet) + cell_flags(sheet, "en")


def by_language(sheet: Sheet) -> list[Flag]:
    return column_languages(sheet, identify)[1]


FAULTS: dict[str, tuple[Callable[..., Planted | None], Judge]] = {
    "line lost": (line_lost, by_alignment),
    "line lost, last 15": (line_lost_at_end, by_alignment),
    "blank line": (blank_line, by_alignment),
    "blank cell": (blank_cell, by_cells),
    "swapped columns": (swapped_columns, by_language),
    "English copied": (english_copied, by_cells),
    "two cells swapped": (cells_swapped, by_alignment),
    "byte order mark": (byte_order_mark, by_cells),
    "CRLF": (crlf, by_cells),
    "no-break space": (no_break_space, by_cells),
    "wrong numeral": (wrong_numeral, by_cells),
}


def is_named(planted: Planted, flags: list[Flag]) -> bool:
    """Whether a flag of the right check stands in the column, at the row or near it."""
    near = NEAR if planted.check == "line lost" else 0
    anywhere = planted.check == "column language"
    return any(one.lang == planted.lang and one.check == planted.check
               and (anywhere or abs(one.row - planted.row) <= near) for one in flags)  # fmt: skip


def found(
    clean: Columns, fault: str, times: int, langs: tuple[str, ...] = ()
) -> tuple[int, int, list[str]]:
    """How many of the faults planted in some columns, or all, are named; of how many; which not."""
    plant, judge = FAULTS[fault]
    rng = random.Random(fault)
    named, many, missed = 0, 0, []
    for lang in langs or tuple(clean):
        for _ in range(times):
            columns = {one: list(column) for one, column in clean.items()}
            planted = plant(columns, lang, rng.randrange(len(clean[lang])), rng)
            if planted is None or (fault == "English copied" and lang == "en"):
                continue
            many += 1
            if is_named(planted, judge(sheet_of_columns(planted.columns))):
                named += 1
            else:
                missed.append(f"{lang}:{planted.row + 1}")
    return named, many, missed


def known_defects(folder: Path) -> dict[tuple[str, str, int], str]:
    with (folder / "known_defects.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return {(row["table"], row["lang"], int(row["line"])): row["check"] for row in rows}


def show_tables(folder: Path) -> None:
    """Known defects, hard flags beside them, languages, and the time on one core."""
    known, hit = known_defects(folder), set()
    for name in FOLDERS:
        columns = table(folder, name)
        start = time.process_time()
        sheet = sheet_of_columns(columns)
        flags = check_sheet(sheet, "en", identify)
        seconds = time.process_time() - start
        hard = {(name, one.lang, one.row + 1) for one in flags if one.hard}
        hit |= hard & set(known)
        cells = len(columns) * len(sheet.questions)
        judged, _ = column_languages(sheet, identify)
        wrong = [lang for lang, one in judged.items() if one.best != lang]
        mean = sum(one.right for one in judged.values()) / len(judged)
        others = len(hard - set(known))
        print(
            f"{name:13} {len(columns)} x {len(sheet.questions)}: {seconds:5.2f} s CPU; hard flags "
            f"on {others} of {cells} other cells ({100 * others / cells:.2f} %); columns in "
            f"another language: {wrong or 'none'}; cell mean {mean:.4f}"
        )
    print(f"known defects flagged: {len(hit)} of {len(known)}")


def show_planted(folder: Path, times: int) -> None:
    for name in ("vicuna70", "multiq200", "xquad240"):
        clean = table(folder, name)
        langs = () if name == "vicuna70" else tuple(lang for lang in FEW if lang in clean)
        for fault in FAULTS:
            named, many, missed = found(clean, fault, times, langs)
            share = 100 * named / max(many, 1)
            print(f"{name:10} {fault:20} named {named:4} of {many:4} ({share:5.1f} %)  "
                  f"{' '.join(missed[:6])}", flush=True)  # fmt: skip


def show_lost(folder: Path, every: int) -> None:
    """How far from its place each lost line is named."""
    clean = table(folder, "vicuna70")
    away: list[tuple[int, str]] = []
    for lang in clean:
        for row in range(0, len(clean[lang]), every):
            columns = clean | {lang: clean[lang][:row] + clean[lang][row + 1 :]}
            flags = by_alignment(sheet_of_columns(columns))
            rows = [one.row for one in flags if (one.lang, one.check) == (lang, "line lost")]
            away.append((min((abs(one - row) for one in rows), default=999), f"{lang}:{row + 1}"))
    far = [f"{where} (by {rows})" for rows, where in away if rows > NEAR]
    found = sum(rows < 999 for rows, _ in away)
    near = len(away) - len(far)
    print(f"lines lost: {found} of {len(away)} found, {near} within {NEAR} rows "
          f"({100 * near / len(away):.2f} %); further: {', '.join(far) or 'none'}")  # fmt: skip


RESAMPLED = (("vicuna70", 3, 12), ("multiq200", 4, 12), ("alt", 5, 20), ("multiq200", 3, 30),
             ("alt", 13, 70), ("xquad240", 12, 25), ("multiq200", 10, 100))  # fmt: skip
"""Table, languages, questions: what no threshold was set on. ``alt`` has the second renderings."""


def show_resampled(folder: Path, times: int) -> None:
    """Hard flags on cells not known to be wrong, and planted faults named, in parts of tables."""
    known = known_defects(folder)
    for name, langs, rows in RESAMPLED:
        rng = random.Random(f"{name}{langs}")
        clean = table(folder, "vicuna70" if name == "alt" else name)
        if name == "alt":
            other = table(folder, "alt_vicuna70")
            clean |= {lang: column for lang, column in other.items() if lang in clean}
        hard, cells, named, many, missed = 0, 0, 0, 0, []
        for _ in range(times):
            taken = ["en", *rng.sample([one for one in clean if one != "en"], langs - 1)]
            lines = sorted(rng.sample(range(len(clean["en"])), rows))
            part = {lang: [clean[lang][line] for line in lines] for lang in taken}
            flags = check_sheet(sheet_of_columns(part), "en", identify)
            wrong = {(one.lang, lines[one.row] + 1) for one in flags if one.hard}
            own = "alt_vicuna70" if name == "alt" else name
            hard += sum(not {(own, *cell), ("vicuna70", *cell)} & set(known) for cell in wrong)
            cells += langs * rows
            for fault in FAULTS:
                if fault == "line lost, last 15" and rows < 30:
                    continue
                got, of, which = found(part, fault, 1, (rng.choice(taken[1:]),))
                named, many = named + got, many + of
                missed += [f"{fault} {one}" for one in which]
        print(f"{name:10} {langs:2} x {rows:3}, {times} times: hard flags on {hard} of {cells} "
              f"cells ({100 * hard / cells:.2f} %); faults named {named} of {many}  {missed[:4]}",
              flush=True)  # fmt: skip


def show_steering(folder: Path, pairs: int = 32 * 32) -> None:
    """Time of the language part of 70 outputs for each of 32 x 32 pairs, of 1,300 characters."""
    rng = random.Random(0)
    columns = table(folder, "multiq200")
    langs = list(columns)
    rows: dict[str, list[str]] = {
        name: [] for name in ("source", "target", "question_id", "output")
    }
    for pair in range(pairs):
        source, target = langs[pair // 32 % len(langs)], langs[pair % 32 % len(langs)]
        for question in range(70):
            lines = rng.choices(columns[target if rng.random() < 0.8 else source], k=30)
            cell = (source, target, f"{pair}/{question}", " ".join(lines))
            for name, value in zip(rows, cell, strict=True):
                rows[name].append(value)
    outputs = pa.table(rows)
    model = catalog.open_model("", owner="benchmark")
    start = time.process_time()

    def detect(texts: pa.Array) -> list[str]:
        names = label_columns(model, texts, 1, "model")["language"].to_pylist()
        return [one or "" for one in names]

    found = read_languages(outputs, detect)
    seconds = time.process_time() - start
    print(f"{outputs.num_rows:,} outputs: languages told in {seconds:.1f} s CPU, "
          f"{100 * found.hit.mean():.1f} % in the target language (planted: 80.6 %)")  # fmt: skip


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--times", type=int, default=2, help="faults of a kind in each column")
    parser.add_argument("--every", type=int, default=0, help="lose every so many-th line instead")
    options = parser.parse_args(argv)
    if options.every:
        show_lost(options.data, options.every)
        return
    show_tables(options.data)
    show_steering(options.data)
    show_resampled(options.data, 5 * options.times)
    show_planted(options.data, options.times)


if __name__ == "__main__":
    main()
