"""The recipe to begin with, and the recipes and cards that come along."""

from __future__ import annotations

from pathlib import Path

import pytest

from curate.errors import RecipeError
from curate.publish.bundled import bundled
from curate.publish.skeleton import write_skeleton
from curate.recipe import load_recipe


def test_a_skeleton_is_a_good_recipe_of_that_name(tmp_path: Path) -> None:
    recipe = load_recipe(write_skeleton("my_corpus", tmp_path))
    assert (recipe.name, len(recipe.sources), len(recipe.steps)) == ("my_corpus", 1, 4)


def test_a_skeleton_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("dear to me")
    with pytest.raises(RecipeError, match="is there already"):
        write_skeleton("mine", tmp_path)
    assert (tmp_path / "mine.yaml").read_text() == "dear to me"


@pytest.mark.parametrize("name", ["", "two words", "a/b", "7up"])
def test_a_name_that_is_no_word_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(RecipeError, match="cannot name a recipe"):
        write_skeleton(name, tmp_path)


def test_recipes_and_cards_are_found_wherever_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert (bundled("recipes") / "kashmiri_speech.yaml").is_file()
    assert (bundled("cards") / "kashmiri_speech" / "card.md").is_file()
