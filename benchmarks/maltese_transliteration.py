"""Speed and accuracy of the Arabic spellings of Maltese words.

    python -m benchmarks.maltese_transliteration --data ../shared/data/maltese [--nested]

Speed is that of the running words of the annotations, each batch new to the program (cold), beside
the arithmetic of the released code (Micallef et al. 2024): every word of the text anew, all its
possible spellings written out, each of them looked up in the word list and scored by a character
model in memory. The models themselves are not to be had; a Witten-Bell 5-gram of the word list
stands in for them. ``--nested`` measures the choice by word list on the paper's own choices:
counts and weights are chosen inside each training part of ten-fold cross-validation.
"""

from __future__ import annotations

import argparse
import collections
import csv
import itertools
import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from scipy.optimize import minimize

from curate.maltese import character_model
from curate.maltese.character_model import CONTEXT, END, OTHER, SCALE, START
from curate.maltese.rank import ByList, by_rule
from curate.maltese.spelling import normalise
from curate.maltese.transliterate import candidates, certain, read_closed_class, transliterate
from curate.maltese.views import VIEWS, Resources, Writer, rows_of
from curate.maltese.word_list import FLATTENED, PREFIXES, SUFFIXES, read_words

PUBLISHED_RANKED_US = 562.0
"""µs a token of the released featuriser with ranked spellings, run by us on another text."""


class Speed(NamedTuple):
    """CPU time of spelling words, best of some runs.

    Attributes:
        tokens: Running words.
        certain: Tokens a second, cold, as a column of the step.
        ranked: The same with the choice by word list.
        published: Tokens a second of the released code's arithmetic, ranked.
        load_s: Seconds to learn from the word list, once in a process.
    """

    tokens: int
    certain: float
    ranked: float
    published: float
    load_s: float

    @property
    def ratio(self) -> float:
        """Ranked choice beside the released code's arithmetic."""
        return self.ranked / self.published


def rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def sentences(folder: Path) -> list[list[str]]:
    """Words of the annotated sentences."""
    groups = itertools.groupby(rows(folder / "annotations.tsv"), key=lambda row: row["id"])
    return [[row["token"] for row in group] for _, group in groups]


