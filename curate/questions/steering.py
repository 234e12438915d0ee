"""The steering score: does a steered model answer in the target language, and to the point.

CLaS-Bench (Gurgurov et al.): language forcing F is the share of outputs in the target language, in
percent, relevance J half the mean rating (0, 1 or 2), in percent, and the score their harmonic
mean, 2 F J / (F + J). Pooled means are over all outputs, macro means over target languages; the two
differ where languages do. Ratings that cannot be parsed leave the mean, and are counted.

The public script takes a rate of at most 1 % for a fraction and multiplies it by 100, so that one
hit in 280 (0.36 %) becomes 36 %. ``compat`` does so too; else small rates stay what they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from curate.errors import SourceError

Detect = Callable[[pa.Array], Sequence[str]]
"""Texts → labels of a language model, such as ``nob_Latn``; empty for a text without language."""
COLUMNS = ("source", "target", "question_id", "output")
LANGUAGES = {
    "eng": "en", "arb": "ar", "bod": "bo", "dan": "da", "deu": "de", "spa": "es", "fra": "fr",
    "hin": "hi", "ita": "it", "jpn": "ja", "kor": "ko", "mlt": "mt", "nld": "nl", "nob": "no",
    "nno": "no", "nor": "no", "pol": "pl", "por": "pt", "rus": "ru", "swe": "sv", "tur": "tr",
    "zho": "zh", "cmn": "zh", "yue": "zh", "slk": "sk", "ell": "el", "kaz": "kk", "swh": "sw",
    "swa": "sw", "kat": "ka", "ukr": "uk", "pes": "fa", "fas": "fa", "ind": "id",
    "tha": "th",  # codespell:ignore
    "vie": "vi",  # codespell:ignore
    "ces": "cs", "ron": "ro", "afr": "af", "urd": "ur", "ben": "bn", "tgl": "tl",
    "ara": "ar",
}  # fmt: skip
"""ISO 639-3 → 639-1 for the benchmark's 32 languages and the four more that its code maps. What is
not here (Arabic dialects, Dari, Dzongkha, Malay) is another language, and so a miss."""
_SHORT = {"nb": "no", "nn": "no", "yue": "zh", "wuu": "zh"}
_RATINGS = (r"Rating:\s*\[\[(\d+)\]\]", r"\[\[(\d+)\]\]", r"(\d)\s*$")
DRAWS = 1000


class Score(NamedTuple):
    """Rates in percent.

    Attributes:
        outputs: How many outputs.
        judged: How many have a rating.
        unparsed: How many have none, where there are ratings at all.
        forcing: Share in the target language; NaN without outputs.
        relevance: Half the mean rating; NaN without ratings.
        score: Their harmonic mean; NaN without ratings.
    """

    outputs: int
    judged: int
    unparsed: int
    forcing: float
    relevance: float
    score: float


class Outputs(NamedTuple):
    """Outputs of a model, without duplicates, languages and questions as places in lists.

    Attributes:
        languages: All languages.
        questions: All questions.
        source: Shape (outputs,).
        target: Shape (outputs,).
        question: Shape (outputs,).
        hit: Which are in the target language.
        rating: 0, 1 or 2; NaN for none.
        detected: The language of each.
        rated: Whether there is a column of ratings.
        duplicates: Rows left out, since their source, target and question came before.
        missing: Pairs of languages of which some question has no output.
    """

    languages: list[str]
    questions: list[str]
    source: npt.NDArray[np.int64]
    target: npt.NDArray[np.int64]
    question: npt.NDArray[np.int64]
    hit: npt.NDArray[np.bool_]
    rating: npt.NDArray[np.float64]
    detected: list[str]
    rated: bool
    duplicates: int
    missing: int


def language_of(label: str) -> str:
    """The benchmark's code of a label of any model; the label itself where it has none.

    >>> [language_of(one) for one in ("nob_Latn", "__label__zho_Hant", "en", "nn", "arz_Arab")]
    ['no', 'zh', 'en', 'no', 'arz_Arab']
    """
    name = label.removeprefix("__label__")
    code = re.split("[_-]", name)[0]
    if len(code) == 2:
        return _SHORT.get(code, code)
    return LANGUAGES.get(code, _SHORT.get(code, name))


def rating_of(answer: object) -> float:
    """The rating in a judge's answer, NaN if there is none from 0 to 2.

    >>> [rating_of(one) for one in (2, "Rating: [[1]]", "It is [[0]].", "I say 2", "[[7]]", None)]
    [2.0, 1.0, 0.0, 2.0, nan, nan]
    """
    if isinstance(answer, int | float) and not isinstance(answer, bool):
        return float(answer) if answer in (0, 1, 2) else float("nan")
    if isinstance(answer, str):
        for pattern in _RATINGS:
            if found := re.search(pattern, answer.strip()):
                return float(found[1]) if found[1] in ("0", "1", "2") else float("nan")
    return float("nan")


def read_languages(table: pa.Table, detect: Detect) -> Outputs:
    """Outputs of a table with their languages.

    Args:
        table: Columns ``source``, ``target``, ``question_id``, ``output``, and ``judge`` if rated.
        detect: Names the language of texts.

    Raises:
        SourceError: A column is missing, or a row names no source, target or question.
    """
    if lacking := [name for name in COLUMNS if name not in table.column_names]:
        there = ", ".join(table.column_names)
        raise SourceError(f"outputs have no column {lacking[0]!r}; there is {there}")
    for name in COLUMNS[:3]:
        if table[name].null_count:
            raise SourceError(f"the column {name!r} is null in some row; every output needs one")
    keys = [table[name].cast(pa.string()).to_pylist() for name in COLUMNS[:3]]
    first: dict[tuple[str, ...], int] = {}
    for row, key in enumerate(zip(*keys, strict=True)):
        first.setdefault(key, row)
    taken = pa.array(list(first.values()), pa.int64())
    kept = table.take(taken)
    languages = sorted({key[0] for key in first} | {key[1] for key in first})
    questions = sorted({key[2] for key in first})
    places = {name: at for at, name in enumerate(languages)}
    asked = {name: at for at, name in enumerate(questions)}
    detected = [language_of(one) if one else "" for one in detect(_flat(kept["output"]))]
    rated = "judge" in kept.column_names
    ratings = [rating_of(one) for one in kept["judge"].to_pylist()] if rated else []
    sources, targets = {key[0] for key in first}, {key[1] for key in first}
    many: dict[tuple[str, str], int] = dict.fromkeys(((s, t) for s in sources for t in targets), 0)
    for key in first:
        many[key[0], key[1]] += 1
    return Outputs(
        languages,
        questions,
        np.array([places[key[0]] for key in first], np.int64),
        np.array([places[key[1]] for key in first], np.int64),
        np.array([asked[key[2]] for key in first], np.int64),
        np.array([one == key[1] for one, key in zip(detected, first, strict=True)], np.bool_),
        np.array(ratings if rated else [np.nan] * len(first), np.float64),
        detected,
        rated,
        table.num_rows - len(first),
        sum(one < len(questions) for one in many.values()),
    )


def _flat(column: pa.ChunkedArray) -> pa.Array:
    """Texts on one line each: detectors that are trained on lines get lines."""
    import pyarrow.compute as pc

    flat = column.cast(pa.large_string()).combine_chunks()
    return pc.replace_substring(pc.fill_null(flat, ""), "\n", " ")


def harmonic(forcing: float, relevance: float, compat: bool = False) -> float:
    """Harmonic mean of two percentages; 0 if either is.

    >>> harmonic(50, 100), round(harmonic(5 / 14, 87.5), 1), round(harmonic(5 / 14, 87.5, True), 1)
    (66.66666666666667, 0.7, 50.7)
    """
    if compat:
        forcing, relevance = _as_published(forcing), _as_published(relevance)
    return 2 * forcing * relevance / (forcing + relevance) if forcing > 0 and relevance > 0 else 0.0


def _as_published(rate: float) -> float:
    """A rate of at most 1 % is taken for a fraction: the public script's bug."""
    return rate * 100 if rate <= 1 else rate


