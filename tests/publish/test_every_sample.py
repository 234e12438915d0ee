"""Every recipe, run on its sample: nothing to find fault with, and Croissant gives its rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from croissant_rows import loaded, opened, records

from curate.publish.bundled import bundled
from curate.publish.check import check_folder
from curate.publish.checks.card import card_problems
from curate.publish.croissant import for_hub
from curate.publish.record import read_record
from curate.recipe import load_recipe

RECIPES = sorted(bundled("recipes").glob("*.yaml"))


@pytest.mark.parametrize("file", RECIPES, ids=lambda file: file.stem)
def test_a_recipe_makes_a_dataset_without_a_fault_that_croissant_can_read(
    file: Path, sample_folder: Callable[[str], Path]
) -> None:
    recipe = load_recipe(file, sample=True)
    assert [str(problem) for problem in card_problems(recipe)] == []
    out = sample_folder(file.stem)
    assert check_folder(out) == []
    described = opened(str(out / "croissant.json"))
    assert described.metadata.ctx.issues.errors == set()
    on_the_hub = for_hub(json.loads((out / "croissant.json").read_text()), "org/name", "v1")
    published = opened(on_the_hub, mapping={"repo": str(out)})
    for config in read_record(out)["configs"]:
        rows = loaded(out, config)
        assert records(described, config) == rows
        assert records(published, config) == rows
