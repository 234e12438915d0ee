from __future__ import annotations

import json
import shutil
from pathlib import Path

import pyarrow as pa
import pytest

from curate.errors import EnvironmentError_
from curate.maltese.store import BUNDLED
from curate.transforms.annotate_etymology import AnnotateEtymology
from curate.transforms.tokenize_maltese import TokenizeMaltese

TEXTS = [
    "Il-gvern ħabbar proġett ġdid f'Għawdex.",
    None,
    "",
    "The Chairman said so.",
    "&amp; 🇲🇹 https://example.org 2024",
]


@pytest.fixture
def batch() -> pa.Table:
    return pa.table({"id": list("abcde"), "text": pa.array(TEXTS, pa.string())})


def test_words_are_labelled_where_a_step_has_cut_them(batch: pa.Table) -> None:
    rows = AnnotateEtymology()(TokenizeMaltese()(batch)).to_pylist()
    assert dict(zip(rows[0]["tokens"], rows[0]["etymology"], strict=True)) == {
        "Il-": "Arabic",
        "gvern": "Non-Arabic",
        "ħabbar": "Arabic",
        "proġett": "Non-Arabic",
        "ġdid": "Arabic",
        "f'": "Arabic",
        "Għawdex": "Name",
        ".": "Symbol",
    }
    assert [row["etymology"] for row in rows[1:3]] == [None, []]


def test_a_text_without_words_column_is_cut_first(batch: pa.Table) -> None:
    step = AnnotateEtymology()
    assert step(batch).equals(step(TokenizeMaltese()(batch)))
    assert step(batch).schema.equals(step.output_schema(batch.schema))


def test_known_words_come_from_memory_and_others_from_the_model() -> None:
    batch = pa.table({"text": [None], "tokens": [["il-", "konvinċejtu"]]})
    row = AnnotateEtymology()(batch).to_pylist()[0]
    assert row["etymology_from"] == ["memory", "model"]
    assert all(0 < prob <= 1 for prob in row["etymology_prob"])


def test_the_second_best_label_is_another_one_and_null_for_known_words() -> None:
    batch = pa.table({"text": [None], "tokens": [["il-", "konvinċejtu", "Zanzibar"]]})
    row = AnnotateEtymology()(batch).to_pylist()[0]
    known, *new = zip(row["etymology"], row["etymology_second"], strict=True)
    assert known == ("Arabic", None)
    assert all(second in {"Arabic", "Non-Arabic", "Name", "Code-Switching", "Symbol"} - {first}
               for first, second in new)  # fmt: skip


def test_fine_labels_are_the_merged_ones_taken_apart(batch: pa.Table) -> None:
    found = AnnotateEtymology(labels="fine")(batch)["etymology"][0].as_py()
    assert found == [
        "Arabic", "Non-Arabic", "Arabic", "Non-Arabic", "Arabic", "Arabic", "Name (Arabic)", "Symbol"
    ]  # fmt: skip


def test_without_context_a_word_has_one_label_everywhere() -> None:
    batch = pa.table({"text": [""] * 2, "tokens": [["total", "kontu"], ["The", "total", "kontu"]]})
    first, second = AnnotateEtymology(mode="types")(batch)["etymology"].to_pylist()
    assert second[1:] == first


def test_tables_take_the_better_model_and_a_run_records_it(data_dir: Path) -> None:
    step = AnnotateEtymology(tables=str(data_dir / "maltese/translations"))
    with_tables, without = step.prepare(), AnnotateEtymology().prepare()
    assert [name for name in with_tables if "with translation tables" in name]
    assert [name for name in without if "without translation tables, less exact" in name]
    assert {"mt-en", "mt-it", "mt-ar", "en-ar"} <= with_tables.keys()
    batch = pa.table({"text": ["Il-karozza."]})
    assert step(batch)["etymology"][0].as_py() == ["Arabic", "Non-Arabic", "Symbol"]


def test_a_missing_table_says_where_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentError_, match=r"MLRS/malti, tag 2024\.eacl"):
        AnnotateEtymology(tables=str(tmp_path)).prepare()


def test_a_model_learnt_with_tables_asks_for_them() -> None:
    with pytest.raises(EnvironmentError_, match="set tables to"):
        AnnotateEtymology(model=str(BUNDLED / "tables")).prepare()


def test_a_model_without_the_wanted_labels_says_which_it_has(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(BUNDLED / "letters", tmp_path / "mine"))
    told = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    del told["files"]["fine.npz"]
    (folder / "model.json").write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(EnvironmentError_, match="set labels: merged"):
        AnnotateEtymology(model=str(folder), labels="fine").prepare()


def test_a_sliced_batch_has_the_labels_of_its_rows(batch: pa.Table) -> None:
    step, cut = AnnotateEtymology(), TokenizeMaltese()(batch)
    assert step(cut.slice(3, 2)).equals(step(cut).slice(3, 2))


def test_addresses_and_entities_are_symbols_by_rule() -> None:
    words = ["Ara", "https://example.org/a?b=c&d", "info@example.org", "&notknown;", "illum"]
    row = AnnotateEtymology()(pa.table({"text": [None], "tokens": [words]})).to_pylist()[0]
    assert row["etymology"] == ["Arabic", *["Symbol"] * 3, "Arabic"]
    assert row["etymology_from"][1:4] == ["rule"] * 3
    assert row["etymology_prob"][1:4] == [1.0] * 3
    assert row["etymology_second"][1:4] == [None] * 3


def test_a_document_of_a_megabyte_on_one_line_is_labelled_word_by_word() -> None:
    part = "Il-gvern ħabbar proġett ġdid f'Għawdex. "
    once = AnnotateEtymology()(pa.table({"text": [part]})).to_pylist()[0]
    whole = AnnotateEtymology()(pa.table({"text": [part * 25_000]})).to_pylist()[0]
    assert whole["etymology"] == once["etymology"] * 25_000
    assert AnnotateEtymology()(pa.table({"text": ["ħ" * 1_000_000]}))["tokens"][0].as_py()
