"""A run, its card and `curate check`: what is good is called so, and what is not is named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dataset_to_break import make, text_with
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curate.errors import RecipeError
from curate.publish.check import check_folder, find_problems
from curate.publish.checks.agreement import croissant_problems, sources_of
from curate.publish.checks.card import card_problems
from curate.publish.checks.configs import config_problems
from curate.publish.checks.head import Head, head_problems
from curate.publish.checks.problem import error, warning
from curate.publish.checks.sources import source_problems
from curate.publish.record import plain, read_record
from curate.recipe import load_recipe


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("good"))


@pytest.fixture
def folder(good: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(good, tmp_path / "out"))


@pytest.fixture
def project(good: Path, tmp_path: Path) -> Path:
    """``recipes/rows.yaml`` and the card that it names."""
    return Path(shutil.copytree(good.parent, tmp_path / "project"))


def recipe_problems(project: Path) -> list[str]:
    return [str(one) for one in card_problems(load_recipe(project / "recipes/rows.yaml"))]


def test_a_finished_folder_is_good(folder: Path) -> None:
    assert check_folder(folder) == []


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"name": "rows"}'])
def test_a_folder_without_its_record_is_no_dataset(folder: Path, text: str | None) -> None:
    (folder / "run.json").unlink()
    if text is not None:
        (folder / "run.json").write_text(text)
    (problem,) = check_folder(folder)
    assert problem == f"{folder / 'run.json'}: missing or damaged; run the recipe again"


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("steps", 5),
        ("funnel", "x"),
        ("rows", {"read": 9}),
        ("configs", {"default": {"train": 3}}),
        ("files", {"../rows.parquet": {"rows": 1, "sha256": "0"}}),
        ("files", {"/rows.parquet": {"rows": 1, "sha256": "0"}}),
        ("files", {"data/notes.txt": {"rows": 1, "sha256": "0"}}),
    ],
)
def test_a_record_that_no_run_could_write_is_damaged(
    folder: Path, part: str, value: object
) -> None:
    record = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(plain({**record, part: value}))
    (problem,) = check_folder(folder)
    assert problem == f"{folder / 'run.json'}: missing or damaged; run the recipe again"


def test_a_run_without_rows_says_where_the_reasons_are(folder: Path) -> None:
    record = json.loads((folder / "run.json").read_text())
    record["rows"]["kept"] = 0
    (folder / "run.json").write_text(plain(record))
    assert f"{folder}: no row was kept; the reasons are in {folder / 'rejected'}" in check_folder(
        folder
    )


def test_a_problem_is_one_line_whatever_it_quotes() -> None:
    assert str(error("a", "b\n  c", "d")) == "a: b c; d"
    assert not warning("a", "b", "c").is_error


def test_each_problem_is_named_once(folder: Path) -> None:
    (folder / "README.md").write_text(
        "---\nlicense: [cc-by-9.0, cc-by-9.0]\n---\n# Rows\n\nText.\n"
    )
    lines = [str(problem) for problem in find_problems(folder)]
    assert len(lines) == len(set(lines))


def test_the_card_of_a_recipe_is_good(project: Path) -> None:
    assert recipe_problems(project) == []


def test_a_recipe_may_have_no_card(project: Path) -> None:
    text_with("recipes/rows.yaml", "publish: .*", "")(project)
    assert recipe_problems(project) == []


@pytest.mark.parametrize("name", ["card.yaml", "card.md"])
def test_a_card_that_is_not_there_is_named(project: Path, name: str) -> None:
    (project / "cards/rows" / name).unlink()
    (line,) = recipe_problems(project)
    assert line == (
        f"{project.resolve() / 'cards/rows' / name}: missing, and rows.yaml names the card 'rows'; "
        "write it, or take publish.card out of the recipe"
    )


PLANTED: list[tuple[Callable[[Path], None], str, str]] = [
    (
        text_with("cards/rows/card.md", "Reading aloud.", "{{ rows.total }} [TBD]"),
        "card.md:11",
        "'[TBD]' was left open",
    ),
    (text_with("cards/rows/card.md", "Nine.*", ""), "card.md:3", "section 'Summary' is empty"),
    (text_with("cards/rows/card.yaml", "cc-by-4.0", "ours"), "card.yaml:6", "no licence 'ours'"),
    (
        text_with("cards/rows/card.yaml", "CC-BY-4.0", "CC-BY-NC-4.0"),
        "card.yaml",
        "'Rasa' forbids it",
    ),
    (text_with("cards/rows/CITATION.cff", "title: .*", ""), "CITATION.cff", "has no 'title'"),
    (text_with("cards/rows/card.yaml", "license: cc", "- license: cc"), "card.yaml", "is not YAML"),
]


@pytest.mark.parametrize(
    ("plant", "where", "what"), PLANTED, ids=[where for _, where, _ in PLANTED]
)
def test_a_fault_in_the_card_is_found_before_the_run(
    project: Path, plant: Callable[[Path], None], where: str, what: str
) -> None:
    plant(project)
    (line,) = recipe_problems(project)
    assert line.startswith(f"{project.resolve() / 'cards/rows' / where}")
    assert what in line


def test_slots_of_a_card_are_not_left_open(project: Path) -> None:
    slots = "{{ rows.total }} rows\n{% for split in splits %}{{ split }}{% endfor %}\n{{ columns }}"
    text_with("cards/rows/card.md", "Nine short texts.", slots)(project)
    assert recipe_problems(project) == []


SAMPLE = "\nsample:\n  license: {}\n  sources:\n  - {{name: Mine, license: CC-BY-SA-4.0}}\n"


def test_a_recipe_for_input_of_ones_own_leaves_its_licence_open(project: Path) -> None:
    text_with("cards/rows/card.yaml", r"license: cc-by-4.0\n", "")(project)
    with (project / "cards/rows/card.yaml").open("a") as card:
        card.write(SAMPLE.format("cc-by-sa-4.0"))
    assert recipe_problems(project) == []


def test_the_sample_of_a_recipe_is_judged_by_its_own_licence(project: Path) -> None:
    with (project / "cards/rows/card.yaml").open("a") as card:
        card.write(SAMPLE.format("mit"))
    (line,) = recipe_problems(project)
    assert "the source 'Mine' forbids it: CC-BY-SA-4.0 must be passed on under" in line


def test_a_recipe_with_a_mistake_is_no_matter_of_its_card(project: Path) -> None:
    text_with("recipes/rows.yaml", "filters.duration", "filters.duratoin")(project)
    with pytest.raises(RecipeError):
        recipe_problems(project)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
KEYS = st.sampled_from(
    [
        "license",
        "language",
        "language_details",
        "task_ids",
        "task_categories",
        "size_categories",
        "version",
        "multilinguality",
        "annotations_creators",
        "license_link",
    ]
)


@given(st.dictionaries(KEYS, JSON))
def test_whatever_a_head_says_it_is_judged_and_not_crashed_on(values: dict[str, Any]) -> None:
    head = Head(Path("README.md"), values, {(): 1})
    assert all("\n" not in str(problem) for problem in head_problems(head, 5))
    assert list(source_problems(head, {"Rasa": "MIT"}, head.path, {})) is not None


ENTRY = st.dictionaries(
    st.sampled_from(["config_name", "data_files", "split", "path", "splits", "features", "name"]),
    JSON | st.just("default") | st.just([{"split": "train", "path": "data/train-*"}]),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(JSON | st.lists(ENTRY, max_size=2), JSON | ENTRY | st.lists(ENTRY, max_size=2))
def test_whatever_configs_say_they_are_judged_and_not_crashed_on(
    good: Path, configs: Any, info: Any
) -> None:
    head = Head(good / "README.md", {"configs": configs, "dataset_info": info}, {(): 1})
    assert all(problem.where for problem in config_problems(good, head, read_record(good)))


@given(
    st.dictionaries(
        st.sampled_from(
            ["distribution", "recordSet", "conformsTo", "prov:wasDerivedFrom", "license"]
        ),
        JSON,
    )
)
def test_whatever_a_croissant_says_it_is_judged_and_not_crashed_on(good: Path, found: Any) -> None:
    sources_of(found)
    assert croissant_problems(good, found, read_record(good)) or not found
