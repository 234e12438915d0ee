"""``transforms.transliterate`` as a step: columns by options, digests, and what cannot be."""

from __future__ import annotations

import shutil
import typing
from pathlib import Path

import pyarrow as pa
import pytest

from curate.catalog import adapter
from curate.contract import apply
from curate.errors import EnvironmentError_, RecipeError, StepError
from curate.maltese.views import LABELS, MERGED, TRANSLATE, VIEWS, tables_of
from curate.transforms import transliterate
from curate.transforms.transliterate import Transliterate

LISTS = pa.list_(pa.string())
TOKENS = [["Il-", "karozza", "ta'", "Ġanni", "."], None, []]
KINDS = [["Arabic", "Non-Arabic", "Arabic", "Name", "Symbol"], None, []]


def batch(labels: list[list[str] | None] | None = None) -> pa.Table:
    table = pa.table({"id": ["a", "b", "c"], "tokens": pa.array(TOKENS, LISTS)})
    return table if labels is None else table.append_column("etymology", pa.array(labels, LISTS))


def test_without_labels_all_words_are_written() -> None:
    out = Transliterate(text="")(batch())
    assert out.column_names == ["id", "tokens", "x_ara"]
    assert out["x_ara"].to_pylist() == ["الكردز تاع جن .", None, ""]


def test_with_labels_the_others_are_passed_too() -> None:
    out = Transliterate(text="")(batch(KINDS))
    assert out["x_p"].to_pylist() == ["ال karozza تاع Ġanni .", None, ""]


def test_words_can_be_had_one_by_one() -> None:
    out = Transliterate(text="", views=("X/P",), as_tokens=True)(batch(KINDS))
    assert out.column_names[-2:] == ["x_p", "x_p_tokens"]
    assert out["x_p_tokens"].to_pylist() == [["ال", "karozza", "تاع", "Ġanni", "."], None, []]


def test_a_version_of_ones_own_says_what_is_done_with_each_label() -> None:
    modes = {"Arabic": "pass", "Non-Arabic": "transliterate", "Symbol": "drop"}
    step = adapter(Transliterate).validate_python({"text": "", "modes": modes})
    assert step(batch(KINDS))["custom"][0].as_py() == "Il- كردز ta' Ġanni"
    with pytest.raises(ValueError, match="mt-fr"):
        adapter(Transliterate).validate_python({"modes": {"Name": "translate:mt-fr"}})


def test_text_without_tokens_is_cut_first() -> None:
    out = Transliterate()(pa.table({"id": ["a"], "text": ["Il-kelb."]}))
    assert out["x_ara"].to_pylist() == ["الكلب ."]


def test_a_ranked_spelling_is_a_listed_word(data_dir: Path) -> None:
    words = str(data_dir / "maltese/arabic_words_tn.tsv")
    rows = pa.table({"tokens": pa.array([["kien", "raġel", "kbir", "dar"]], LISTS)})
    for options, expected in (
        ({}, "كان رجل كبر در"),
        ({"spelling": "ranked", "words": words}, "كان رجل كبر دار"),
    ):
        step = Transliterate(text="", **options)
        step.prepare()
        assert step(rows)["x_ara"].to_pylist() == [expected]


def test_all_views_are_written_where_tables_are_given(data_dir: Path) -> None:
    tables = str(data_dir / "maltese/translations")
    out = Transliterate(text="", tables=tables)(batch(KINDS))
    assert len(out.column_names) == 3 + len(VIEWS)
    assert out["x_t_eng"][0].as_py().endswith(" .")


def test_rows_whose_labels_do_not_fit_are_set_aside() -> None:
    labels = [["Arabic"], None, []]
    kept, rejected = apply(Transliterate(text="", views=("X/P",)), batch(labels))
    assert kept["id"].to_pylist() == ["b", "c"]
    assert rejected.select(["id", "reason"]).to_pylist() == [
        {"id": "a", "reason": "labels do not fit tokens"}
    ]


def test_a_view_by_origin_without_labels_names_the_column() -> None:
    with pytest.raises(StepError, match="needs the column 'etymology'"):
        apply(Transliterate(text="", views=("X/P",)), batch())


def test_a_missing_table_stops_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentError_, match="X/T_ara needs the table en-ar"):
        Transliterate(views=("X/T_ara",)).prepare()
    with pytest.raises(EnvironmentError_, match=r"cannot read the table .*mt-en\.tsv"):
        Transliterate(views=("T_eng",), tables=str(tmp_path)).prepare()


def test_a_list_without_ranking_stops_before_any_work() -> None:
    with pytest.raises(RecipeError, match="words counts only with spelling: ranked"):
        Transliterate(words="list.tsv").prepare()


def test_a_missing_model_stops_before_any_work(tmp_path: Path) -> None:
    step = Transliterate(spelling="ranked", word_model=str(tmp_path / "tn.arpa"))
    with pytest.raises(EnvironmentError_, match=r"word_model: there is no file .*tn\.arpa"):
        step.prepare()


def test_the_content_of_files_counts_and_not_their_place(tmp_path: Path) -> None:
    prints = []
    for name, meaning in (("one", "house"), ("two", "house"), ("three", "home")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "mt-en.tsv").write_text(f"dar\t{meaning}\n", encoding="utf-8")
        step = Transliterate(views=("T_eng",), tables=str(tmp_path / name))
        prints.append(step.fingerprint())
        shutil.rmtree(tmp_path / name)
    assert prints[0] == prints[1] != prints[2]


def test_the_released_small_words_can_be_taken(data_dir: Path) -> None:
    folder = str(data_dir / "maltese/maps/token_mappings")
    step = Transliterate(text="", closed_class=folder)
    assert len(step.prepare()) == 2
    rows = pa.table({"tokens": pa.array([["għandha"]], LISTS)})
    assert step(rows)["x_ara"].to_pylist() == ["عندها"]


def test_options_are_those_of_the_library() -> None:
    assert set(typing.get_args(transliterate._View)) == set(VIEWS)
    assert set(typing.get_args(transliterate._Label)) == {*LABELS, *MERGED}
    tables = {table for modes in VIEWS.values() for table in tables_of(modes)}
    named = {mode for mode in typing.get_args(transliterate._Mode) if mode.startswith(TRANSLATE)}
    assert named == {TRANSLATE + table for table in tables}
