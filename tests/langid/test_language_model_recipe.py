"""The recipe that reads, splits and deduplicates the lines a language model is trained on."""

from __future__ import annotations

import dataclasses as dc
import json
from pathlib import Path

from curate.langid.train import Plan, Shape, read_inputs, train
from curate.pipeline import run_recipe
from curate.recipe import load_recipe

RECIPE = Path(__file__).resolve().parent.parent.parent / "recipes" / "language_model.yaml"
LANGUAGES = {"deu_Latn", "eng_Latn", "fra_Latn", "spa_Latn"}


def test_the_sample_becomes_a_model_of_its_four_languages(tmp_path: Path) -> None:
    outcome = run_recipe(load_recipe(RECIPE, sample=True), tmp_path / "lines")
    lines, test = read_inputs(tmp_path / "lines", None)
    assert len(lines) + len(test) == outcome.rows_kept() == 56
    plan = Plan(least_lines=5, shape=dc.replace(Shape(), buckets=20_000, epochs=60, rows_kept=4000))
    about = train(lines, test, plan, tmp_path / "mine.ftz")
    assert set(about["labels"]) == LANGUAGES
    assert about["licence"] == "CC0-1.0"
    assert about["figures"]["accuracy"] > 0.5


def test_a_line_that_comes_twice_is_rejected_and_a_word_of_two_languages_is_not(
    tmp_path: Path,
) -> None:
    rows = [("Haus", "deu_Latn"), ("haus ", "deu_Latn"), ("Haus", "nds_Latn")]
    text = "".join(
        json.dumps({"text": text, "lang": lang, "licence": "CC0-1.0"}) + "\n" for text, lang in rows
    )
    (tmp_path / "lines.jsonl").write_text(text, encoding="utf-8")
    recipe = load_recipe(RECIPE, [f"source.path={tmp_path / 'lines.jsonl'}"])
    outcome = run_recipe(recipe, tmp_path / "lines")
    assert (outcome.rows_kept(), outcome.rows_rejected()) == (2, 1)
