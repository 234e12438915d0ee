"""Wide tables of questions, a column a language, read as the text files of the same questions are."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.errors import SourceError
from curate.pipeline import run_recipe
from curate.questions.text_sets import read_columns
from curate.questions.wide_tables import is_wide
from curate.recipe import load_recipe
from curate.sources.question_sets import QuestionSets

Read = Callable[..., pa.Table]
RECIPES = Path(__file__).resolve().parents[2] / "recipes"
KEPT = ["id", "question_id", "lang", "script", "line", "text", "licence", "defect"]


@pytest.fixture(scope="module")
def vicuna(data_dir: Path) -> dict[str, list[str]]:
    return read_columns(str(data_dir / "clas_questions"))


def written(path: Path, columns: dict[str, list[str]], separator: str = ",") -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, delimiter=separator)
        lines.writerow(columns)
        lines.writerows(zip(*columns.values(), strict=True))
    return path


@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet"])
def test_a_wide_table_gives_the_rows_of_text_files(
    vicuna: dict[str, list[str]], data_dir: Path, tmp_path: Path, read_all: Read, ending: str
) -> None:
    path = tmp_path / f"wide.{ending}"
    if ending == "parquet":
        pq.write_table(pa.table(vicuna), path)
    else:
        written(path, vicuna, "\t" if ending == "tsv" else ",")
    found = read_all(QuestionSets(str(path), shard_rows=30))
    texts = read_all(QuestionSets(str(data_dir / "clas_questions")))
    assert found.select(KEPT).equals(texts.select(KEPT))
    assert set(found["source"].to_pylist()) == {f"wide.{ending}"}


def test_ids_and_categories_are_the_tables_own(tmp_path: Path, read_all: Read) -> None:
    columns = {"id": ["a", "b"], "category": ["x", ""], "mt": ["Min?", " "], "en": ["Who?", "Why?"]}
    rows = read_all(QuestionSets(str(written(tmp_path / "a.csv", columns)))).to_pylist()
    assert [(row["id"], row["question_id"], row["category"], row["text"]) for row in rows] == [
        ("en:1", "a", "x", "Who?"),
        ("en:2", "b", None, "Why?"),
        ("mt:1", "a", "x", "Min?"),
        ("mt:2", "b", None, " "),
    ]


def test_id_is_indonesian_where_it_holds_sentences(tmp_path: Path, read_all: Read) -> None:
    path = written(tmp_path / "a.csv", {"question_id": ["1"], "id": ["Siapa itu?"], "en": ["Who?"]})
    rows = read_all(QuestionSets(str(path)))
    assert rows["lang"].to_pylist() == ["en", "id"]


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"id": ["a b", "7", "8"], "en": ["Who?"] * 3, "de": ["Wer?"] * 3}, "'id' may be a lang"),
        ({"cat": ["x"], "en": ["Who?"], "de": ["Wer?"]}, "'cat' may be a language or something el"),
        ({"question": ["Who?"], "en": ["Who?"]}, "no two columns named like languages"),
        ({"id": ["1", "1"], "en": ["Who?"] * 2, "de": ["Wer?"] * 2}, "row 2: the id '1' stands in"),
        ({"id": ["1", ""], "en": ["Who?"] * 2, "de": ["Wer?"] * 2}, "row 2: no id there"),
    ],
)
def test_what_cannot_be_told_is_one_line(
    tmp_path: Path, columns: dict[str, list[str]], said: str
) -> None:
    with pytest.raises(SourceError, match=said) as caught:
        QuestionSets(str(written(tmp_path / "a.csv", columns))).shards()
    assert "\n" not in str(caught.value)


def test_languages_that_are_named_are_taken(tmp_path: Path, read_all: Read) -> None:
    path = written(tmp_path / "a.csv", {"cat": ["Qui?"], "en": ["Who?"], "row": ["1"]})
    rows = read_all(QuestionSets(str(path), languages=("cat", "en"), id_column="row"))
    assert rows["lang"].to_pylist() == ["cat", "en"]
    with pytest.raises(SourceError, match=r"no column 'fr'; there is cat, en, row"):
        QuestionSets(str(path), languages=("en", "fr")).shards()
    with pytest.raises(SourceError, match="no column 'kind' beside its languages; there is row"):
        QuestionSets(str(path), languages=("cat", "en"), category_column="kind").shards()


def test_a_null_stays_null_and_bad_bytes_are_a_defect(tmp_path: Path, read_all: Read) -> None:
    pq.write_table(pa.table({"en": ["Who?", None], "de": ["Wer?", ""]}), tmp_path / "a.parquet")
    rows = read_all(QuestionSets(str(tmp_path / "a.parquet")))
    assert rows["text"].to_pylist() == ["Wer?", "", "Who?", None]
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbfen,de\nWho?,W\xe9r?\n")
    rows = read_all(QuestionSets(str(tmp_path / "a.csv")))
    assert rows["defect"].to_pylist() == ["not UTF-8", None]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"en,de\nWho?,Wer?\nOne, two?,Eins?\n", r"a.csv:3: 3 fields, but 2 column names"),
        ("a.csv", b"en,en\n1,2\n", "two columns 'en'"),
        ("a.csv", b"", "no line of column names"),
        ("a.parquet", b"PAR1", "cannot be read"),
        ("a.xlsx", b"PK", "no folder of <lang>.txt and no table"),
    ],
)
def test_a_damaged_table_is_one_line(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=said) as caught:
        QuestionSets(str(tmp_path / name)).shards()
    assert "\n" not in str(caught.value)
    assert name != "a.xlsx" or not is_wide(tmp_path / name)


def test_a_wide_dataset_of_the_hub_is_read_at_one_commit(hub: Any, read_all: Read) -> None:
    out = io.BytesIO()
    pq.write_table(pa.table({"n": [7, 8], "en": ["Who?", "Why?"], "mt": ["Min?", "Għaliex?"]}), out)
    commit = hub.commit("org/wide", {"data/test-00000-of-00001.parquet": out.getvalue()})
    source = QuestionSets(repo="org/wide", id_column="n")
    assert source.prepare() == {"org/wide@main": commit}
    rows = read_all(source)
    assert rows["question_id"].to_pylist() == ["7", "8", "7", "8"]
    assert rows["text"].to_pylist() == ["Who?", "Why?", "Min?", "Għaliex?"]
    assert set(rows["source"].to_pylist()) == {"org/wide"}


def test_a_long_table_is_not_wide(tmp_path: Path) -> None:
    long = written(
        tmp_path / "long.csv", {"id": ["1"], "lang": ["en"], "text": ["Who?"], "no": [""]}
    )
    wide = written(tmp_path / "wide.csv", {"id": ["1"], "en": ["Who?"], "de": ["Wer?"]})
    assert (is_wide(long), is_wide(wide), is_wide(tmp_path / "none.csv")) == (False, True, False)


def test_a_wide_table_of_ones_own_is_read_by_the_source_of_questions(tmp_path: Path) -> None:
    path = written(tmp_path / "wide.csv", {"en": ["Who?"], "de": ["Wer?"]})
    recipe = load_recipe(RECIPES / "clas_questions.yaml", [f"source.path={path}"])
    assert isinstance(recipe.sources[0], QuestionSets)


def test_a_recipe_checks_a_wide_table(vicuna: dict[str, list[str]], tmp_path: Path) -> None:
    written(tmp_path / "wide.csv", {lang: vicuna[lang] for lang in ("en", "es", "fr", "de")})
    recipe = tmp_path / "wide.yaml"
    text = (RECIPES / "clas_questions.yaml").read_text(encoding="utf-8")
    text = text.replace("samples/clas_questions/repairs.yaml", str(tmp_path / "repairs.yaml"))
    recipe.write_text(text.replace("{path: samples/clas_questions}", "{path: wide.csv}"))
    (tmp_path / "repairs.yaml").write_text("repairs: []\n")
    run_recipe(load_recipe(recipe), tmp_path / "out", workers=1)
    rows = [row for path in sorted((tmp_path / "out").glob("*/test-*.parquet"))
            for row in pq.read_table(path).to_pylist()]  # fmt: skip
    assert len(rows) == 280
    faults = {row["id"] for row in rows if row["verdict"] == "fault"}
    assert {"es:44", "fr:44"} <= faults
