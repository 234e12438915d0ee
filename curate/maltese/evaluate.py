"""How good a classifier of etymology is: cross-validation, by label, on words seen and not seen.

Folds are whole sentences, since words of one sentence help each other. *Fold-averaged* figures are
means over folds, as Micallef et al. 2024 report; *pooled* ones count all words at once and vary
less. What is chosen by looking at results (the prices of weights) is chosen inside the training
part of each fold, on a fifth of its sentences: no fold is judged by a choice it took part in.
"""

from __future__ import annotations

import dataclasses as dc
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from curate.maltese.annotations import Sentence
from curate.maltese.classify import Classifier, Context, Labelled
from curate.maltese.extract import SentenceFeatures
from curate.maltese.fit import Plan, fit
from curate.maltese.tables import Tables

PLANS = (Plan(), Plan(c2=1.0), Plan(c1=0.05, c2=1.0))
"""What is chosen from."""
INNER = 5
"""One part in so many of the training sentences decides."""
Folds = Sequence[Sequence[int]]


class Judged(NamedTuple):
    """A word of a test sentence.

    Attributes:
        word: The word.
        truth: Its label.
        given: The label it got.
        prob: How probable that was said to be.
        seen: Whether the word occurs in the training sentences, in capitals or not.
        sentence: Name of its sentence.
        at: Its place there.
        truth_prob: How probable its own label was said to be; of a third-best label and of one
            that the memory has otherwise, what the others leave.
    """

    word: str
    truth: str
    given: str
    prob: float
    seen: bool
    sentence: str
    at: int
    truth_prob: float = 0.0


@dc.dataclass(frozen=True)
class Setting:
    """What is cross-validated.

    Args:
        plans: One, or several of which each fold chooses for itself.
        tables: Translations, if any.
        context: Whether words are judged in their sentence.
    """

    plans: Sequence[Plan] = (Plan(),)
    tables: Tables | None = None
    context: Context = "sentence"


def shuffled_folds(count: int, parts: int, seed: int) -> Folds:
    """Places of sentences, in parts of nearly equal size.

    Example:
        >>> sorted(len(part) for part in shuffled_folds(7, 3, seed=0))
        [2, 2, 3]
    """
    order = list(range(count))
    random.Random(seed).shuffle(order)
    return [order[part::parts] for part in range(parts)]


def folds_of_groups(groups: Sequence[object], parts: int, seed: int) -> Folds:
    """The same with all sentences of a group in one part: repeats stay together."""
    places: dict[object, list[int]] = {}
    for place, group in enumerate(groups):
        places.setdefault(group, []).append(place)
    members = list(places.values())
    return [
        [place for group in part for place in members[group]]
        for part in shuffled_folds(len(members), parts, seed)
    ]


def block_folds(sentences: Sequence[Sentence], most: float = 0.5) -> Folds:
    """A fold for each block; one with more than ``most`` of all sentences is two, cut in order."""
    blocks: dict[str, list[int]] = {}
    for place, one in enumerate(sentences):
        blocks.setdefault(one.block, []).append(place)
    found: list[Sequence[int]] = []
    for places in blocks.values():
        half = len(places) // 2 if len(places) > most * len(sentences) else 0
        found += [places[:half], places[half:]] if half else [places]
    return found


def cross_validate(
    sentences: Sequence[Sentence], folds: Folds, setting: Setting
) -> list[list[Judged]]:
    """Judge each fold by what was learnt from the others."""
    words = [word for one in sentences for word in one.words]
    features = SentenceFeatures(words, setting.tables)
    found = []
    for fold in folds:
        out = set(fold)
        train = [one for place, one in enumerate(sentences) if place not in out]
        plan = choose(train, setting, features)
        found.append(judge(train, [sentences[place] for place in fold], plan, setting, features))
    return found


def choose(train: Sequence[Sentence], setting: Setting, features: SentenceFeatures) -> Plan:
    """The plan with the highest macro-F1 on a fifth of the training sentences; first of equals."""
    if len(setting.plans) == 1:
        return setting.plans[0]
    inner = set(shuffled_folds(len(train), INNER, seed=0)[0])
    rest = [one for place, one in enumerate(train) if place not in inner]
    test = [train[place] for place in sorted(inner)]
    scores = [macro_f1(judge(rest, test, plan, setting, features)) for plan in setting.plans]
    return setting.plans[int(np.argmax(scores))]


