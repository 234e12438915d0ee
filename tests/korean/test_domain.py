"""Domain rules by column equal the authors' rules row by row, and the default mends what they broke."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import korean as authors
from curate.filters.finance_domain import FinanceDomain
from curate.korean.domain import REASONS, clean, has_repeated_symbol, judge

NEWS = "코스피가 외국인의 순매수에 힘입어 상승 마감했다고 한국거래소가 어제 오후 밝혔다. "
SIGNS = st.sampled_from([*" \n\t\x1c\x85\u3000.-=_aAqQ:@<>/br5가힣ㄱ"])
LETTERS = SIGNS | st.sampled_from(["금리", "www.", "http://x", "<br>"])


def reasons(text: str, domain: str, profile: str = "default") -> list[str]:
    found = judge(pa.array([text]), pa.array([domain]), profile=profile)
    return [REASONS[rule] for rule in found.failed[:, 0].nonzero()[0]]


@given(
    st.lists(st.text(SIGNS | st.characters(exclude_categories=("Cs",)), max_size=12), max_size=5)
)
def test_a_repeated_symbol_is_what_a_backreference_finds(texts: list[str]) -> None:
    expected = [bool(re.search(r"([^\w\s가-힣])\1{2,}", text)) for text in texts]
    assert has_repeated_symbol(pa.array(texts, pa.string())).tolist() == expected


@given(st.lists(LETTERS, max_size=25).map("".join))
def test_legacy_cleaning_is_the_authors(text: str) -> None:
    assert clean(pa.array([text]), "legacy").to_pylist() == [authors.clean(text)]


@given(
    st.lists(
        LETTERS
        | st.sampled_from(["법", "법원", "제5조", "손해배상", "이유", "광고", "저작권", "주식"]),
        max_size=60,
    ).map("".join),
    st.sampled_from(["news", "law"]),
)
def test_legacy_gives_the_reason_of_the_authors_chain(text: str, domain: str) -> None:
    assert next(iter(reasons(text, domain, "legacy")), "") == authors.restated(text, domain)


@pytest.mark.parametrize(("domain", "rows", "kept"), [("news", 250, 191), ("law", 237, 40)])
def test_legacy_keeps_exactly_the_authors_rows(
    data_dir: Path, domain: str, rows: int, kept: int
) -> None:
    frame = authors.corpus(data_dir)
    texts = frame.text[frame.domain == domain].tolist()
    verdict = FinanceDomain(domain=domain, profile="legacy")(pa.table({"id": texts, "text": texts}))
    expected = [authors.restated(text, domain) for text in texts]
    assert verdict.reason.to_pylist() == expected
    assert (len(texts), verdict.keep.true_count) == (rows, kept)


@pytest.mark.parametrize(
    ("text", "domain", "reason"),
    [
        (NEWS * 2 + "코스닥은 data. 그리고 A.", "news", "questions and answers"),
        ("ETF 상품이 어제 새로 나왔고 많은 사람이 이를 사려고 줄을 섰다고 관계자가 말했다. 끝까지 지켜보자.", "news", "no finance word"),
        ("저작권법 제5조와 법원의 판결, 소송에 관한 설명이다. " * 5, "law", "copyright notice"),
        ("법원은 제5조에 따라 소송을 받는다. " + "그 밖의 것은 다르게 정한다. " * 80, "law", "too few legal words"),
    ],
)  # fmt: skip
def test_the_default_mends_a_wrong_rejection(text: str, domain: str, reason: str) -> None:
    assert reason in reasons(text, domain, "legacy")
    assert reasons(text, domain) == []


def test_the_word_for_reason_is_a_ruling_only_as_a_heading() -> None:
    text = "법원이 소송을 받은 이유는 위법한 계약이었기 때문이다. " * 4
    assert reasons(text, "law", "legacy") == []
    assert reasons(text, "law") == ["no legal structure"]
    assert reasons("【이 유】\n" + text, "law") == []
    assert reasons("이유\n" + text, "law") == []


def test_the_default_keeps_paragraphs() -> None:
    text = pa.array(["첫째  줄 \n\n\n\n 둘째<br/>셋째\u3000\u3000넷째 "])
    assert clean(text, "legacy").to_pylist() == ["첫째 줄 둘째\n셋째 넷째"]
    assert clean(text).to_pylist() == ["첫째 줄\n\n둘째\n셋째 넷째"]


def test_a_report_needs_two_traits_and_no_code() -> None:
    text = "2024년 영업 환경을 분석하고 지난해와 비교하면 다음과 같은 점이 눈에 띈다. " * 3
    assert reasons(text, "report") == []
    assert reasons(text + "import numpy", "report") == ["program code"]
    assert reasons("오늘은 날씨가 맑고 바람이 불며 하늘이 높다고 한다. " * 5, "report") == [
        "too few report traits"
    ]


def test_a_disclosure_needs_three_traits() -> None:
    text = "제15기 분기보고서 매출액 1,234,567 대표이사 홍길동 회사명 주식회사 보기. " * 5
    assert reasons(text, "disclosure") == []
    assert reasons("매출액과 대표이사만 있는 글이다. 더는 아무것도 없다. " * 8, "disclosure") == []
    assert reasons("매출액만 있는 글이다. 더는 아무것도 없다. " * 10, "disclosure") == [
        "too few disclosure traits"
    ]
