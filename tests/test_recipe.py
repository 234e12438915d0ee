"""Recipes: every mistake at once, with file and line; overrides; YAML that is out to harm."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate import langid
from curate.catalog import json_schema
from curate.errors import RecipeError
from curate.filters.duration import Duration
from curate.filters.language import Language
from curate.recipe import Recipe, load_recipe
from curate.sources.audio_folder import AudioFolder
from curate.yaml_lines import read_yaml

DEFAULT = Path(langid.__file__).parent / "data/default.ftz"
GOOD = """\
name: clips
source:
  sources.audio_folder: {path: wavs}
steps:
  - transforms.decode_audio
  - filters.duration: {least: 1}
  - filters.duration: {most: 9}
  - transforms.trim_silence: {top_db: 30}
"""


def load(folder: Path, text: str, *overrides: str, sample: bool = False) -> Recipe:
    file = folder / "clips.yaml"
    file.write_text(text, encoding="utf-8")
    return load_recipe(file, overrides, sample=sample)


def problems(folder: Path, text: str, *overrides: str) -> list[str]:
    with pytest.raises(RecipeError) as caught:
        load(folder, text, *overrides)
    return [line.removeprefix(f"{folder / 'clips.yaml'}:") for line in caught.value.problems]


def test_a_good_recipe_gives_typed_steps_in_order(tmp_path: Path) -> None:
    recipe = load(tmp_path, GOOD)
    assert next(step.step_name() for step in recipe.steps) == "transforms.decode_audio"
    assert recipe.steps[1] == Duration(least=1.0)
    assert recipe.where[1] == f"{tmp_path / 'clips.yaml'}:6"


def test_an_input_path_starts_at_the_recipe(tmp_path: Path) -> None:
    (source,) = load(tmp_path, GOOD).sources
    assert isinstance(source, AudioFolder)
    assert Path(source.path) == tmp_path / "wavs"


def test_every_mistake_is_reported_at_once_with_its_line(tmp_path: Path) -> None:
    text = (
        "name: two words\nsource:\n  sources.audio_foldr: {path: a}\nsteps:\n"
        "  - filters.duraton\n  - filters.duration: {leest: 3, most: -1}\n  - filters.duration: {least: x}\n"
        "extra: 1\n"
    )
    found = problems(tmp_path, text)
    assert [line.split(":")[0] for line in found] == ["8", "1", "3", "5", "6", "6", "7"]
    assert "did you mean 'sources.audio_folder'?" in found[2]
    assert "did you mean 'filters.duration'?" in found[3]
    assert "did you mean 'least'?" in found[4]


def test_a_source_among_the_steps_is_a_mistake(tmp_path: Path) -> None:
    (line,) = problems(tmp_path, GOOD + "  - sources.audio_folder: {path: x}\n")
    assert line.startswith("9: 'sources.audio_folder' does not belong here")


def test_several_sources_need_names_of_their_own(tmp_path: Path) -> None:
    text = GOOD.replace(
        "  sources.audio_folder: {path: wavs}",
        "  - sources.audio_folder: {path: a}\n  - sources.audio_folder: {path: b}",
    )
    assert problems(tmp_path, text) == ["3: give each of several sources a 'name' of its own"]


def test_a_key_that_stands_twice_is_a_mistake(tmp_path: Path) -> None:
    assert problems(tmp_path, GOOD + "name: again\n") == ["9: 'name' stands here twice; keep one"]


def test_set_changes_an_option_of_the_step_by_its_short_name(tmp_path: Path) -> None:
    recipe = load(tmp_path, GOOD, "steps.trim_silence.top_db=35")
    assert recipe.steps[3].top_db == 35  # type: ignore[union-attr]


def test_set_on_a_step_that_stands_twice_wants_its_place(tmp_path: Path) -> None:
    assert (
        "several steps are called 'duration'"
        in problems(tmp_path, GOOD, "steps.duration.most=3")[0]
    )
    assert load(tmp_path, GOOD, "steps.2.most=3").steps[2] == Duration(most=3)


def test_set_of_an_unknown_option_names_the_set(tmp_path: Path) -> None:
    (line,) = problems(tmp_path, GOOD, "steps.trim_silence.top=3")
    assert line.startswith(
        "--set steps.3.transforms.trim_silence.top: transforms.trim_silence has no option"
    )


def test_set_source_path_is_taken_from_the_working_folder(tmp_path: Path) -> None:
    (source,) = load(tmp_path, GOOD, f"source.path={tmp_path}/other").sources
    assert isinstance(source, AudioFolder)
    assert source.path == f"{tmp_path}/other"


def test_set_source_path_replaces_hub_sources_by_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / "metadata.csv").write_text("file_name\n")
    text = GOOD.replace("sources.audio_folder: {path: wavs}", "sources.hub: {repo: a/b}")
    (source,) = load(tmp_path, text, f"source.path={tmp_path / 'clips'}").sources
    assert isinstance(source, AudioFolder)


def test_set_source_path_finds_the_one_filelist_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / "test.txt").write_text("a.wav|1|text\n")
    (tmp_path / "clips" / "readme.txt").write_text("these are clips\n")
    text = GOOD.replace("sources.audio_folder: {path: wavs}", "sources.hub: {repo: a/b}")
    (source,) = load(tmp_path, text, f"source.path={tmp_path / 'clips'}").sources
    assert (source.step_name(), source.path) == (
        "sources.audio_filelist",
        str(tmp_path / "clips/test.txt"),
    )  # type: ignore[attr-defined]
    (tmp_path / "clips" / "train.txt").write_text("a.wav|1|text\n")
    found = problems(tmp_path, text, f"source.path={tmp_path / 'clips'}")
    assert "holds several lists (test.txt, train.txt)" in found[0]


def test_set_source_path_that_is_not_there_suggests_the_near_one(tmp_path: Path) -> None:
    (tmp_path / "clips").mkdir()
    text = GOOD.replace("sources.audio_folder: {path: wavs}", "sources.hub: {repo: a/b}")
    found = problems(tmp_path, text, f"source.path={tmp_path / 'clip'}")
    assert "did you mean" in found[0]


def test_a_step_from_another_package_is_found_by_module_and_class(tmp_path: Path) -> None:
    text = GOOD + "  - curate.filters.duration:Duration: {most: 5}\n"
    assert load(tmp_path, text).steps[-1] == Duration(most=5)


def test_a_step_that_lies_beside_the_recipe_is_found(tmp_path: Path) -> None:
    code = "from curate.filters.duration import Duration\nclass Longer(Duration):\n    pass\n"
    (tmp_path / "steps_beside_it.py").write_text(code)
    recipe = load(tmp_path, GOOD + "  - steps_beside_it:Longer: {least: 2}\n")
    assert recipe.steps[-1].step_name() == "steps_beside_it:Longer"


def test_a_foreign_step_that_cannot_be_imported_is_a_mistake(tmp_path: Path) -> None:
    (line,) = problems(tmp_path, GOOD + "  - nowhere.module:Thing\n")
    assert line.startswith("9: cannot import the step 'nowhere.module:Thing'")


@pytest.mark.parametrize(
    ("name", "code", "what"),
    [
        ("wrong_syntax", "def f(:\n", "SyntaxError: invalid syntax"),
        ("wrong_at_import", "1/0\n", "ZeroDivisionError"),
        (".", "", "TypeError"),
    ],
)
def test_a_foreign_step_whose_module_fails_is_a_mistake(
    tmp_path: Path, name: str, code: str, what: str
) -> None:
    (tmp_path / f"{name}.py").write_text(code)
    (line,) = problems(tmp_path, GOOD + f"  - '{name}:Thing'\n")
    assert line.startswith(f"9: cannot import the step '{name}:Thing': {what}")


@pytest.mark.parametrize(
    "text", ["steps=3", "steps.duration=3", "source=3", "source", "=", "a..b=1"]
)
def test_set_that_names_no_option_says_how_to_write_it(tmp_path: Path, text: str) -> None:
    (line,) = problems(tmp_path, GOOD, text)
    assert line == f"--set {text}: write it as key=value, e.g. steps.duration.most=30"


@pytest.mark.parametrize("name", ["2020", "null", "[a]", "no", "~x", "1e3"])
def test_set_takes_any_word_for_a_path(tmp_path: Path, name: str) -> None:
    (source,) = load(tmp_path, GOOD, f"source.path={name}").sources
    assert isinstance(source, AudioFolder)
    assert source.path == name


@pytest.mark.parametrize("entry", ["3", "[a]", "{sources.csv: [1]}", "{sources.csv: x}", "null"])
@pytest.mark.parametrize("text", ["source.path=nowhere", "source.a.b=1", "source.name=x"])
def test_set_on_a_source_that_is_none_is_a_mistake(tmp_path: Path, entry: str, text: str) -> None:
    assert problems(tmp_path, f"name: a\nsource: {entry}\nsteps: [[], 3, {{a: 3}}]\n", text)


def test_the_sample_takes_the_place_of_the_sources(tmp_path: Path) -> None:
    text = GOOD + "sample:\n  sources.audio_folder: {path: small}\n"
    (source,) = load(tmp_path, text, sample=True).sources
    assert isinstance(source, AudioFolder)
    assert Path(source.path) == tmp_path / "small"


def test_a_yaml_bomb_is_refused_quickly(tmp_path: Path) -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 10)}]" for n in range(9)
    ]
    assert "too many or too deeply nested" in problems(tmp_path, "\n".join(lines))[0]


@pytest.mark.parametrize(
    "text", ["", "- a\n", "a: [\n", "\t", "a: !!python/object:os.system x", "[" * 5000, "a\0"]
)
def test_what_is_not_a_recipe_gives_one_line(tmp_path: Path, text: str) -> None:
    assert len(problems(tmp_path, text)[0].splitlines()) == 1


@given(st.text(max_size=200))
def test_any_text_gives_values_or_a_recipe_error(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        tree, lines = read_yaml(file)
    except RecipeError:
        return
    assert isinstance(tree, dict)
    assert lines[()] >= 1


def test_the_json_schema_knows_every_step_and_its_bounds() -> None:
    schema = json_schema({})
    entry = schema["properties"]["steps"]["items"]["anyOf"][1]["properties"]["filters.duration"]
    assert entry["properties"]["least"]["minimum"] == 0
    assert entry["additionalProperties"] is False


def test_a_model_beside_the_recipe_is_found_from_anywhere(tmp_path: Path) -> None:
    (tmp_path / "mine.ftz").write_bytes(b"model")
    step = "  - filters.language: {languages: [eng], model: MODEL}\n"
    found = load(tmp_path, GOOD + step.replace("MODEL", "mine.ftz")).steps[-1]
    assert isinstance(found, Language)
    assert found.model == str((tmp_path / "mine.ftz").resolve())
    named = load(tmp_path, GOOD + step.replace("MODEL", "glotlid")).steps[-1]
    assert isinstance(named, Language)
    assert named.model == "glotlid"


def test_a_model_that_moved_is_the_same_step(tmp_path: Path) -> None:
    for folder in ("one", "other"):
        (tmp_path / folder).mkdir()
        shutil.copyfile(DEFAULT, tmp_path / folder / "mine.ftz")
    one, other = (
        Language(languages=("eng",), model=str(tmp_path / folder / "mine.ftz"))
        for folder in ("one", "other")
    )
    assert one.fingerprint() == other.fingerprint()


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("mine.csv", "text\none\n", "csv"),
        ("mine.jsonl", '{"text": "one"}\n', "jsonl"),
        ("mine.txt", "one\n", "text_lines"),
        ("folder/mine.csv", "text\none\n", "csv"),
    ],
)
def test_own_input_is_read_by_the_source_that_reads_it(
    tmp_path: Path, name: str, text: str, kind: str
) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    (tmp_path / "r.yaml").write_text(
        "name: r\nsource:\n  sources.jsonl: {path: x.jsonl}\nsteps:\n"
        "  - transforms.select_columns: {names: [text]}\n"
    )
    given = path if name == path.name else path.parent
    loaded = load_recipe(tmp_path / "r.yaml", [f"source.path={given}"])
    assert [source.step_name() for source in loaded.sources] == [f"sources.{kind}"]
    assert loaded.reads == "own"
