"""The filter of code-switching: which words count, and the share."""

from __future__ import annotations

import pyarrow as pa
import pytest

from curate.contract import apply
from curate.filters.code_switching import CodeSwitching

SENTENCES = pa.table(
    {
        "id": ["half", "none", "names", "empty", "null", "fine"],
        "etymology": [
            ["Arabic", "Code-Switching", "Symbol", "Non-Arabic", "Code-Switching", "Name"],
            ["Arabic", "Non-Arabic"],
            ["Name", "Symbol"],
            [],
            None,
            ["Mixed", "Code-Switching", "Name (Arabic)", "Arabic", "Arabic"],
        ],
    }
)


def test_symbols_and_names_are_of_no_language() -> None:
    share = CodeSwitching()(SENTENCES).measured["code_switching_share"]
    assert share.to_pylist() == [0.5, 0.0, None, None, None, 0.25]


@pytest.mark.parametrize(
    ("most_share", "gone"), [(None, []), (0.5, []), (0.3, ["half"]), (0, ["half", "fine"])]
)
def test_sentences_over_the_share_go_and_those_without_words_stay(
    most_share: float | None, gone: list[str]
) -> None:
    applied = apply(CodeSwitching(most_share=most_share), SENTENCES)
    assert applied.rejected["id"].to_pylist() == gone
    assert set(applied.rejected["reason"].to_pylist()) <= {"too much code-switching"}
