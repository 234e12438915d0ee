"""Training a model of programming languages: projects, words, crops, one small training."""

from __future__ import annotations

import collections
import dataclasses as dc
import json
import random
from pathlib import Path

import pytest

from curate.errors import SourceError
from curate.langid.code_drawing import (
    Drawing,
    choose_words,
    crop_lines,
    draw_crops,
    few_of_each,
    split_projects,
    without_copies,
)
from curate.langid.code_files import CodeFile, Origin, read_code, read_origins
from curate.langid.code_model import read_code_model
from curate.langid.code_train import CODE_SHAPE, CodePlan, main, predicted, read_plan, train

PLAN = CodePlan(
    least_files=5,
    drawing=Drawing(texts=300, words=100),
    shape=dc.replace(CODE_SHAPE, dim=8, buckets=20_000, epochs=8, rows_kept=3000),
)


def made(language: str, project: str, number: int, text: str = "") -> CodeFile:
    return CodeFile(
        text or f"let {'x' * number} = {number};\n" * number, language, project, f"{number}"
    )


@pytest.fixture(scope="module")
def programs(data_dir: Path) -> list[CodeFile]:
    return [
        file
        for file in read_code(data_dir / "sltrans_sources" / "programs.parquet")
        if file.language in ("go", "haskell", "python")
    ]


def test_a_program_counts_once_however_its_names_and_comments_change() -> None:
    texts = ["if a1 > 2 {}", "// new\nif b1 > 3 {}", "if a1 < 2 {}"]
    files = [CodeFile(text, "go", "p", str(at)) for at, text in enumerate(texts)]
    assert [file.path for file in without_copies(files)] == ["0", "1", "2"]
    same = [files[0], files[0]._replace(text="if zz > 77 {}", path="9")]
    assert [file.path for file in without_copies(same)] == ["0"]


def test_a_project_is_on_one_side_and_every_language_on_both() -> None:
    files = [
        made(language, f"{language}{project}", number)
        for language in ("a", "b", "c")
        for project in range(5)
        for number in range(1, 9)
    ] + [made("alone", "only", number) for number in range(1, 9)]
    taught, held_out = split_projects(files)
    sides = [{file.project for file in side} for side in (taught, held_out)]
    assert not sides[0] & sides[1]
    assert {file.language for file in held_out} == {"a", "b", "c"}
    assert "alone" in {file.language for file in taught}
    assert split_projects(files[::-1])[1] == held_out[::-1]


def test_the_larger_part_of_a_language_is_trained_on() -> None:
    files = [made("a", "large", n) for n in range(1, 91)] + [
        made("a", "small", n) for n in range(1, 11)
    ]
    assert {file.project for file in split_projects(files)[1]} == {"small"}


def test_of_a_large_project_a_few_files_are_drawn() -> None:
    files = [made("a", "large", n) for n in range(1, 91)] + [made("a", "small", 1)]
    counts = collections.Counter(file.project for file in few_of_each(files, 10))
    assert counts == {"large": 10, "small": 1}


def test_words_of_one_project_alone_are_not_of_the_language() -> None:
    files = [
        CodeFile(f"func main() {{ project{at}.Run(common) }}\n", "go", f"p{at}") for at in range(4)
    ]
    assert choose_words(files, Drawing()) == ["Run", "common", "func", "main"]


def test_every_language_is_drawn_as_often_and_the_same_again() -> None:
    files = [made("a", f"p{n % 3}", n) for n in range(1, 60)] + [made("b", "q", 4)]
    crops = draw_crops(files, Drawing(texts=50, weights={"b": 2.0}))
    assert collections.Counter(label for label, _ in crops) == {"a": 50, "b": 100}
    assert crops == draw_crops(files, Drawing(texts=50, weights={"b": 2.0}))


def test_a_crop_is_lines_in_a_row_that_are_not_empty() -> None:
    found = {crop_lines("a\n\n b\nc\n", 2, random.Random(seed)) for seed in range(20)}
    assert found == {"a\n b", " b\nc"}