def score(outputs: Outputs, which: npt.NDArray[np.bool_], compat: bool = False) -> Score:
    """Pooled score of some outputs."""
    many = int(which.sum())
    ratings = outputs.rating[which]
    ratings = ratings[np.isfinite(ratings)]
    forcing = 100 * float(outputs.hit[which].mean()) if many else float("nan")
    relevance = 50 * float(ratings.mean()) if len(ratings) else float("nan")
    both = harmonic(forcing, relevance, compat) if len(ratings) else float("nan")
    if compat:
        forcing, relevance = _as_published(forcing), _as_published(relevance)
    unparsed = many - len(ratings) if outputs.rated else 0
    return Score(many, len(ratings), unparsed, forcing, relevance, both)


def macro(scores: Iterable[Score]) -> Score:
    """Mean of the scores of groups; those without ratings leave the mean of scores."""
    every = list(scores)
    rates = [np.array([getattr(one, name) for one in every], np.float64)
             for name in ("forcing", "relevance", "score")]  # fmt: skip
    means = [float(one[np.isfinite(one)].mean()) if np.isfinite(one).any() else float("nan")
             for one in rates]  # fmt: skip
    counts = [sum(one[at] for one in every) for at in range(3)]
    return Score(int(counts[0]), int(counts[1]), int(counts[2]), means[0], means[1], means[2])


