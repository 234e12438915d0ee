"""Each check of a triplet rejects what it is for, and leaves its evidence."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from curate.contract import apply
from curate.filters.triplet_confidence import TripletConfidence
from curate.korean.confidence import CHECKS

GOOD = {
    "anchor": "코스피가 외국인의 순매수로 3% 올랐다. 시장은 안정을 되찾았다.",
    "positive": "코스피가 외국인의 순매수로 3% 상승했다. 시장은 안정을 되찾았다.",
    "negative": "코스피가 외국인의 순매수로 3% 내렸다. 시장은 안정을 되찾았다.",
}
SPANS = pa.list_(
    pa.struct([("start", pa.int32()), ("before", pa.string()), ("after", pa.string())])
)


def checked(**changed: Any) -> dict[str, Any]:
    """The only row after the step, kept or rejected."""
    row = {"id": "a", "source": "a", **GOOD, **changed}
    kinds = {"negative_changed": SPANS}
    columns = {name: pa.array([value], kinds.get(name)) for name, value in row.items()}
    kept, rejected = apply(TripletConfidence(), pa.table(columns))
    return (kept.to_pylist() or rejected.to_pylist())[0]


def test_the_reasons_are_the_checks() -> None:
    assert TripletConfidence.reasons == CHECKS


def test_a_good_triplet_passes_all_checks() -> None:
    row = checked()
    assert row["confidence"] == 1
    assert row["checks_failed"] == []
    assert row["changes_shown"] == ["polarity"]
    assert row["spans_replay"] is None


@pytest.mark.parametrize(
    ("changed", "reason", "evidence"),
    [
        ({"positive": GOOD["anchor"]}, "copy", {}),
        ({"negative": GOOD["anchor"].replace("올랐다", "올랐습니다")}, "copy", {}),
        (
            {"positive": "코스피가 5% 상승했다. 시장은 안정을 되찾았다."},
            "facts lost",
            {"lost_facts": ["3", "외국인", "+5"]},
        ),
        (
            {"negative": GOOD["anchor"].replace("되찾았다", "찾았다")},
            "no change shown",
            {"changes_shown": []},
        ),
        ({"positive": "코스피 외국인 순매수 3%"}, "lengths differ", {}),
        (
            {"negative": GOOD["negative"].replace("안정을", "안정穩定을")},
            "artifact",
            {"slips": ["foreign script"]},
        ),
    ],
)
def test_a_check_that_fails_is_the_reason(
    changed: dict[str, str], reason: str, evidence: dict[str, object]
) -> None:
    row = checked(**changed)
    assert row["reason"] == reason
    assert row["confidence"] < 1
    assert {name: row[name] for name in evidence} == evidence


def test_spans_prove_a_change_that_no_word_list_knows() -> None:
    negative = GOOD["anchor"].replace("외국인의", "개미들의")
    spans = [{"start": 5, "before": "외국인의", "after": "개미들의"}]
    assert checked(negative=negative, negative_changed=spans)["spans_replay"] is True
    wrong = [{"start": 4, "before": "외국인의", "after": "개미들의"}]
    assert checked(negative=negative, negative_changed=wrong)["reason"] == "no change shown"


def test_a_text_that_leaves_the_domain_of_its_anchor_goes() -> None:
    anchor = {name: text * 2 for name, text in GOOD.items()}
    assert checked(**anchor, domain="news")["confidence"] == 1
    notice = anchor["positive"] + " 무단 전재 금지."
    row = checked(**(anchor | {"positive": notice}), domain="news")
    assert (row["reason"], row["rules_broken"]) == ("outside domain", ["copyright notice"])


def test_a_translation_is_judged_by_its_facts_alone() -> None:
    english = "KOSPI rose 3% as foreigners bought."
    row = checked(positive=english, lang_a="kor", lang_p="eng", lang_n="kor")
    assert row["confidence"] == 1
    row = checked(positive="It rose.", lang_a="kor", lang_p="eng", lang_n="kor")
    assert (row["reason"], row["lost_facts"]) == ("facts lost", ["3"])
