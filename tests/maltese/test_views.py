"""Versions of annotated sentences against the published pipelines, redone word by word.

The Arabic of each word is from ``translit_golden.tsv``, which the released transducers wrote, and
the translations from the released tables, read as the released code reads them.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.errors import EnvironmentError_
from curate.maltese.closed_class import closed_class
from curate.maltese.transliterate import certain, read_closed_class, transliterate
from curate.maltese.views import (
    LABELS,
    VIEWS,
    Resources,
    Writer,
    chosen,
    column_of,
    misfits,
    rows_of,
    tables_needed,
)
from curate.maltese.word_tables import read_table

STRINGS = pa.list_(pa.string())
TABLES = ("mt-ar", "mt-en", "mt-it", "en-ar")


def lines(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


@pytest.fixture(scope="module")
def sentences(data_dir: Path) -> list[list[dict[str, str]]]:
    rows = lines(data_dir / "maltese/annotations.tsv")
    return [list(group) for _, group in itertools.groupby(rows, key=lambda row: row["id"])]


@pytest.fixture(scope="module")
def published(data_dir: Path) -> dict[str, Callable[[str, str], str]]:
    """For each view what the paper's pipeline makes of a word with a label."""
    folder = data_dir / "maltese"
    arabic = {row["token"]: row["arabic_det"] for row in lines(folder / "translit_golden.tsv")}
    table: dict[str, dict[str, str]] = {}
    for name in TABLES:
        text = (folder / f"translations/{name}.tsv").read_text(encoding="utf-8")
        pairs = [line.strip().split("\t") for line in text.split("\n") if line.strip()]
        table[name] = {pair[0]: pair[1] for pair in pairs if len(pair) == 2}

    def translated(name: str) -> Callable[[str, str], str]:
        return lambda word, label: (
            arabic[word]
            if label == "Arabic"
            else table[name][word]
            if label in ("Non-Arabic", "Name")
            else word
        )

    def to_arabic(word: str, label: str) -> str:
        if label in ("Arabic", "Symbol"):
            return arabic[word]
        return table["mt-ar" if label in ("Non-Arabic", "Name") else "en-ar"][word]

    return {
        "X_ara": lambda word, _: arabic[word],
        "T_ara": lambda word, _: table["mt-ar"][word],
        "T_eng": lambda word, _: table["mt-en"][word],
        "T_ita": lambda word, _: table["mt-it"][word],
        "X/P": lambda word, label: arabic[word] if label == "Arabic" else word,
        "X/T_ara": to_arabic,
        "X/T_eng": translated("mt-en"),
        "X/T_ita": translated("mt-it"),
    }


def resources(data_dir: Path) -> Resources:
    folder = data_dir / "maltese"
    closed = read_closed_class(folder / "maps/token_mappings")
    tables = {name: read_table(folder / f"translations/{name}.tsv") for name in TABLES}
    return Resources(closed, certain, tables)


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_of_the_annotated_sentences_is_that_of_the_published_pipeline(
    view: str,
    data_dir: Path,
    sentences: list[list[dict[str, str]]],
    published: dict[str, Callable[[str, str], str]],
) -> None:
    tokens = pa.array([[row["token"] for row in rows] for rows in sentences], STRINGS)
    labels = pa.array([[row["category_merged"] for row in rows] for rows in sentences], STRINGS)
    written = Writer(rows_of(tokens, labels), resources(data_dir)).write(VIEWS[view])
    expected = [
        [published[view](row["token"], row["category_merged"]) for row in rows]
        for rows in sentences
    ]
    assert written.tokens.to_pylist() == expected
    assert sum(map(len, expected)) == 7734


def test_fine_labels_give_the_views_of_the_merged_ones(
    data_dir: Path, sentences: list[list[dict[str, str]]]
) -> None:
    tokens = pa.array([[row["token"] for row in rows] for rows in sentences], STRINGS)
    fine, merged = (
        pa.array([[row[name] for row in rows] for rows in sentences], STRINGS)
        for name in ("category", "category_merged")
    )
    by = resources(data_dir)
    for modes in VIEWS.values():
        one, other = (Writer(rows_of(tokens, kind), by).write(modes) for kind in (fine, merged))
        assert one.text.equals(other.text)


def write(
    tokens: list[list[str | None] | None], labels: object, modes: dict[str, str], **by: object
) -> list[str | None]:
    given = pa.array(labels, STRINGS) if labels is not None else None
    rows = rows_of(pa.array(tokens, STRINGS), given)
    found: list[str | None] = (
        Writer(rows, Resources(closed_class(), **by)).write(modes).text.to_pylist()
    )
    return found


def test_the_article_joins_a_word_in_arabic_script_and_no_other() -> None:
    tokens = [["Il-", "kelb", "fil-", "Porsche"], ["il-"], ["kelb", "il-"], []]
    labels = [["Arabic", "Arabic", "Arabic", "Name"], ["Arabic"], ["Arabic", "Arabic"], []]
    assert write(tokens, labels, VIEWS["X/P"]) == ["الكلب فال Porsche", "ال", "كلب ال", ""]