def speed(folder: Path, runs: int = 5) -> Speed:
    """Measure all of it on the annotated sentences."""
    words = sentences(folder)
    closed = read_closed_class(folder / "maps/token_mappings")
    start = time.process_time()
    choose = ByList.read(folder / "arabic_words_tn.tsv")
    choose("karozza")  # loads the compiled code
    load = time.process_time() - start
    tokens = pa.array(words, pa.list_(pa.string()))
    count = sum(map(len, words))

    def column(by: Callable[[str], str]) -> Callable[[], object]:
        return lambda: Writer(rows_of(tokens), Resources(closed, by)).write(VIEWS["X_ara"])

    seconds = [best(column(certain), runs), best(column(choose), runs)]
    arithmetic = Published(folder, closed)
    flat = list(itertools.chain.from_iterable(words))
    slow = best(lambda: [arithmetic(word) for word in flat], max(runs // 3, 1))
    return Speed(count, count / seconds[0], count / seconds[1], count / slow, load)


def best(work: Callable[[], object], runs: int) -> float:
    found = []
    for _ in range(runs):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return min(found)


class Published:
    """The released code's way: all spellings, most likely word, then letters, then alphabet."""

    def __init__(self, folder: Path, closed: dict[str, str], order: int = 5) -> None:
        self.closed, self.order = closed, order
        self.positions = read_words(folder / "arabic_words_tn.tsv")
        self.counts: dict[str, collections.Counter[str]] = collections.defaultdict(
            collections.Counter
        )
        for word in self.positions:
            for at, letter in enumerate(f"{word}$"):
                for size in range(min(at, order - 1) + 1):
                    self.counts[word[at - size : at]][letter] += 1
        self.totals = {history: sum(count.values()) for history, count in self.counts.items()}
        self.known: dict[tuple[str, str], float] = {}

    def __call__(self, word: str) -> str:
        """The choice for one word."""
        normalised = normalise(word)
        if (found := self.closed.get(normalised)) is not None:
            return found
        texts = sorted({text.rstrip("+") or text for text in candidates(normalised)})
        if not texts:
            return normalised
        places = [self.positions.get(text, math.inf) for text in texts]
        texts = [text for text, place in zip(texts, places, strict=True) if place == min(places)]
        return max(texts, key=self.score) if len(texts) > 1 else texts[0]

    def score(self, word: str) -> float:
        """Log probability of the letters and the end."""
        return sum(
            math.log(self.chance(word[max(at - self.order + 1, 0) : at], letter))
            for at, letter in enumerate(f"{word}$")
        )

    def chance(self, history: str, letter: str) -> float:
        """Witten and Bell 1991, interpolated."""
        found = self.known.get((history, letter))
        if found is None:
            lower = self.chance(history[1:], letter) if history else 1 / (len(self.counts[""]) + 1)
            followers = self.counts.get(history)
            found = lower
            if followers:
                kinds = len(followers)
                found = (followers[letter] + kinds * lower) / (self.totals[history] + kinds)
            self.known[history, letter] = found
        return found


class Choice(NamedTuple):
    """One word, its possible spellings, and the paper's choice."""

    token: str
    texts: list[str]
    right: int


def choices(folder: Path) -> list[Choice]:
    found = []
    for row in rows(folder / "translit_ranked_recovered.tsv"):
        texts = sorted({text.rstrip("+") for text in candidates(normalise(row["token"]))})
        found.append(Choice(row["token"], texts, texts.index(row["arabic_ranked_paper"])))
    return found


class Nested(NamedTuple):
    """Right choices of each seed."""

    rows: int
    right: list[int]


def nested(folder: Path, seeds: int = 3) -> Nested:
    """Ten-fold cross-validation in which all that is chosen is chosen on the training folds."""
    every, positions = choices(folder), read_words(folder / "arabic_words_tn.tsv")
    total = [0] * seeds
    for is_listed, features in ((True, _listed_features), (False, _letter_features)):
        part = [one for one in every if any(map(positions.__contains__, one.texts)) == is_listed]
        kinds = list(features(part, positions))
        for seed in range(seeds):
            order = np.random.default_rng(seed).permutation(len(part))
            for fold in np.array_split(order, 10):
                training = np.setdiff1d(order, fold)
                likely = [_likelihood(items, training, seed) for items in kinds]
                items = kinds[int(np.argmax(likely))]
                weights = _fit([items[one] for one in training])
                total[seed] += sum(_is_right(items[one], weights) for one in fold)
    return Nested(len(every), total)


Item = tuple[np.ndarray, int]


def _listed_features(part: list[Choice], positions: dict[str, int]) -> Iterator[list[Item]]:
    """Place and forms of listed candidates, under each flattening of the place."""
    for flattened in (20, 1000, FLATTENED, 20_000):
        items = []
        for one in part:
            texts = [text for text in one.texts if text in positions]
            features = [
                [-math.log(positions[text] + flattened), math.log1p(_forms(text, positions))]
                for text in texts
            ]
            items.append((np.array(features) / 5, texts.index(one.texts[one.right])))
        yield items


def _letter_features(part: list[Choice], positions: dict[str, int]) -> Iterator[list[Item]]:
    """Letters of the candidates, under each way to say how often words occur."""
    words = list(positions)
    place = np.array(list(positions.values()), float)
    forms = np.array([_forms(word, positions) for word in words])
    edge = character_model.AT_EDGE
    for early, many, share in itertools.product((0, 0.2, 0.4), (0, 0.3, 0.6, 1), (0.07, 0.1, 0.13)):
        character_model.AT_EDGE = share
        counts = ((place.max() + 10) / (place + 10)) ** early * (1 + forms) ** many
        model = character_model.fit(words, counts)
        items = []
        for one in part:
            features = [[_log(model, text, START), _log(model, text, 0)] for text in one.texts]
            items.append((np.array(features) / 5, one.right))
        yield items
    character_model.AT_EDGE = edge


def _forms(word: str, positions: dict[str, int]) -> int:
    before = sum(prefix + word in positions for prefix in PREFIXES)
    return before + sum(word + suffix in positions for suffix in SUFFIXES)


def _log(model: character_model.CharacterModel, word: str, history: int) -> float:
    total = 0
    tables = model.keys, model.logs, model.backoffs, model.unseen
    for symbol in [*(model.codes.get(letter, OTHER) for letter in word), END]:
        total += character_model.step(history, symbol, *tables)[0]
        history = ((history << character_model.BITS) | symbol) & CONTEXT
    return total / SCALE


def _fit(items: list[Item]) -> np.ndarray:
    """Weights of a conditional logit, with a slight L2 penalty."""

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = 0.05 * weights @ weights, 0.1 * weights
        for features, right in items:
            scores = features @ weights
            chances = np.exp(scores - scores.max())
            chances /= chances.sum()
            value -= math.log(max(chances[right], 1e-300))
            slope = slope - features[right] + chances @ features
        return value, slope

    return minimize(loss, np.zeros(items[0][0].shape[1]), jac=True, method="L-BFGS-B").x


def _likelihood(items: list[Item], training: np.ndarray, seed: int) -> float:
    """Log likelihood of the training part, each fifth under weights of the others."""
    total = 0.0
    for fifth in np.array_split(np.random.default_rng(seed).permutation(training), 5):
        weights = _fit([items[one] for one in np.setdiff1d(training, fifth)])
        for features, right in (items[one] for one in fifth):
            scores = features @ weights
            top = scores.max()
            total += scores[right] - top - math.log(np.exp(scores - top).sum())
    return total


def _is_right(item: Item, weights: np.ndarray) -> bool:
    return int(np.argmax(item[0] @ weights)) == item[1]


def report(argv: list[str] | None = None) -> None:
    """Print what ``speed`` and ``nested`` measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--nested", action="store_true")
    options = parser.parse_args(argv)
    found = speed(options.data, options.runs)
    print(f"{found.tokens} tokens, learning from the word list {found.load_s:.1f} s")
    print(f"certain   {found.certain:10,.0f} tokens/s")
    print(f"ranked    {found.ranked:10,.0f} tokens/s  {1e6 / found.ranked:6.1f} µs a token")
    print(f"published {found.published:10,.0f} tokens/s  {found.ratio:6.1f} times slower")
    print(
        f"against its measured {PUBLISHED_RANKED_US:.0f} µs: "
        f"{PUBLISHED_RANKED_US * found.ranked / 1e6:.0f} times faster"
    )
    every = choices(options.data)
    choose = ByList.read(options.data / "arabic_words_tn.tsv")
    for name, by in (("by list", choose), ("by rule", by_rule), ("certain", certain)):
        right = sum(transliterate(one.token, {}, by).text == one.texts[one.right] for one in every)
        print(f"{name}: {right} of {len(every)} = {right / len(every):.1%} of the paper's choices")
    chance = sum(1 / len(one.texts) for one in every) / len(every)
    print(f"by chance: {chance:.1%}")
    if options.nested:
        result = nested(options.data)
        mean = sum(result.right) / len(result.right) / result.rows
        print(f"by list, nested cross-validation: {result.right} of {result.rows} = {mean:.1%}")


if __name__ == "__main__":
    report()
