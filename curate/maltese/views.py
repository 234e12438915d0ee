"""Versions of a Maltese text by the origin of its words: in Arabic letters, translated, as it is.

The versions of Micallef et al. 2024, section 5: what is done with a word depends on its etymology.
``X_ara`` writes every word in Arabic letters, ``T_ara``, ``T_eng`` and ``T_ita`` translate every
word by a table, ``X/P`` writes words of Arabic origin and passes the others, ``X/T_eng`` and
``X/T_ita`` translate Romance words and names and pass English ones and symbols, and ``X/T_ara``
brings all of it to Arabic. Of the two ways in which the released code treats symbols in the last
but one, this is that of its documentation; its demo translates them too (a comma becomes
*Number*).

Misleads: tables translate words one by one, the article as a word of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.arrow import sha256_of
from curate.errors import EnvironmentError_
from curate.maltese.closed_class import closed_class
from curate.maltese.transliterate import (
    CLOSED_CLASS_FILES,
    Spelling,
    certain,
    read_closed_class,
    transliterate,
)
from curate.maltese.word_tables import read_table
from curate.models import load_once

Modes = Mapping[str, str]

LABELS = ("Arabic", "Non-Arabic", "Name", "Code-Switching", "Symbol")
MERGED = {"Mixed": "Non-Arabic", "Name (Arabic)": "Name", "Name (Non-Arabic)": "Name"}
"""Fine labels do as these where a view says nothing of them."""
TRANSLATE = "translate:"


def _every(mode: str) -> dict[str, str]:
    return dict.fromkeys(LABELS, mode)


def _arabic_and(table: str) -> dict[str, str]:
    translated = dict.fromkeys(("Non-Arabic", "Name"), TRANSLATE + table)
    return _every("pass") | translated | {"Arabic": "transliterate"}


VIEWS: dict[str, dict[str, str]] = {
    "X_ara": _every("transliterate"),
    "T_ara": _every("translate:mt-ar"),
    "T_eng": _every("translate:mt-en"),
    "T_ita": _every("translate:mt-it"),
    "X/P": _every("pass") | {"Arabic": "transliterate"},
    "X/T_ara": _arabic_and("mt-ar")
    | {"Symbol": "transliterate", "Code-Switching": "translate:en-ar"},
    "X/T_eng": _arabic_and("mt-en"),
    "X/T_ita": _arabic_and("mt-it"),
}
MISFIT = "labels do not fit tokens"
STRINGS = pa.list_(pa.string())


class Written(NamedTuple):
    """One version of a column of texts.

    Attributes:
        text: string; words parted by spaces, but where one joins the next. Null without tokens.
        tokens: list<string>, one for each word; null for one that was dropped.
    """

    text: pa.Array
    tokens: pa.Array


class Resources(NamedTuple):
    """What words are written by.

    Attributes:
        closed: Normalised word → Arabic, from ``closed_class`` or ``read_closed_class``.
        choose: What spells the other words, from ``curate.maltese.rank``, or ``certain``.
        tables: Name → word → translation.
    """

    closed: Mapping[str, str]
    choose: Callable[[str], str] = certain
    tables: Mapping[str, Mapping[str, str]] = {}


def chosen(
    views: Sequence[str], own: Modes, *, labelled: bool, translated: bool
) -> dict[str, Modes]:
    """Views by name: those named and one of the caller's, else all that are possible.

    Args:
        views: Of ``VIEWS``.
        own: Modes of the view ``custom``; empty for none.
        labelled: Words have labels.
        translated: There are tables.
    """
    if views or own:
        return {name: VIEWS[name] for name in views} | ({"custom": own} if own else {})
    return {
        name: modes
        for name, modes in VIEWS.items()
        if (labelled or not is_conditional(modes)) and (translated or not tables_of(modes))
    }


def is_conditional(modes: Modes) -> bool:
    """Whether a view depends on labels."""
    return len(set(modes.values())) > 1 or not set(LABELS) <= modes.keys()


def tables_of(modes: Modes) -> list[str]:
    """Names of the tables that a view needs."""
    names = {mode.removeprefix(TRANSLATE) for mode in modes.values() if mode.startswith(TRANSLATE)}
    return sorted(names)


def tables_needed(views: Mapping[str, Modes], folder: str, *, owner: str) -> list[str]:
    """Names of the tables that some views need.

    Raises:
        EnvironmentError_: There is one, and no folder was given.
    """
    needed = {table: view for view, modes in views.items() for table in tables_of(modes)}
    for table, view in needed.items():
        if not folder:
            raise EnvironmentError_(
                f"{owner}: {view} needs the table {table}; set tables to the folder translations "
                "of MLRS/malti, tag 2024.eacl, or ask for other views"
            )
    return sorted(needed)


def column_of(view: str) -> str:
    """Name of a view's column.

    Example:
        >>> column_of("X/T_eng")
        'x_t_eng'
    """
    return view.replace("/", "_").lower()


def open_resources(
    closed: str, spelling: str, words: str, kenlm: Sequence[Any], tables: str, names: Iterable[str]
) -> Resources:
    """What words are written by, each file read once in a process.

    Args:
        closed: Folder of the released closed class; empty for that of this package.
        spelling: ``certain`` or ``ranked``.
        words: Word list to rank by; empty for none.
        kenlm: Word model and character model to rank by, either may be None; empty for none.
        tables: Folder of the translation tables.
        names: Which of them.

    Raises:
        EnvironmentError_: A file is not there, or is none of its kind.
    """
    known = closed_class()
    if closed:
        known = _once(read_closed_class, Path(closed).expanduser())
    folder = Path(tables).expanduser()
    read = {name: _once(read_table, folder / f"{name}.tsv") for name in names}
    if spelling == "certain":
        return Resources(known, certain, read)
    from curate.maltese.rank import ByList, by_models, by_rule  # numba takes a second

    choose: Callable[[str], str] = by_rule
    if any(model is not None for model in kenlm):
        choose = by_models(*kenlm)
    elif words:
        choose = _once(ByList.read, Path(words).expanduser())
    return Resources(known, choose, read)


def digests(closed: str, words: str, tables: str, names: Iterable[str]) -> dict[str, str]:
    """Name → sha256 of the files that these options name; see ``open_resources``.

    Raises:
        EnvironmentError_: One cannot be read.
    """
    paths = {f"table {name}": Path(tables).expanduser() / f"{name}.tsv" for name in names}
    if words:
        paths["word list"] = Path(words).expanduser()
    for name in CLOSED_CLASS_FILES if closed else ():
        paths[f"closed class {name}"] = Path(closed).expanduser() / name
    return {name: sha256_of(path) for name, path in paths.items()}


def _once(read: Callable[[Path], Any], path: Path) -> Any:
    """Read again only what was replaced."""
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    states = [file.stat() for file in files if file.is_file()]
    key = read.__qualname__, path, *((state.st_size, state.st_mtime_ns) for state in states)
    return load_once(key, lambda: read(path))


class Rows(NamedTuple):
    """Words of a column, each distinct pair of word and label once.

    Attributes:
        offsets: int32, shape (rows + 1,), first word of each row.
        words: Distinct words; None for a null.
        labels: Distinct labels; None for a null or where there are no labels.
        pairs: int64, shape (pairs, 2), numbers of a word and its label.
        place: Number of the pair of each word.
        is_null: bool, shape (rows,), rows without words.
    """

    offsets: np.ndarray[Any, np.dtype[np.int32]]
    words: list[str | None]
    labels: list[str | None]
    pairs: np.ndarray[Any, np.dtype[np.int64]]
    place: np.ndarray[Any, np.dtype[np.int64]]
    is_null: np.ndarray[Any, np.dtype[np.bool_]]


def misfits(tokens: pa.Array, labels: pa.Array) -> pa.Array:
    """For each row whether its labels are missing, unknown, or not as many as its words."""
    same = pc.equal(pc.list_value_length(tokens), pc.list_value_length(labels))
    known = pc.is_in(labels.flatten(), pa.array([*LABELS, *MERGED]))
    row = np.repeat(np.arange(len(labels)), _sizes(labels))
    wrong = np.zeros(len(tokens), np.bool_)
    wrong[row[~known.to_numpy(zero_copy_only=False)]] = True
    fits = pc.and_(pc.fill_null(same, False), pa.array(~wrong))
    return pc.and_(pc.is_valid(tokens), pc.invert(fits))


def rows_of(tokens: pa.Array, labels: pa.Array | None = None) -> Rows:
    """Distinct words with their labels.

    Args:
        tokens: list<string>.
        labels: list<string> of as many, or None.
    """
    is_null = pc.is_null(tokens).to_numpy(zero_copy_only=False)
    offsets = np.concatenate([[0], np.cumsum(_sizes(tokens))]).astype(np.int32)
    words, of_word = _distinct(tokens.flatten())
    kinds: list[str | None] = [None]
    of_label = of_word * 0
    if labels is not None:
        kinds, of_label = _distinct(labels.flatten())
    pairs, place = np.unique(of_word * len(kinds) + of_label, return_inverse=True)
    both = np.stack(np.divmod(pairs, len(kinds)), axis=1) if len(kinds) else np.empty((0, 2), int)
    return Rows(offsets, words, kinds, both, place.reshape(-1), is_null)


def _sizes(lists: pa.Array) -> np.ndarray[Any, np.dtype[np.int64]]:
    sizes = pc.fill_null(pc.list_value_length(lists), 0)
    return np.asarray(sizes.to_numpy(zero_copy_only=False), np.int64)


def _distinct(
    values: pa.Array,
) -> tuple[list[str | None], np.ndarray[Any, np.dtype[np.int64]]]:
    coded = values.dictionary_encode("encode")
    return coded.dictionary.to_pylist(), coded.indices.to_numpy().astype(np.int64)


class Writer:
    """Writes views, each distinct word once.

    Args:
        rows: From ``rows_of``.
        resources: What words are written by.
    """

    def __init__(self, rows: Rows, resources: Resources) -> None:
        self.rows, self.resources = rows, resources
        self._spellings: dict[str, Spelling] = {}

    def write(self, modes: Modes) -> Written:
        """One view."""
        rows = self.rows
        found = [self._piece(word, label, modes) for word, label in self._pairs()]
        texts = pa.array([None if one is None else one.text for one in found], pa.string())
        joins = np.array([one is not None and one.joins for one in found], np.bool_)
        joined = np.array([one is not None and _is_arabic(one.text) for one in found], np.bool_)
        written = texts.take(pa.array(rows.place))
        mask = pa.array(rows.is_null) if rows.is_null.any() else None
        tokens = pa.ListArray.from_arrays(pa.array(rows.offsets), written, mask=mask)
        text = _text(written, joins[rows.place], joined[rows.place], rows.offsets)
        if mask is not None:
            text = pc.if_else(mask, pa.scalar(None, pa.string()), text)
        return Written(text, tokens)

    def _pairs(self) -> list[tuple[str | None, str | None]]:
        words, labels = self.rows.words, self.rows.labels
        return [(words[word], labels[label]) for word, label in self.rows.pairs.tolist()]

    def _piece(self, word: str | None, label: str | None, modes: Modes) -> Spelling | None:
        if word is None:
            return None
        mode = modes.get(label or LABELS[0])
        if mode is None:
            mode = modes.get(MERGED.get(label or "", ""), "pass")
        if mode == "transliterate":
            return self._spelling(word)
        if mode.startswith(TRANSLATE):
            table = self.resources.tables[mode.removeprefix(TRANSLATE)]
            return Spelling(table.get(word, table.get(word.lower(), word)), False)
        return None if mode == "drop" else Spelling(word, False)

    def _spelling(self, word: str) -> Spelling:
        found = self._spellings.get(word)
        if found is None:
            found = transliterate(word, self.resources.closed, self.resources.choose)
            self._spellings[word] = found
        return found


def _is_arabic(text: str) -> bool:
    return "\u0600" <= text[:1] <= "\u06ff"


def _text(
    written: pa.Array,
    joins: np.ndarray[Any, np.dtype[np.bool_]],
    joined: np.ndarray[Any, np.dtype[np.bool_]],
    offsets: np.ndarray[Any, np.dtype[np.int32]],
) -> pa.Array:
    """Words of each row with a space between two, unless the first joins an Arabic second."""
    row = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    there = pc.is_valid(written).to_numpy(zero_copy_only=False)
    row, joins, joined = row[there], joins[there], joined[there]
    is_last = np.append(row[1:] != row[:-1], True)[: len(row)]
    closed = is_last | (joins & np.append(joined[1:], False)[: len(row)])
    spaces = pa.array(["", " "]).take(pa.array(1 - closed.astype(np.int8)))
    pieces = pc.binary_join_element_wise(written.filter(pa.array(there)), spaces, "")
    counts = np.bincount(row, minlength=len(offsets) - 1)
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    return pc.binary_join(pa.ListArray.from_arrays(pa.array(starts), pieces), "")
