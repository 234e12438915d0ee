from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from curate.errors import EnvironmentError_
from curate.filters.language import Language

KASHMIRI = "کٲشُر زَبان چھِ کٔشیٖرِ منٛز بولنہٕ یِوان تہٕ یہِ چھےٚ اَکھ بٔڑ زَبان"
ENGLISH = "The quick brown fox jumps over the lazy dog and then it goes home."


@pytest.fixture(scope="module")
def model(data_dir: Path) -> str:
    return str(data_dir / "lid" / "lid_small_ref.ftz")


def judged(step: Language, *texts: str | None) -> list[str | None]:
    """None for a text that is kept, else why not."""
    batch = pa.table({"text": pa.array(texts, pa.string())})
    verdict = step(batch)
    pairs = zip(verdict.keep.to_pylist(), verdict.reason.to_pylist(), strict=True)
    return [None if keep else reason for keep, reason in pairs]


def test_text_in_a_wanted_language_is_kept_and_other_text_is_not(model: str) -> None:
    assert judged(Language(model=model), KASHMIRI, ENGLISH) == [None, "wrong language"]


def test_several_languages_can_be_wanted(model: str) -> None:
    step = Language(languages=("kas_Arab", "en"), model=model)
    assert judged(step, KASHMIRI, ENGLISH) == [None, None]


def test_another_script_of_the_language_is_wrong_if_the_script_was_named(model: str) -> None:
    assert judged(Language(languages=("kas_Deva",), model=model), KASHMIRI) == ["wrong language"]


def test_a_text_without_a_letter_is_no_text(model: str) -> None:
    texts = ("", "  \n", None, "😀😀 👍", "12,5 % + 3.", "\0")
    assert judged(Language(model=model), *texts) == ["no text"] * len(texts)


def test_a_text_with_no_clear_winner_is_uncertain_whatever_is_wanted(model: str) -> None:
    half_spanish_half_galician = "de la la casa y e o a bela cidade do mar"
    # Spanish with 0.53, Galician with 0.46
    for language in ("spa", "glg", "kas"):
        step = Language(languages=(language,), model=model, least_prob=0.6)
        assert judged(step, half_spanish_half_galician) == ["uncertain language"]


def test_a_short_text_needs_more_probability_than_a_long_one(model: str) -> None:
    step = Language(languages=("ita",), model=model, least_prob=0.0, least_prob_short=1.0)
    assert judged(step, "casa sua") == ["uncertain language"]
    assert judged(Language(languages=("ita",), model=model, least_prob=0, short=5), "casa sua") == [
        None
    ]


def test_spaces_around_a_text_do_not_make_it_long(model: str) -> None:
    for least_prob, least_prob_short in ((0.0, 1.0), (1.0, 0.0)):
        step = Language(
            languages=("ita",),
            model=model,
            least_prob=least_prob,
            least_prob_short=least_prob_short,
        )
        short_kept = None if least_prob_short == 0 else "uncertain language"
        found = judged(step, None, " " * 30 + "casa sua", "\u2003casa sua" + "\n" * 30)
        assert found == ["no text", short_kept, short_kept]


def test_a_text_of_fewer_letters_is_kept_unjudged_with_its_evidence(model: str) -> None:
    # "کٲشُر زَبان" has 8 letters, its marks aside
    batch = pa.table({"text": ["dog", "کٲشُر زَبان", "1234567 89 !", None, ENGLISH]})
    verdict = Language(least_letters=9, model=model)(batch)
    assert verdict.keep.to_pylist() == [True, True, False, False, False]
    reasons = ["no text", "no text", "wrong language"]
    assert verdict.reason.to_pylist()[2:] == reasons
    assert verdict.measured["language_judged"].to_pylist() == [False] * 4 + [True]
    assert verdict.measured["language"].to_pylist()[1::3] == ["kas", "eng"]


def test_without_the_model_no_text_is_judged(tmp_path: Path) -> None:
    step = Language(model=str(tmp_path / "none.bin"), missing="skip")
    verdict = step(pa.table({"text": [ENGLISH, None]}))
    assert verdict.keep.to_pylist() == [True, True]
    assert verdict.measured["language_judged"].to_pylist() == [False, False]


def test_the_evidence_is_kept_with_every_row(model: str) -> None:
    batch = pa.table({"text": [ENGLISH, None]})
    measured = Language(languages=("eng",), model=model)(batch).measured
    assert {name: column.to_pylist() for name, column in measured.items()} == {
        "language": ["eng", None],
        "language_prob": [1.0, None],
        "script": ["Latn", None],
        "wanted_prob": [1.0, None],
        "language_judged": [True, False],
    }
    assert {name: column.type for name, column in measured.items()} == Language.adds


def test_two_scripts_of_the_wanted_language_add_up(model: str) -> None:
    batch = pa.table({"text": ["Kashmiri کٲشُر कॉशुर", KASHMIRI]})
    both = Language(languages=("kas",), model=model)(batch).measured["wanted_prob"]
    one = Language(languages=("kas_Arab",), model=model)(batch).measured["wanted_prob"]
    other = Language(languages=("kas_Deva",), model=model)(batch).measured["wanted_prob"]
    for total, first, second in zip(*(c.to_pylist() for c in (both, one, other)), strict=True):
        assert total == pytest.approx(first + second, abs=2e-4)


def test_a_language_the_model_does_not_know_stops_before_any_work(model: str) -> None:
    with pytest.raises(EnvironmentError_, match="no label for 'tlh'"):
        Language(languages=("kas", "tlh"), model=model).prepare()


def test_the_digest_of_the_model_is_part_of_the_fingerprint(model: str, data_dir: Path) -> None:
    other = str(data_dir / "lid" / "lid.176.ftz")
    step = Language(languages=("eng",), model=model)
    assert step.fingerprint() != Language(languages=("eng",), model=other).fingerprint()
    assert "lid_small_ref.ftz" in step.prepare()


def test_the_columns_text_and_its_type_are_free(model: str) -> None:
    step = Language(languages=("eng",), text="line", model=model)
    batch = pa.table({"line": pa.array([ENGLISH, None], pa.large_string())})
    assert step(batch).keep.to_pylist() == [True, False]
