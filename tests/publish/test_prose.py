"""What a card says of its sources is true of the input that was read, or left open."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml

from curate.errors import PublishError
from curate.pipeline import run_recipe
from curate.publish.checks.head import read_head
from curate.publish.checks.problem import Problem
from curate.publish.citation import citation_problems, read_citation
from curate.publish.folder import rebuild_folder
from curate.publish.leftovers import leftovers
from curate.publish.prose import Prose, fit_prose, load_prose
from curate.recipe import Recipe, load_recipe

CARD = """\
pretty_name: Voices
license: cc-by-4.0
language: [ks]
extra_gated_prompt: Do not identify speakers.
gated: manual
source_datasets: [extended|org/voices]
sources: [{name: Their voices, license: CC-BY-4.0, attribution: Them}]
sample:
  license: cc0-1.0
  sources: [{name: Made up, license: CC0-1.0}]
"""
TEXT = "# {{ title }}\n\nRead: {{ input }}.\n\n{{ blocks.sources }}\n"
CITATION = """\
cff-version: 1.2.0
type: dataset
title: Voices
message: Cite it.
version: 1.0.0
license: CC-BY-4.0
abstract: Voices from their voices.
authors: [{name: The team}]
references:
- {type: article, title: The rows that were read, scope: source, authors: [{name: Others}]}
- {type: article, title: The method, authors: [{name: Others}]}
"""
RECIPE = """\
name: voices
source:
  sources.jsonl: {path: full.jsonl}
steps:
  - transforms.select_columns: {names: [text]}
sample:
  sources.jsonl: {path: sample.jsonl}
