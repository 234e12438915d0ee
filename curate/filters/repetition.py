"""Keep documents that do not say the same again and again.

Repeated lines, paragraphs and n-grams of words, with the thresholds of Gopher: Rae et al. 2021,
"Scaling Language Models" (arXiv:2112.11446), table A1. The preset ``fineweb`` adds the rule of
Penedo et al. 2024 (arXiv:2406.17557), section 3.6: less than 10 % of characters in repeated lines.

It misleads on songs, laws and tables, which repeat themselves by right, and on scripts without
spaces between words, where words are clauses and only lines and paragraphs say something. A text
of a few words with one repeated pair may already be above 20 %: judge documents, not lines.
"""

from __future__ import annotations

import dataclasses as dc
from typing import Annotated, ClassVar, Literal, NamedTuple

import numpy as np
import pyarrow as pa
from annotated_types import Ge, Le

from curate.contract import Adds, Column, Filter, Limit, Verdict

_Share = Annotated[float, Ge(0), Le(1)] | Literal["any"] | None


class _Rule(NamedTuple):
    """A threshold: what it judges, why a row goes, and table A1's value."""

    column: str
    reason: str
    gopher: float


_RULES = (
    _Rule("duplicate_line_share", "duplicate lines", 0.30),
    _Rule("duplicate_paragraph_share", "duplicate paragraphs", 0.30),
    _Rule("duplicate_line_character_share", "text in duplicate lines", 0.20),
    _Rule("duplicate_paragraph_character_share", "text in duplicate paragraphs", 0.20),
    _Rule("top_2_gram_character_share", "a 2-gram too frequent", 0.20),
    _Rule("top_3_gram_character_share", "a 3-gram too frequent", 0.18),
    _Rule("top_4_gram_character_share", "a 4-gram too frequent", 0.16),
    _Rule("duplicate_5_gram_character_share", "duplicate 5-grams", 0.15),
    _Rule("duplicate_6_gram_character_share", "duplicate 6-grams", 0.14),
    _Rule("duplicate_7_gram_character_share", "duplicate 7-grams", 0.13),
    _Rule("duplicate_8_gram_character_share", "duplicate 8-grams", 0.12),
    _Rule("duplicate_9_gram_character_share", "duplicate 9-grams", 0.11),
    _Rule("duplicate_10_gram_character_share", "duplicate 10-grams", 0.10),
)
_FINEWEB = {"duplicate_line_character_share": 0.10}


