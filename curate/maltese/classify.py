"""Label words with their etymology: memory for known words, a CRF in context for the others.

The features of a word are summed once to three short rows of scores (as the word itself, as the one
before and as the one after another), so that a text costs one look-up for each distinct word and
two passes over its sentences. What the memory is sure of is given; the CRF decides the rest with
that as context. Without context (``alone``) every word has one label, and a text is a table
look-up.
"""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

import numba as nb
import numpy as np

from curate.maltese.crf import decode, first_and_second, marginals
from curate.maltese.extract import (
    AFTER,
    BEFORE,
    IS_CAPITAL,
    IS_PUNCTUATION,
    IS_STOP,
    PLACES,
    extract,
    marks,
)
from curate.maltese.features import Features, compose
from curate.maltese.memory import Memory
from curate.maltese.tables import Tables
from curate.maltese.whole import is_whole

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Context = Literal["sentence", "none"]
MOST_WORDS = 200_000
"""Distinct words whose scores are kept, about 40 MB; with more the store starts anew."""
AT_ONCE = 1 << 18
"""Words decided together, about 60 MB, however long a document is."""
LONGEST_SENTENCE = 10_000
"""Words after which a text without any full stop is cut; no sentence is that long."""
FORBIDDEN = -1e9
ORIGINS = ("model", "memory", "rule")
SYMBOL = "Symbol"
"""By rule the label of HTML entities and addresses, which are no words of any language."""
BY_RULE = 1.0
"""Trust in a rule; the memory never has as much."""


@dc.dataclass(frozen=True)
class Weights:
    """A CRF as learnt.

    Attributes:
        labels: In the order of the columns.
        names: Features, in the order of the rows.
        states: float32, shape (names, labels).
        transitions: float32, shape (labels, labels): from, to.
    """

    labels: tuple[str, ...]
    names: tuple[str, ...]
    states: Array
    transitions: Array


class Learnt(NamedTuple):
    """All that was learnt for one set of labels.

    Attributes:
        sentence: Weights of words in their sentence.
        alone: Weights of words by themselves.
        memory: Words with one label.
    """

    sentence: Weights
    alone: Weights
    memory: Memory


class Labelled(NamedTuple):
    """Labels of words.

    Attributes:
        label: int64, place in the classifier's labels, shape (words,).
        prob: float64, of that label, shape (words,).
        second: int64, the most probable other label; -1 where the model did not decide.
        second_prob: float64, of that label; 0 where the model did not decide.
        origin: int64, place in ``ORIGINS`` of what gave the label.
    """

    label: Array
    prob: Array
    second: Array
    second_prob: Array
    origin: Array


