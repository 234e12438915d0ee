"""The script filter: keeps by share of letters, and says what a text is written in."""

from __future__ import annotations

import typing

import pyarrow as pa
import pytest

from curate.catalog import adapter
from curate.filters.script import Script, _Script
from curate.text.scripts import SCRIPTS, STYLES


def judged(texts: list[str | None], **options: object) -> list[tuple[object, ...]]:
    batch = pa.table(
        {"id": [str(k) for k in range(len(texts))], "text": pa.array(texts, pa.string())}
    )
    verdict = Script(**options)(batch)  # type: ignore[arg-type]
    columns = (verdict.keep, verdict.reason, *verdict.measured.values())
    return list(zip(*(column.to_pylist() for column in columns), strict=True))


def test_letters_of_the_wanted_script_are_counted_without_marks_and_digits() -> None:
    assert judged(["چھُ 71 abc", "abcd"], scripts=("Arab",), least_share=0.5) == [
        (False, "wrong script", "Latn", 0.4),
        (False, "wrong script", "Latn", 0.0),
    ]


def test_a_share_equal_to_the_threshold_is_kept() -> None:
    assert judged(["abcе"], scripts=("Latn",), least_share=0.75)[0][0] is True


def test_several_scripts_and_styles_count_together() -> None:
    assert judged(["今日はパン"], scripts=("Jpan",), least_share=1)[0] == (
        True, "wrong script", "Hani", 1.0
    )  # fmt: skip


def test_without_a_wanted_script_mixed_writing_is_rejected() -> None:
    assert [row[0] for row in judged(["one мир", "привет", "abc где"])] == [False, True, False]


@pytest.mark.parametrize("text", [None, "", "12 ؟ 🙂"])
def test_text_without_letters_is_rejected_with_null_evidence(text: str | None) -> None:
    assert judged([text], scripts=("Arab",)) == [(False, "no letters", None, None)]


def test_the_closed_set_of_options_is_that_of_the_library() -> None:
    assert typing.get_args(_Script) == (*SCRIPTS, *STYLES)
    with pytest.raises(ValueError, match="scripts"):
        adapter(Script).validate_python({"scripts": ["Arabic"]})
