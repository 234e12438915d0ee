"""Decoding against CRFsuite's own tagger, and against all paths counted one by one."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pycrfsuite
import pytest

from curate.maltese.crf import decode, first_and_second, marginals

WORDS = ["a", "b", "c", "d"]


def every_path(scores: np.ndarray, transitions: np.ndarray) -> tuple[tuple[int, ...], np.ndarray]:
    """(best path, marginals) by enumeration."""
    length, labels = scores.shape
    weights = {}
    for path in itertools.product(range(labels), repeat=length):
        total = sum(scores[at, label] for at, label in enumerate(path))
        total += sum(transitions[pair] for pair in itertools.pairwise(path))
        weights[path] = np.exp(total)
    probs = np.zeros((length, labels))
    for path, weight in weights.items():
        for at, label in enumerate(path):
            probs[at, label] += weight
    return max(weights, key=weights.__getitem__), probs / sum(weights.values())


def test_best_path_and_probabilities_are_those_of_counting_all_paths() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        scores, transitions = rng.normal(0, 3, (5, 3)), rng.normal(0, 3, (3, 3))
        best, probs = every_path(scores, transitions)
        starts = np.array([0, 5])
        assert tuple(decode(scores, starts, transitions)) == best
        assert np.allclose(marginals(scores, starts, transitions), probs)


def test_the_second_label_is_the_most_probable_of_the_others() -> None:
    rng = np.random.default_rng(3)
    probs = rng.dirichlet(np.ones(5), 200)
    best = rng.integers(0, 5, 200)
    prob, second, second_prob = first_and_second(probs, best)
    others = probs.copy()
    others[np.arange(200), best] = -1
    assert np.array_equal(second, others.argmax(axis=1))
    assert np.array_equal(second_prob, others.max(axis=1))
    assert np.array_equal(prob, probs[np.arange(200), best])


def test_a_sequence_does_not_see_the_one_before_it() -> None:
    rng = np.random.default_rng(1)
    scores, transitions = rng.normal(0, 1, (7, 3)), rng.normal(0, 3, (3, 3))
    both = marginals(scores, np.array([0, 4, 4, 7]), transitions)
    parts = [
        marginals(part, np.array([0, len(part)]), transitions) for part in (scores[:4], scores[4:])
    ]
    assert np.array_equal(both, np.concatenate(parts))


def test_no_words_have_no_labels() -> None:
    empty = np.zeros((0, 3))
    assert decode(empty, np.array([0, 0]), np.zeros((3, 3))).shape == (0,)
    assert marginals(empty, np.array([0]), np.zeros((3, 3))).shape == (0, 3)


def test_a_forbidden_label_has_no_probability() -> None:
    scores = np.array([[0.0, -1e9], [1.0, 2.0], [-1e9, 0.0]])
    probs = marginals(scores, np.array([0, 3]), np.zeros((2, 2)))
    assert (probs[0, 1], probs[2, 0]) == (0, 0)
    assert decode(scores, np.array([0, 3]), np.zeros((2, 2))).tolist() == [0, 1, 1]


@pytest.fixture(scope="module")
def tagger(tmp_path_factory: pytest.TempPathFactory) -> pycrfsuite.Tagger:
    rng = np.random.default_rng(2)
    trainer = pycrfsuite.Trainer(verbose=False)
    trainer.set_params({"c1": 0.0, "c2": 0.1, "max_iterations": 30})
    for _ in range(60):
        words = rng.choice(WORDS, 6)
        trainer.append([[word] for word in words], ["x" if word in "ab" else "y" for word in words])
        trainer.append([[word] for word in words], [str(one) for one in rng.choice(["x", "y"], 6)])
    path = str(Path(tmp_path_factory.mktemp("crf")) / "model")
    trainer.train(path)
    found = pycrfsuite.Tagger()
    found.open(path)
    return found


def test_labels_and_probabilities_are_those_of_crfsuite(tagger: pycrfsuite.Tagger) -> None:
    info, labels = tagger.info(), sorted(tagger.labels())
    states = info.state_features
    transitions = np.array([[info.transitions.get((a, b), 0.0) for b in labels] for a in labels])
    for words in itertools.product(WORDS, repeat=3):
        scores = np.array([[states.get((word, label), 0.0) for label in labels] for word in words])
        tagger.set([[word] for word in words])
        best = [labels[one] for one in decode(scores, np.array([0, 3]), transitions)]
        probs = marginals(scores, np.array([0, 3]), transitions)
        assert best == tagger.tag()
        for at, label in itertools.product(range(3), labels):
            assert probs[at, labels.index(label)] == pytest.approx(
                tagger.marginal(label, at), abs=1e-6
            )
