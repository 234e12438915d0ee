"""Flags and verdicts beside the cells of a table of questions."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from curate.barriers.check_questions import CheckQuestions
from curate.contract import settle
from curate.errors import StepError
from curate.sources.question_sets import QuestionSets
from curate.transforms.embed import Embed


@pytest.fixture(scope="module")
def vicuna(data_dir: Path) -> pa.Table:
    source = QuestionSets(str(data_dir / "clas_questions"))
    batches = [batch for ref in source.shards() for batch in source.read(ref)]
    return pa.concat_tables(batches).drop_columns(["defect"])


def test_defects_are_flagged_on_their_rows(vicuna: pa.Table) -> None:
    step = CheckQuestions()
    kept, rejected = settle(step, vicuna, step.decide(step.keys(vicuna)))
    rows = {row["id"]: row for row in kept.to_pylist()}
    assert (kept.num_rows, rejected.num_rows) == (910, 0)
    assert rows["es:44"]["verdict"] == "fault"
    assert rows["id:44"]["flags"][0]["check"] == "length"
    assert sum(row["verdict"] == "fault" for row in rows.values()) < 15


def test_whole_questions_can_go_so_that_the_rest_stays_parallel(vicuna: pa.Table) -> None:
    step = CheckQuestions(reject="question", judge_language=False)
    kept, rejected = settle(step, vicuna, step.decide(step.keys(vicuna)))
    left = kept.group_by("question_id").aggregate([("lang", "count")])["lang_count"]
    assert set(left.to_pylist()) == {13}
    assert "44" in rejected["question_id"].to_pylist()
    assert set(rejected["reason"].to_pylist()) == set(step.reasons)


def test_a_row_without_a_place_is_not_judged() -> None:
    step = CheckQuestions(judge_language=False)
    keys = pa.table(
        {"question_id": ["1", None, "1"], "lang": ["en", "en", "en"], "text": ["a?"] * 3}
    )
    assert step.decide(step.keys(keys)).measured["verdict"].to_pylist()[1:] == [None, None]


def test_letter_vectors_find_what_is_found_without_them(vicuna: pa.Table) -> None:
    lost = vicuna.filter(pa.compute.not_equal(vicuna["id"], "de:21"))
    lines = [f"{row['line'] - (row['lang'] == 'de' and row['line'] > 21)}"
             for row in lost.to_pylist()]  # fmt: skip
    at = lost.schema.get_field_index("question_id")
    lost = Embed()(lost.set_column(at, "question_id", pa.array(lines)))
    step = CheckQuestions(judge_language=False, vectors="vector")
    kept, _ = settle(step, lost, step.decide(step.keys(lost)))
    named = [(row["id"], flag["value"]) for row in kept.to_pylist() for flag in row["flags"]
             if flag["check"] == "line lost"]  # fmt: skip
    assert named == [("de:22", "1 line lost before line 21: question 21; offset +1")]


def test_a_column_without_vectors_is_one_line(vicuna: pa.Table) -> None:
    with pytest.raises(StepError, match="text is string, no column of vectors; make vectors with"):
        CheckQuestions(vectors="text").keys(vicuna)
    uneven = pa.table(
        {"question_id": ["1", "2"], "lang": ["en", "en"], "text": ["a?", "b?"],
         "vector": [[1.0, 0.0], [1.0]]}
    )  # fmt: skip
    step = CheckQuestions(judge_language=False, vectors="vector")
    with pytest.raises(StepError, match="those of vector differ in length"):
        step.decide(step.keys(uneven))


def test_no_rows_with_vectors_have_no_verdict() -> None:
    step = CheckQuestions(judge_language=False, vectors="vector")
    names = ("question_id", "lang", "text")
    empty = pa.table({name: pa.array([], pa.string()) for name in names})
    empty = empty.append_column("vector", pa.array([], pa.list_(pa.float16(), 8)))
    assert step.decide(step.keys(empty)).measured["verdict"].to_pylist() == []