def test_some_texts_of_cpp_have_lines_of_c_and_are_cpp() -> None:
    files = [made("cpp", "p", 9, "class X;\n" * 9), made("c", "q", 9, "struct x;\n" * 9)]
    crops = draw_crops(files, Drawing(texts=100))
    assert not any("class" in text for label, text in crops if label == "c")
    mixed = [label for label, text in crops if "class" in text and "struct" in text]
    assert 20 < len(mixed) < 60
    assert set(mixed) == {"cpp"}


def test_a_small_training_tells_three_languages_apart(
    programs: list[CodeFile], tmp_path: Path
) -> None:
    origins = {programs[0].project: Origin("git", "1.0", "MIT")}
    about = train(programs, PLAN, tmp_path / "mine.ftz", origins=origins)
    assert about == json.loads((tmp_path / "mine.json").read_text(encoding="utf-8"))
    assert about["labels"] == ["go", "haskell", "python"]
    assert not set(about["projects"]) & set(about["held_out_projects"])
    assert about["figures"]["held_out"]["accuracy"] > 0.9
    model = read_code_model(tmp_path / "mine.ftz", tmp_path / "mine.json")
    assert predicted(
        model, ["func main() {\n\tx := []int{1}\n}", "main :: IO ()\nmain = do\n"]
    ) == [
        "go",
        "haskell",
    ]
    again = dc.asdict(read_plan(tmp_path / "mine.json"))
    assert json.loads(json.dumps(again)) == about["plan"]


def test_two_trainings_give_the_same_bytes(programs: list[CodeFile], tmp_path: Path) -> None:
    for name in ("a", "b"):
        train(programs[::3], PLAN, tmp_path / f"{name}.ftz")
    assert (tmp_path / "a.ftz").read_bytes() == (tmp_path / "b.ftz").read_bytes()


def test_programs_set_apart_are_not_trained_on(programs: list[CodeFile], tmp_path: Path) -> None:
    apart = [file for file in programs if file.project == "TheRenegadeCoder/sample-programs"]
    about = train(programs, PLAN, tmp_path / "mine.ftz", apart=apart)
    assert "TheRenegadeCoder/sample-programs" not in about["projects"]
    assert about["figures"]["apart"]["files"] == len(apart)


def test_the_command_line_trains_on_a_folder_and_tells_its_origins(
    programs: list[CodeFile], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ending = {"go": "go", "haskell": "hs", "python": "py"}
    for at, file in enumerate(programs):
        path = tmp_path / "code" / f"p{at % 4}" / f"{at}.{ending[file.language]}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text, encoding="utf-8")
    (tmp_path / "code" / "projects.tsv").write_text("p0\tgit\t1.0\tMIT\n", encoding="utf-8")
    (tmp_path / "plan.json").write_text(
        '{"drawing": {"texts": 200}, "shape": {"epochs": 4, "rows_kept": 2000}}', encoding="utf-8"
    )
    out = tmp_path / "m.ftz"
    command = [str(tmp_path / "code"), "--out", str(out), "--plan", str(tmp_path / "plan.json")]
    assert main(command) == 0
    assert "m.ftz" in capsys.readouterr().out
    about = json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))
    every = about["projects"] | about["held_out_projects"]
    assert every["p0"]["licence"] == "MIT"


def test_what_cannot_be_trained_says_so_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SourceError, match="a model needs two"):
        train([made("go", "p", 3)], PLAN, tmp_path / "m.ftz")
    assert main([str(tmp_path), "--out", str(tmp_path / "m.ftz")]) == 2
    assert "no labelled program" in capsys.readouterr().err


def test_a_name_that_no_plan_has_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text('{"shape": {"epoch": 3}}', encoding="utf-8")
    with pytest.raises(SourceError, match="epoch"):
        read_plan(tmp_path / "plan.json")


def test_a_line_of_origins_has_four_fields(tmp_path: Path) -> None:
    (tmp_path / "projects.tsv").write_text("p\tgit\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"projects\.tsv:1: write project, origin"):
        read_origins(tmp_path)


def test_the_plan_of_the_bundled_model_is_the_default_one() -> None:
    bundled = Path(__file__).resolve().parents[2] / "curate" / "langid" / "data" / "code.json"
    assert read_plan(bundled).shape == CODE_SHAPE