@dc.dataclass(frozen=True)
class Repetition(Filter):
    r"""Keep documents whose lines, paragraphs and n-grams of words seldom repeat.

    Each threshold is the largest share kept; one given takes the place of the preset's, and ``any``
    switches its rule off.

    Args:
        text: Column with the documents.
        preset: ``gopher``: table A1; ``fineweb``: the same, and repeated lines must hold less than
            10 % of the characters; ``none``: only the thresholds given, so that without one it
            measures only.
        most_duplicate_line_share: Lines that stood there before, 0 to 1. Gopher: 0.30.
        most_duplicate_paragraph_share: Likewise paragraphs, 0 to 1. Gopher: 0.30.
        most_duplicate_line_character_share: Characters in such lines, 0 to 1. Gopher: 0.20;
            FineWeb: under 0.10.
        most_duplicate_paragraph_character_share: Characters in such paragraphs, 0 to 1. Gopher:
            0.20.
        most_top_2_gram_character_share: Characters of the most frequent 2-gram, 0 to 1. Gopher:
            0.20.
        most_top_3_gram_character_share: Likewise for 3-grams, 0 to 1. Gopher: 0.18.
        most_top_4_gram_character_share: Likewise for 4-grams, 0 to 1. Gopher: 0.16.
        most_duplicate_5_gram_character_share: Characters in 5-grams that appeared before, 0 to 1.
            Gopher: 0.15.
        most_duplicate_6_gram_character_share: Likewise for 6-grams, 0 to 1. Gopher: 0.14.
        most_duplicate_7_gram_character_share: Likewise for 7-grams, 0 to 1. Gopher: 0.13.
        most_duplicate_8_gram_character_share: Likewise for 8-grams, 0 to 1. Gopher: 0.12.
        most_duplicate_9_gram_character_share: Likewise for 9-grams, 0 to 1. Gopher: 0.11.
        most_duplicate_10_gram_character_share: Likewise for 10-grams, 0 to 1. Gopher: 0.10.

    Reads:
        text: string.

    Adds:
        duplicate_line_share, duplicate_paragraph_share: float64, of lines and of paragraphs.
        duplicate_line_character_share, duplicate_paragraph_character_share: float64, of characters.
        top_2_gram_character_share to top_4_gram_character_share: float64, of characters.
        duplicate_5_gram_character_share to duplicate_10_gram_character_share: float64, of
            characters. All of them are null for a null text and one without a word.

    Rejects:
        no text: Null, or without a word.
        duplicate lines: Over ``most_duplicate_line_share``.
        duplicate paragraphs: Over ``most_duplicate_paragraph_share``.
        text in duplicate lines: Over ``most_duplicate_line_character_share``.
        text in duplicate paragraphs: Over ``most_duplicate_paragraph_character_share``.
        a 2-gram too frequent: Over ``most_top_2_gram_character_share``.
        a 3-gram too frequent: Over ``most_top_3_gram_character_share``.
        a 4-gram too frequent: Over ``most_top_4_gram_character_share``.
        duplicate 5-grams: Over ``most_duplicate_5_gram_character_share``.
        duplicate 6-grams: Over ``most_duplicate_6_gram_character_share``.
        duplicate 7-grams: Over ``most_duplicate_7_gram_character_share``.
        duplicate 8-grams: Over ``most_duplicate_8_gram_character_share``.
        duplicate 9-grams: Over ``most_duplicate_9_gram_character_share``.
        duplicate 10-grams: Over ``most_duplicate_10_gram_character_share``.
        The first that holds, in this order, is the reason.

    Example:
        >>> pages = pa.table({"id": ["a", "b"], "text": ["Buy!\nBuy!\nBuy!", "One line."]})
        >>> verdict = Repetition()(pages)
        >>> verdict.keep.to_pylist(), verdict.reason.to_pylist()[0]
        ([False, True], 'duplicate lines')
    """

    text: Column = "text"
    preset: Literal["gopher", "fineweb", "none"] = "gopher"
    most_duplicate_line_share: _Share = None
    most_duplicate_paragraph_share: _Share = None
    most_duplicate_line_character_share: _Share = None
    most_duplicate_paragraph_character_share: _Share = None
    most_top_2_gram_character_share: _Share = None
    most_top_3_gram_character_share: _Share = None
    most_top_4_gram_character_share: _Share = None
    most_duplicate_5_gram_character_share: _Share = None
    most_duplicate_6_gram_character_share: _Share = None
    most_duplicate_7_gram_character_share: _Share = None
    most_duplicate_8_gram_character_share: _Share = None
    most_duplicate_9_gram_character_share: _Share = None
    most_duplicate_10_gram_character_share: _Share = None

    adds: ClassVar[Adds] = {rule.column: pa.float64() for rule in _RULES}
    reasons: ClassVar = ("no text", *(rule.reason for rule in _RULES))
    limits: ClassVar = {
        f"most_{rule.column}": Limit(rule.column, "most", (rule.reason,)) for rule in _RULES
    }

    def thresholds(self) -> dict[str, float]:
        """The options, and what the preset sets."""
        bounds = {f"most_{rule.column}": self._bound(rule)[0] for rule in _RULES}
        return {option: bound for option, bound in bounds.items() if np.isfinite(bound)}

    def __call__(self, batch: pa.Table) -> Verdict:
        """Measure once, then judge by every rule in force."""
        from curate.text.repetition import repetition

        shares = repetition(batch[self.text])
        verdict = np.where(np.isnan(shares[:, 0]), 0, -1)
        for place, rule in enumerate(_RULES):
            bound, fails = self._bound(rule)
            verdict[(verdict < 0) & fails(shares[:, place], bound)] = place + 1
        measured = {
            rule.column: pa.array(shares[:, place], from_pandas=True)
            for place, rule in enumerate(_RULES)
        }
        reason = pa.array(np.array(self.reasons, object)[verdict], pa.string())
        return Verdict(pa.array(verdict < 0), reason, measured)

    def _bound(self, rule: _Rule) -> tuple[float, np.ufunc]:
        """The threshold in force and what breaks it: the option, else the preset's, else none."""
        own = getattr(self, f"most_{rule.column}")
        if own is not None:
            return (np.inf if own == "any" else float(own)), np.greater
        if self.preset == "fineweb" and rule.column in _FINEWEB:
            return _FINEWEB[rule.column], np.greater_equal
        return (np.inf if self.preset == "none" else rule.gopher), np.greater
