"""Shift rules: what each does, where it must not, and that every edit is evidence of itself."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.korean import corpus
from curate.korean.analysis import Document, kiwi, seed_of
from curate.korean.shifts import RULES, shift


def made(rule: str, text: str) -> str | None:
    found = shift(text, 1, (rule,))
    return found[0].text if found else None


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        ("polarity", "기준금리를 인상했다.", "기준금리를 인하했다."),
        ("polarity", "주가가 올랐다.", "주가가 내렸다."),
        ("polarity", "가능성이 높은 편이다.", "가능성이 낮은 편이다."),
        ("polarity", "긍정적인 영향을 준다.", "부정적인 영향을 준다."),
        ("realization", "매출은 3조원을 기록할 것으로 보인다.", "매출은 3조원을 기록했다."),
        ("realization", "규제를 완화하겠습니다.", "규제를 완화했습니다."),
        ("expectation", "규제를 적용했다.", "규제를 적용할 전망이다."),
        ("expectation", "모양이 달라졌습니다.", "모양이 달라질 전망입니다."),
        ("entity", "코스피는 쉬었다.", "코스닥은 쉬었다."),
        ("negation", "강세를 보였다.", "강세를 보이지 않았다."),
        ("negation", "시장의 외면을 받고 있다.", "시장의 외면을 받고 있지 않다."),
        ("negation", "안전하지 않았다.", "안전했다."),
        ("negation", "대표적인 사례다.", "대표적인 사례가 아니다."),
        ("negation", "업무 범위를 확대함.", "업무 범위를 확대하지 않음."),
        ("deontic", "신고하여야 한다.", "신고할 수 있다."),
        ("deontic", "변경할 수 있다.", "변경할 수 없다."),
        ("deontic", "신고하도록 함.", "신고할 수 있도록 함."),
        ("deontic", "30명 이상을 둔다.", "30명 이하를 둔다."),
        ("intensity", "주가가 소폭 올랐다.", "주가가 대폭 올랐다."),
        ("hedge", "회의에 참여한다.", "회의에 참여하는 것으로 추정된다."),
        ("hedge", "역할이 중요합니다.", "역할이 중요한 것으로 추정됩니다."),
    ],
)  # fmt: skip
def test_a_rule_shifts_one_meaning(rule: str, text: str, expected: str) -> None:
    assert made(rule, text) == expected


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("figure", "24 조치와 제3조, 2024년을 다룬다."),  # an article, a year
        ("polarity", "규제를 완화했다."),  # 긴축 is of money only
        ("polarity", "처지가 좋지 못하다."),  # 나쁘지 못하다 is no Korean
        ("polarity", "그는 결정을 내렸다."),
        ("polarity", "제도를 개선하고자 한다."),  # nobody means to make things worse
        ("expectation", "지난 4일 규제를 적용했다."),
        ("realization", "내년에는 매출이 늘어날 것으로 보인다."),
        ("entity", "코스피와 코스닥이 쉬었다."),  # the other one is named already
        ("entity", "금융 기관이 주식을 매수했다."),  # no investor
        ("hedge", "주가가 오른 것으로 추정된다."),
        ("deontic", "고려할 수밖에 없다."),  # 수밖에 있다 is no Korean
        ("negation", "고려할 수밖에 없다."),
        ("polarity", "미비점을 개선 보완하려는 것이다."),
        ("deontic", "생각할 필요가 있다."),  # 불필요가 is no word
    ],
)
def test_a_rule_leaves_what_it_would_spoil(rule: str, text: str) -> None:
    assert made(rule, text) is None


def test_a_figure_changes_wherever_it_stands_with_its_unit() -> None:
    (one,) = shift(
        "순익은 30억원이고 매출 30억원과 30%는 그대로 30억원이다.", 1, ("figure",), seed=2
    )
    assert len({span.after for span in one.spans}) == 1
    assert [span.before for span in one.spans] in (["30억"] * 3, ["30%"])


def test_an_amount_keeps_its_decimals_zeros_and_commas() -> None:
    for seed in range(20):
        (one,) = shift("모두 1,500명이다.", 1, ("figure",), seed=seed)
        assert one.spans[0].after.endswith("00명")
        (one,) = shift("주가는 0.85% 변했다.", 1, ("figure",), seed=seed)
        assert len(one.spans[0].after) == len("0.85%")


def test_a_particle_agrees_with_another_time() -> None:
    assert made("period", "올해는 성장할 전망이다.") == "내년은 성장할 전망이다."


def test_a_month_before_a_late_day_stays() -> None:
    for seed in range(10):
        (one,) = shift("계약은 1월 31일까지다.", 1, ("period",), seed=seed)
        assert one.text.startswith("계약은 1월 ")


PARTS = [
    "금리를 인상했다. ",
    "코스피는 3.5% 올랐다.\n",
    "신고하여야 한다",
    "😀 ",
    "각 ",
    "2024년 5월 3일 ",
    "할 수 있다. ",
    "<br>",
    "\x00",
    "１２억원을 ",
    "하겠습니다!",
]


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from(PARTS) | st.text(max_size=4), max_size=8).map("".join),
    st.integers(0, 3),
)
def test_the_spans_of_a_negative_make_it_from_the_text(text: str, seed: int) -> None:
    for one in shift(text, 10, seed=seed):
        built = text
        for span in reversed(one.spans):
            assert text[span.start : span.start + len(span.before)] == span.before
            built = built[: span.start] + span.after + built[span.start + len(span.before) :]
        assert built == one.text != text
        assert one.seed == seed_of(seed, one.rule, text)


def test_the_same_text_gives_the_same_negatives_and_another_seed_others() -> None:
    text = "한국은행은 2024년 5월 기준금리를 0.5%포인트 인상했다. 코스피는 크게 하락했다고 밝혔다."
    assert shift(text) == shift(text)
    assert len({tuple(one.text for one in shift(text, seed=seed)) for seed in range(8)}) > 3


def test_every_negative_of_a_text_has_another_rule() -> None:
    found = shift("기준금리를 0.5% 인상했다. 주가는 크게 하락할 수 있다.", 10)
    rules = [one.rule for one in found]
    assert len(rules) == len(set(rules)) > 4
    assert set(rules) <= set(RULES)


def test_pieces_are_the_text() -> None:
    text = "첫 문장은 길다. " * 12 + "\n\n끝"
    pieces = Document(text).pieces
    assert "".join(text[one.start : one.end] for one in pieces) == text
    assert len(pieces) > 2


@pytest.mark.parametrize(("domain", "least"), [("news", 0.95), ("law", 0.80)])
def test_real_rows_get_three_negatives_that_parse(data_dir, domain: str, least: float) -> None:
    frame = corpus(data_dir)
    texts = frame.text[frame.domain == domain].tolist()
    rows = [shift(text) for text in texts]
    assert sum(len(row) >= 3 for row in rows) / len(rows) >= least
    unknown = 0
    for row in rows[:40]:
        for one in row:
            span = one.spans[0]
            stop = span.start + len(span.after)
            parts = [part for part in kiwi().tokenize(one.text) if span.start <= part.start < stop]
            unknown += not parts or any(part.tag.startswith("UN") for part in parts)
    assert unknown == 0
