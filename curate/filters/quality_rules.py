"""Keep documents that read like prose, by the rules of published web corpora.

Three presets, which may be joined:

- ``gopher``: Rae et al. 2021, "Scaling Language Models" (arXiv:2112.11446), section A.1.1. 50 to
  100,000 words of 3 to 10 characters on average; at most 0.1 ``#`` and 0.1 ellipses for each word;
  at most 90 % of lines with a bullet and 30 % with an ellipsis at their end; 80 % of words with a
  letter; two of eight English stop words.
- ``c4``: Raffel et al. 2020, "Exploring the Limits of Transfer Learning" (JMLR 21), section 2.2. No
  *lorem ipsum*, no curly bracket, three sentences in lines that C4 keeps (five words, an end mark,
  no *javascript*, no word over 1,000 characters, no cookie or terms phrase). C4 also cuts the other
  lines away; a filter does not, and C4's list of bad words is left out.
- ``fineweb``: Penedo et al. 2024, "The FineWeb Datasets" (arXiv:2406.17557), section 3.6, and its
  code. More than 12 % of lines with an end mark, under 67 % of lines shorter than 30 characters, at
  most 0.3 line feeds for each word. Its third rule is in ``filters.repetition``.

It misleads outside English web pages, for which the rules were made. Words are runs between white
space, so that in Chinese, Japanese, Thai, Lao, Khmer and Burmese they are clauses: where more than
half of the letters are of such scripts, rules on words and sentences are not judged, and those on
lines alone decide. For other languages than English give ``stop_words``, or
``least_stop_word_count: any``. German, Finnish or Korean words are longer or shorter than English
ones, so look at the evidence first (``presets: []`` only measures). Poems, tables and transcripts
have short lines without end marks.
"""

from __future__ import annotations

import dataclasses as dc
from typing import Annotated, ClassVar, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from annotated_types import Ge, Le

from curate.contract import Adds, Column, Filter, Limit, Verdict

_Any = Literal["any"]
_Rate = Annotated[float, Ge(0)] | _Any | None
_Share = Annotated[float, Ge(0), Le(1)] | _Any | None


class _Rule(NamedTuple):
    """A threshold: its option and preset, why a row goes, and what the rule is about.

    Attributes:
        option: ``least_`` or ``most_`` and the column it judges.
        reason: Why a row is rejected.
        preset: Whose rule it is.
        value: The threshold there.
        of_words: It counts words or sentences, so that it needs spaces between words.
        at_bound: A value equal to the threshold is rejected as well.
    """

    option: str
    reason: str
    preset: str
    value: float
    of_words: bool = False
    at_bound: bool = False

    @property
    def column(self) -> str:
        return self.option.partition("_")[2]

    def fails(self, values: npt.NDArray[np.float64], bound: float) -> npt.NDArray[np.bool_]:
        away = bound - values if self.option.startswith("least") else values - bound
        failed: npt.NDArray[np.bool_] = (away > 0) | ((away == 0) & self.at_bound)
        return failed


_WORDS, _AT_BOUND = True, True
_RULES = (
    _Rule("least_word_count", "too few words", "gopher", 50, _WORDS),
    _Rule("most_word_count", "too many words", "gopher", 100_000, _WORDS),
    _Rule("least_mean_word_length", "words too short", "gopher", 3, _WORDS),
    _Rule("most_mean_word_length", "words too long", "gopher", 10, _WORDS),
    _Rule("most_hash_per_word", "too many hashes", "gopher", 0.1, _WORDS),
    _Rule("most_ellipsis_per_word", "too many ellipses", "gopher", 0.1, _WORDS),
    _Rule("most_bullet_line_share", "too many bullets", "gopher", 0.9),
    _Rule("most_ellipsis_line_share", "too many lines with an ellipsis", "gopher", 0.3),
    _Rule("least_letter_word_share", "too few words with letters", "gopher", 0.8, _WORDS),
    _Rule("least_stop_word_count", "too few stop words", "gopher", 2, _WORDS),
    _Rule("most_lorem_ipsum_count", "lorem ipsum", "c4", 0),
    _Rule("most_brace_count", "curly brackets", "c4", 0),
    _Rule("least_clean_line_share", "too few clean lines", "", 0, _WORDS),
    _Rule("least_sentence_count", "too few sentences", "c4", 3, _WORDS),
    _Rule("least_end_mark_line_share", "too few end marks", "fineweb", 0.12, False, _AT_BOUND),
    _Rule("most_short_line_share", "too many short lines", "fineweb", 0.67, False, _AT_BOUND),
    _Rule("most_line_feed_per_word", "too many line feeds", "fineweb", 0.3, _WORDS),
)
_COUNTS = ("word_count", "stop_word_count", "sentence_count", "brace_count", "lorem_ipsum_count")
_MEASURED = tuple(dict.fromkeys([*(rule.column for rule in _RULES), "unspaced_letter_share"]))


