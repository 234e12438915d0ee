"""Where a word may be cut for romanisation."""

from __future__ import annotations

import pytest

from curate.text.romanize_cuts import pieces


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("中文", ["中", "文"]),
        ("北京人", ["北京", "人"]),
        ("第三百五十", ["第", "三百五十"]),
        ("三分之二", ["三分之二"]),
        ("བོད་སྐད་", ["བོད", "་", "སྐད", "་"]),
        ("کٲشُر", ["ک", "ٲ", "شُر"]),
        ("किताब", ["किताब"]),
        ("สวัสดีครับ", ["สวัสดีครับ"]),
        ("きゃっと", ["きゃっと"]),
        ("", [""]),
    ],
)
def test_a_word_is_cut_only_where_no_rule_looks_across(word: str, expected: list[str]) -> None:
    assert pieces(word) == expected
