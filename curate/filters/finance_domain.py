"""Keep Korean texts that are what their domain says: finance news, law, report or disclosure.

After NMIXX (``data_filter.py`` of nmixx-fin/TWICE, 5c8adf5), rule by rule and column by column.
``legacy`` keeps exactly the rows that the authors' chain keeps; ``default`` mends its mistakes,
which ``curate/korean/domain.py`` lists. The rows that each rule takes are the counts by reason.

It misleads where a text speaks of its matter without the listed words: of 237 law texts that the
authors themselves took for a benchmark, ``legacy`` keeps 40, since explanations of bills seldom
cite an article or a ruling. ``failed_rules`` tells which rules to reconsider. Length counts after
cleaning; the row itself is not edited.
"""

from __future__ import annotations

import dataclasses as dc
from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa

from curate.contract import Adds, Column, Filter, Verdict


@dc.dataclass(frozen=True)
class FinanceDomain(Filter):
    """Keep Korean texts that are what their domain says: finance news, law, report, disclosure.

    Args:
        text: Column with the text.
        domain: What all texts are, unless ``domain_column`` says it of each.
        domain_column: Column with ``news``, ``law``, ``report`` or ``disclosure`` (or 뉴스, 법률,
            리포트, 공시); empty for ``domain``.
        language: Column with the language, ISO 639-1 or -3, such as ``filters.language`` adds;
            empty if all texts are Korean. ``legacy`` judges English texts by length alone, as the
            authors do, ``default`` rejects them.
        profile: ``default``, or ``legacy`` for the authors' own rows.

    Reads:
        text: string.

    Adds:
        finance_domain: string, ``news``, ``law``, ``report`` or ``disclosure``.
        clean_characters: int32, without tags, addresses and surplus space.
        domain_words: int32, different finance words (news) or legal words (law); null elsewhere.
        domain_traits: int32, kinds of structure found, of 7 (law) or 5 (report, disclosure); null
            for news.
        failed_rules: list<string>, every rule that the text breaks, not only the first.

    Rejects:
        no text: Null.
        unknown domain: ``domain_column`` says none of the four.
        other language: ``language`` is not Korean (``legacy``: nor English).
        too short: Under 50 characters for news, 100 for law and reports, 200 for disclosures;
            ``legacy`` counts before cleaning.
        copyright notice: One is there; for ``legacy`` the bare word is enough.
        repeated symbol: One that is no letter or digit three times in a row.
        questions and answers: A line begins with a mark of them; for ``legacy`` any ``a.``.
        advertisement: News with an advertiser's phrase.
        too many line breaks: News with more than five, and more than 5 % of its characters.
        no finance word: News without any of 34 words.
        too few legal words: Law with less than 0.3 different ones for each 100 characters; for
            ``default`` three are always enough.
        no legal structure: Law without article, paragraph, item, ruling, quoted law or heading.
        program code: A report with a statement of a programming language.
        too few report traits: Under two of table, citation, figures, analysis, period.
        too few disclosure traits: Under three of form, financials, company, stock, board.
        too short once cleaned: Under 30 characters.
        too long: 2,000 characters or more.
        The first that holds, in this order, is the reason.

    Example:
        >>> texts = ["코스피가 외국인의 순매수에 힘입어 상승했다. " * 3, "오늘은 맑겠습니다. " * 9]
        >>> verdict = FinanceDomain()(pa.table({"id": ["a", "b"], "text": texts}))
        >>> list(zip(verdict.keep.to_pylist(), verdict.reason.to_pylist()))
        [(True, ''), (False, 'no finance word')]
    """

    text: Column = "text"
    domain: Literal["news", "law", "report", "disclosure"] = "news"
    domain_column: Column = ""
    language: Column = ""
    profile: Literal["default", "legacy"] = "default"

    adds: ClassVar[Adds] = {
        "finance_domain": pa.string(),
        "clean_characters": pa.int32(),
        "domain_words": pa.int32(),
        "domain_traits": pa.int32(),
        "failed_rules": pa.list_(pa.string()),
    }
    reasons: ClassVar[tuple[str, ...]] = (
        "no text", "unknown domain", "other language", "too short", "copyright notice",
        "repeated symbol", "questions and answers", "advertisement", "too many line breaks",
        "no finance word", "too few legal words", "no legal structure", "program code",
        "too few report traits", "too few disclosure traits", "too short once cleaned", "too long",
    )  # fmt: skip

    def __call__(self, batch: pa.Table) -> Verdict:
        """Apply all rules to all rows; the first that fails is the reason."""
        from curate.korean.domain import REASONS, canonical, judge
        from curate.text.utf8 import readable

        texts = _one_array(readable(batch[self.text]))
        if self.domain_column:
            domains = _one_array(batch[self.domain_column])
        else:
            domains = pa.array([self.domain]).take(pa.array(np.zeros(len(texts), np.int64)))
        languages = _one_array(batch[self.language]) if self.language else None
        found = judge(texts, domains, languages, profile=self.profile)
        names = pa.array(REASONS, pa.string())
        kept = ~found.failed.any(axis=0)
        first = pa.array(found.failed.argmax(axis=0), mask=kept)
        row, rule = np.nonzero(found.failed.T)
        ends = np.searchsorted(row, np.arange(len(texts) + 1)).astype(np.int32)
        measured = {
            "finance_domain": canonical(domains),
            "clean_characters": pa.array(found.characters.astype(np.int32)),
            "domain_words": _where_judged(found.words),
            "domain_traits": _where_judged(found.traits),
            "failed_rules": pa.ListArray.from_arrays(pa.array(ends), names.take(pa.array(rule))),
        }
        return Verdict(pa.array(kept), names.take(first).fill_null(""), measured)


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    whole = column.cast(pa.string()).combine_chunks()
    return pa.concat_arrays(whole.chunks) if isinstance(whole, pa.ChunkedArray) else whole


def _where_judged(values: np.typing.NDArray[np.int64]) -> pa.Array:
    return pa.array(values.astype(np.int32), mask=values < 0)
