"""Numbers with their scales, in Korean and English and beside each other."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.translation.quantities import lost, quantities


@pytest.mark.parametrize(
    ("korean", "english"),
    [
        ("3조 2,000억 원", "KRW 3.2 trillion"),
        ("1억 5천만원", "150 million won"),
        ("3만2천 명", "32,000 people"),
        ("1조2345억6789만원", "1,234,567,890,000 won"),
        ("2024년 9월 3일", "September 3, 2024"),
        ("전년 대비 12.5%p", "by 12.5 percentage points on the year"),
        ("3분기", "the third quarter"),
        ("제12조제3항", "Article 12, paragraph 3"),
        ("제2차 세계대전", "World War II"),
        ("34개", "thirty-four of them"),
        ("200만 달러", "two million dollars"),
        ("사람 두 명", "2 people"),
    ],
)
def test_the_same_amount_is_the_same_in_both_languages(korean: str, english: str) -> None:
    both = quantities(korean, "ko"), quantities(english, "en")
    assert lost(*both) == []
    assert lost(*reversed(both)) == []


@pytest.mark.parametrize(
    ("korean", "english"),
    [("3조 원", "3 billion won"), ("12.5%", "12.4%"), ("5천억", "5,000"), ("7월", "in August")],
)
def test_another_amount_is_told(korean: str, english: str) -> None:
    both = quantities(korean, "ko"), quantities(english, "en")
    assert lost(*both) or lost(*reversed(both))


def test_an_article_of_a_law_is_no_trillion() -> None:
    assert quantities("제2조의2, 24 조치", "ko").written == {Decimal(2), Decimal(24)}


def test_commas_are_decimals_where_the_language_has_it_so() -> None:
    german, english = quantities("1.234,5", "de"), quantities("1,234.5", "en")
    assert german.written == english.written == {Decimal("1234.5")}


@given(st.integers(0, 10**15))
def test_a_number_is_read_back_with_and_without_marks_of_thousands(number: int) -> None:
    for language in ("ko", "en", "ja"):
        assert quantities(f"값 {number:,}원", language).written == {Decimal(number)}
        assert quantities(f"값 {number}원", language).written == {Decimal(number)}


@given(st.text(), st.sampled_from(["ko", "en", "de", "fr"]))
def test_any_text_has_quantities(text: str, language: str) -> None:
    found = quantities(text, language)
    assert lost(found, found) == []
