"""The filter of artefacts: reasons, what it lets pass, and the text that rows were made from."""

from __future__ import annotations

import pyarrow as pa

from curate.contract import apply
from curate.filters.artifacts import Artifacts
from curate.korean.artifacts import KINDS


def rows(texts: list[str | None], **columns: list[str | None]) -> pa.Table:
    ids = [str(at) for at in range(len(texts))]
    return pa.table({"id": ids, "source": ids, "text": pa.array(texts, pa.string()), **columns})


def test_the_reasons_are_the_kinds() -> None:
    assert Artifacts.reasons == KINDS


def test_the_first_kind_is_the_reason_and_all_are_kept_as_evidence() -> None:
    text = "저는 [이름]이다. 엔화 약세推动에도 시장은"
    kept, rejected = apply(Artifacts(), rows([text, "금리가 올랐다.", None]))
    assert rejected["reason"].to_pylist() == ["form letter"]
    assert rejected["artifacts"].to_pylist() == [["form letter", "foreign script", "cut off"]]
    assert kept["artifacts"].to_pylist() == [[], []]


def test_a_kind_that_is_not_asked_for_is_told_and_kept() -> None:
    kept, _ = apply(Artifacts(reject=("prompt",)), rows(["금리가 올랐다. 시장은"]))
    assert kept["artifacts"].to_pylist() == [["cut off"]]


def test_letters_of_the_source_are_no_slip() -> None:
    batch = rows(["생산增加로 올랐다."] * 2, origin=["생산增加로", "생산 증가로"])
    kept, rejected = apply(Artifacts(made_from="origin"), batch)
    assert kept["id"].to_pylist() == ["0"]
    assert rejected["reason"].to_pylist() == ["foreign script"]
