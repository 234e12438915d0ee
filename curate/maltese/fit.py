"""Learn weights and memory from annotated sentences, by CRFsuite."""

from __future__ import annotations

import dataclasses as dc
import itertools
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from curate.maltese.annotations import Sentence
from curate.maltese.classify import Learnt, Weights, sentence_starts
from curate.maltese.extract import SentenceFeatures, marks
from curate.maltese.memory import remember
from curate.models import need


@dc.dataclass(frozen=True)
class Plan:
    """How weights are learnt, in CRFsuite's terms.

    Args:
        c1: Price of the size of a weight: more of it, fewer features.
        c2: Price of its square: more of it, smaller weights.
        iterations: Rounds of L-BFGS, at most.
    """

    c1: float = 0.02
    c2: float = 0.5
    iterations: int = 150


def fit(
    sentences: Sequence[Sentence], plan: Plan, features: SentenceFeatures, *, alone: bool = True
) -> Learnt:
    """Learn from sentences.

    Args:
        sentences: All with fine or all with merged labels.
        plan: How.
        features: Of all words that occur.
        alone: Learn also the weights of words by themselves.

    Raises:
        EnvironmentError_: CRFsuite is not installed.
    """
    need("pycrfsuite", owner="learning etymology", install="pip install 'curate[maltese]'")
    pieces = [piece for one in sentences for piece in _pieces(one)]
    weights = _train(((features(words), labels) for words, labels in pieces), plan)
    pairs = [pair for one in sentences for pair in zip(one.words, one.labels, strict=True)]
    singles = (([features.alone(word)], [label]) for word, label in pairs)
    return Learnt(weights, _train(singles, plan) if alone else weights, remember(pairs))


def _pieces(one: Sentence) -> Iterable[tuple[Sequence[str], Sequence[str]]]:
    """The sentence as it is cut for labelling: a text may be a document."""
    bits = np.array([marks(word) for word in one.words], np.uint8)
    starts = sentence_starts(bits, np.array([0, len(bits)]))
    for start, end in itertools.pairwise(starts):
        yield one.words[start:end], one.labels[start:end]


def _train(examples: Iterable[tuple[list[list[str]], Sequence[str]]], plan: Plan) -> Weights:
    import pycrfsuite  # type: ignore[import-untyped]

    trainer = pycrfsuite.Trainer(verbose=False)
    trainer.select("lbfgs", "crf1d")
    trainer.set_params({"c1": plan.c1, "c2": plan.c2, "max_iterations": plan.iterations})
    for names, labels in examples:
        trainer.append(names, list(labels))
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "crfsuite")
        trainer.train(path)
        tagger = pycrfsuite.Tagger()
        tagger.open(path)
        info = tagger.info()
        tagger.close()
    return _weights(info)


def _weights(info: Any) -> Weights:
    labels = tuple(sorted(info.labels))
    names = tuple(sorted({name for name, _ in info.state_features}))
    row = {name: place for place, name in enumerate(names)}
    column = {label: place for place, label in enumerate(labels)}
    states = np.zeros((len(names), len(labels)), np.float32)
    for (name, label), weight in info.state_features.items():
        states[row[name], column[label]] = weight
    transitions = np.zeros((len(labels), len(labels)), np.float32)
    for (origin, to), weight in info.transitions.items():
        transitions[column[origin], column[to]] = weight
    return Weights(labels, names, states, transitions)