def test_null_rows_and_words_stay_null_and_leave_no_gap() -> None:
    assert write([None, ["kelb", None, "dar"]], None, VIEWS["X_ara"]) == [None, "كلب در"]


def test_a_dropped_word_leaves_no_gap_and_what_it_parted_joins() -> None:
    modes = {"Arabic": "transliterate", "Name": "drop"}
    tokens = [["il-", "Porsche", "kelb", "Malta"]]
    labels = [["Arabic", "Name", "Arabic", "Name"]]
    assert write(tokens, labels, modes) == ["الكلب"]


def test_a_label_without_a_mode_passes_and_a_fine_one_may_have_its_own() -> None:
    modes = {"Name": "translate:mt-en", "Name (Arabic)": "transliterate"}
    labels = [["Name (Non-Arabic)", "Name (Arabic)", "Symbol"]]
    found = write([["Ruma", "Malta", "?"]], labels, modes, tables={"mt-en": {"Ruma": "Rome"}})
    assert found == ["Rome ملت ?"]


def test_a_word_missing_in_a_table_is_looked_up_in_lower_case_then_passed() -> None:
    tables = {"mt-en": {"dar": "house"}}
    assert write([["Dar", "Xyz"]], None, VIEWS["T_eng"], tables=tables) == ["house Xyz"]


def test_rows_whose_labels_do_not_fit_are_found() -> None:
    tokens = pa.array([["a", "b"], ["a"], ["a"], ["a"], None, []], STRINGS)
    labels = pa.array([["Arabic"], ["Arabic"], ["Greek"], None, None, []], STRINGS)
    assert misfits(tokens, labels).to_pylist() == [True, False, True, True, False, False]


WORD = st.text(st.sampled_from("abdeħiltx-'?1 ش"), min_size=1, max_size=5)
PAIRS = st.lists(st.tuples(WORD, st.sampled_from(LABELS)), max_size=6)


@given(st.lists(st.none() | PAIRS, max_size=5), st.sampled_from(["X_ara", "X/P"]))
def test_views_are_those_of_words_written_one_by_one(
    rows: list[list[tuple[str, str]] | None], view: str
) -> None:
    tokens = [None if row is None else [word for word, _ in row] for row in rows]
    labels = [None if row is None else [label for _, label in row] for row in rows]
    expected = [None if row is None else _by_hand(row, view) for row in rows]
    assert write(tokens, labels, VIEWS[view]) == expected


def _by_hand(row: list[tuple[str, str]], view: str) -> str:
    pieces = []
    for word, label in row:
        is_written = view == "X_ara" or label == "Arabic"
        pieces.append(transliterate(word, closed_class()) if is_written else (word, False))
    text = ""
    for (piece, joins), (following, _) in itertools.zip_longest(
        pieces, pieces[1:], fillvalue=("", False)
    ):
        text += piece + ("" if joins and "\u0600" <= following[:1] <= "\u06ff" else " ")
    return text[:-1] if pieces and text.endswith(" ") else text


@given(st.lists(PAIRS, min_size=1, max_size=5), st.integers(0, 4))
def test_rows_do_not_depend_on_their_batch(rows: list[list[tuple[str, str]]], cut: int) -> None:
    tokens = [[word for word, _ in row] for row in rows]
    labels = [[label for _, label in row] for row in rows]
    whole = write(tokens, labels, VIEWS["X/P"])
    parts = [
        write(tokens[part], labels[part], VIEWS["X/P"]) for part in (slice(cut), slice(cut, 9))
    ]
    assert parts[0] + parts[1] == whole


def test_views_are_chosen_by_what_there_is() -> None:
    assert list(chosen((), {}, labelled=False, translated=False)) == ["X_ara"]
    assert list(chosen((), {}, labelled=True, translated=False)) == ["X_ara", "X/P"]
    assert list(chosen((), {}, labelled=False, translated=True)) == [
        "X_ara",
        "T_ara",
        "T_eng",
        "T_ita",
    ]
    assert list(chosen((), {}, labelled=True, translated=True)) == list(VIEWS)
    own = {"Arabic": "drop"}
    assert chosen(("T_ara",), own, labelled=True, translated=False) == {
        "T_ara": VIEWS["T_ara"],
        "custom": own,
    }


def test_a_view_whose_table_is_not_given_says_which() -> None:
    with pytest.raises(EnvironmentError_, match="X/T_eng needs the table mt-en; set tables"):
        tables_needed({"X/T_eng": VIEWS["X/T_eng"]}, "", owner="me")


def test_a_table_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "mt-en.tsv").write_text("no tab\n", encoding="utf-8")
    with pytest.raises(EnvironmentError_, match=r"mt-en\.tsv: no line is 'word TAB translation'"):
        read_table(tmp_path / "mt-en.tsv")
    with pytest.raises(EnvironmentError_, match=r"cannot read the table .*mt-it\.tsv"):
        read_table(tmp_path / "mt-it.tsv")


def test_names_of_columns_are_plain() -> None:
    assert [column_of(view) for view in VIEWS] == [
        "x_ara",
        "t_ara",
        "t_eng",
        "t_ita",
        "x_p",
        "x_t_ara",
        "x_t_eng",
        "x_t_ita",
    ]
