"""Evidence of change: what rules shift is seen, what they keep is not."""

from __future__ import annotations

import itertools
from collections import Counter
from pathlib import Path

import pytest
from support.korfin_files import law_rows, news_rows

from curate.korean import paraphrases, shifts
from curate.korean.endings import compared, plain
from curate.korean.evidence import SHOWN_BY, changes, facts, lost_facts, replays


@pytest.fixture(scope="module")
def texts(data_dir: Path) -> list[str]:
    news = [first for first, *_ in itertools.islice(news_rows(data_dir), 60)]
    return [*news, *(row.source for row in itertools.islice(law_rows(data_dir), 40))]


def test_nearly_every_edit_of_a_rule_shows_as_its_change(texts: list[str]) -> None:
    seen: Counter[bool] = Counter()
    for text in texts:
        for made in shifts.shift(text, 10):
            assert replays(text, made.spans, made.text)
            seen[SHOWN_BY.get(made.rule, made.rule) in changes(text, made.text)] += 1
    assert seen[True] / seen.total() > 0.97


def test_hardly_an_edit_that_keeps_meaning_shows_a_change_or_loses_a_fact(
    texts: list[str],
) -> None:
    made = [(text, one.text) for text in texts for one in paraphrases.paraphrase(text, 4)]
    assert sum(bool(changes(*pair)) for pair in made) / len(made) < 0.01
    assert [lost_facts(*pair) for pair in made if lost_facts(*pair)] == []


def test_facts_are_figures_dates_articles_titles_and_names() -> None:
    text = "한국은행은 2025년 3월 「은행법」 제7조에 따라 1,200억원을 LG에 냈다."
    wanted = {"2025", "3", "은행법", "제7조", "7", "1200", "lg", "한국은행"}
    assert facts(text) == wanted


def test_a_figure_made_up_has_a_plus() -> None:
    assert lost_facts("금리가 올랐다.", "금리가 0.5% 올랐다.") == ["+0.5"]


def test_numbers_of_a_list_are_no_facts() -> None:
    assert lost_facts("금리가 올랐다. 주가가 내렸다.", "1. 금리가 올랐다.\n2. 주가가 내렸다.") == []


def test_a_translation_keeps_what_is_written_alike() -> None:
    korean = "삼성전자는 12월 매출이 3조원으로 18.5% 늘었다고 SEC에 밝혔다."
    english = "Samsung told the SEC in December that sales rose 18.5% to 3 trillion won."
    assert lost_facts(korean, english, translated=True) == []
    assert lost_facts(korean, "Sales rose 18%.", translated=True) == ["18.5", "sec"]


@pytest.mark.parametrize(
    ("one", "other", "kinds"),
    [
        ("금리가 올랐다.", "금리가 내렸다.", {"polarity"}),
        ("실적이 좋은 회사다.", "실적이 나쁜 회사다.", {"polarity"}),
        ("3분기에 늘었다.", "1분기에 늘었다.", {"period"}),
        ("작년에 늘었다.", "지난해에 늘었다.", set()),
        ("동의를 받아야 한다.", "동의를 받을 수 있다.", {"deontic"}),
        ("코스피가 올랐다.", "코스닥이 올랐다.", {"entity"}),
        ("소폭 늘었다.", "대폭 늘었다.", {"intensity"}),
        ("늘었다.", "늘어날 전망이다.", {"modality"}),
        ("늘었다.", "늘었습니다.", set()),
    ],
)
def test_each_kind_of_change_is_told(one: str, other: str, kinds: set[str]) -> None:
    assert changes(one, other) == kinds


def test_spans_that_do_not_stand_in_the_text_replay_nothing() -> None:
    assert not replays("금리 인상", [(3, "인하", "인상")], "금리 인상")
    assert not replays("금리 인상", [(0, "금리 인", "물가 인"), (3, "인상", "인하")], "물가 인하")


@pytest.mark.parametrize("ending", ["했다", "했습니다", "했어요"])
def test_a_statement_is_the_same_in_every_register(ending: str) -> None:
    assert plain(f"금리를 인상{ending}.") == "금리를 인상했다."


def test_spacing_and_register_make_no_difference_to_comparing() -> None:
    assert compared("산지 관리를 합니다.") == compared("산지관리를 한다.")
    assert compared("산지 관리를 합니다.") != compared("산지 관리를 합니까?")
