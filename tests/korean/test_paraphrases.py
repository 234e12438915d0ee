"""Positives: register, synonym, connective and bullets, each whole or not at all."""

from __future__ import annotations

import pytest

from curate.korean.paraphrases import paraphrase


def made(rule: str, text: str) -> str | None:
    found = paraphrase(text, 1, (rule,))
    return found[0].text if found else None


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        ("register", "금리를 올렸다. 비용이 크다.", "금리를 올렸습니다. 비용이 큽니다."),
        ("register", "비용이 듭니다. 수가 많습니다.", "비용이 든다. 수가 많다."),
        ("register", "대표적인 사례다.", "대표적인 사례입니다."),
        ("synonym", "지수가 하락했다.", "지수가 내렸다."),
        ("synonym", "동일한 시설을 둔다.", "같은 시설을 둔다."),
        ("synonym", "계약을 체결하여야 한다.", "계약을 맺어야 한다."),
        ("connective", "그러나 값은 올랐다.", "하지만 값은 올랐다."),
        ("connective", "이익 및 손실을 적는다.", "이익과 손실을 적는다."),
        ("connective", "약 30%를 넘는다.", "대략 30%를 넘는다."),
        ("bullets", "값이 올랐다. 사람들은 놀랐다.", "- 값이 올랐다.\n- 사람들은 놀랐다."),
    ],
)  # fmt: skip
def test_a_rule_says_the_same_otherwise(rule: str, text: str, expected: str) -> None:
    assert made(rule, text) == expected


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("register", "값이 올랐다. 사람들은 놀랐습니다."),  # mixed already
        ("register", "가격 상승"),
        ("synonym", "가격하락했다고 한다"),  # the noun belongs to a compound
        ("connective", "예약 30건"),
        ("bullets", "1. 개요\n가. 값이 올랐다.\n나. 사람들은 놀랐다."),  # a list already
        ("bullets", "값이 올랐다."),
    ],
)
def test_a_rule_leaves_what_it_would_spoil(rule: str, text: str) -> None:
    assert made(rule, text) is None


def test_positives_of_a_text_are_different_and_the_same_again() -> None:
    text = "그러나 지수가 하락했다. 사람들은 놀랐다."
    found = paraphrase(text, 4)
    assert len({one.text for one in found} | {text}) == 5
    assert paraphrase(text, 4) == found
