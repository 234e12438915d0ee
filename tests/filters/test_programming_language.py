"""Programs in the language that they are said to be in."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.contract import apply
from curate.errors import EnvironmentError_
from curate.filters.programming_language import ProgrammingLanguage

PYTHON = """
def primes(limit):
    found = []
    for number in range(2, limit):
        if all(number % one for one in found):
            found.append(number)
    return found

if __name__ == "__main__":
    print(primes(100))
"""
C = """
#include <stdio.h>

static int add(const int *values, int count) {
    int sum = 0;
    for (int i = 0; i < count; i++) {
        sum += values[i];
    }
    printf("%d\\n", sum);
    return sum;
}
"""
JAVA = """
import java.util.List;

public final class Sum {
    private final List<Integer> values;

    public int total() {
        return values.stream().mapToInt(Integer::intValue).sum();
    }
}
"""


def verdicts(rows: list[tuple[str | None, str | None]], **options: object) -> list[str]:
    """What becomes of each (text, claimed language): "keep" or the reason."""
    texts, names = zip(*rows, strict=True)
    table = pa.table({"text": pa.array(texts, pa.string()), "lang": pa.array(names, pa.string())})
    verdict = ProgrammingLanguage(language_column="lang", **options)(table)  # type: ignore[arg-type]
    reasons = verdict.reason.to_pylist()
    return [
        "keep" if ok else why for ok, why in zip(verdict.keep.to_pylist(), reasons, strict=True)
    ]


@pytest.mark.parametrize("name", ["Python", "python", "py", "Python3"])
def test_any_usual_name_of_the_claimed_language_will_do(name: str) -> None:
    assert verdicts([(PYTHON, name)]) == ["keep"]


def test_a_program_in_another_language_is_rejected_with_what_it_is() -> None:
    rows = pa.table({"id": ["a"], "text": [JAVA], "lang": ["Rust"]})
    kept, rejected = apply(ProgrammingLanguage(language_column="lang"), rows)
    assert kept.num_rows == 0
    assert rejected["reason"].to_pylist() == ["wrong programming language"]
    assert rejected["code_language"].to_pylist() == ["java"]
    assert (
        rejected["code_language_prob"][0].as_py()
        > 0.5
        > rejected["claimed_language_prob"][0].as_py()
    )


def test_c_passes_for_cpp_but_cpp_not_for_c() -> None:
    assert verdicts([(C, "C"), (C, "C++"), (C, "Objective-C")]) == ["keep"] * 3
    assert verdicts([(C, "C++")], supersets=False) == ["wrong programming language"]
    cpp = (
        C + "template <typename T> std::vector<T> twice(const std::vector<T>& it) { return it; }\n"
    )
    assert verdicts([(cpp * 2, "C")]) != ["keep"]


def test_what_is_too_short_is_kept_unjudged_or_rejected_as_uncertain() -> None:
    row = ("x = 1", "Rust")
    assert verdicts([row]) == ["keep"]
    assert verdicts([row], unjudged="reject") == ["uncertain programming language"]
    table = pa.table({"text": [row[0]], "lang": [row[1]]})
    measured = ProgrammingLanguage(language_column="lang")(table).measured
    assert [one.to_pylist() for one in measured.values()] == [[None]] * 3


@pytest.mark.parametrize("name", [None, "", "Brainfuck"])
def test_a_claim_that_the_model_cannot_judge_is_not_judged(name: str | None) -> None:
    assert verdicts([(PYTHON, name)]) == ["keep"]
    assert verdicts([(PYTHON, name)], unjudged="reject") == ["uncertain programming language"]


@pytest.mark.parametrize("text", [None, "", " \n", "# only a comment\n", "/* another\n one */"])
def test_without_code_there_is_no_language(text: str | None) -> None:
    assert verdicts([(text, "C")]) == ["no code"]


def test_without_a_column_the_languages_decide() -> None:
    rows = pa.table({"code": [PYTHON, JAVA]})
    step = ProgrammingLanguage(languages=("java", "Kotlin"), text="code")
    assert step(rows).keep.to_pylist() == [False, True]


def test_a_comment_in_front_changes_nothing() -> None:
    licence = "# Rust fn main() { let x = 1; } licensed to you under the MIT licence\n" * 50
    assert verdicts([(licence + PYTHON, "Python")]) == ["keep"]


def test_only_the_first_32_kib_are_read() -> None:
    long = PYTHON * 200
    assert len(long) > 32_768
    assert verdicts([(long + JAVA * 2000, "Python")]) == ["keep"]


def test_a_language_that_the_model_does_not_know_stops_before_work() -> None:
    with pytest.raises(EnvironmentError_, match=r"no label for 'pythn'; the nearest are python"):
        ProgrammingLanguage(languages=("pythn",)).prepare()


def test_model_and_vocabulary_are_part_of_the_fingerprint() -> None:
    assert sorted(ProgrammingLanguage().prepare()) == ["code.ftz", "code.json"]


def test_a_model_without_its_vocabulary_is_missing(tmp_path: Path) -> None:
    (tmp_path / "mine.ftz").write_bytes(b"x")
    with pytest.raises(EnvironmentError_, match=r"there is no file .*mine\.json"):
        ProgrammingLanguage(model=str(tmp_path / "mine.ftz")).prepare()


def test_of_the_shared_programs_nearly_all_are_what_they_are_said_to_be(data_dir: Path) -> None:
    rows = pq.read_table(data_dir / "sltrans_sources" / "programs.parquet")
    verdict = ProgrammingLanguage(language_column="lang", text="source")(rows)
    lost = Counter(
        (lang, why)
        for lang, ok, why in zip(
            rows["lang"].to_pylist(),
            verdict.keep.to_pylist(),
            verdict.reason.to_pylist(),
            strict=True,
        )
        if not ok
    )
    assert sum(lost.values()) <= 0.03 * rows.num_rows


def test_programs_under_another_language_s_name_are_rejected(data_dir: Path) -> None:
    rows = pq.read_table(data_dir / "sltrans_sources" / "programs.parquet")
    other = {
        "c": "python", "cpp": "rust", "objc": "go", "rust": "d", "d": "fortran", "fortran": "nim",
        "haskell": "crystal", "nim": "swift", "crystal": "haskell", "swift": "objc",
        "python": "cpp", "go": "c",
    }  # fmt: skip
    claimed = pa.array([other[lang] for lang in rows["lang"].to_pylist()])
    rows = rows.set_column(rows.schema.get_field_index("lang"), "lang", claimed)
    step = ProgrammingLanguage(language_column="lang", text="source", unjudged="reject")
    assert step(rows).keep.to_pylist().count(True) <= 0.01 * rows.num_rows
