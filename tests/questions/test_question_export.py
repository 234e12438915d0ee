"""Tables of questions as files, and repairs of their cells."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from curate.errors import PublishError, SourceError
from curate.questions.check import check_sheet
from curate.questions.export import write_jsonl, write_text_files
from curate.questions.repairs import apply_to, read_repairs, suggest
from curate.questions.sheet import sheet_of_columns, wide
from curate.questions.text_sets import raw_lines
from curate.sources.question_sets import QuestionSets


def long(rows: list[tuple[str, str, str]]) -> pa.Table:
    names = ("question_id", "lang", "text")
    return pa.table(
        {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}
    )


def read(folder: Path) -> pa.Table:
    source = QuestionSets(str(folder))
    return pa.concat_tables(batch for ref in source.shards() for batch in source.read(ref))


@pytest.mark.parametrize("name", [".", "multiq200"])
def test_files_to_table_to_files_is_equal_to_the_byte(
    data_dir: Path, name: str, tmp_path: Path
) -> None:
    folder = data_dir / "clas_questions" / name
    written = write_text_files(read(folder), tmp_path)
    assert len(written) == (13 if name == "." else 31)
    for path in written:
        assert path.read_bytes() == (folder / path.name).read_bytes()


@pytest.mark.parametrize(
    ("text", "said"), [("", "blank"), (" ", "blank"), ("a\nb", "several"), ("a\u2028b", "several")]
)
def test_a_blank_or_multiline_cell_is_refused_and_nothing_written(
    text: str, said: str, tmp_path: Path
) -> None:
    table = long([("1", "en", "Who?"), ("1", "de", text)])
    with pytest.raises(PublishError, match=f"question 1 in de is .*{said}"):
        write_text_files(table, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_missing_cell_is_refused(tmp_path: Path) -> None:
    table = long([("1", "en", "Who?"), ("2", "en", "Why?"), ("1", "de", "Wer?")])
    with pytest.raises(PublishError, match="question 2 in de is missing"):
        write_text_files(table, tmp_path)


def test_lines_for_evaluators_hold_the_prompt_and_its_cell(tmp_path: Path) -> None:
    table = long([("1", "en", "Who?")])
    assert write_jsonl(table, tmp_path / "a.jsonl", "inspect") == 1
    assert json.loads((tmp_path / "a.jsonl").read_text()) == {
        "id": "1/en", "input": "Who?", "target": "", "metadata": {"question_id": "1", "lang": "en"},
    }  # fmt: skip
    write_jsonl(table, tmp_path / "b.jsonl", "lm-eval")
    assert json.loads((tmp_path / "b.jsonl").read_text())["question"] == "Who?"


@given(st.binary(max_size=60))
def test_lines_joined_again_are_the_file(raw: bytes) -> None:
    lines = raw_lines(raw)
    assert b"\n".join(lines) + b"\n" * raw.endswith(b"\n") == raw


def test_a_blank_line_stays_a_row(tmp_path: Path) -> None:
    (tmp_path / "en.txt").write_bytes(b"Who?\n\nWhy?\n")
    assert read(tmp_path)["text"].to_pylist() == ["Who?", "", "Why?"]


def test_ids_and_categories_come_from_the_index(data_dir: Path) -> None:
    folder = data_dir / "clas_questions"
    source = QuestionSets(str(folder), languages=("mt",), index="questions.tsv",
                          id_column="vicuna_question_id", category_column="category")  # fmt: skip
    with pytest.raises(SourceError, match=r"no mt\.txt"):
        source.shards()
    source = QuestionSets(str(folder), languages=("en",), index="questions.tsv",
                          id_column="vicuna_question_id", category_column="category")  # fmt: skip
    rows = next(source.read(source.shards()[0])).to_pylist()
    assert (rows[69]["question_id"], rows[69]["category"], rows[69]["script"]) == (
        "80",
        "writing",
        "Latn",
    )


def test_the_wide_view_has_a_column_a_language() -> None:
    table = long([("1", "en", "Who?"), ("2", "en", "Why?"), ("2", "de", "Warum?")])
    assert wide(table).to_pylist() == [
        {"question_id": "1", "en": "Who?", "de": None},
        {"question_id": "2", "en": "Why?", "de": "Warum?"},
    ]


def test_suggested_repairs_fix_what_needs_no_language(tmp_path: Path) -> None:
    sheet = sheet_of_columns({"en": ["\ufeffWho is it?"], "no": ["Hvem er det?\r"]})
    path = tmp_path / "repairs.yaml"
    path.write_text(suggest(sheet, check_sheet(sheet, "en")), encoding="utf-8")
    repairs = read_repairs(path)
    texts, said = apply_to(
        ["\ufeffWho is it?", "Hvem er det?\r"], [(("1", "en"),), (("1", "no"),)], repairs
    )
    assert (texts, said) == (["Who is it?", "Hvem er det?"], ["applied", "applied"])


def test_a_lost_half_waits_for_a_reader(tmp_path: Path) -> None:
    sheet = sheet_of_columns({"en": ["How many? Explain."], "es": ["? Explica."]})
    (entry,) = yaml.safe_load(suggest(sheet, check_sheet(sheet, "en")))["repairs"]
    assert (entry["text"], entry["may_check"]) == ("", "a reader of es")


def test_a_repair_of_a_text_that_changed_is_stale(tmp_path: Path) -> None:
    path = tmp_path / "repairs.yaml"
    path.write_text("repairs:\n- {question_id: 1, lang: no, was: A, text: B}\n")
    assert apply_to(["A", "C"], [(("1", "no"),)] * 2, read_repairs(path)) == (
        ["B", "C"],
        ["applied", "stale"],
    )


@pytest.mark.parametrize("text", ["", "repairs: 3", "repairs: [3]", "repairs: [{text: a}]", "a: [",
                                  "repairs: [{id: 1, txt: a}]", "repairs: [{id: 1, text: a}, {id: 1, text: b}]"])  # fmt: skip
def test_a_mistake_in_the_file_is_one_line(text: str, tmp_path: Path) -> None:
    path = tmp_path / "repairs.yaml"
    path.write_text(text)
    with pytest.raises(SourceError, match=r"repairs\.yaml") as caught:
        read_repairs(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("files", "options", "said"),
    [
        ({}, {}, r"holds no file named like a language"),
        ({"notes.txt": "a\n"}, {}, r"holds no file named like a language"),
        ({"en.txt": "Who?\n", "de.txt": ""}, {}, r"de\.txt is empty; fill it"),
        ({"en.txt": "Who?\n", "xx.txt": "?\n"}, {}, r"xx\.txt: 'xx' is no language code"),
        ({"en.txt": "Who?\n"}, {"languages": ("mt",)}, r"no mt\.txt; there is en"),
        ({"en.txt": "Who?\n"}, {"index": "ids.txt"}, r"no index .*ids\.txt"),
        ({"en.txt": "Who?\n", "ids.txt": "1\n2\n1\n"}, {"index": "ids.txt"},
         r"ids\.txt:3: the id '1' stands in line 1 already"),
        ({"en.txt": "Who?\n", "ids.tsv": "question_id\tk\n1\ta\n\tb\n"}, {"index": "ids.tsv"},
         r"ids\.tsv:3: no id there"),
        ({"en.txt": "Who?\n", "ids.tsv": "name\n1\n"}, {"index": "ids.tsv"},
         r"ids\.tsv:1: no column 'question_id'; there is name"),
        ({"en.txt": "Who?\n", "ids.tsv": b"question_id\n1\n\xff\n"}, {"index": "ids.tsv"},
         r"ids\.tsv:3: not UTF-8"),
    ],
)  # fmt: skip
def test_a_mistake_of_the_user_is_one_line_with_file_and_place(
    files: dict[str, str | bytes], options: dict[str, object], said: str, tmp_path: Path
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SourceError, match=said) as caught:
        QuestionSets(str(tmp_path), **options).shards()  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


def test_lines_beyond_the_index_take_no_id_of_another_line(tmp_path: Path) -> None:
    (tmp_path / "en.txt").write_text("Who?\nWhy?\nHow?\n")
    (tmp_path / "ids.tsv").write_text("question_id\n1\n3\n")
    source = QuestionSets(str(tmp_path), index="ids.tsv")
    ids = next(source.read(source.shards()[0]))["question_id"].to_pylist()
    assert ids == ["1", "3", "line-3"]


def test_files_of_other_lengths_are_a_fault_however_few_lines_there_are(tmp_path: Path) -> None:
    columns = {
        "en": ["Who?", "Why?", "How?"],
        "de": ["Wer?", "Wie?"],
        "fr": ["Qui ?", "Pourquoi ?", "Comment ?"],
    }
    flags = [one for one in check_sheet(sheet_of_columns(columns), "en") if one.hard]
    assert [(one.lang, one.row, one.check) for one in flags] == [("de", 1, "line count")]
