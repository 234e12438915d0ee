"""Copies of programs: renamed, reordered and commented by hand and by a lexer of others."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.code_duplicates import KINDS, clusters, planted
from curate.barriers.dedup_code import DedupCode
from curate.code.fingerprint import fingerprint

BY_HAND = [
    ("c", "#include <stdio.h>\n#define MOST 9\nstatic int sum(const int *of, int many) {\n"
     "  int all = 0;\n  for (int at = 0; at < many; at++) all += of[at];\n  return all;\n}\n"
     "int main(void) { int x[3] = {1, 2, MOST}; printf(\"%d\\n\", sum(x, 3)); }\n",
     "#define LIMIT 9 // ours\n#include <stdio.h>\nint main(void) {\n    int row[3] = {1, 2, LIMIT};\n"
     "    printf(\"%d\\n\", total(row, 3)); }\n/* adds */ static int total(const int *v, int n) {\n"
     "    int s = 0; for (int i = 0; i < n; i++) s += v[i]; return s; }\n"),
    ("python", "def mean(values):\n    total = sum(values)\n    return total / len(values)\n\n\n"
     "def spread(values):\n    middle = mean(values)\n"
     "    return max(abs(one - middle) for one in values)\n",
     "# two functions\ndef width(xs):\n    m = avg(xs)  # of all\n"
     "    return max(abs(x - m) for x in xs)\n\ndef avg(xs):\n    t = sum(xs)\n"
     "    return t / len(xs)\n"),
    ("rust", "struct Counter { seen: usize }\nimpl Counter {\n    fn bump(&mut self, by: usize) {\n"
     "        self.seen += by;\n    }\n}\nfn main() { let mut c = Counter { seen: 0 }; c.bump(2); }\n",
     "fn main() { let mut tally = Tally { n: 0 }; tally.add(2); }\n/// Tallies.\n"
     "struct Tally { n: usize }\nimpl Tally {\n    fn add(&mut self, k: usize) { self.n += k; }\n}\n"),
    ("haskell", "module Main where\n\ndouble :: Int -> Int\ndouble n = n * 2\n\n"
     "main :: IO ()\nmain = print (map double [1 .. 10])\n",
     "module Main where\n\nmain :: IO ()\nmain = print (map twice [1 .. 10])\n\n-- | Doubles.\n"
     "twice :: Int -> Int\ntwice x' = x' * 2\n"),
]  # fmt: skip


@pytest.fixture(scope="module")
def programs(data_dir: Path) -> pa.Table:
    """Every sixth program of each of the twelve languages."""
    path = data_dir / "sltrans_sources/programs.parquet"
    return pq.read_table(path, columns=["id", "lang", "source"]).take(pa.array(range(0, 1494, 6)))


def kept(ids: list[str], texts: list[str | None], **options: object) -> list[object]:
    step = DedupCode(**options)  # type: ignore[arg-type]
    return step.decide(step.keys(pa.table({"id": ids, "text": texts}))).reason.to_pylist()


@pytest.mark.parametrize(("language", "one", "other"), BY_HAND)
def test_a_copy_made_by_hand_is_found(language: str, one: str, other: str) -> None:
    assert kept(["a", "b"], [one, other], language=language) == ["", "near duplicate"]


@pytest.mark.parametrize("kind", ["comments", "renamed", "functions", "statements", "together"])
def test_copies_planted_in_twelve_languages_are_found(kind: str, programs: pa.Table) -> None:
    step = DedupCode(text="source", language_column="lang")
    of = np.array(clusters(step, pa.concat_tables([programs, planted(programs, kind)])))
    assert kind in KINDS
    assert (of[: programs.num_rows] == of[programs.num_rows :]).mean() >= 0.98


def test_no_two_programs_of_a_clean_corpus_are_taken_for_copies(programs: pa.Table) -> None:
    step = DedupCode(text="source", language_column="lang")
    assert step.decide(step.keys(programs)).keep.false_count <= 0.001 * programs.num_rows


def test_each_stage_has_its_reason() -> None:
    text = "int f(int a) { return a * a; }\n"
    texts = [text, text.replace("\n", "\r\n"), text + "// square\n", text.replace("a", "b"), "", ""]
    reasons = ["", "exact duplicate", "normalised duplicate", "near duplicate", "", ""]
    assert kept(list("abcdef"), texts) == reasons


def test_the_smallest_id_stays_in_whatever_order_rows_come() -> None:
    text = "int f(int a) { return a * a; }"
    texts = {"b": text, "a": text.replace("f", "g"), "d": text + " ", "c": "int x;", "e": None}
    for order in itertools.permutations(texts):
        reasons = kept(list(order), [texts[one] for one in order])
        assert [one for one, why in zip(order, reasons, strict=True) if why] == [
            one for one in order if one in "bd"
        ]


def test_programs_in_different_languages_are_no_copies() -> None:
    rows = pa.table({"id": ["a", "b"], "text": ["int f() { return 1; }"] * 2, "lang": ["c", "C++"]})
    step = DedupCode(language_column="lang")
    assert step.decide(step.keys(rows)).keep.to_pylist() == [True, True]


def test_another_number_keyword_or_method_is_another_statement() -> None:
    texts = ["int f(int a) { return a * 2; }", "int f(int a) { return a * 3; }",
             "long f(int a) { return a * 2; }", "int f(S a) { return a.pop(); }",
             "int f(S a) { return a.top(); }"]  # fmt: skip
    assert kept(list("abcde"), texts, language="cpp") == [""] * 5


def test_a_string_counts_but_not_the_names_within_it() -> None:
    one, other = b'print(f"{x} of 3", x)', b'print(f"{name} of 3", name)'
    assert fingerprint(one, "python").skeleton == fingerprint(other, "python").skeleton
    other = b'print(f"{name} of 4", name)'
    assert fingerprint(one, "python").skeleton != fingerprint(other, "python").skeleton
