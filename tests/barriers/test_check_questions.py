"""Flags and verdicts beside the cells of a table of questions."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from curate.barriers.check_questions import CheckQuestions
from curate.contract import settle
from curate.sources.question_sets import QuestionSets


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
