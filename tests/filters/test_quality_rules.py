"""Quality rules: each rejects for its own reason, at its paper's threshold, and stores evidence."""

from __future__ import annotations

import pyarrow as pa
import pytest

from curate.catalog import adapter
from curate.filters.quality_rules import QualityRules

SENTENCE = "We have to walk with the dog that lives on the hill today."
PROSE = "\n".join([SENTENCE] * 5)
WORDS = " ".join(["the dogs of hills"] * 25)


def judged(text: str | None, step: QualityRules) -> str | None:
    verdict = step(pa.table({"id": ["a"], "text": pa.array([text], pa.string())}))
    return None if verdict.keep[0].as_py() else verdict.reason[0].as_py()


@pytest.mark.parametrize("preset", ["gopher", "c4", "fineweb"])
def test_prose_passes_every_preset(preset: str) -> None:
    assert judged(PROSE, QualityRules(presets=(preset,))) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("the dog of " * 16 + "it", "too few words"),
        ("the dog " * 50_001, "too many words"),
        ("of to a b " * 20, "words too short"),
        ("the of incomprehensibilities internationalisation " * 20, "words too long"),
        (WORDS + " #" * 12, "too many hashes"),
        (WORDS + " …" * 6 + " ..." * 6, "too many ellipses"),
        ("\n".join(["• the dogs of the hills"] * 20), "too many bullets"),
        ("\n".join(["the dogs of the hills is so"] * 10 + ["the dogs of the hills..."] * 5), "too many lines with an ellipsis"),
        (WORDS + " 1234" * 26, "too few words with letters"),
        ("dogs have hills " * 20, "too few stop words"),
    ],
)  # fmt: skip
def test_gopher_rejects_for_one_reason(text: str, reason: str) -> None:
    assert judged(text, QualityRules()) == reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (PROSE + "\nLorem Ipsum dolor sit amet, they say.", "lorem ipsum"),
        (PROSE + "\nif (x) { return; }", "curly brackets"),
        ("\n".join([SENTENCE] * 2 + ["Three words here.", "no mark at the end of it"]), "too few sentences"),
        ("\n".join([SENTENCE] * 2 + ["Please turn on JavaScript in this browser."]), "too few sentences"),
        ("\n".join([SENTENCE] * 2 + ["This site of ours uses cookies."]), "too few sentences"),
    ],
)  # fmt: skip
def test_c4_rejects_for_one_reason(text: str, reason: str) -> None:
    assert judged(text, QualityRules(presets=("c4",))) == reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("\n".join([SENTENCE.rstrip(".")] * 22 + [SENTENCE] * 3), "too few end marks"),
        ("\n".join(["A short line."] * 67 + [SENTENCE] * 33), "too many short lines"),
        ("\n\n\n".join(["We have got eleven characters."] * 9), "too many line feeds"),
    ],
)
def test_fineweb_rejects_for_one_reason(text: str, reason: str) -> None:
    assert judged(text, QualityRules(presets=("fineweb",))) == reason


def test_presets_are_joined_and_the_first_rule_that_fails_is_the_reason() -> None:
    both = QualityRules(presets=("gopher", "c4"))
    assert judged(WORDS + " {", both) == "curly brackets"
    assert judged("{ the of", both) == "too few words"


def test_an_option_takes_the_place_of_the_preset_and_any_switches_the_rule_off() -> None:
    assert (
        judged(
            "{ the of",
            QualityRules(least_word_count=3, least_mean_word_length=1, least_letter_word_share=0.5),
        )
        is None
    )
    assert judged("dogs have hills " * 20, QualityRules(least_stop_word_count="any")) is None
    assert judged(PROSE, QualityRules(presets=(), least_clean_line_share=1)) is None
    assert judged(PROSE + "\nno mark", QualityRules(presets=(), least_clean_line_share=1)) == "too few clean lines"  # fmt: skip


def test_stop_words_are_those_of_the_language() -> None:
    kashmiri = "چھُ تہٕ کتاب گَر " * 20
    assert judged(kashmiri, QualityRules()) == "too few stop words"
    assert judged(kashmiri, QualityRules(stop_words=("چھُ", "تہٕ"))) is None


def test_rules_on_words_are_not_judged_in_scripts_without_spaces() -> None:
    chinese = "今天天气很好，我们一起去公园散步，然后回家吃饭。\n" * 5
    assert judged(chinese, QualityRules()) is None
    assert judged(chinese, QualityRules(presets=("gopher", "c4", "fineweb"), most_short_line_share="any")) is None  # fmt: skip
    assert judged("• 今天天气很好\n" * 20, QualityRules()) == "too many bullets"


@pytest.mark.parametrize("text", [None, "", " \n\t\n"])
def test_no_text_is_rejected_even_without_a_preset(text: str | None) -> None:
    assert judged(text, QualityRules(presets=())) == "no text"


def test_the_evidence_of_null_is_null_and_rates_of_blank_text_as_well() -> None:
    batch = pa.table({"id": ["a", "b", "c"], "text": [None, "", "We sat."]})
    measured = QualityRules()(batch).measured
    assert measured["word_count"].to_pylist() == [None, 0, 2]
    assert measured["mean_word_length"].to_pylist() == [None, None, 3]
    assert set(measured) == set(QualityRules.adds)


@pytest.mark.parametrize(
    "options", [{"presets": ["massive"]}, {"most_bullet_line_share": 2}, {"least_word_count": -1}]
)
def test_options_out_of_bounds_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        adapter(QualityRules).validate_python(options)