def interval(
    outputs: Outputs, which: npt.NDArray[np.bool_], per_target: bool = False, seed: int = 0
) -> tuple[float, float]:
    """95 % interval of the score, pooled or macro over targets, by resampling questions.

    A question is asked in every language pair, so that it, not the output, is drawn with
    replacement (Efron and Tibshirani 1993, "An Introduction to the Bootstrap", ch. 8). NaN with
    fewer than two questions or without ratings.
    """
    nothing = float("nan"), float("nan")
    asked, questions = np.unique(outputs.question[which], return_inverse=True)
    if len(asked) < 2 or not np.isfinite(outputs.rating[which]).any():
        return nothing
    groups = outputs.target[which] if per_target else np.zeros(int(which.sum()), np.int64)
    rating = outputs.rating[which]
    rows = groups * len(asked) + questions
    shape = (int(groups.max()) + 1, len(asked))

    def total(values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        sums = np.bincount(rows, values.astype(np.float64), shape[0] * shape[1])
        return np.asarray(sums.reshape(shape), np.float64)

    known = np.isfinite(rating)
    parts = [total(outputs.hit[which]), total(np.ones(len(rows))),
             total(np.where(known, rating, 0)), total(known)]  # fmt: skip
    there = parts[1].sum(axis=1) > 0
    draws = np.random.default_rng(seed).multinomial(
        len(asked), [1 / len(asked)] * len(asked), DRAWS
    )
    hit, many, sums, judged = (draws @ part[there].T for part in parts)  # (draws, groups)
    with np.errstate(invalid="ignore", divide="ignore"):
        forcing, relevance = 100 * hit / many, 50 * sums / judged
        both = np.where(forcing + relevance > 0, 2 * forcing * relevance / (forcing + relevance), 0)
    both[~np.isfinite(relevance) | ~np.isfinite(forcing)] = np.nan
    counted = np.isfinite(both)
    means = np.where(counted, both, 0).sum(axis=1) / np.maximum(counted.sum(axis=1), 1)
    low, high = np.percentile(means[counted.any(axis=1)], [2.5, 97.5])
    return float(low), float(high)
