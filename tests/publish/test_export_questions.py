"""Parallel questions written for evaluators, and read again."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from curate.cli import app
from curate.errors import PublishError
from curate.pipeline import run_recipe
from curate.publish.export.formats import export
from curate.publish.export.splits import Options
from curate.recipe import load_recipe
from curate.sources.question_sets import QuestionSets

RECIPE = Path(__file__).parents[2] / "recipes" / "clas_questions.yaml"
INDEX = ["source.index=questions.tsv", "source.id_column=vicuna_question_id",
         "source.category_column=category"]  # fmt: skip


@pytest.fixture(scope="module")
def vicuna(tmp_path_factory: pytest.TempPathFactory, data_dir: Path) -> Path:
    out = tmp_path_factory.mktemp("vicuna") / "out"
    path = f"source.path={data_dir / 'clas_questions'}"
    run_recipe(load_recipe(RECIPE, [path, *INDEX]), out, workers=1)
    return out


def read(folder: Path) -> pa.Table:
    source = QuestionSets(str(folder), index="questions.tsv", category_column="category")
    table = pa.concat_tables(batch for ref in source.shards() for batch in source.read(ref))
    return table.select(["id", "question_id", "category", "lang", "line", "text"])


def test_texts_to_table_to_texts_is_equal_to_the_byte(
    vicuna: Path, data_dir: Path, tmp_path: Path
) -> None:
    counts = export(vicuna, tmp_path, "text", Options())
    assert len(counts) == 14
    for name in counts:
        if name != "questions.tsv":
            there = data_dir / "clas_questions" / name
            assert (tmp_path / name).read_bytes() == there.read_bytes()


def test_table_to_texts_to_table_keeps_ids_and_categories(vicuna: Path, tmp_path: Path) -> None:
    export(vicuna, tmp_path / "a", "text", Options())
    table = read(tmp_path / "a")
    assert table["question_id"].to_pylist()[:70] == [
        *map(str, range(1, 61)),
        *map(str, range(71, 81)),
    ]
    assert table["category"].to_pylist()[69] == "writing"


def test_only_some_languages_are_written_if_named(vicuna: Path, tmp_path: Path) -> None:
    counts = export(vicuna, tmp_path, "text", Options(languages=("en", "ko")))
    assert sorted(counts) == ["en.txt", "ko.txt", "questions.tsv"]
    with pytest.raises(PublishError, match="no 'mt' there; there is ar, de"):
        export(vicuna, tmp_path, "text", Options(languages=("mt",)))


def test_a_language_that_lacks_a_question_is_refused_and_nothing_written(tmp_path: Path) -> None:
    run_recipe(load_recipe(RECIPE, sample=True), tmp_path / "out", workers=1)
    with pytest.raises(PublishError, match="question forest in fr is missing"):
        export(tmp_path / "out", tmp_path / "texts", "text", Options())
    assert not (tmp_path / "texts").exists()


def test_lines_for_evaluators_are_all_cells(vicuna: Path, tmp_path: Path) -> None:
    counts = export(vicuna, tmp_path, "eval-jsonl", Options())
    assert counts == {"lm-eval.jsonl": 910, "inspect.jsonl": 910}
    line = json.loads((tmp_path / "inspect.jsonl").read_text(encoding="utf-8").split("\n")[0])
    assert line["metadata"]["lang"] == "ar"
    assert line["id"] == "1/ar"


def test_prompts_pair_every_language_with_every_other(vicuna: Path, tmp_path: Path) -> None:
    args = ["export", str(vicuna), "--to", str(tmp_path), "--format", "prompts"]
    done = CliRunner().invoke(app, [*args, "--mode", "target", "--languages", "en, it"])
    assert "280 prompts" in done.output
    lines = [json.loads(line) for line in (tmp_path / "prompts.jsonl").read_text().splitlines()]
    assert [(one["source"], one["target"]) for one in lines[::70]] == [
        ("en", "en"), ("en", "it"), ("it", "en"), ("it", "it"),
    ]  # fmt: skip
    assert lines[70]["prompt"].endswith("? Rispondi in italiano.")


def test_a_folder_of_something_else_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"id": "a", "text": "b"}\n')
    (tmp_path / "other.yaml").write_text(
        "name: other\nsource:\n  sources.jsonl: {path: a.jsonl}\nsteps: []\n"
    )
    run_recipe(load_recipe(tmp_path / "other.yaml"), tmp_path / "out", workers=1)
    for form in ("text", "eval-jsonl", "prompts"):
        with pytest.raises(PublishError, match="has no column 'question_id'"):
            export(tmp_path / "out", tmp_path / "x", form, Options())
