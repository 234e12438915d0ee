"""The step of hard negatives: lists of one length, what is missing, and what cannot be used."""

from __future__ import annotations

import pyarrow as pa

from curate.contract import apply
from curate.transforms.shift_meaning import ShiftMeaning

TEXTS = ["기준금리를 0.5% 인상했다. 주가는 크게 하락할 수 있다.", "표 1", None, "코스피가 올랐다."]


def batch(texts: list[str | None]) -> pa.Table:
    ids = [str(at) for at in range(len(texts))]
    return pa.table({"id": ids, "source": ids, "text": pa.array(texts, pa.string())})


def test_lists_go_together_and_rows_short_of_negatives_say_so() -> None:
    kept, rejected = apply(ShiftMeaning(count=4), batch(TEXTS))
    lists = ("negatives", "negative_rules", "negative_spans", "negative_seeds")
    sizes = [[len(row) for row in kept[name].to_pylist()] for name in lists]
    assert sizes == [sizes[0]] * 4
    assert sizes[0][:2] == [4, 0]
    assert kept["negatives_missing"].to_pylist() == [4 - size for size in sizes[0]]
    assert rejected["reason"].to_pylist() == ["no text"]


def test_rows_under_the_least_are_rejected() -> None:
    kept, rejected = apply(ShiftMeaning(least=3), batch(TEXTS))
    assert kept["id"].to_pylist() == ["0", "3"]
    assert rejected["reason"].to_pylist() == ["too few negatives", "no text"]


def test_a_row_gets_the_same_wherever_it_stands() -> None:
    step = ShiftMeaning()
    whole = apply(step, batch([TEXTS[0], TEXTS[3]])).kept
    alone = apply(step, batch([TEXTS[3]])).kept
    assert whole["negatives"][1] == alone["negatives"][0]


def test_only_the_rules_asked_for_are_used() -> None:
    kept, _ = apply(ShiftMeaning(rules=("figure", "deontic")), batch(TEXTS[:1]))
    assert sorted(kept["negative_rules"][0].as_py()) == ["deontic", "figure"]
