"""Reading programs whose language is known: folders and tables."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from curate.errors import SourceError
from curate.langid.code_files import CodeFile, read_code

CODE = "some words = of(code);\n" * 4


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_DOT_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_a_folder_gives_projects_and_languages_by_endings(tmp_path: Path) -> None:
    write(tmp_path, one__a_DOT_py=CODE, one__sub__b_DOT_rs=CODE, two__c_DOT_go=CODE)
    assert [(f.project, f.path, f.language) for f in read_code(tmp_path)] == [
        ("one", "a.py", "python"),
        ("one", "sub/b.rs", "rust"),
        ("two", "c.go", "go"),
    ]


def test_what_tells_nothing_is_left_out(tmp_path: Path) -> None:
    write(
        tmp_path,
        p__LICENSE_DOT_txt=CODE,
        p__lib_DOT_min_DOT_js=CODE,
        p__short_DOT_py="x = 1\n",
        p__wide_DOT_js="x" * 900,
        p__data_DOT_bin=CODE,
        p__qt_DOT_ts="<TS>\n" + CODE,
        p__matlab_DOT_m=CODE,
        p__good_DOT_js=CODE,
    )
    (tmp_path / "p" / "latin.py").write_bytes(b"\xe9 = 1\n" * 40)
    assert [file.path for file in read_code(tmp_path)] == ["good.js"]


def test_a_header_is_what_the_files_beside_it_are(tmp_path: Path) -> None:
    write(tmp_path, c__a_DOT_c=CODE, c__a_DOT_h=CODE, x__a_DOT_cpp=CODE, x__a_DOT_h=CODE)
    write(tmp_path, both__a_DOT_cpp=CODE, both__b_DOT_c=CODE, both__a_DOT_h=CODE)
    write(tmp_path, o__a_DOT_m="@implementation A\n" + CODE, o__a_DOT_h="@interface A\n" + CODE)
    headers = {f.project: f.language for f in read_code(tmp_path) if f.path.endswith(".h")}
    assert headers == {"c": "c", "x": "cpp", "o": "objc"}


def test_a_table_gives_the_same_as_its_columns_say(tmp_path: Path) -> None:
    row = {"text": "x", "language": "C++", "project": "p", "path": "a", "licence": "MIT"}
    (tmp_path / "a.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    assert read_code(tmp_path / "a.jsonl") == [CodeFile("x", "cpp", "p", "a", "MIT")]


def test_the_shared_programs_are_read_with_their_repositories(data_dir: Path) -> None:
    found = read_code(data_dir / "sltrans_sources" / "programs.parquet")
    assert len(found) == 1494
    assert len({file.language for file in found}) == 12
    assert found[0].project.count("/") == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "not JSON"), ("[1]", "not an object"), ('{"text": "x"}', "no 'language'"), ("", "no labelled")],
)  # fmt: skip
def test_what_cannot_be_read_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=message):
        read_code(tmp_path / "a.jsonl")


def test_an_empty_folder_says_what_it_should_hold(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="one subfolder for each project"):
        read_code(tmp_path)