@dc.dataclass(frozen=True)
class QualityRules(Filter):
    """Keep documents that read like prose, by the rules of Gopher, C4 and FineWeb.

    A threshold given as an option takes the place of the preset's; ``any`` switches its rule off.

    Args:
        text: Column with the documents.
        presets: Sets of thresholds, joined; empty for none.
        stop_words: Words of which ``least_stop_word_count`` distinct ones must appear, as written.
        short_line_characters: A line with fewer characters is short.
        clean_line_words: A line with fewer words is not clean.
        least_word_count: Fewest words. Gopher: 50.
        most_word_count: Most words. Gopher: 100,000.
        least_mean_word_length: Shortest mean word, in characters. Gopher: 3.
        most_mean_word_length: Longest mean word, in characters. Gopher: 10.
        most_hash_per_word: Most ``#`` for each word. Gopher: 0.1.
        most_ellipsis_per_word: Most ellipses for each word. Gopher: 0.1.
        most_bullet_line_share: Most lines that begin with a bullet, 0 to 1. Gopher: 0.9.
        most_ellipsis_line_share: Most lines that end with an ellipsis, 0 to 1. Gopher: 0.3.
        least_letter_word_share: Fewest words that hold a letter, 0 to 1. Gopher: 0.8.
        least_stop_word_count: Fewest distinct stop words. Gopher: 2.
        most_lorem_ipsum_count: Most times *lorem ipsum*. C4: 0.
        most_brace_count: Most opening curly brackets. C4: 0.
        least_clean_line_share: Fewest lines that C4 would keep, 0 to 1. No preset sets it.
        least_sentence_count: Fewest sentences in such lines. C4: 3.
        least_end_mark_line_share: Lines with an end mark must be more than this share, 0 to 1.
            FineWeb: 0.12.
        most_short_line_share: Short lines must be less than this share, 0 to 1. FineWeb: 0.67.
        most_line_feed_per_word: Most line feeds for each word. FineWeb: 0.3.

    Reads:
        text: string.

    Adds:
        word_count, stop_word_count, sentence_count, brace_count, lorem_ipsum_count: int32.
        mean_word_length: float64, characters.
        hash_per_word, ellipsis_per_word, line_feed_per_word: float64.
        bullet_line_share, ellipsis_line_share, end_mark_line_share, short_line_share,
            clean_line_share: float64, of the lines that are not blank.
        letter_word_share: float64, of the words.
        unspaced_letter_share: float64, of the letters: those in scripts without spaces; above 0.5
            rules on words and sentences are not judged.
        All of them are null where the text is, and rates where there is nothing to count.

    Rejects:
        no text: Null, or without a word.
        too few words: Under ``least_word_count``.
        too many words: Over ``most_word_count``.
        words too short: Mean length under ``least_mean_word_length``.
        words too long: Mean length over ``most_mean_word_length``.
        too many hashes: Over ``most_hash_per_word``.
        too many ellipses: Over ``most_ellipsis_per_word``.
        too many bullets: Over ``most_bullet_line_share``.
        too many lines with an ellipsis: Over ``most_ellipsis_line_share``.
        too few words with letters: Under ``least_letter_word_share``.
        too few stop words: Under ``least_stop_word_count``.
        lorem ipsum: Over ``most_lorem_ipsum_count``.
        curly brackets: Over ``most_brace_count``.
        too few clean lines: Under ``least_clean_line_share``.
        too few sentences: Under ``least_sentence_count``.
        too few end marks: Not above ``least_end_mark_line_share``.
        too many short lines: Not under ``most_short_line_share``.
        too many line feeds: Over ``most_line_feed_per_word``.
        The first that holds, in this order, is the reason.

    Example:
        >>> pages = pa.table({"id": ["a", "b"], "text": ["if (x) { f(); }", "We sat. It rained."]})
        >>> step = QualityRules(presets=("c4",), clean_line_words=4, least_sentence_count=2)
        >>> verdict = step(pages)
        >>> verdict.keep.to_pylist(), verdict.reason.to_pylist()[0]
        ([False, True], 'curly brackets')
    """

    text: Column = "text"
    presets: tuple[Literal["gopher", "c4", "fineweb"], ...] = ("gopher",)
    stop_words: tuple[str, ...] = ("the", "be", "to", "of", "and", "that", "have", "with")
    short_line_characters: Annotated[int, Ge(1)] = 30
    clean_line_words: Annotated[int, Ge(0)] = 5
    least_word_count: _Rate = None
    most_word_count: _Rate = None
    least_mean_word_length: _Rate = None
    most_mean_word_length: _Rate = None
    most_hash_per_word: _Rate = None
    most_ellipsis_per_word: _Rate = None
    most_bullet_line_share: _Share = None
    most_ellipsis_line_share: _Share = None
    least_letter_word_share: _Share = None
    least_stop_word_count: _Rate = None
    most_lorem_ipsum_count: _Rate = None
    most_brace_count: _Rate = None
    least_clean_line_share: _Share = None
    least_sentence_count: _Rate = None
    least_end_mark_line_share: _Share = None
    most_short_line_share: _Share = None
    most_line_feed_per_word: _Rate = None

    adds: ClassVar[Adds] = {
        name: pa.int32() if name in _COUNTS else pa.float64() for name in _MEASURED
    }
    reasons: ClassVar = ("no text", *(rule.reason for rule in _RULES))
    limits: ClassVar = {
        rule.option: Limit(
            rule.column, "least" if "least" in rule.option else "most", (rule.reason,)
        )
        for rule in _RULES
    }

    def thresholds(self) -> dict[str, float]:
        """The options, and what the presets set."""
        bounds = {rule.option: self._bound(rule) for rule in _RULES}
        return {option: bound for option, bound in bounds.items() if bound is not None}

    def __call__(self, batch: pa.Table) -> Verdict:
        """Count once, then judge by every rule in force."""
        from curate.text.counters import count, measures

        column = batch[self.text].combine_chunks()
        found = measures(
            count(column, self.stop_words, self.short_line_characters, self.clean_line_words)
        )
        spaced = ~(found["unspaced_letter_share"] > 0.5)
        verdict = np.where(found["word_count"] > 0, -1, 0)
        for place, rule in enumerate(_RULES, 1):
            if (bound := self._bound(rule)) is None:
                continue
            failed = rule.fails(found[rule.column], bound) & (spaced | (not rule.of_words))
            verdict[(verdict < 0) & failed] = place
        there = column.is_valid()
        measured = {name: _evidence(found[name], there, kind) for name, kind in self.adds.items()}
        reason = pa.array(np.array(self.reasons, object)[verdict], pa.string())
        return Verdict(pa.array(verdict < 0), reason, measured)

    def _bound(self, rule: _Rule) -> float | None:
        """The threshold in force: the option, else that of a preset, else none."""
        own = getattr(self, rule.option)
        if own is not None:
            return None if own == "any" else float(own)
        return rule.value if rule.preset in self.presets else None


def _evidence(
    values: npt.NDArray[np.float64], there: pa.BooleanArray, kind: pa.DataType
) -> pa.Array:
    column = pa.array(values, from_pandas=True).cast(kind)
    return pc.if_else(there, column, pa.scalar(None, kind))
