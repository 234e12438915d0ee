"""Language and script of cells, judged within the languages of the table and column by column.

On cells of the size of a question an open set of languages misleads (a Norwegian question passes
for Danish); what a table holds is known beforehand, so only its languages compete, of these only
those of the cell's script, and a column is judged by all of its cells together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import langcodes
import numpy as np
import numpy.typing as npt
import regex  # type: ignore[import-untyped]

from curate.questions.characters import reads_right_to_left
from curate.questions.column_model import column_evidence
from curate.questions.sheet import Flag, Sheet, short

Identify = Callable[[Sequence[str], Sequence[str]], npt.NDArray[np.float32]]
"""Texts and languages → probabilities, shape (texts, languages), from a model of any kind; a
column of NaN for a language that it does not know."""

CONFUSABLE = tuple(frozenset(pair.split()) for pair in ("no da", "cs sk", "id ms", "hr sr bs"))
"""Languages whose questions even readers take for each other: a hint, never a fault."""
SURE = 0.8
"""Probability among the table's languages from which one cell is said to be another language."""
LEAST_LETTERS = 15
"""Letters below which a cell is not judged: names and titles."""
LEAST_SHARE = 0.2
"""Share of letters in the column's script: the lowest of a right cell measured is .23, a Greek
question on a company with an English name."""
OWN = 12.0
"""Weight of what the columns say themselves, in n-grams: of MultiQ cells .978 are right without
it, .995 with it (set on that set); of XQuAD .992 and .995."""
_SCRIPTS = (
    "Beng",  # codespell:ignore
    "Latn", "Cyrl", "Grek", "Arab", "Hebr", "Deva", "Thai", "Tibt", "Geor", "Armn", "Hang", "Hira",
    "Kana", "Hani", "Ethi", "Khmr", "Laoo", "Mymr", "Taml", "Telu", "Knda", "Mlym", "Gujr", "Guru",
    "Orya", "Sinh",
)  # fmt: skip
_LETTERS = {one: regex.compile(rf"(?=\p{{L}})\p{{Script={one}}}") for one in _SCRIPTS}
_LETTER = regex.compile(r"\p{L}")
_FAMILIES = {"Jpan": ("Hira", "Kana", "Hani"), "Kore": ("Hang", "Hani"), "Hans": ("Hani",),
             "Hant": ("Hani",)}  # fmt: skip
_MIXED = regex.compile(r"\w*(?:\p{Script=Latn}[\p{Script=Cyrl}]|\p{Script=Cyrl}\p{Script=Latn})\w*")


class ColumnLanguage(NamedTuple):
    """What the cells of a column say together.

    Attributes:
        best: The language they are most probably in; empty if none can be told.
        prob: Mean probability of it.
        right: Share of cells whose own best language is the column's; NaN if not told.
    """

    best: str
    prob: float
    right: float


def script_of(lang: str) -> str:
    """ISO 15924 of the script that a language is usually written in; empty if not known.

    >>> script_of("ja"), script_of("mt"), script_of("zh")
    ('Jpan', 'Latn', 'Hans')
    """
    try:
        return langcodes.Language.get(lang).maximize().script or ""
    except ValueError:
        return ""


def script_shares(text: str) -> dict[str, float]:
    """Share of the letters of a text in each script.

    >>> script_shares("ab ця")
    {'Latn': 0.5, 'Cyrl': 0.5}
    """
    letters = len(_LETTER.findall(text))
    found = {one: len(pattern.findall(text)) for one, pattern in _LETTERS.items()}
    return {one: many / letters for one, many in found.items() if many}


def column_languages(
    sheet: Sheet, identify: Identify
) -> tuple[dict[str, ColumnLanguage], list[Flag]]:
    """Judge every column and every cell; flags for those that are in another language."""
    langs = list(sheet.cells)
    at = [(lang, row) for lang in langs for row, cell in enumerate(sheet.cells[lang])
          if cell and _LETTER.search(cell)]  # fmt: skip
    texts = [sheet.cells[lang][row] or "" for lang, row in at]
    model = closed(texts, langs, identify)
    flags: list[Flag] = []
    columns: dict[str, ColumnLanguage] = {}
    own = column_evidence([sheet.cells[lang] for lang in langs])
    weighed = [own[langs.index(lang)][row] for lang, row in at]
    probs = _together(model, np.array(weighed).reshape(model.shape))
    owner = np.array([langs.index(lang) for lang, _ in at])
    for index, lang in enumerate(langs):
        mine = np.flatnonzero(owner == index)
        columns[lang] = column = _judged(index, model[mine], probs[mine], langs)
        if column.best not in (lang, ""):
            row = at[mine[0]][1]
            value = f"the column is {column.best} ({column.prob:.2f}), not {lang}"
            flags.append(Flag(lang, row, "column language", value, short(texts[mine[0]])))
        elif column.best:
            cells = [(at[one][1], texts[one], probs[one]) for one in mine]
            flags += _strangers(lang, index, cells, langs)
    return columns, flags


