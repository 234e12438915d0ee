"""How much of a program is comment, in which language it is written, and whom it names."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.code.comments import comments_of
from curate.errors import EnvironmentError_
from curate.filters.code_comments import CodeComments

ENGLISH = "this function walks over the whole list and returns the largest of its numbers"
FRENCH = "cette méthode parcourt toute la liste et renvoie le plus grand de ses nombres"


def judged(*texts: str | None, **options: object) -> list[str | None]:
    step = CodeComments(**options)  # type: ignore[arg-type]
    verdict = step(pa.table({"text": pa.array(texts, pa.string())}))
    pairs = zip(verdict.keep.to_pylist(), verdict.reason.to_pylist(), strict=True)
    return [None if keep else reason for keep, reason in pairs]


@pytest.mark.parametrize(
    ("language", "program", "said"),
    [
        ("c", b"/**\n * One.\n * Two.\n */\nint a; /// three", "One.\n  Two.\n \n three"),
        ("python", b"#!/bin/x\n# one ####\nx = '# no'", "/bin/x\n one"),
        ("haskell", b"-- | one\n{- two -}", "one\n two"),
        ("fortran", b"!> one\nx = 1 ! two", "one\n two"),
    ],
)
def test_marks_are_no_part_of_what_a_comment_says(language: str, program: bytes, said: str) -> None:
    lines = [line.strip() for line in comments_of(program, language).text.split("\n")]
    assert lines == [line.strip() for line in said.split("\n")]


def test_the_share_is_of_all_that_is_not_white() -> None:
    assert comments_of(b"abcd   // 34\n", "c").share == 0.5
    assert comments_of(b"  \n", "c").share == 0


def test_too_few_and_too_many_are_told_apart() -> None:
    some = judged("int a;", "// all of it", "int a; // b", least_share=0.1, most_share=0.9)
    assert some == ["too few comments", "too many comments", None]


def test_comments_in_another_language_are_rejected_and_short_ones_are_not_judged() -> None:
    texts = [f"f(x, y, z) + g(x) + h(y); // {one}" for one in (ENGLISH, FRENCH, "oui")]
    assert judged(*texts, languages=("eng",)) == [None, "wrong comment language", None]


def test_the_language_is_told_without_being_asked_for() -> None:
    verdict = CodeComments()(pa.table({"text": [f"f(); // {FRENCH}", "f();"]}))
    assert verdict.measured["comment_language"].to_pylist() == ["fra", None]
    assert verdict.measured["comment_wanted_prob"].null_count == 2


def test_personal_data_counts_in_comments_only() -> None:
    texts = ["f(0); // ann@example.com", 'mail("ann@example.com");', "g(1); // from 8.8.8.8"]
    told = "personal data in comments"
    assert judged(*texts, most_pii=0) == [told, None, told]
    assert judged(*texts) == [None, None, None]


def test_a_null_text_is_no_code() -> None:
    assert judged(None, "") == ["no code", None]


def test_an_unknown_language_stops_before_any_work() -> None:
    with pytest.raises(EnvironmentError_, match="klingon"):
        CodeComments(languages=("klingon",)).prepare()


def test_comments_of_real_programs_are_english(data_dir: Path) -> None:
    path = data_dir / "sltrans_sources/programs.parquet"
    rows = pq.read_table(path, columns=["lang", "source"])
    step = CodeComments(text="source", language_column="lang", languages=("eng",))
    measured = step(rows).measured
    told = [one for one in measured["comment_language"].to_pylist() if one]
    assert len(told) > 300
    assert told.count("eng") > 0.9 * len(told)