class Classifier:
    """What was learnt, ready to label; keeps the scores of the words it has met.

    Args:
        learnt: Weights and memory.
        tables: Translations, if the weights were learnt with them.
        context: Whether the words of a sentence are looked at together.
    """

    def __init__(
        self, learnt: Learnt, tables: Tables | None = None, context: Context = "sentence"
    ) -> None:
        weights = learnt.sentence if context == "sentence" else learnt.alone
        self.labels, self.context, self.tables = weights.labels, context, tables
        self._memory, self._states = learnt.memory, weights.states
        self._rows = {name: row for row, name in enumerate(weights.names)}
        self._beside = [_behind(self._rows, side) for side in (BEFORE, AFTER)]
        self._transitions = weights.transitions.astype(np.float64)
        self._places = self._of_places(weights)
        self._known: dict[str, int] = {}
        self._store = self._empty(0)

    def _of_places(self, weights: Weights) -> Array:
        blank = np.zeros(len(self.labels))
        rows = [self._rows.get(name) for name in PLACES]
        return np.array([blank if row is None else weights.states[row] for row in rows], float)

    def label(self, words: Sequence[str], codes: Array, texts: Array) -> Labelled:
        """Label the words of texts.

        Args:
            words: Distinct words.
            codes: int64, shape (n,): which of ``words`` each word of the texts is.
            texts: int64, shape (texts + 1,): where each text begins in ``codes``, and the end.
        """
        known = self._learn(words)
        if self.context == "none":
            return _alone(self._store, known, codes)
        store, codes = self._store, known[codes]
        starts = sentence_starts(store.marks[codes], texts)
        parts = [
            self._in_sentences(codes[begin:end], starts[first : last + 1] - begin)
            for first, last in runs(starts)
            for begin, end in [starts[[first, last]]]
        ]
        return Labelled(*map(np.concatenate, zip(*parts, strict=True))) if parts else _none()

    def _in_sentences(self, codes: Array, starts: Array) -> Labelled:
        store = self._store
        scores = sentence_scores(codes, starts, store.scores, store.marks, self._places)
        given = store.given[codes]
        forbid_others(scores, given)
        best = decode(scores, starts, self._transitions)
        probs = marginals(scores, starts, self._transitions)
        return _trusting(best, probs, given, store.trust[codes])

    def _learn(self, words: Sequence[str]) -> Array:
        """Place of each of these words in the store; new ones are worked out."""
        known = self._known
        new = [word for word in words if word not in known]
        if new and len(known) + len(new) > MOST_WORDS:
            known.clear()
            self._store, new = self._empty(0), list(words)
        if new:
            more = self._worked_out([compose(word) or " " for word in new])
            parts = zip(self._store, more, strict=True)
            self._store = Store(*(np.concatenate(pair) for pair in parts))
            known.update(zip(new, range(len(known), len(known) + len(new)), strict=True))
        return np.fromiter((known[word] for word in words), np.int64, len(words))

    def _worked_out(self, words: Sequence[str]) -> Store:
        found = self._empty(len(words))
        places = {label: place for place, label in enumerate(self.labels)}
        for at, word in enumerate(words):
            found.marks[at] = marks(word)
            if told := self._memory.words.get(word):
                found.given[at] = places[told[0]]
                found.trust[at] = self._memory.prob(told[1])
            elif SYMBOL in places and is_whole(word):
                found.given[at], found.trust[at] = places[SYMBOL], BY_RULE
        for known in (False, True):
            some = np.flatnonzero((found.given >= 0) == known)
            if len(some) and not (known and self.context == "none"):
                features = extract(
                    [words[at] for at in some.tolist()], self.tables, near_only=known
                )
                found.scores[some] = self._scores(features)
        return found

    def _scores(self, features: Sequence[Features]) -> Array:
        """Scores of words: their own, and for the words after and before them."""
        rows: list[int] = []
        ends: list[int] = []
        found = (self._rows, *(self._beside if self.context == "sentence" else ({}, {})))
        for one in features:
            for names, row_of in zip((one.own, one.near, one.near), found, strict=True):
                rows += [row_of[name] for name in names if name in row_of]
                ends.append(len(rows))
        sums: Array = sums_of_rows(self._states, np.array(rows, np.int64), np.array(ends, np.int64))
        return sums.reshape(len(features), 3, len(self.labels))

    def _empty(self, size: int) -> Store:
        scores = np.zeros((size, 3, len(self.labels)))
        given = np.full(size, -1, np.int64)
        return Store(scores, np.zeros(size, np.uint8), given, np.zeros(size))


class Store(NamedTuple):
    """What is known of each distinct word.

    Attributes:
        scores: float64, shape (words, 3, labels): its own, and for the words after and before it.
        marks: uint8, what its sentence has to know of it.
        given: int64, the label that the memory has for it, or -1.
        trust: float64, how probable that label is.
    """

    scores: Array
    marks: Array
    given: Array
    trust: Array


def _behind(rows: Mapping[str, int], side: str) -> dict[str, int]:
    return {name.removeprefix(side): row for name, row in rows.items() if name.startswith(side)}


def runs(starts: Array) -> Iterator[tuple[int, int]]:
    """Pieces of ``AT_ONCE`` words or fewer, or one sentence, as places in ``starts``."""
    first = 0
    while first < len(starts) - 1:
        last = int(np.searchsorted(starts, starts[first] + AT_ONCE, "right")) - 1
        last = max(first + 1, last)
        yield first, last
        first = last


