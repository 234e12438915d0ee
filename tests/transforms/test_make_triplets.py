"""Triplets and pairs of rows with positives and negatives."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from curate.contract import apply
from curate.korean.evidence import replays
from curate.transforms.make_pairs import MakePairs
from curate.transforms.make_triplets import MakeTriplets
from curate.transforms.paraphrase import Paraphrase
from curate.transforms.shift_meaning import ShiftMeaning

TEXTS = [
    "한국은행은 기준금리를 0.25%포인트 인하했다. 시장은 추가 인하를 예상한다. 주가는 크게 올랐다.",
    "가람전자의 3분기 이익은 20억원 늘었다. 회사는 투자를 확대할 계획이다.",
]
LISTS = pa.list_(pa.string())


def made(texts: list[str] = TEXTS) -> pa.Table:
    ids = [f"d{at}" for at in range(len(texts))]
    batch = pa.table(
        {"id": ids, "source": ids, "text": texts, "finance_domain": ["news"] * len(ids)}
    )
    return apply(ShiftMeaning(), apply(Paraphrase(count=3), batch).kept).kept


def row(**columns: Any) -> pa.Table:
    kinds = {"positives": LISTS, "negatives": LISTS}
    given = {"id": "a", "source": "s", "text": "금리가 올랐다.", **columns}
    return pa.table({name: pa.array([value], kinds.get(name)) for name, value in given.items()})


def test_each_negative_stands_with_a_positive_and_says_where_it_is_from() -> None:
    kept, rejected = apply(MakeTriplets(), made())
    assert rejected.num_rows == 0
    assert kept["id"].to_pylist() == ["d0#1", "d0#2", "d0#3", "d1#1", "d1#2", "d1#3"]
    assert kept["document_id"].to_pylist() == ["d0"] * 3 + ["d1"] * 3
    assert kept["anchor"].to_pylist() == [TEXTS[0]] * 3 + [TEXTS[1]] * 3
    assert set(kept["domain"].to_pylist()) == {"news"}
    assert set(kept["provenance"].to_pylist()) == {"positive by rule, negative by rule"}
    assert "text" not in kept.column_names
    assert not any(name.startswith(("positives", "negatives")) for name in kept.column_names)


@pytest.mark.parametrize("shares", [{}, {"register": 1.0, "bullets": 1.0, "synonym": 1.0}])
def test_the_spans_give_both_texts_back(shares: dict[str, float]) -> None:
    kept, _ = apply(MakeTriplets(reworded=shares), made())
    for one in kept.to_pylist():
        for side in ("positive", "negative"):
            spans = [(s["start"], s["before"], s["after"]) for s in one[f"{side}_changed"]]
            assert replays(one["anchor"], spans, one[side])
    assert any(kept["worded_as"].to_pylist()) == bool(shares)


def test_a_negative_that_says_what_a_positive_says_is_left_out() -> None:
    batch = row(
        positives=["금리가 상승했다."], negatives=["금리가 상승했습니다.", "금리가 내렸다."]
    )
    kept, _ = apply(MakeTriplets(), batch)
    assert kept["negative"].to_pylist() == ["금리가 내렸다."]
    assert kept["rule"].to_pylist() == ["negatives"]
    assert kept["provenance"].to_pylist() == ["positive by column, negative by column"]


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"text": " ", "positives": ["x"], "negatives": ["y"]}, "no text"),
        ({"positives": [], "negatives": ["y"]}, "no positive"),
        ({"positives": ["금리가 올랐다."], "negatives": ["y"]}, "no positive"),
        ({"positives": ["x"], "negatives": None}, "no negative"),
        ({"positives": ["x"], "negatives": ["금리가 올랐습니다."]}, "no negative"),
    ],
)
@pytest.mark.parametrize("step", [MakeTriplets(), MakePairs()])
def test_a_row_that_gives_none_is_rejected(
    step: MakeTriplets | MakePairs, columns: dict[str, Any], reason: str
) -> None:
    kept, rejected = apply(step, row(**columns))
    assert (kept.num_rows, rejected["reason"].to_pylist()) == (0, [reason])
    assert rejected["id"].to_pylist() == ["a"]


def test_a_column_with_one_text_in_another_language_is_a_positive_too() -> None:
    batch = row(positives=["금리가 상승했다."], negatives=["금리가 내렸다."], english="Rates rose.")
    step = MakeTriplets(positives=("positives", "english"), other_languages={"english": "eng"})
    kept, _ = apply(step, batch)
    assert kept["positive"].to_pylist() == ["금리가 상승했다.", "Rates rose."]
    assert kept["positive_kind"].to_pylist() == ["positives", "english"]
    assert kept["lang_p"].to_pylist() == ["kor", "eng"]
    assert kept["negative"].to_pylist() == ["금리가 내렸다."] * 2


def test_pairs_have_the_score_of_their_rule() -> None:
    kept, _ = apply(MakePairs(scores={"figure": 0.25}, other=0.1), made())
    rows = kept.to_pylist()
    assert {one["score"] for one in rows if one["rule"] in ("register", "bullets")} == {1.0}
    scores = {one["rule"]: round(one["score"], 2) for one in rows if one["score"] < 1}
    assert len(scores) > 2
    assert all(score == (0.25 if rule == "figure" else 0.1) for rule, score in scores.items())
    assert [one["id"] for one in rows][:3] == ["d0#1", "d0#2", "d0#3"]
