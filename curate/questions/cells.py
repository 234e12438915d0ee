"""Checks of single cells against the same question in the other languages.

What a translation must keep is taken from the majority of the other columns, so that a fault of the
pivot is found in the pivot, and what most languages localise is no fault of one of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from curate.questions.characters import ends_as_question, oddities
from curate.questions.languages import script_flags, script_of
from curate.questions.numbers import exchanged, is_kept, numbers, units
from curate.questions.sheet import Flag, Sheet, short
from curate.questions.similarity import overlap

MOST_LENGTH_Z = 5.0
"""Robust z of a cell's length in its column: the title that is left of a question has -13."""
MOST_TIMES = 3.0
"""Times the usual length from which it is a fault; a formula in Chinese has 2.7."""
LEAST_SPREAD = 0.12
"""Of log lengths: a column of even translations must not flag every other one."""
COPIED = 0.8
"""Share of trigrams in common with the pivot of a cell that was not translated."""
SAME_QUESTION = 0.5
"""Share of trigrams in common of two questions that are paraphrases of each other: then a column
may well translate both alike, as professional ones do."""
_ACRONYM = re.compile(r"\b(?=\w*[A-Z]\w*[A-Z0-9])[A-Z][\w+#-]*\b")
_ROMAN_ONLY = re.compile(r"[MDCLXVI]+")
_QUOTED = re.compile(r"[\"“„«「『《]\s*([^\"“”„«»「」『』《》]{1,60}?)\s*[\"”“»」』》]")
_QUOTES = re.compile(r"[\"“”„«»「」『』《》''‘’‹›]")
_EMPTY = re.compile(r"[“„«「『《]\s*[”“»」』》]|(?<!\w)\"\s?\"(?!\w)")


class Row:
    """What is said of one question in all languages, for the checks of its cells.

    Args:
        cells: Language → text, blank and absent ones left out.
        pivot: The language that others were translated from.
    """

    def __init__(self, cells: dict[str, str], pivot: str) -> None:
        self.cells, self.pivot = cells, pivot
        self.numbers = {lang: Counter(numbers(text)) for lang, text in cells.items()}
        self.kept: Counter[str] = Counter()
        self.asking = sum(map(ends_as_question, cells.values()))
        self.quoting = sum(bool(_QUOTES.search(text)) for text in cells.values())
        source = cells.get(pivot, "")
        self.titles = _QUOTED.findall(source)
        self.acronyms = {one for one in _ACRONYM.findall(source) if not _ROMAN_ONLY.fullmatch(one)}
        # in order of occurrence: that of a set of strings differs from process to process
        for number in dict.fromkeys(one for counts in self.numbers.values() for one in counts):
            self.kept[number] = sum(is_kept(number, text, lang) for lang, text in cells.items())

    def expected(self, lang: str) -> list[str]:
        """Numbers that a cell must have: those of most other columns, or the pivot's if few."""
        others = len(self.cells) - 1
        if others < 3:
            return [] if lang == self.pivot else list(self.numbers.get(self.pivot, ()))
        text = self.cells[lang]
        return [number for number, many in self.kept.items()
                if many - is_kept(number, text, lang) > others / 2]  # fmt: skip

    def number_flags(self, lang: str, row: int) -> Iterator[Flag]:
        """Numbers lost, changed or added, and units exchanged."""
        text, mine = self.cells[lang], self.numbers[lang]
        lost = [one for one in self.expected(lang) if not is_kept(one, text, lang)]
        written = {number for other, counts in self.numbers.items() if other != lang
                   for number in counts}  # fmt: skip
        strange = [one for one in mine if not self._elsewhere(one, lang, written)]
        in_words = 100 if not mine else 9  # "the fourteenth century"
        changed = [one for one in lost if strange or float(one) > in_words]
        if changed:
            there = ", ".join(mine) or "none"
            value = f"{', '.join(sorted(changed))} is not there; there is {there}"
            yield Flag(lang, row, "number", value, short(text))
        elif usual := self._otherwise(lang, bool(strange)):
            value = f"{', '.join(sorted(mine.elements()))} instead of {', '.join(usual)}"
            yield Flag(lang, row, "number", value, short(text))
        elif lost or (strange and len(self.cells) > 3):
            value = f"only here: {', '.join(strange)}" if strange else f"in words: {lost[0]}"
            yield Flag(lang, row, "number", value, short(text), False)
        if lang != self.pivot and mine and self.pivot in self.cells:
            known = units(self.cells[self.pivot])
            if pair := exchanged(known, text):
                yield Flag(lang, row, "unit", f"{pair[0]} became {pair[1]}", short(text))

    def _otherwise(self, lang: str, strange: bool) -> tuple[str, ...]:
        """The numbers of most others, if one that stands there twice was changed here."""
        others = [tuple(sorted(one.elements())) for other, one in self.numbers.items()
                  if other != lang]  # fmt: skip
        if len(others) < 3 and lang == self.pivot:
            return ()
        mine = tuple(sorted(self.numbers[lang].elements()))
        usual, many = Counter(others).most_common(1)[0] if others else ((), 0)
        known = strange or set(usual) == set(mine)  # else a year of another calendar, or in words
        changed = known and len(usual) == len(mine) and usual != mine
        return usual if changed and many > len(others) / 2 else ()

    def _elsewhere(self, number: str, lang: str, written: set[str]) -> bool:
        """Whether another column has the number in any form."""
        if self.kept[number] > 1 or number in written:
            return True
        text = self.cells[lang]
        mine = self.numbers[lang]
        return any(is_kept(other, text, lang) for other in written if other not in mine)

    def name_flags(self, lang: str, row: int) -> Iterator[Flag]:
        """Acronyms and quoted titles of the pivot that most other columns keep."""
        text, others = self.cells[lang], len(self.cells) - 1
        if lang == self.pivot or others < 1:
            return
        for name in sorted(self.acronyms):
            kept = sum(name.lower() in cell.lower() for cell in self.cells.values())
            if name.lower() not in text.lower() and kept >= 0.75 * others:
                # other scripts may spell a name in their own letters
                latin = script_of(lang) == "Latn"
                yield Flag(lang, row, "name", f"{name} is not there", short(text), latin)
        bare = not _QUOTES.search(text)
        if self.titles and bare and self.quoting >= 0.75 * others:
            kept_as_is = all(title.lower() in text.lower() for title in self.titles)
            value = f"no quotation marks; the question quotes {self.titles[0]!r}"
            yield Flag(lang, row, "quoted title", value, short(text), not kept_as_is)
        elif self.titles and _EMPTY.search(text):
            value = f"nothing between the quotation marks; the question quotes {self.titles[0]!r}"
            yield Flag(lang, row, "quoted title", value, short(text))

    def mark_flags(self, lang: str, row: int) -> Iterator[Flag]:
        """A final mark unlike that of most others; Thai and Tibetan write none."""
        asks = ends_as_question(self.cells[lang])
        most = self.asking - asks > (len(self.cells) - 1) / 2
        if len(self.cells) > 1 and asks != most and lang not in ("th", "bo", "lo", "km", "my"):
            value = f"{'a' if asks else 'no'} question mark, unlike most"
            yield Flag(lang, row, "final mark", value, short(self.cells[lang]), False)

    def copy_flags(self, lang: str, row: int) -> Iterator[Flag]:
        """A cell that is the pivot's."""
        source = self.cells.get(self.pivot)
        if lang == self.pivot or not source:
            return
        alike = overlap(self.cells[lang], source)
        if alike > COPIED:
            value = f"{alike:.2f} of the trigrams are those of {self.pivot}"
            yield Flag(lang, row, "untranslated", value, short(self.cells[lang]))