def _alone(store: Store, known: Array, codes: Array) -> Labelled:
    scores = store.scores[known, 0]
    weights = np.exp(scores - scores.max(axis=1, keepdims=True, initial=FORBIDDEN))
    given = store.given[known]
    best = weights.argmax(axis=1) if len(scores) else np.zeros(0, np.int64)
    best = np.where(given >= 0, given, best)
    probs = weights / weights.sum(axis=1, keepdims=True)
    found = _trusting(best, probs, given, store.trust[known])
    return Labelled(*(values[codes] for values in found))


def _trusting(best: Array, probs: Array, given: Array, trust: Array) -> Labelled:
    """Labels with their probabilities: the memory's own where it gave the label."""
    prob, second, second_prob = first_and_second(probs, best)
    is_given = given >= 0
    second[is_given], second_prob[is_given] = -1, 0
    origin = np.where(is_given, np.where(trust == BY_RULE, 2, 1), 0)
    return Labelled(best, np.where(is_given, trust, prob), second, second_prob, origin)


def _none() -> Labelled:
    return Labelled(*(np.zeros(0, kind) for kind in (np.int64, float, np.int64, float, np.int64)))


@nb.njit(cache=True)
def sums_of_rows(states, rows, ends):  # type: ignore[no-untyped-def]
    """Sums of some rows of a matrix, added in the order given.

    Args:
        states: float32, shape (features, labels).
        rows: int64, all rows wanted, sum after sum.
        ends: int64, shape (sums,): where those of each sum end in ``rows``.

    Returns:
        float64, shape (sums, labels).
    """
    found = np.zeros((ends.size, states.shape[1]))
    at = 0
    for one in range(ends.size):
        while at < ends[one]:
            for label in range(states.shape[1]):
                found[one, label] += states[rows[at], label]
            at += 1
    return found


@nb.njit(cache=True)
def sentence_starts(marks, texts):  # type: ignore[no-untyped-def]
    """Where sequences begin: at each text, and in it after a full stop or the like.

    Args:
        marks: uint8, shape (words,).
        texts: int64, shape (texts + 1,).
    """
    starts = np.empty(marks.size + texts.size, np.int64)
    count = 0
    for one in range(texts.size - 1):
        starts[count] = texts[one]
        count += 1
        for at in range(texts[one] + 1, texts[one + 1]):
            stopped = marks[at - 1] & IS_STOP and not marks[at] & IS_PUNCTUATION
            if stopped or at - starts[count - 1] == LONGEST_SENTENCE:
                starts[count] = at
                count += 1
    starts[count] = texts[-1]
    return starts[: count + 1]


@nb.njit(cache=True)
def forbid_others(scores, given):  # type: ignore[no-untyped-def]
    """Forbid, in place, all other labels where one is given."""
    for at in range(scores.shape[0]):
        if given[at] >= 0:
            for label in range(scores.shape[1]):
                if label != given[at]:
                    scores[at, label] = FORBIDDEN


@nb.njit(cache=True)
def sentence_scores(codes, starts, word_scores, marks, places):  # type: ignore[no-untyped-def]
    """Scores of each label for each word: its own, its neighbours', its place's.

    Returns:
        float64, shape (words, labels).
    """
    scores = np.empty((codes.size, word_scores.shape[2]))
    for one in range(starts.size - 1):
        begin, end = starts[one], starts[one + 1]
        capitals = 0
        for at in range(begin, end):
            capitals += (marks[codes[at]] & IS_CAPITAL) != 0
        shouting = end - begin > 2 and capitals > 0.6 * (end - begin)
        first = True
        for at in range(begin, end):
            total = word_scores[codes[at], 0].copy()
            total += word_scores[codes[at - 1], 1] if at > begin else places[3]
            total += word_scores[codes[at + 1], 2] if at + 1 < end else places[4]
            if first:
                total += places[0]
            elif marks[codes[at - 1]] & IS_STOP:
                total += places[1]
            if shouting:
                total += places[2]
            scores[at] = total
            first = first and (marks[codes[at]] & IS_PUNCTUATION) != 0
    return scores
