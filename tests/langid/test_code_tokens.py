"""Programs as words for fastText: what stands, what goes, and that nothing breaks it."""

from __future__ import annotations

import io
import time
import tokenize as python_tokenize

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.langid.code_files import read_code
from curate.langid.code_tokens import NO_WORDS, tokenize, vocabulary

WORDS = vocabulary(["if", "end", "let", "int", "NSString"])


def tokens(text: str) -> str:
    return tokenize(pa.array([text]), WORDS).texts[0].as_py()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("int x = 12;", "¶ int ~a = 0 ;"),
        ("a->b != c", "¶ ~a -> ~a != ~a"),
        ("1.5e-3 0xFFu 1_000u32 2.0L 1..9", "¶ 0.0e 0x 0u 0.0L 0 .. 0"),
        ('"say #{x}" "$y" "\\(z)" "%d\\n" "{}" ""', '¶ "" "# "" "$ "" "( "" "% "\\ "" "{ ""'),
        ("'x' '\\n' 'long' don't", "¶ '. '. '' ~aa 'a ~a"),
        ("&'a str <'b>", "¶ & &' ~a ~aa < <' ~a >"),
        ('"open\nint', '¶ " ~aa ¶ int'),
        ("`x` ```sh", "¶ ` ~a ` ``` ~aa"),
    ],
)
def test_signs_numbers_and_strings_become_few_words(text: str, expected: str) -> None:
    assert tokens(text) == expected


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("i", "~a"), ("N", "~A"), ("value", "~aa"), ("fooBar", "~aA"), ("FooBar", "~Aa"),
        ("MAX", "~AA"), ("foo_bar", "~a_a"), ("MAX_SIZE", "~A_A"), ("Foo_bar", "~A_a"),
        ("größe", "~u"), ("if", "if"), ("IF", "^if"), ("If", "~Aa"), ("NSString", "NSString"),
    ],
)  # fmt: skip
def test_a_name_stands_for_itself_or_for_its_shape(name: str, shape: str) -> None:
    assert tokens(name) == f"¶ {shape}"


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("// GPL in Rust", "//"), ("/// Docs", "///"), ("//! Docs", "//!"), ("# Python", "#."),
        ("#!/bin/sh", "#!"), ("## Title", "##."), ("-- SQL", "--."), ("--[[ Lua\nx ]]", "--["),
        ("/* C\nand more */", "/*"), ("/** Java */", "/**"), ("{- Haskell -}", "{-"),
        ("(* OCaml *)", "(*"), ("<!-- HTML -->", "<!-"), ('"""Doc\nstring"""', '"""'),
        ("! Fortran", "!."), ("C     Fortran 77", "C."), ("; assembly", ";."),
        ("=head1 Perl\n\nx\n\n=cut", "=."), (" * cut off", "*."), ("/* never closed", "/*"),
    ],
)  # fmt: skip
def test_of_a_comment_the_mark_is_left(text: str, mark: str) -> None:
    assert tokens(f"{text}\nint").split() in (
        ["¶", mark, "¶", "int"],
        ["¶>", mark, "¶<", "int"],
    ) or (text == "/* never closed" and tokens(text) == "¶ /*")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = 1 # why", "¶ ~a = 0 #."),
        ("x = 1 -- why", "¶ ~a = 0 --."),
        ("x = y ! why", "¶ ~a = ~a !."),
        ("if ( ! x )", "¶ if ( ! ~a )"),
        ("#include <x>", "¶ # ~aa < ~a >"),
        ("http://x", "¶ ~aa :// ~a"),
        ("{-1, 2}", "¶ { - 0 , 0 }"),
        ("(*f)(x)", "¶ ( * ~a ) ( ~a )"),
        ("ls */*.c", "¶ ~aa */* . ~a"),
        ("x--;", "¶ ~a -- ;"),
    ],
)
def test_what_looks_like_a_comment_is_told_from_one(text: str, expected: str) -> None:
    assert tokens(text) == expected


def test_lines_tell_their_depth_and_their_tabs() -> None:
    assert tokens("if\n\tx\n\ty1\nend") == "¶ if ¶>t ~a ¶t ~aa ¶< end"


def test_a_line_that_comes_again_at_once_counts_once() -> None:
    assert tokens("let a = 1\nlet b = 2\n  let c = 3\nend\n") == "¶ let ~a = 0 ¶ end"


def test_a_licence_adds_no_more_than_its_mark() -> None:
    licence = "".join(f"// line {n} of a Rust licence for (int i)\n" for n in range(200))
    assert tokens(licence + "int x;") == "¶ // ¶ int ~a ;"


def test_only_the_beginning_is_read_to_the_end_of_a_line() -> None:
    found = tokenize(pa.array(["int\nlet xyz\nif", "ä" * 9]), WORDS, most_bytes=9)
    assert found.texts.to_pylist() == ["¶ int", "¶ ~u"]


def test_counts_are_of_code_alone() -> None:
    found = tokenize(pa.array(["// no\n/* no */\nint x;", "", None, "# no"]), WORDS)
    assert found.counts.tolist() == [3, 0, 0, 0]
    assert found.texts.to_pylist() == ["¶ // ¶ /* ¶ int ~a ;", "", None, "¶ #."]


@given(st.lists(st.text() | st.none(), max_size=5))
def test_any_text_gives_the_same_tokens_in_any_company(texts: list[str | None]) -> None:
    whole = tokenize(pa.array(texts, pa.string()), WORDS)
    alone = [tokenize(pa.array([text], pa.string()), WORDS).texts[0].as_py() for text in texts]
    assert whole.texts.to_pylist() == alone
    sliced = tokenize(pa.array(["x", *texts], pa.string()).slice(1), WORDS)
    assert sliced.texts.to_pylist() == alone


@given(st.text(alphabet="a_1 \n\t'\"/*#-!{}()<>=;`\\é$%&.", max_size=200))
def test_no_mixture_of_signs_breaks_it_or_what_fasttext_reads(text: str) -> None:
    found = tokenize(pa.array([text]), NO_WORDS).texts[0].as_py()
    assert "\n" not in found
    assert "  " not in found
    assert not {"</s>", "__label__"} & set(found.split(" "))
    assert len(found.encode()) <= 4 * len(text.encode()) + 16


def test_names_of_python_programs_are_those_of_pythons_own_tokenizer(data_dir) -> None:  # type: ignore[no-untyped-def]
    programs = [
        one for one in read_code(data_dir / "sltrans_sources" / "programs.parquet")
        if one.language == "python" and "//" not in one.text
    ]  # fmt: skip
    same = 0
    for one in programs:
        read = python_tokenize.generate_tokens(io.StringIO(one.text).readline)
        names = {token.string for token in read if token.type == python_tokenize.NAME}
        found = tokenize(pa.array([one.text]), None).texts[0].as_py().split(" ")
        # prefixes of strings are parts of their tokens there
        same += names == {word for word in found if word.isidentifier()} - {"f", "r", "b"} | (
            names & {"f", "r", "b"}
        )
    assert same >= 0.95 * len(programs) > 90


def test_quotes_that_nothing_closes_take_no_longer_for_being_many() -> None:
    seconds = []
    for text in ('"\\"' * 10_000, '"x" ' * 7_500):
        start = time.process_time()
        for _ in range(20):
            tokenize(pa.array([text]), WORDS)
        seconds.append(time.process_time() - start)
    assert seconds[0] < 20 * seconds[1] + 0.2  # from each to the end it would be 500 times
