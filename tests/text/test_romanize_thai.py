"""Thai in the fast lattice, word by word against PyPI ``uroman``."""

from __future__ import annotations

import pytest
from uroman import Uroman

from curate.text.romanize import romanize
from curate.text.romanize_lattice import romanize_word
from curate.text.romanize_rules import Rules


@pytest.fixture(scope="module")
def uroman() -> Uroman:
    return Uroman()


@pytest.mark.parametrize(
    "text",
    ["สวัสดีครับ", "เกาะ", "ศักดิ์สิทธิ์", "ประเทศไทย", "กรรม", "ธรรม", "เสื้อ", "มหาวิทยาลัย", "แม่น้ำ", "๒๕๖๓"],
)
def test_a_thai_word_is_romanised_by_the_fast_lattice_as_by_uroman(
    text: str, uroman: Uroman
) -> None:
    rules = Rules("")
    assert rules.proven(text)
    assert romanize_word(text, rules) == uroman.romanize_string(text)


def test_o_ang_hears_the_word_before_it(uroman: Uroman) -> None:
    texts = ("น้อง", "ลอส น้อง", "น้อง")
    answers = [uroman.romanize_string(text) for text in texts]
    assert answers == ["nng", "lot nong", "nng"]
    assert [romanize(text) for text in texts] == answers


def test_a_word_that_depends_on_what_is_before_it_has_no_answer_of_its_own() -> None:
    rules = Rules("")
    assert rules.proven("น้อง")
    assert romanize_word("น้อง", rules) is None
    assert romanize_word("น้อง", rules, is_whole=True) is not None


def test_thai_beside_other_letters_is_left_to_uroman() -> None:
    assert not Rules("").proven("ไทยThai")
