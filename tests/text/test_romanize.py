"""Romanisation against PyPI ``uroman``: its golden answers, and itself on generated text."""

from __future__ import annotations

import csv
import gzip
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from uroman import Uroman

from curate.text.romanize import Romanizer, language_code, romanize
from curate.text.romanize_lattice import romanize_word
from curate.text.romanize_rules import Rules

ALPHABETS = (
    "کٲشُریَہِچھٕۍٔٛٗ۔،",
    "कखगघनमराीिुेो्ंँृ़ज़क़ऽ०१",
    "กขคอเแโไใ่้์ะาำิัออ",
    "한글조선말《》",
    "きゃキャッっーシュん゛々ァ",
    "中文三十五分之百千万亿负號。，「」《》",
    "བོད་སྐཡིགའརླབྱ།",
    "កខគយា្ងំ់ៃ",
    "ကြမ်းစွာတ့း၁၀ႇႈ",
    "አማርኛ፡፣።ቢ",
    "ЩщЁёЬЪІїґђ'",
    "ΘΨμπγγΧάϊAaBc.",
    "ⲀⲂ\u0300ⲍ⠠⠠⠁⠼⠃ ⠲⠂",
    "0123456789.,-+½²①Ⅳ٣۵५%/",
)
FAILURES = (AttributeError, IndexError, TypeError, ValueError)
CODES = ("", "kas", "ben", "san", "rus", "ukr", "bul", "fas", "uig", "yid", "eng", "kaz", "deu")


@pytest.fixture(scope="session")
def uroman() -> Uroman:
    return Uroman()


def golden(data_dir: Path) -> list[dict[str, str]]:
    with gzip.open(data_dir / "uroman_golden.tsv.gz", "rt", encoding="utf-8", newline="\n") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


class InOrder(dict):
    """A set in the order of arrival, for the few texts where addresses decide what uroman says."""

    def add(self, member: object) -> None:
        self.setdefault(member)


def is_uromans(answer: str, uroman: Uroman, text: str, code: str) -> bool:
    """Whether uroman gives this answer, or fails, or gives it when its edges keep their order."""
    module = sys.modules["uroman.uroman"]
    try:
        if uroman.romanize_string(text, lcode=code or None) == answer:
            return True
        module.set = InOrder
        return uroman.romanize_string(text, lcode=code or None) == answer
    except FAILURES:
        return True
    finally:
        vars(module).pop("set", None)


def test_every_golden_line_of_51_languages_is_the_same_to_the_byte(data_dir: Path) -> None:
    rows = golden(data_dir)
    other = [row for row in rows if romanize(row["text"], row["lang"]) != row["uroman"]]
    assert (len(rows), other) == (4057, [])


def test_known_words_give_the_same_answer_again(data_dir: Path) -> None:
    rows = [row for row in golden(data_dir) if row["lcode"] in ("kas", "kor", "amh", "zho")]
    for _ in range(2):
        assert [romanize(row["text"], row["lcode"]) for row in rows] == [
            row["uroman"] for row in rows
        ]


def test_words_in_another_order_are_the_same_as_uromans(data_dir: Path, uroman: Uroman) -> None:
    for row in golden(data_dir)[::40]:
        line = "  ".join(row["text"].split(" ")[::-1])
        assert romanize(line, row["lcode"]) == uroman.romanize_string(line, lcode=row["lcode"])


@settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_text_of_mixed_scripts_is_the_same_as_uromans(data: st.DataObject, uroman: Uroman) -> None:
    alphabets = data.draw(st.lists(st.sampled_from(ALPHABETS), min_size=1, max_size=2))
    text = data.draw(st.text(st.sampled_from("".join(alphabets) + "  "), max_size=24))
    code = data.draw(st.sampled_from(CODES))
    assert is_uromans(romanize(text, code), uroman, text, code)


@settings(max_examples=800, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=st.text(max_size=24), code=st.sampled_from(CODES))
def test_any_unicode_text_is_the_same_as_uromans(text: str, code: str, uroman: Uroman) -> None:
    assert is_uromans(romanize(text, code), uroman, text, code)


def test_every_character_is_the_same_as_uromans(uroman: Uroman) -> None:
    chars = [chr(c) for c in range(0x3000) if not 0x2800 <= c < 0x2900]
    chars += [chr(c) for c in range(0xA000, 0xFFFF) if c % 7 == 0 and not 0xD800 <= c < 0xE000]
    rules = Rules("")
    proven = [char for char in chars if rules.proven(char)]
    assert len(proven) > 10_000
    assert [c for c in proven if romanize_word(c, rules) != uroman.romanize_string(c)] == []


@pytest.mark.parametrize(
    ("text", "answer"),
    [("十分之", "10fenzhi"), ("中国 百分之 中国", "zhongguo 100fenzhi zhongguo")],
)
def test_a_word_on_which_uroman_fails_is_romanised_letter_by_letter(
    text: str, answer: str, uroman: Uroman
) -> None:
    with pytest.raises(FAILURES):
        uroman.romanize_string(text)
    assert romanize(text) == answer


def test_a_word_of_a_megabyte_takes_seconds_not_hours() -> None:
    assert romanize("کٲشُر" * 200_000, "kas") == "kashur" * 200_000


def test_a_line_in_parts_is_cut_at_spaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("curate.text.romanize.LONGEST_LATTICE", 12)
    assert romanize("⠠⠁⠃ слово слово слово", "rus") == "Ab slovo slovo slovo"
    assert romanize("словослово" * 5, "rus") == "slovoslovo" * 5


def test_another_version_of_uroman_is_asked_line_by_line(
    monkeypatch: pytest.MonkeyPatch, uroman: Uroman
) -> None:
    monkeypatch.setattr("curate.text.romanize.PROVEN", "0")
    line = "کٲشُر زَبان ۱۲"
    assert Romanizer("kas")(line) == uroman.romanize_string(line, lcode="kas")


@pytest.mark.parametrize("text", ["", " ", "\x00", "a\x00b", "\ud800", "</s>", "😀😀", "1" * 5000])
def test_text_without_letters_to_romanise_stays(text: str) -> None:
    assert romanize(text) == text


def test_the_public_module_of_uroman_is_untouched() -> None:
    romanize("کٲشُر", "kas")
    module = sys.modules["uroman.uroman"]
    assert module.regex is sys.modules["regex"]
    assert "curate" not in module.Lattice.check_for_scripts.__module__


@pytest.mark.parametrize("label", ["kas", "ks", "kas_Arab", "KAS", "ks-Arab-IN"])
def test_labels_of_a_language_mean_its_code(label: str) -> None:
    assert language_code(label) == "kas"


def test_a_language_without_rules_of_its_own_is_like_none() -> None:
    assert (language_code("urd_Arab"), language_code("und"), language_code("")) == ("", "", "")


def test_memory_for_words_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("curate.text.romanize.MOST_KEPT", 10)
    romanizer = Romanizer("rus")
    for number in range(200):
        assert romanizer(f"слово{number}") == f"slovo{number}"
    assert len(romanizer._words) <= 10
