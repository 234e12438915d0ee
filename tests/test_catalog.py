"""Steps by name, their options, and what a wrong name is answered."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from curate.catalog import KINDS, adapter, find_step, first_line, known_steps, suggest
from curate.errors import RecipeError
from curate.filters.duration import Duration
from curate.transforms.trim_silence import TrimSilence

PACKAGE = Path(__file__).resolve().parent.parent / "curate"


def test_every_file_of_a_step_folder_is_a_step_named_like_it() -> None:
    files = [file for kind in KINDS for file in (PACKAGE / kind).glob("[a-z]*.py")]
    assert known_steps() == sorted(f"{file.parent.name}.{file.stem}" for file in files)
    assert all(issubclass(find_step(name), KINDS[name.split(".")[0]]) for name in known_steps())


def test_a_step_is_the_class_in_the_file_of_its_name() -> None:
    assert find_step("transforms.trim_silence") is TrimSilence
    assert find_step("curate.filters.duration:Duration") is Duration


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("filters.duraton", "there is no step 'filters.duraton'; did you mean 'filters.duration'"),
        ("trim_silence", "did you mean 'transforms.trim_silence'"),
        ("curate.errors:CurateError", "is not a step: it must derive from curate.contract.Step"),
        ("curate.errors:Nothing", "cannot import the step 'curate.errors:Nothing'"),
    ],
)
def test_a_name_that_is_no_step_is_answered_with_the_way_out(name: str, says: str) -> None:
    with pytest.raises(RecipeError, match=says):
        find_step(name)


def test_a_few_right_names_are_listed_where_none_is_near() -> None:
    assert suggest("zzz", ["one", "two"]) == "; there is 'one', 'two'"


def test_options_are_checked_by_type_bound_and_name() -> None:
    assert adapter(Duration).validate_python({"least": 1, "most": None}).most is None
    for wrong in ({"least": -1}, {"least": "x"}, {"leest": 1}):
        with pytest.raises(ValidationError):
            adapter(Duration).validate_python(wrong)


def test_the_first_line_is_what_lists_say() -> None:
    assert first_line(Duration) == "Keep clips that last between ``least`` and ``most`` seconds."
