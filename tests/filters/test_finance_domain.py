"""The domain filter: a corpus of one domain or of none passes, and every broken rule is evidence."""

from __future__ import annotations

import pyarrow as pa
import pytest

from curate.contract import apply
from curate.filters.finance_domain import FinanceDomain
from curate.korean.domain import REASONS

NEWS = "코스피가 외국인의 순매수에 힘입어 상승 마감했다고 한국거래소가 어제 오후 밝혔다. " * 2


def rows(texts: list[str | None], **columns: list[str | None]) -> pa.Table:
    ids = [str(at) for at in range(len(texts))]
    arrays = {name: pa.array(values, pa.string()) for name, values in columns.items()}
    return pa.table(
        {"id": ids, "source": ["made"] * len(texts), "text": pa.array(texts, pa.string()), **arrays}
    )


def test_the_reasons_are_those_of_the_rules() -> None:
    assert FinanceDomain.reasons == REASONS


@pytest.mark.parametrize("profile", ["default", "legacy"])
def test_a_corpus_of_one_domain_passes(profile: str) -> None:
    batch = rows([NEWS, NEWS], category=["뉴스", "뉴스"])
    kept, rejected = apply(FinanceDomain(domain_column="category", profile=profile), batch)
    assert (kept.num_rows, rejected.num_rows) == (2, 0)
    assert kept["finance_domain"].to_pylist() == ["news", "news"]


def test_a_corpus_without_rows_passes() -> None:
    kept, rejected = apply(FinanceDomain(domain_column="category"), rows([], category=[]))
    assert (kept.num_rows, rejected.num_rows) == (0, 0)


def test_every_rule_that_a_text_breaks_is_kept_as_evidence() -> None:
    kept, rejected = apply(FinanceDomain(), rows(["광고 ---", None, NEWS]))
    assert rejected["reason"].to_pylist() == ["too short", "no text"]
    assert rejected["failed_rules"].to_pylist() == [
        [
            "too short",
            "repeated symbol",
            "advertisement",
            "no finance word",
            "too short once cleaned",
        ],
        ["no text"],
    ]
    assert kept["failed_rules"].to_pylist() == [[]]
    assert kept["domain_words"].to_pylist() == [2]
    assert kept["domain_traits"].to_pylist() == [None]


def test_an_unknown_domain_is_a_reason() -> None:
    _, rejected = apply(
        FinanceDomain(domain_column="category"), rows([NEWS, NEWS], category=["시", None])
    )
    assert rejected["reason"].to_pylist() == ["unknown domain"] * 2


def test_english_is_judged_by_length_in_legacy_and_rejected_by_default() -> None:
    batch = rows(["A." * 30, "한" * 60, "x" * 9, NEWS, NEWS], lang=["en", "zh", "eng", "kor", None])
    legacy = FinanceDomain(language="lang", profile="legacy")(batch)
    assert legacy.reason.to_pylist() == [
        "",
        "other language",
        "too short once cleaned",
        "",
        "other language",
    ]
    default = FinanceDomain(language="lang")(batch)
    assert default.reason.to_pylist() == ["other language"] * 3 + ["", "other language"]