publish: {card: voices}
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A recipe with its card, three inputs, and ``own/card.yaml`` for one of them."""
    (tmp_path / "recipes").mkdir()
    (tmp_path / "own").mkdir()
    (tmp_path / "cards/voices").mkdir(parents=True)
    (tmp_path / "recipes/voices.yaml").write_text(RECIPE)
    for name in ("recipes/full", "recipes/sample", "own/lines"):
        (tmp_path / f"{name}.jsonl").write_text('{"id": "1", "text": "one two"}\n')
    for name, text in (("card.yaml", CARD), ("card.md", TEXT), ("CITATION.cff", CITATION)):
        (tmp_path / "cards/voices" / name).write_text(text)
    return tmp_path


def recipe(place: Path, *overrides: str, sample: bool = False) -> Recipe:
    return load_recipe(place / "recipes/voices.yaml", overrides, sample=sample)


def own(place: Path) -> str:
    return f"source.path={place / 'own/lines.jsonl'}"


def head(out: Path) -> dict:
    return yaml.safe_load((out / "README.md").read_text().split("---\n")[1])


@pytest.mark.parametrize(
    ("overrides", "sample", "reads"),
    [
        ((), False, "recipe"),
        ((), True, "sample"),
        (("steps.select_columns.names=[text, lang]",), False, "recipe"),
        (("source.path=own/lines.jsonl",), False, "own"),
        (("source.0.path=x.jsonl",), False, "own"),
        (("source.0.batch_rows=3",), False, "recipe"),
        (("source.0.constants={licence: MIT}",), False, "own"),
    ],
)
def test_a_recipe_knows_whose_input_it_reads(
    place: Path,
    overrides: tuple[str, ...],
    sample: bool,
    reads: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(place)
    assert recipe(place, *overrides, sample=sample).reads == reads


def test_a_copy_of_the_repository_is_the_recipes_own_source(place: Path) -> None:
    text = RECIPE.replace("sources.jsonl: {path: full.jsonl}", "sources.hub: {repo: org/voices}")
    (place / "recipes/voices.yaml").write_text(text)
    assert recipe(place, f"source.0.path={place}").reads == "recipe"
    assert recipe(place, "source.0.repo=other/voices").reads == "own"
    assert recipe(place, "source.0.revision=abc").reads == "recipe"


def test_the_recipes_own_sources_are_credited_and_gated(place: Path) -> None:
    run_recipe(recipe(place), place / "out", workers=1)
    found = head(place / "out")
    assert (found["pretty_name"], found["license"]) == ("Voices", "cc-by-4.0")
    assert found["extra_gated_prompt"] == "Do not identify speakers."
    assert found["gated"] == "manual"
    readme = (place / "out/README.md").read_text()
    assert "| Their voices | CC-BY-4.0 |  | Them |" in readme
    assert (place / "out/CITATION.cff").read_text() == CITATION


def test_a_sample_credits_nobody_elses_data(place: Path) -> None:
    run_recipe(recipe(place, sample=True), place / "out", workers=1)
    found = head(place / "out")
    assert (found["pretty_name"], found["license"]) == ("Voices: sample", "cc0-1.0")
    assert not {"extra_gated_prompt", "gated", "source_datasets"} & found.keys()
    everything = "".join(
        (place / "out" / name).read_text()
        for name in ("README.md", "LICENSE", "CITATION.cff", "croissant.json")
    )
    assert "Their voices" not in everything
    assert "The rows that were read" not in everything
    citation = read_citation(place / "out/CITATION.cff")
    assert citation_problems(citation) == []
    assert (citation["license"], citation["title"]) == ("CC0-1.0", "Voices: sample")
    assert [each["title"] for each in citation["references"]] == ["The method"]


def test_own_input_is_left_open_until_somebody_states_what_it_is(place: Path) -> None:
    run_recipe(recipe(place, own(place)), place / "out", workers=1)
    found = head(place / "out")
    assert found["pretty_name"] == "Voices: own input"
    assert not {"license", "extra_gated_prompt", "source_datasets", "language"} & found.keys()
    assert "Their voices" not in (place / "out/README.md").read_text()
    assert leftovers((place / "out/README.md").read_text())
    assert "The team" not in (place / "out/CITATION.cff").read_text()


def test_a_card_beside_own_input_states_what_it_is(place: Path) -> None:
    (place / "own/card.yaml").write_text(
        "pretty_name: Mine\nlicense: mit\nlanguage: [mt]\npeople: [{name: Me}]\n"
        "sources: [{name: My lines, license: MIT}]\n"
    )
    run_recipe(recipe(place, own(place)), place / "out", workers=1)
    found = head(place / "out")
    assert (found["pretty_name"], found["license"], found["language"]) == ("Mine", "mit", ["mt"])
    assert "| My lines | MIT |" in (place / "out/README.md").read_text()
    citation = read_citation(place / "out/CITATION.cff")
    assert (citation["license"], citation["authors"]) == ("MIT", [{"name": "Me"}])
    assert leftovers((place / "out/README.md").read_text()) == []


def test_what_was_given_once_is_remembered(place: Path) -> None:
    out = place / "out"
    run_recipe(recipe(place, own(place)), out, workers=1)
    (place / "mine").mkdir()
    (place / "mine/card.yaml").write_text(
        "license: mit\nsources: [{name: My lines, license: MIT}]\n"
    )
    (place / "mine/card.md").write_text("# Mine, by me\n")
    rebuild_folder(out, card=place / "mine", recipe=recipe(place))
    written = {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}
    assert b"# Mine, by me" in written["README.md"]
    shutil.rmtree(place / "mine")
    rebuild_folder(out, recipe=recipe(place))
    run_recipe(recipe(place, own(place)), out, workers=1)
    assert {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()} == written


def test_folders_of_this_machine_do_not_stand_in_what_is_published(place: Path) -> None:
    run_recipe(recipe(place, own(place)), place / "out", workers=1)
    for path in (place / "out").iterdir():
        if path.is_file():
            assert str(place) not in path.read_text(encoding="utf-8"), path
    text = json.loads((place / "out/run.json").read_text())["recipe"]["text"]
    assert "# --set source.path=lines.jsonl" in text
    assert yaml.safe_load(text)["source"] == {"sources.jsonl": {"path": "lines.jsonl"}}


@pytest.mark.parametrize("reads", ["recipe", "sample", "own"])
def test_languages_are_those_that_the_filter_let_through(reads: str) -> None:
    step = {"step": "filters.language", "options": {"languages": ["kas_Arab", "mlt"]}}
    record = {"name": "x", "input": reads, "steps": [step]}
    about = fit_prose(Prose({"language": ["en"]}, "", None), record).about
    assert (about["language"], about["language_details"]) == (["ks", "mt"], "ks-Arab")
    assert about["multilinguality"] == ["multilingual"]


def test_a_card_that_says_nothing_of_a_filter_keeps_its_languages() -> None:
    about = {"language": ["ks"], "language_details": "ks-Arab"}
    record = {"name": "x", "steps": [], "statistics": {}}
    assert fit_prose(Prose(about, "", None), record).about.items() >= about.items()


def test_languages_are_those_of_the_labels_where_nothing_else_says() -> None:
    counts = {"lang": {"counts": {"kor_Hang": 2, "zzz": 1}}}
    record = {"name": "x", "statistics": {"default": {"train": {"columns": counts}}}}
    assert fit_prose(Prose({}, "", None), record).about["language"] == ["ko"]


def test_a_card_that_cannot_be_read_stops_before_any_work(place: Path) -> None:
    (place / "cards/voices/CITATION.cff").write_text("title: Voices\n")
    with pytest.raises(PublishError, match=r"CITATION\.cff: has no 'cff-version'"):
        run_recipe(recipe(place), place / "out", workers=1)
    assert not (place / "out").exists()


@pytest.mark.parametrize(
    ("labels", "languages"),
    [
        (["haskell", "python", "go"], []),
        (["cpp", "nim", "objective-c++"], []),  # two of them are languages of people as well
        (["kas_Arab", "eng_Latn"], ["en", "ks"]),
        (["kas", "und"], ["ks"]),
    ],
)
def test_a_column_of_anything_but_languages_says_nothing_of_them(
    labels: list[str], languages: list[str]
) -> None:
    split = {"columns": {"lang": {"counts": dict.fromkeys(labels, 1)}}}
    record = {"name": "x", "input": "own", "statistics": {"default": {"train": split}}}
    assert fit_prose(Prose({}, "", None), record).about["language"] == languages


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + at)}: &{chr(98 + at)} [{', '.join([f'*{chr(97 + at)}'] * 9)}]\n" for at in range(9)
)


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        "a: &a [*a]\n",
        "a: " + "[" * 5000,
        "date: 2026-13-45\n",
        "a: 'open\n",
        "- no mapping\n",
    ],
    ids=["bomb", "loop", "deep", "no date", "open", "list"],
)
def test_a_card_that_yaml_makes_explode_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "card.yaml").write_text(text)
    (tmp_path / "card.md").write_text("# Title\n")
    with pytest.raises(PublishError, match=r"card\.yaml: [^\n]*$"):
        load_prose(tmp_path, "x")
    assert isinstance(read_head(tmp_path / "card.yaml"), Problem)
