"""Sentences of a text as rows: what stands where, and that no row is lost on the way."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.contract import Transform, apply
from curate.errors import StepError
from curate.maltese.sentences import sentences
from curate.pipeline import run_recipe
from curate.recipe import load_recipe
from curate.transforms.split_sentences import SplitSentences

STORY = "Il-kelb nebaħ. Dr. Borg semgħu!\nU mbagħad? Xejn."


def test_each_sentence_is_a_row_with_its_place_in_the_text() -> None:
    rows = pa.table({"id": ["a", "b"], "text": [STORY, "Iva."], "url": ["u", "v"]})
    kept, rejected = apply(SplitSentences(), rows)
    assert rejected.num_rows == 0
    assert kept.to_pylist() == [
        {"id": f"a#{number}", "text": text, "url": "u", "document_id": "a", "sentence_start": start}
        for number, (start, text) in enumerate(
            [(0, "Il-kelb nebaħ."), (15, "Dr. Borg semgħu!"), (32, "U mbagħad?"), (43, "Xejn.")], 1
        )
    ] + [{"id": "b#1", "text": "Iva.", "url": "v", "document_id": "b", "sentence_start": 0}]


def test_a_blank_text_is_rejected_under_its_own_id() -> None:
    rows = pa.table({"id": ["a", "b", "c"], "text": [" \n", None, "Iva."]})
    kept, rejected = apply(SplitSentences(), rows)
    assert kept["id"].to_pylist() == ["c#1"]
    assert rejected.select(["id", "reason"]).to_pylist() == [
        {"id": "a", "reason": "no text"},
        {"id": "b", "reason": "no text"},
    ]


def test_rows_of_tokens_stay_whole() -> None:
    rows = pa.table({"id": ["a"], "text": [STORY], "tokens": [["Il-", "kelb"]]})
    assert apply(SplitSentences(), rows).kept.select(["id", "text"]).to_pylist() == [
        {"id": "a", "text": STORY}
    ]


@given(st.text(max_size=60))
def test_sentences_and_the_white_space_between_them_are_the_text(text: str) -> None:
    end = 0
    for start, stop in sentences(text):
        assert not text[end:start].strip()
        assert text[start:stop] == text[start:stop].strip() != ""
        end = stop
    assert not text[end:].strip()


class Wrong(Transform):
    """Gives rows the names of pieces that are not there."""

    splits = True

    def __init__(self, ids: list[str]) -> None:
        object.__setattr__(self, "ids", ids)

    def __call__(self, batch: pa.Table) -> pa.Table:
        return pa.table({"id": self.ids})


@pytest.mark.parametrize(
    "ids", [["a#1"], ["b#1", "a#1"], ["a#1", "b#2"], ["a#1", "a#1", "b#1"], ["a", "a#1", "b"], []]
)
def test_a_step_that_loses_or_misnames_pieces_breaks_the_contract(ids: list[str]) -> None:
    with pytest.raises(StepError, match="lost, added or misnamed"):
        apply(Wrong(ids), pa.table({"id": ["a", "b"]}))


def test_a_run_accounts_for_the_rows_that_were_made(tmp_path: Path) -> None:
    (tmp_path / "rows").mkdir()
    rows = pa.table({"id": ["a", "b", "c"], "text": [STORY, "Iva.", " "]})
    pq.write_table(rows, tmp_path / "rows/0.parquet")
    recipe = tmp_path / "split.yaml"
    recipe.write_text(
        "name: split\nsource:\n  sources.parquet: {path: rows}\n"
        "steps:\n  - transforms.split_sentences\n  - barriers.dedup_exact\n"
    )
    outcome = run_recipe(load_recipe(recipe), tmp_path / "out", workers=1)
    counts = outcome.rows_read(), outcome.rows_made(), outcome.rows_kept(), outcome.rows_rejected()
    assert counts == (3, 3, 5, 1)
    assert outcome.conserved()


def test_a_document_of_a_megabyte_on_one_line_is_cut_as_its_parts_are() -> None:
    part = "Il-gvern ħabbar proġett f'Għawdex, qal Dr. Borg! Tlieta minnhom 12.5%. "
    count = 1_000_000 // len(part)
    kept, _ = apply(SplitSentences(), pa.table({"id": ["a"], "text": [part * count]}))
    wanted = [part[start:end] for start, end in sentences(part)]
    assert len(wanted) == 2
    assert kept["text"].to_pylist() == wanted * count
    assert kept["sentence_start"][2].as_py() == len(part)


@pytest.mark.parametrize("text", ["." * 50_000, "ħ" * 50_000, "kelma " * 9_000])
def test_a_line_without_an_end_of_a_sentence_loses_nothing(text: str) -> None:
    spans = sentences(text)
    assert 2 <= len(spans) <= 4
    assert "".join(text[start:end] for start, end in spans).replace(" ", "") == text.replace(
        " ", ""
    )
