"""Whatever a value holds, a table stays a table."""

from __future__ import annotations

import math
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from curate.publish.markdown import cell, fenced, number, table


@given(st.text())
def test_a_cell_has_one_line_and_no_bar_or_tag_of_its_own(text: str) -> None:
    found = cell(text)
    assert len(found.splitlines()) <= 1
    assert "|" not in found.replace("\\\\", "").replace("\\|", "")
    assert "<" not in found


@given(st.text(alphabet="aب\u202e\u2066\u2068\u2069 "))
def test_no_text_reorders_what_stands_beside_it(text: str) -> None:
    found = cell(text)
    opened = sum(unicodedata.bidirectional(c) in ("LRI", "RLI", "FSI", "RLO", "LRO") for c in found)
    assert opened == found.count("\u2069") <= 1
    assert ("ب" in found) == (opened == 1)


def test_a_long_text_is_cut_and_says_so() -> None:
    assert cell("word " * 100).endswith("word …")
    assert len(cell("word " * 100)) < 170


def test_media_and_vectors_are_told_by_their_size() -> None:
    assert cell({"bytes": b"x" * 1234, "path": "a.flac"}) == "a.flac, 1,234 bytes"
    assert cell([0.5] * 768) == "768 numbers"
    assert cell({"label": "x", "score": 0.123456}) == "label: x, score: 0.1235"


def test_numbers_are_read_not_computed_with() -> None:
    assert [number(value) for value in (0, 12345, 0.5, 1e-9, 22050.4)] == [
        "0",
        "12,345",
        "0.5",
        "1e-09",
        "22,050",
    ]
    assert [number(value) for value in (math.nan, math.inf)] == ["nan", "inf"]


def test_names_with_a_number_sign_are_aligned_to_the_right() -> None:
    assert table(["a", "#b"], [["x", "1"]]).splitlines()[1] == "| --- | --: |"


def test_code_that_holds_a_fence_is_fenced_by_a_longer_one() -> None:
    assert fenced("a\n````\nb", "yaml").startswith("`````yaml\n")
