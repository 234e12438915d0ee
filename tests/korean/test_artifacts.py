"""What models and pages leave in a text, on published files and on made cases."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.korfin_files import law_rows, news_rows

from curate.korean.artifacts import artifacts, foreign, is_cut_off


def test_every_answer_of_the_law_file_that_was_cut_off_is_found(data_dir: Path) -> None:
    rows = law_rows(data_dir)
    cut = [row for row in rows if not row.is_closed]
    assert len(cut) == 30
    assert all(is_cut_off(row.answer) for row in cut)
    assert not any(is_cut_off(row.answer) for row in rows if row.is_closed)


def test_it_needs_no_marks_to_find_them(data_dir: Path) -> None:
    rows = law_rows(data_dir)
    assert [is_cut_off(row.second) for row in rows] == [not row.is_closed for row in rows]
    assert not any(is_cut_off(row.first) for row in rows)


def test_few_whole_texts_are_taken_for_cut_off(data_dir: Path) -> None:
    whole = [row.source for row in law_rows(data_dir)]
    whole += [text for *texts, _ in news_rows(data_dir) for text in texts]
    false = sum(map(is_cut_off, whole))
    assert false / len(whole) <= 0.02


def test_slips_into_chinese_and_japanese_are_found_and_glosses_are_not(data_dir: Path) -> None:
    news = [foreign(second, first) for first, second, _ in news_rows(data_dir)]
    assert [one for one in news if one] == [["推动"], ["は"], ["文化"]]
    law = [foreign(text, row.source) for row in law_rows(data_dir) for text in row[1:3]]
    assert [one for one in law if one] == [["全国"], ["增加"]]
    assert not any(foreign(row.source) for row in law_rows(data_dir))


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("코스피가 올랐다. 질문: 감정이 어떤가요? 답변: 긍정적.", ["prompt"]),
        ("저는 [이름]이며 은행에서 일합니다.", ["form letter"]),
        ("금리가 내렸다. 네이버 뉴스스탠드에서 뉴스를 구독하세요", ["leftover"]),
        ("구리 가격은 하락했다. 뉴욕서명훈 특파원", ["leftover"]),
        ("<<<TEXT1>>>금리가 올랐다.<<<END TEXT1>>>", ["markup"]),
        ("<<<TEXT1>>>금리가 올랐다.", ["cut off", "markup"]),
        ("금리가 올랐다. 시장은 이를", ["cut off"]),
        ("당국은 조회공시 답변을 통해 이를 밝혔다.", []),
        ("기관투자가들의 대기자금이 늘었다.", []),
        ("산지 일시사용의 근거 마련(제9조)", []),
        ("비은행(非銀行) 금융이 컸다.", []),
        ("", []),
    ],
)
def test_each_kind_is_told_by_its_form(text: str, kinds: list[str]) -> None:
    assert artifacts(text) == kinds
