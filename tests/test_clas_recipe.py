"""The recipe of parallel questions on its sample and on public sets."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from croissant_rows import opened
from datasets import load_dataset
from tiny_models import write_bert

from curate.errors import PublishError, RecipeError
from curate.pipeline import run_recipe
from curate.publish.check import check_folder
from curate.questions.check import check_sheet
from curate.questions.sheet import sheet_of_columns
from curate.questions.text_sets import read_columns
from curate.recipe import load_recipe

RECIPE = Path(__file__).resolve().parent.parent / "recipes" / "clas_questions.yaml"
PLANTED = {
    ("de", "sea"): "byte order mark",
    ("de", "rice"): "escape residue",
    ("fr", "bread-museum"): "line lost",
    ("zh", "names"): "cells swapped",
    ("zh", "egg"): "cells swapped",
    ("ru", "whisper"): "untranslated",
    ("th", "lisbon"): "number",
    ("ja", "film"): "quoted title",
    ("ar", "bridge"): "zero-width character",
}


@pytest.fixture(scope="module")
def sample(sample_folder: Callable[[str], Path]) -> Path:
    return sample_folder("clas_questions")


def rows_of(out: Path) -> list[dict[str, Any]]:
    return [row for path in sorted(out.glob("*/test-*.parquet"))
            for row in pq.read_table(path).to_pylist()]  # fmt: skip


def test_each_planted_fault_of_the_sample_is_named(sample: Path) -> None:
    found = {(row["lang"], row["question_id"]): {flag["check"] for flag in row["flags"]}
             for row in rows_of(sample)}  # fmt: skip
    for cell, check in PLANTED.items():
        assert check in found[cell], cell


def test_no_sound_cell_of_the_sample_is_called_faulty(sample: Path) -> None:
    faults = {(row["lang"], row["question_id"]) for row in rows_of(sample)
              if row["verdict"] == "fault"}  # fmt: skip
    lost = {(row["lang"], row["question_id"]) for row in rows_of(sample)
            if row["lang"] == "fr" and row["line"] >= 7}  # fmt: skip
    assert faults - lost <= set(PLANTED)


def test_a_question_that_a_language_lacks_is_told_by_the_pivot(sample: Path) -> None:
    told = [(row["lang"], row["question_id"], flag["value"]) for row in rows_of(sample)
            for flag in row["flags"] if flag["check"] == "missing translation"]  # fmt: skip
    assert told == [("en", "forest", "fr")]


def test_repairs_are_applied_said_to_be_stale_or_wait(sample: Path) -> None:
    said = {(row["lang"], row["question_id"]): row["repair"] for row in rows_of(sample)}
    assert {cell: one for cell, one in said.items() if one} == {
        ("ar", "umbrellas"): "applied",
        ("de", "wheel"): "stale",
    }


def test_every_language_is_a_config_and_all_of_them_is_one_more(sample: Path) -> None:
    assert check_folder(sample) == []
    german = load_dataset(str(sample), "de", split="test")
    every = load_dataset(str(sample), "all", split="test")
    assert (german.num_rows, every.num_rows) == (16, 127)
    assert sorted(set(every["lang"])) == ["ar", "de", "en", "fr", "ja", "ru", "th", "zh"]
    assert not (sample / "all").exists()


def test_a_language_called_all_leaves_no_room_for_the_config(tmp_path: Path) -> None:
    for name in ("en", "all"):
        (tmp_path / f"{name}.txt").write_text("Who?\n")
    overrides = [f"source.path={tmp_path}"]
    with pytest.raises(PublishError, match="'lang' holds 'all' already"):
        run_recipe(load_recipe(RECIPE, overrides), tmp_path / "out", workers=1)


def test_all_without_configs_is_a_mistake() -> None:
    with pytest.raises(RecipeError, match="set 'configs' to a column"):
        load_recipe(RECIPE, ["publish.configs=''"])


@pytest.mark.parametrize(("name", "cells"), [("vicuna70", 910), ("multiq200", 6200)])
def test_public_sets_run_whole(data_dir: Path, tmp_path: Path, name: str, cells: int) -> None:
    folder = data_dir / "clas_questions" / ("" if name == "vicuna70" else name)
    outcome = run_recipe(
        load_recipe(RECIPE, [f"source.path={folder}"]), tmp_path / "out", workers=1
    )
    assert outcome.rows_kept() == cells
    rows = rows_of(tmp_path / "out")
    assert sum(row["verdict"] == "fault" for row in rows) <= 0.02 * cells


def test_a_long_table_runs_as_text_files_do(sample: Path, tmp_path: Path) -> None:
    kept = ("id", "question_id", "lang", "text")
    table = pa.Table.from_pylist([{name: row[name] for name in kept} for row in rows_of(sample)])
    pq.write_table(table, tmp_path / "long.parquet")
    path = tmp_path / "long.parquet"
    run_recipe(load_recipe(RECIPE, [f"source.path={path}"]), tmp_path / "out", workers=1)
    before = {row["id"]: row["verdict"] for row in rows_of(sample)}
    assert {row["id"]: row["verdict"] for row in rows_of(tmp_path / "out")} == before


ALPHABETS = {"el": 0x3B1, "ka": 0x10D0, "hi": 0x915, "am": 0x1200}


def write_encoder(folder: Path, tables: dict[str, list[str]]) -> Path:
    """A sentence-transformers model to which word n is the same in all languages."""
    import torch
    from sentence_transformers import SentenceTransformer, models
    from transformers import BertModel

    bert = write_bert(folder / "bert", list(itertools.chain(*tables.values())), ["x", "y"])
    net = BertModel.from_pretrained(bert)
    with torch.no_grad():
        net.embeddings.position_embeddings.weight.zero_()
        words = net.embeddings.word_embeddings.weight
        first, *rest = (words[4 + at * 180 : 4 + (at + 1) * 180] for at in range(len(tables)))
        for of_language in rest:
            of_language.copy_(first)
    net.save_pretrained(bert)
    parts = [models.Transformer(str(bert)), models.Pooling(32, "mean"), models.Normalize()]
    SentenceTransformer(modules=parts, device="cpu").save(
        str(folder / "model"), create_model_card=False
    )
    return folder / "model"


@pytest.mark.slow
def test_a_multilingual_encoder_finds_a_line_that_letters_do_not(tmp_path: Path) -> None:
    rng = random.Random(4)
    words = {lang: ["".join(chr(first + rng.randrange(15)) for _ in range(7)) for _ in range(180)]
             for lang, first in ALPHABETS.items()}  # fmt: skip
    (tmp_path / "texts").mkdir()
    for lang, known in words.items():  # no word stands twice, all lines are of one length
        lines = [" ".join(known[at : at + 6]) for at in range(0, 180, 6)]
        (tmp_path / "texts" / f"{lang}.txt").write_text(
            "".join(line + "\n" for at, line in enumerate(lines) if (lang, at) != ("hi", 11))
        )
    recipe = tmp_path / "aligned.yaml"
    recipe.write_text(
        "name: aligned\nsource:\n  sources.question_sets: {path: texts}\nsteps:\n"
        f"  - transforms.embed: {{model: {write_encoder(tmp_path, words)}, device: cpu}}\n"
        "  - barriers.check_questions: {pivot: el, judge_language: false, vectors: vector}\n"
        "  - transforms.assign_split: {group: question_id, shares: {test: 1}}\n"
    )
    run_recipe(load_recipe(recipe), tmp_path / "out", workers=1)
    rows = [row for path in sorted((tmp_path / "out").rglob("test-*.parquet"))
            for row in pq.read_table(path).to_pylist()]  # fmt: skip
    lost = [(row["id"], flag["value"]) for row in rows for flag in row["flags"]
            if flag["check"] == "line lost"]  # fmt: skip
    named = [("hi:12", "1 line lost before line 12: question 12; offset +1")]
    assert lost == named
    sheet = sheet_of_columns(read_columns(str(tmp_path / "texts")))
    flags = [one for one in check_sheet(sheet, "el") if one.check == "line lost"]
    assert [(f"{one.lang}:{one.row + 1}", one.value) for one in flags] != named


def test_croissant_gives_the_rows_of_the_config_of_all(sample: Path) -> None:
    described = opened(str(sample / "croissant.json"))
    assert described.metadata.ctx.issues.errors == set()
    found = [row["all/id"].decode() for row in described.records("all")]
    assert sorted(found) == sorted(row["id"] for row in rows_of(sample))
    assert {row["all/split"] for row in described.records("all")} == {b"test"}
