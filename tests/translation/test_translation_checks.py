"""What a translation has to keep, on sentences made for it and on questions that people translated."""

from __future__ import annotations

from pathlib import Path

import pytest

from curate.translation.checks import Fault, fault, length_ratio, missing_names


def test_real_translations_pass(data_dir: Path) -> None:
    faults = []
    for folder in (".", "mini6", "multiq200"):
        path = data_dir / "clas_questions" / folder
        lines = [(path / f"{one}.txt").read_text("utf-8").splitlines() for one in ("ko", "en")]
        for korean, english in zip(*lines, strict=True):
            for one in ((korean, english, "ko", "en"), (english, korean, "en", "ko")):
                faults += [english for found in [fault(*one)] if found]
    assert set(faults) == {"How much is seven multiplied by thre?"}  # codespell:ignore thre


@pytest.mark.parametrize(
    ("korean", "english", "found"),
    [
        ("금리가 3.5%로 올랐다.", "Rates rose to 3.5%.", None),
        (
            "금리가 3.5%로 올랐다.",
            "Rates rose to 5.3%.",
            Fault("numbers differ", "lost 3.5; new 5.3"),
        ),
        ("금리가 올랐다.", "Rates rose in 2024.", Fault("numbers differ", "new 2024")),
        ("LG가 ETF를 팔았다.", "LG sold funds.", Fault("names missing", "ETF")),
        ("금리가 올랐다.", " 금리가 올랐다", Fault("not translated", "the same text")),
        ("금리가 올랐다.", " ", Fault("no translation", "")),
    ],
)
def test_each_fault_is_told(korean: str, english: str, found: Fault | None) -> None:
    assert fault(korean, english, "ko", "en") == found


def test_into_korean_a_name_must_come_from_somewhere() -> None:
    assert missing_names("The bank sold funds.", "은행이 KODEX 펀드를 팔았다.") == ["KODEX"]


def test_between_two_languages_in_latin_letters_only_codes_count() -> None:
    assert missing_names("The NASDAQ rose with Nvidia.", "Il NASDAQ è salito.") == []
    assert missing_names("The NASDAQ rose.", "La borsa è salita.") == ["NASDAQ"]


def test_lengths_are_compared_as_of_letters() -> None:
    assert length_ratio("가" * 10, "a" * 20) == 1
    assert length_ratio("가" * 10, "中" * 6) == pytest.approx(0.99)
