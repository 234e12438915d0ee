"""Etymology of Maltese words: cross-validation, and words a second beside the published arithmetic.

    python -m benchmarks maltese --data ../shared/data/maltese [--seeds 3] [--workers 4]

DIR holds ``annotations.tsv``, ``common_ngrams.txt``, ``translations/`` and ``maps/``. The published
classifier (Micallef et al. 2024, released code) is written anew here, what it computes and no more:
for each running word 198 n-grams looked for in a list, three edit distances, a spelling in Arabic
letters, a CRFsuite tagger over dictionaries. Its spelling is ours, which is faster than its own, so
that the ratio is a low one. *New text* is the annotated sentences with three words in ten replaced
by words that the annotations do not have, drawn from the translation tables by Zipf's law, since 27
of 100 words of other documents of the treebank are not in the memory; every batch is new to the
program (cold). Times are of this process's CPU, best of three.

Cross-validation: the published classifier with its released settings; ours with the prices of
weights chosen inside each training part (``evaluate.choose``), with and without tables. All three
on the same folds, means of ``--seeds`` shuffles (0: none), and each with one kind of text left out.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import random
import string
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pycrfsuite

from curate.maltese import evaluate
from curate.maltese.annotations import Sentence, merged, read_annotations
from curate.maltese.classify import Classifier
from curate.maltese.etymology import etymology_columns
from curate.maltese.evaluate import Judged, Setting
from curate.maltese.likeness import distance
from curate.maltese.spelling import normalise
from curate.maltese.store import BUNDLED, describe, load
from curate.maltese.tables import Tables
from curate.maltese.token_columns import token_columns
from curate.maltese.transliterate import certain, read_closed_class, transliterate

NEW_SHARE = 0.3


class Published:
    """Features and labels of the published classifier, word by word and without a cache."""

    def __init__(self, data: Path, tables: Tables) -> None:
        self.grams = (data / "common_ngrams.txt").read_text(encoding="utf-8").split()
        self.lengths = {len(gram) for gram in self.grams}
        self.closed = read_closed_class(data / "maps/token_mappings")
        self.closed_list = list(self.closed)
        self.tables = tables.words

    def features(self, words: Sequence[str]) -> list[dict[str, Any]]:
        """Features of the words of a sentence."""
        found = [self._of(word) for word in words]
        found[0]["BOS"] = found[-1]["EOS"] = True
        return found

    def _of(self, word: str) -> dict[str, Any]:
        low = word.lower()
        grams = [low[i : i + n] for n in self.lengths for i in range(len(low) - n + 1)]
        meant = {name: self.tables[name].get(word, low) for name in ("mt-ar", "mt-it", "mt-en")}
        spelled = transliterate(word, self.closed).text
        found: dict[str, Any] = {
            "token": word,
            "token_lower": low,
            "all_upper": word.isupper(),
            "contains_upper": word.istitle(),
            "contains_digit": any(one.isdigit() for one in word) and not word.isnumeric(),
            "all_digit": word.isnumeric(),
            "maltese": any(one in "ċġħż" for one in low),
            "punctuation": any(one in string.punctuation for one in word),
            "all_punctuation": all(one in string.punctuation for one in word),
            "closed": low in self.closed_list,
            "common": any(gram in self.grams for gram in grams),
            **meant,
            "spelled": spelled,
            "arabic distance": distance(spelled, meant["mt-ar"]),
            "italian distance": distance(low, meant["mt-it"].lower()),
            "english distance": distance(low, meant["mt-en"].lower()),
        }
        for gram in self.grams:
            found[gram] = gram in grams
        return found

    def learn(self, sentences: Sequence[Sentence], features: Any) -> PublishedTagger:
        """Memory and CRF, with the released settings."""
        trainer = pycrfsuite.Trainer(verbose=False)
        trainer.set_params(
            {"c1": 0.1, "c2": 0.1, "max_iterations": 100, "feature.possible_transitions": True}
        )
        memory: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for one in sentences:
            trainer.append(features(one.words), list(one.labels))
            for word, label in zip(one.words, one.labels, strict=True):
                memory[word.lower()][label] += 1
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "crf")
            trainer.train(path)
            tagger = pycrfsuite.Tagger()
            tagger.open(path)  # open_inmemory does not keep the bytes that it goes on reading
        sure = {word: next(iter(one)) for word, one in memory.items() if len(one) == 1}
        return PublishedTagger(tagger, sure)


class PublishedTagger(NamedTuple):
    """What the published classifier learnt.

    Attributes:
        tagger: CRFsuite's.
        sure: Word in lower case → its only label.
    """

    tagger: Any
    sure: dict[str, str]

    def __call__(self, words: Sequence[str], features: list[dict[str, Any]]) -> list[str]:
        """Labels: the memory's, else the tagger's."""
        found = self.tagger.tag(features)
        return [
            self.sure.get(word.lower(), label) for word, label in zip(words, found, strict=True)
        ]


def published_folds(
    published: Published, sentences: Sequence[Sentence], folds: evaluate.Folds
) -> list[list[Judged]]:
    """The published classifier on the same folds."""
    known = {one.name: published.features(one.words) for one in sentences}
    by_words = {one.words: known[one.name] for one in sentences}
    found = []
    for fold in folds:
        out = set(fold)
        train = [one for place, one in enumerate(sentences) if place not in out]
        learnt = published.learn(train, lambda words: by_words[tuple(words)])
        seen = {word.lower() for one in train for word in one.words}
        found.append(
            [
                Judged(word, label, given, 1.0, word.lower() in seen, one.name, at)
                for one in (sentences[place] for place in fold)
                for at, (word, label, given) in enumerate(
                    zip(one.words, one.labels, learnt(one.words, by_words[one.words]), strict=True)
                )
            ]
        )
    return found


def new_text(sentences: Sequence[Sentence], vocabulary: Sequence[str], seed: int) -> list[str]:
    """The sentences, with ``NEW_SHARE`` of their words replaced by words of a vocabulary."""
    rng = random.Random(seed)
    weights = list(itertools.accumulate(1 / rank for rank in range(1, len(vocabulary) + 1)))
    return [
        " ".join(
            rng.choices(vocabulary, cum_weights=weights)[0] if rng.random() < NEW_SHARE else word
            for word in one.words
        )
        for one in sentences
    ]


def best_of(runs: int, make: Callable[[int], Callable[[], object]]) -> float:
    """Least CPU seconds of some runs; what ``make`` does first is not counted."""
    found = []
    for run in range(runs):
        work = make(run)
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return min(found)


def speed(data: Path, sentences: Sequence[Sentence], tables: Tables) -> None:
    """Print words a second of each way to label new text."""
    vocabulary = [word for word in tables.words["mt-en"] if word.isalpha()]
    cuts = [
        token_columns(pa.chunked_array([new_text(sentences, vocabulary, seed)]))
        for seed in range(3)
    ]
    tokens = [cut.columns["tokens"] for cut in cuts]
    count = len(tokens[0].values)
    distinct = len(tokens[0].values.unique())
    published = Published(data, tables)
    learnt = published.learn(sentences, published.features)

    def theirs(run: int) -> Callable[[], object]:
        rows = tokens[run].to_pylist()
        return lambda: [learnt(words, published.features(words)) for words in rows if words]

    def ours(name: str, context: Any, some: Tables | None) -> Callable[[int], Callable[[], object]]:
        def make(run: int) -> Callable[[], object]:
            classifier = Classifier(load(describe(BUNDLED / name), "merged"), some, context)
            etymology_columns(classifier, pa.array([["Malta", "."]]))
            return lambda: etymology_columns(classifier, tokens[run])

        return make

    base = best_of(3, theirs) / count
    print(f"{count} words, {distinct} of them distinct")
    print(f"published arithmetic               {1 / base:12,.0f} words/s")
    for title, name, context, some in (
        ("CRF, cold", "letters", "sentence", None),
        ("CRF with tables, cold", "tables", "sentence", tables),
        ("types, cold", "letters", "none", None),
    ):
        each = best_of(3, ours(name, context, some)) / count
        print(f"{title:34} {1 / each:12,.0f} words/s  {base / each:6.1f} x")
    _warm(sentences, base)
    words = sorted({normalise(word) for word in vocabulary})
    each = best_of(3, lambda _: lambda: [certain(word) for word in words]) / len(words)
    print(f"{'certain Arabic spelling, cold':34} {1 / each:12,.0f} words/s")


def _warm(sentences: Sequence[Sentence], base: float) -> None:
    """A corpus whose distinct words are few beside its words, cutting into words included."""
    texts = pa.chunked_array([[" ".join(one.words) for one in sentences] * 40])
    for title, context in (("CRF", "sentence"), ("types", "none")):
        classifier = Classifier(load(describe(BUNDLED / "letters"), "merged"), None, context)

        def whole(classifier: Classifier = classifier) -> None:
            etymology_columns(classifier, token_columns(texts).columns["tokens"])

        count = len(token_columns(texts).columns["tokens"].values)
        whole()
        each = best_of(3, lambda _, whole=whole: whole) / count
        name = f"{title}, warm, with cutting into words"
        print(f"{name:34} {1 / each:12,.0f} words/s  {base / each:6.1f} x")


WAYS = ("published, MLE+CRF", "without tables", "with tables")


def judged(data: Path, way: str, seed: int | None) -> dict[str, Any]:
    """Figures of one way: ten folds of one shuffle or, without a seed, a kind of text left out."""
    sentences = merged(read_annotations(data))
    tables = Tables(data / "translations")
    if seed is None:
        folds = evaluate.block_folds(sentences)
    else:
        folds = evaluate.shuffled_folds(len(sentences), 10, seed)
    if way == WAYS[0]:
        return evaluate.figures(published_folds(Published(data, tables), sentences, folds))
    setting = Setting(evaluate.PLANS, tables if way == "with tables" else None)
    return evaluate.figures(evaluate.cross_validate(sentences, folds, setting))


def accuracy(data: Path, seeds: int, workers: int) -> None:
    """Print cross-validation figures, ours and the published classifier's, on the same folds."""
    shuffles = [*range(seeds), None]
    jobs = [(data, way, seed) for way in WAYS for seed in shuffles]
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        found = iter(list(pool.map(judged, *zip(*jobs, strict=True))))
    print(f"\n{'':20} {'ten folds':^38} | {'a kind of text left out':^38}")
    heads = "accuracy  macro-F1  unseen  macro-F1"
    print(f"{'':20} {heads:^38} | {heads:^38}")
    for way in WAYS:
        *runs, left = itertools.islice(found, len(shuffles))
        cells = [_cells(one) for one in (evaluate.mean_figures(runs), left)]
        print(f"{way:20} {cells[0]:^38} | {cells[1]:^38}")


def _cells(found: dict[str, Any]) -> str:
    unseen = found["unseen"]
    shares = (found["accuracy"], found["macro_f1"], unseen["accuracy"], unseen["macro_f1"])
    return "  ".join(f"{100 * share:7.2f}" for share in shares)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks maltese")
    parser.add_argument("--data", type=Path, required=True, help="the folder data/maltese")
    parser.add_argument("--seeds", type=int, default=3, help="cross-validations; 0 for none [3]")
    parser.add_argument("--workers", type=int, default=1, help="processes that cross-validate [1]")
    options = parser.parse_args(arguments)
    sentences = merged(read_annotations(options.data))
    speed(options.data, sentences, Tables(options.data / "translations"))
    if options.seeds:
        accuracy(options.data, options.seeds, options.workers)


if __name__ == "__main__":
    main()
