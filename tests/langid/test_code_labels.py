"""Names of programming languages, and which language a file's name tells."""

from __future__ import annotations

import pytest

from curate.langid.code_labels import ENDINGS, accepted, check_known, label_of, label_of_path


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("C++", "cpp"), ("c", "c"), ("Objective-C", "objc"), ("C#", "csharp"), ("Golang", "go"),
        (".rs", "rust"), ("JavaScript", "javascript"), ("LLVM IR", "llvm"), ("Brainfuck", "brainfuck"),
        ("f90", "fortran"), ("Shell", "shell"), ("D", "d"), ("R", "r"),
    ],
)  # fmt: skip
def test_every_usual_name_finds_its_label(name: str, label: str) -> None:
    assert label_of(name) == label


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("a/b.C", "cpp"), ("a/b.c", "c"), ("x/CMakeLists.txt", "cmake"), ("x/notes.txt", "prose"),
        ("boot.S", "assembly"), ("f.F90", "fortran"), ("a.h", "h"), ("Rakefile", "ruby"), ("a", None),
    ],
)  # fmt: skip
def test_an_ending_counts_as_it_is_written(path: str, label: str | None) -> None:
    assert label_of_path(path) == label


def test_no_ending_belongs_to_two_languages() -> None:
    endings = [ending for some in ENDINGS.values() for ending in some.split()]
    assert len(endings) == len(set(endings))


def test_c_does_for_cpp_but_not_the_other_way() -> None:
    assert (accepted("cpp"), accepted("c")) == (("cpp", "c"), ("c",))


def test_an_unknown_language_is_named_with_its_nearest() -> None:
    with pytest.raises(ValueError, match=r"'pythn'; the nearest are python"):
        check_known(["C", "pythn"], ["c", "python", "ruby"])
