"""Letters by script, against the names that Unicode gives its characters."""

from __future__ import annotations

import unicodedata

import pyarrow as pa
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.text.scripts import OTHER, SCRIPTS, STYLES, count_scripts, of_scripts

NAMES = {"ARABIC LETTER": "Arab", "CYRILLIC": "Cyrl", "DEVANAGARI LETTER": "Deva", "ETHIOPIC SYLLABLE": "Ethi",
         "CJK UNIFIED IDEOGRAPH": "Hani", "HANGUL SYLLABLE": "Hang", "LATIN": "Latn", "HEBREW LETTER": "Hebr",
         "HIRAGANA LETTER": "Hira", "KATAKANA LETTER": "Kana", "TIFINAGH LETTER": "Tfng", "OL CHIKI LETTER": "Olck"}  # fmt: skip


def scripts_of(text: str) -> dict[str, int]:
    (row,) = count_scripts(pa.array([text]))
    return {name: n for name, n in zip((*SCRIPTS, OTHER), row.tolist(), strict=True) if n}


@pytest.mark.parametrize("prefix", NAMES)
def test_letters_named_after_a_script_are_of_that_script(prefix: str) -> None:
    letters = [
        chr(code)
        for code in range(0x20000)
        if chr(code).isalpha() and unicodedata.name(chr(code), "").startswith(prefix)
    ]
    assert len(letters) > 20
    assert scripts_of(" ".join(letters)) == {NAMES[prefix]: len(letters)}


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_is_counted_as_by_regex(text: str) -> None:
    letters = "".join(c for c in text if c.isalpha())
    expected = {name: len(regex.findall(rf"\p{{Script={name}}}", letters)) for name in SCRIPTS}
    found = scripts_of(text)
    found.pop(OTHER, None)
    assert found == {name: n for name, n in expected.items() if n}


def test_digits_marks_and_shared_letters_are_of_no_script() -> None:
    assert scripts_of("12 ـ ، \u064e\u0301 𝐀 ℵ ! 🙂") == {}


def test_a_script_of_the_past_is_other() -> None:
    assert scripts_of("𐎠𐎡 a") == {OTHER: 2, "Latn": 1}


def test_styles_stand_for_their_scripts() -> None:
    assert [SCRIPTS[k] for k in of_scripts(["Kore", "Latn"])] == ["Hang", "Hani", "Latn"]
    assert {name for group in STYLES.values() for name in group} <= set(SCRIPTS)
