"""Instruction sentences and prompts for every pair of languages."""

from __future__ import annotations

import itertools
import time

import pytest

from curate.barriers.check_questions import CheckQuestions
from curate.errors import PublishError
from curate.questions.instructions import MODES, SENTENCES, instruction
from curate.questions.languages import closed, script_of, script_shares
from curate.questions.prompts import prompts
from curate.questions.sheet import Sheet

BENCHMARK = "en ar bo da de es fr hi it ja ko mt nl no pl pt ru sv tr zh sk el kk sw ka uk fa th id vi cs ro"
SHEET = Sheet(["a", "b"], {"en": ["Who?", "Why?"], "de": ["Wer?", None], "it": ["Chi?", " "]})


def test_the_benchmarks_32_languages_have_sentences_and_no_other() -> None:
    assert sorted(SENTENCES) == sorted(BENCHMARK.split())


def test_sentences_are_those_of_the_benchmark_where_they_are_known() -> None:
    assert instruction("english", "de", "it") == "Respond in Italian."
    assert instruction("target", "de", "it") == "Rispondi in italiano."
    assert instruction("source", "en", "it") == "Respond in this language: italiano."


@pytest.mark.parametrize("lang", sorted(SENTENCES))
def test_a_sentence_is_in_the_script_of_its_language(lang: str) -> None:
    families = {"Jpan": {"Hira", "Kana", "Hani"}, "Kore": {"Hang"}, "Hans": {"Hani"}}
    script = script_of(lang)
    for text in (SENTENCES[lang].answer, SENTENCES[lang].point.format(SENTENCES[lang].own)):
        assert set(script_shares(text)) <= families.get(script, {script})


def test_a_sentence_is_in_its_language_for_a_model_that_did_not_write_it() -> None:
    langs = sorted(SENTENCES)
    texts = [f"{SENTENCES[one].answer} {SENTENCES[one].point.format('')}" for one in langs]
    probs = closed(texts, langs, CheckQuestions().identify)
    best = {lang: langs[int(row.argmax())] for lang, row in zip(langs, probs, strict=True)}
    assert {lang for lang, found in best.items() if found != lang} <= {"no", "da"}


def test_every_pair_has_a_sentence_in_every_mode_and_tells_the_target() -> None:
    for mode in MODES[1:]:
        for source in SENTENCES:
            said = {instruction(mode, source, target) for target in SENTENCES}
            assert len(said) == len(SENTENCES)
    assert instruction("none", "en", "xx") == ""


@pytest.mark.parametrize(("mode", "source", "target"), [("loud", "en", "de"), ("target", "en", "xx"),
                                                        ("source", "xx", "de")])  # fmt: skip
def test_what_has_no_sentence_is_refused(mode: str, source: str, target: str) -> None:
    with pytest.raises(PublishError):
        instruction(mode, source, target)


def test_prompts_are_every_question_for_every_target_without_blank_cells() -> None:
    found = [(one.source, one.target, one.question_id) for one in prompts(SHEET, "target")]
    assert found == [
        (source, target, name)
        for source, target, name in itertools.product(("en", "de", "it"), ("en", "de", "it"), "ab")
        if source == "en" or name == "a"
    ]
    assert next(prompts(SHEET, "none")).prompt == "Who?"
    (one,) = prompts(Sheet(["a"], {"en": ["Who?"]}), "english", targets=["it"])
    assert one.prompt == "Who? Respond in Italian."


def test_prompts_are_made_only_as_they_are_read() -> None:
    sheet = Sheet([str(row) for row in range(2000)], {lang: ["?"] * 2000 for lang in SENTENCES})
    start = time.process_time()
    first = next(prompts(sheet, "target"))
    assert time.process_time() - start < 0.2  # two million prompts take seconds
    assert first.question_id == "0"