def judge(
    train: Sequence[Sentence],
    test: Sequence[Sentence],
    plan: Plan,
    setting: Setting,
    features: SentenceFeatures,
) -> list[Judged]:
    """Learn from some sentences and judge others."""
    learnt = fit(train, plan, features, alone=setting.context == "none")
    classifier = Classifier(learnt, setting.tables, setting.context)
    found = label_sentences(classifier, test)
    seen = {word.lower() for one in train for word in one.words}
    named = [
        (word, label, one.name, at)
        for one in test
        for at, (word, label) in enumerate(zip(one.words, one.labels, strict=True))
    ]
    judged = []
    for (word, label, name, at), best, prob, second, second_prob in zip(
        named, *(values.tolist() for values in found[:4]), strict=True
    ):
        given = classifier.labels[best]
        other = classifier.labels[second] if second >= 0 else None
        rest = max(1 - prob - second_prob, 0.0)
        own = prob if label == given else second_prob if label == other else rest
        judged.append(Judged(word, label, given, prob, word.lower() in seen, name, at, own))
    return judged


def label_sentences(classifier: Classifier, sentences: Sequence[Sentence]) -> Labelled:
    """Labels of the words of all sentences, one after the other."""
    places: dict[str, int] = {}
    codes = [places.setdefault(word, len(places)) for one in sentences for word in one.words]
    texts = np.cumsum([0, *(len(one.words) for one in sentences)])
    return classifier.label(list(places), np.array(codes, np.int64), texts)


def accuracy(judged: Iterable[Judged]) -> float:
    """Share of words that got their label; 0 of none."""
    right = [one.truth == one.given for one in judged]
    return sum(right) / len(right) if right else 0.0


def by_label(judged: Sequence[Judged]) -> dict[str, dict[str, float]]:
    """For each label that occurs: how many words have it, precision, recall and F1."""
    truth = Counter(one.truth for one in judged)
    given = Counter(one.given for one in judged)
    right = Counter(one.truth for one in judged if one.truth == one.given)
    return {
        label: {
            "words": truth[label],
            "precision": right[label] / given[label] if given[label] else 0.0,
            "recall": right[label] / truth[label] if truth[label] else 0.0,
            "f1": 2 * right[label] / (truth[label] + given[label]),
        }
        for label in sorted({*truth, *given})
    }


def macro_f1(judged: Sequence[Judged]) -> float:
    """Mean F1 of the labels that occur, as truth or as answer."""
    found = [one["f1"] for one in by_label(judged).values()]
    return sum(found) / len(found) if found else 0.0


def figures(folds: Sequence[Sequence[Judged]]) -> dict[str, Any]:
    """Everything that is told of one cross-validation."""
    pooled = [one for fold in folds for one in fold]
    unseen = [one for one in pooled if not one.seen]
    return {
        "accuracy": float(np.mean([accuracy(fold) for fold in folds])),
        "macro_f1": float(np.mean([macro_f1(fold) for fold in folds])),
        "pooled": {"accuracy": accuracy(pooled), "macro_f1": macro_f1(pooled)},
        "seen": {"words": len(pooled) - len(unseen), "accuracy": accuracy(_seen(pooled))},
        "unseen": {
            "words": len(unseen),
            "accuracy": accuracy(unseen),
            "macro_f1": macro_f1(unseen),
        },
        "labels": by_label(pooled),
        "unseen_labels": by_label(unseen),
        "calibration": calibration(pooled),
    }


def _seen(judged: Iterable[Judged]) -> Iterable[Judged]:
    return (one for one in judged if one.seen)


def calibration(judged: Sequence[Judged]) -> list[dict[str, float]]:
    """Of words in each range of probability: how many, the mean probability, the share right."""
    found = []
    for low, high in ((0, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 0.99), (0.99, 1.01)):
        part = [one for one in judged if low <= one.prob < high]
        mean = sum(one.prob for one in part) / len(part) if part else 0.0
        found.append({"from": low, "words": len(part), "prob": mean, "right": accuracy(part)})
    return found


def mean_figures(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Means over seeds of everything that is a number, by name."""
    first = runs[0]
    return {name: _mean([run.get(name) for run in runs], first[name]) for name in first}


def _mean(values: Sequence[Any], like: Any) -> Any:
    if isinstance(like, Mapping):
        return mean_figures([value for value in values if value])
    if isinstance(like, list):
        return [mean_figures(row) for row in zip(*values, strict=True)]
    return float(np.mean(values))


def errors(runs: Iterable[Sequence[Sequence[Judged]]]) -> list[dict[str, Any]]:
    """Words that got another label, the most frequent first, with one place where it happened."""
    counts: Counter[tuple[str, str, str, bool]] = Counter()
    places: dict[tuple[str, str, str, bool], str] = {}
    for folds in runs:
        for one in (one for fold in folds for one in fold if one.truth != one.given):
            key = (one.word, one.truth, one.given, one.seen)
            counts[key] += 1
            places.setdefault(key, f"{one.sentence}:{one.at + 1}")
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [
        {"word": word, "truth": truth, "given": given, "seen": seen, "times": times}
        | {"where": places[word, truth, given, seen]}
        for (word, truth, given, seen), times in ranked
    ]
