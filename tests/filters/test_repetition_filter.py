"""The repetition filter: table A1's thresholds, one reason for each."""

from __future__ import annotations

import pyarrow as pa
import pytest

from curate.filters.repetition import Repetition

WORDS = [a + b + c for a in "bdgkmn" for b in "aeiou" for c in "lrstz"]


def judged(text: str | None, step: Repetition) -> str | None:
    verdict = step(pa.table({"id": ["a"], "text": pa.array([text], pa.string())}))
    return None if verdict.keep[0].as_py() else verdict.reason[0].as_py()


def test_text_that_does_not_repeat_itself_passes() -> None:
    assert judged(" ".join(WORDS), Repetition()) is None
    assert judged("one short line", Repetition()) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("\n".join([*WORDS[:6], *WORDS[:3]]), "duplicate lines"),
        ("\n\n".join([" ".join(WORDS[:20]), "x y", "x y", "x y"]), "duplicate lines"),
        ("\n\n".join([" ".join(WORDS[:9]), " ".join(WORDS[10:30]), " ".join(WORDS[:9])]), "duplicate paragraphs"),
        ("\n".join([" ".join(WORDS[:30]), *WORDS[30:33], " ".join(WORDS[:30])]), "text in duplicate lines"),
        (" ".join(f"go up {word}" for word in WORDS[:20]), "a 2-gram too frequent"),
        (" ".join(f"a b c {word}" for word in WORDS[:20]), "a 2-gram too frequent"),
        (" ".join([*WORDS[:5], *WORDS[50:60], *WORDS[:5], *WORDS[60:64]]), "duplicate 5-grams"),
        (" ".join([*WORDS[:10], *WORDS[10:55], *WORDS[:10]]), "duplicate 10-grams"),
    ],
)  # fmt: skip
def test_each_kind_of_repetition_is_rejected_for_its_reason(text: str, reason: str) -> None:
    off = {f"most_{name}": "any" for name in Repetition.adds}
    name = dict(zip(Repetition.reasons[1:], off, strict=True))[reason]
    del off[name]
    assert judged(text, Repetition(**off)) == reason  # type: ignore[arg-type]
    assert judged(text, Repetition()) in Repetition.reasons


def test_fineweb_allows_less_text_in_repeated_lines() -> None:
    text = "\n".join(
        [*(" ".join(WORDS[at : at + 10]) for at in range(0, 70, 10)), " ".join(WORDS[:10])]
    )
    assert judged(text, Repetition(most_duplicate_10_gram_character_share="any",
                                   most_duplicate_9_gram_character_share="any")) is None  # fmt: skip
    assert judged(text, Repetition(preset="fineweb")) == "text in duplicate lines"


def test_a_threshold_takes_the_place_of_the_preset_and_is_itself_kept() -> None:
    text = "a\nb\na"
    only = Repetition(preset="none", most_duplicate_line_share=1 / 3)
    assert judged(text, only) is None
    assert (
        judged(text, Repetition(preset="none", most_duplicate_line_share=0.33)) == "duplicate lines"
    )
    assert judged("a\n" * 50, Repetition(preset="none")) is None


@pytest.mark.parametrize("text", [None, "", " \n"])
def test_no_text_is_rejected_and_its_evidence_is_null(text: str | None) -> None:
    batch = pa.table({"id": ["a"], "text": pa.array([text], pa.string())})
    verdict = Repetition(preset="none")(batch)
    assert verdict.reason.to_pylist() == ["no text"]
    assert {column[0].as_py() for column in verdict.measured.values()} == {None}
