"""Errors cross process boundaries whole, and each knows its exit code."""

from __future__ import annotations

import pickle

import pytest

from curate.errors import (
    CurateError,
    EnvironmentError_,
    PublishError,
    RecipeError,
    RowError,
    ShardError,
    SourceError,
    StepError,
)

ERRORS = [
    CurateError("what"),
    RecipeError("a.yaml:1: one", "a.yaml:2: two"),
    SourceError("what"),
    EnvironmentError_("what"),
    PublishError("what"),
    RowError("file missing", "a.wav"),
    StepError("filters.duration", "what", "shard-3", "row-4"),
    ShardError("what"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_comes_out_of_a_pickle_as_it_went_in(error: CurateError) -> None:
    twin = pickle.loads(pickle.dumps(error))
    assert (type(twin), str(twin), vars(twin)) == (type(error), str(error), vars(error))


def test_what_the_user_can_fix_is_2_and_failed_work_is_1() -> None:
    ones = {type(error).__name__ for error in ERRORS if error.exit_code == 1}
    assert ones == {"StepError", "ShardError"}
    assert {error.exit_code for error in ERRORS} == {1, 2}


@pytest.mark.parametrize(
    ("shard", "row", "text"),
    [
        ("", "", "filters.snr: what"),
        ("s1", "", "filters.snr (shard s1): what"),
        ("s1", "r2", "filters.snr (shard s1, row r2): what"),
    ],
)
def test_a_step_error_says_where(shard: str, row: str, text: str) -> None:
    assert str(StepError("filters.snr", "what", shard, row)) == text


def test_mistakes_of_a_recipe_stand_one_a_line() -> None:
    assert str(RecipeError("a:1: one", "a:2: two")) == "a:1: one\na:2: two"