def cell_flags(sheet: Sheet, pivot: str) -> list[Flag]:
    """All checks of cells but language and alignment."""
    flags: list[Flag] = []
    for row in range(len(sheet.questions)):
        cells = {lang: str(column[row]) for lang, column in sheet.cells.items() if column[row]}
        flags += [one for lang, text in cells.items() for one in _alone(lang, row, text)]
        about = Row({lang: text for lang, text in cells.items() if text.strip()}, pivot)
        for lang in about.cells:
            flags += about.number_flags(lang, row)
            flags += about.name_flags(lang, row)
            flags += about.mark_flags(lang, row)
            flags += about.copy_flags(lang, row)
    flags += [one for lang in sheet.cells for one in _duplicates(sheet, lang)]
    return flags + list(_lengths(sheet))


def _alone(lang: str, row: int, text: str) -> Iterator[Flag]:
    for one in oddities(text, lang):
        yield Flag(lang, row, one.check, one.value, short(text), one.hard)
    yield from script_flags(lang, row, text)


def _duplicates(sheet: Sheet, lang: str) -> Iterator[Flag]:
    """Equal cells of a column whose questions differ in the other columns."""
    first: dict[str, int] = {}
    for row, cell in enumerate(sheet.cells[lang]):
        if not cell or not cell.strip():
            continue
        known = first.setdefault(" ".join(cell.lower().split()), row)
        if known == row:
            continue
        pairs = [(column[known], column[row]) for other, column in sheet.cells.items()
                 if other != lang]  # fmt: skip
        alike = [overlap(one, two) for one, two in pairs if one and two]
        differs = bool(alike) and float(np.mean(alike)) < SAME_QUESTION
        value = f"the same as line {known + 1}"
        yield Flag(lang, row, "duplicate", value, short(cell), differs)


def _lengths(sheet: Sheet) -> Iterator[Flag]:
    """Cells far longer or shorter than their column is for other questions of that length."""
    langs = list(sheet.cells)
    if len(langs) < 2 or len(sheet.questions) < 6:
        return
    size = np.array([[np.log(len(cell.strip()) + 1) if cell and cell.strip() else np.nan
                      for cell in sheet.cells[lang]] for lang in langs])  # fmt: skip
    level = size - _middles(size)
    for index, lang in enumerate(langs):
        others = np.delete(level, index, axis=0)
        away = level[index] - _middles(others.T)[:, 0]
        away = away - _middles(away[None])[0, 0]
        spread = max(1.4826 * float(_middles(np.abs(away)[None])[0, 0]), LEAST_SPREAD)
        for row in np.flatnonzero(np.abs(away) > MOST_LENGTH_Z * spread):
            value = f"{np.exp(away[row]):.2f} times the usual length, z {away[row] / spread:.1f}"
            text = str(sheet.cells[lang][int(row)])
            far = not 1 / MOST_TIMES < np.exp(away[row]) < MOST_TIMES
            yield Flag(lang, int(row), "length", value, short(text), bool(far))


def _middles(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Median of what is a number in each row, shape (rows, 1); NaN if nothing is."""
    found: Sequence[float] = [
        float(np.median(row[np.isfinite(row)])) if np.isfinite(row).any() else np.nan
        for row in values
    ]
    return np.array(found)[:, None]