def closed(
    texts: Sequence[str], langs: Sequence[str], identify: Identify
) -> npt.NDArray[np.float64]:
    """Probabilities of the languages of a table, shape (texts, languages), each row sums to 1.

    Only languages written in a script of the text compete; all do if none is. A language that the
    model does not know counts where no other of the table has its script; else it cannot be told.
    """
    if not texts:
        return np.zeros((0, len(langs)))
    known = np.asarray(identify(texts, langs), np.float64).reshape(len(texts), len(langs))
    unknown = np.isnan(known)
    fits = np.zeros(known.shape, np.bool_)
    wanted = [_FAMILIES.get(script_of(lang), (script_of(lang),)) for lang in langs]
    for row, text in enumerate(texts):
        shares = script_shares(text)
        share = [sum(shares.get(one, 0) for one in family) for family in wanted]
        top = max(share, default=0)
        fits[row] = [top > 0 and one >= top - 1e-9 for one in share]
        if "Hira" in shares or "Kana" in shares:  # Han alone may be both
            fits[row] &= (
                [("Hira" in family) for family in wanted]
                if any("Hira" in family for family in wanted)
                else True
            )
    fits[~fits.any(axis=1)] = True
    scores = np.where(fits, np.where(unknown, 1e-9, known + 1e-9), 0)
    total = scores.sum(axis=1, keepdims=True)
    return np.asarray(scores / np.maximum(total, 1e-30), np.float64)


def _together(
    model: npt.NDArray[np.float64], own: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Probabilities by the model and by the columns' own n-grams."""
    scores = np.log(np.maximum(model, 1e-12)) + OWN * own
    scores = np.exp(scores - scores.max(axis=1, keepdims=True, initial=-np.inf))
    return np.asarray(scores / scores.sum(axis=1, keepdims=True), np.float64)


def confusable(one: str, other: str) -> bool:
    """Whether two languages are on the list of those that look alike.

    >>> confusable("no", "da"), confusable("no", "nl")
    (True, False)
    """
    return any({one, other} <= pair for pair in CONFUSABLE)


def _judged(
    index: int,
    model: npt.NDArray[np.float64],
    probs: npt.NDArray[np.float64],
    langs: Sequence[str],
) -> ColumnLanguage:
    """The column by the model alone: its own words would vouch for any name it bears."""
    if not len(probs):
        return ColumnLanguage("", 0.0, float("nan"))
    mean = model.mean(axis=0)
    # ties, such as of languages that the model does not know, are for the column's own name
    best = index if mean[index] >= mean.max() - 1e-6 else int(mean.argmax())
    right = float((probs.argmax(axis=1) == index).mean())
    return ColumnLanguage(langs[best], float(mean[best]), right)


def _strangers(
    lang: str,
    index: int,
    cells: Sequence[tuple[int, str, npt.NDArray[np.float64]]],
    langs: Sequence[str],
) -> Iterator[Flag]:
    """Cells of a right column that are in another language."""
    for row, text, probs in cells:
        best = int(probs.argmax())
        if best == index or len(_LETTER.findall(text)) < LEAST_LETTERS:
            continue
        shares = script_shares(text)
        family = _FAMILIES.get(script_of(lang), (script_of(lang),))
        foreign = script_of(langs[best]) != script_of(lang)  # or names in foreign letters
        named = foreign and sum(shares.get(one, 0) for one in family) >= LEAST_SHARE
        sure = probs[best] >= SURE and not named and not confusable(lang, langs[best])
        value = f"{langs[best]} ({probs[best]:.2f}), not {lang}"
        yield Flag(lang, row, "language", value, short(text), bool(sure))


def script_flags(lang: str, row: int, text: str) -> Iterator[Flag]:
    """Letters of another script, words of two scripts, and a start against the direction."""
    script = script_of(lang)
    shares = script_shares(text)
    wanted = sum(shares.get(one, 0) for one in _FAMILIES.get(script, (script,)))
    if shares and script and wanted < LEAST_SHARE:
        value = f"{wanted:.2f} of the letters are {script}"
        yield Flag(lang, row, "script", value, short(text), _LETTER.search(text) is not None)
    if mixed := _MIXED.search(text):
        yield Flag(lang, row, "script", f"a word of two scripts: {mixed[0]}", short(text), False)
    first = _LETTER.search(text)
    if first and reads_right_to_left(lang) and _LETTERS["Latn"].match(first[0]):
        value = "begins from left to right, so that it is shown in the wrong order"
        yield Flag(lang, row, "direction", value, short(text), False)
