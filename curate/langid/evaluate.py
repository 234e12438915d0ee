"""How good a language model is: recall and precision by label, means over labels, by length.

Labels are compared after merging, so that a model may know one label where the test lines have
two (``prs_Arab`` under ``pes_Arab``). *Macro recall* is the mean of the labels' recalls: a language
with ten lines counts as much as one with a thousand. Single words are ambiguous by nature ("no" is
a word of ten languages), so their sources are named and scored apart from the sentences.
"""

from __future__ import annotations

import dataclasses as dc
import importlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from curate.langid.training_lines import Line
from curate.models import need

EDGES = (20, 40, 80, 160)
"""Where the table by length is cut, in characters."""

AT_ONCE = 4096


class Score(NamedTuple):
    """What one label got.

    Attributes:
        lines: Lines that have the label.
        recall: Share of them that were given it; 0 if there are none.
        precision: Share of the lines given it that have it; 0 if it was given to none.
    """

    lines: int
    recall: float
    precision: float


@dc.dataclass(frozen=True)
class Evaluation:
    """What is measured on which lines.

    Args:
        macro: Labels whose recalls are averaged; empty takes all that occur.
        word_sources: Sources that hold single words and word pairs.
        merge: Label → the label it is scored as.
    """

    macro: Sequence[str] = ()
    word_sources: Sequence[str] = ()
    merge: Mapping[str, str] = dc.field(default_factory=dict)


def predict_labels(model: Path, texts: Sequence[str]) -> list[str]:
    """The best label for each text, by the fastText library; "" where it gives none.

    Raises:
        EnvironmentError_: fastText is not installed.
    """
    need("fasttext", owner="judging a language model", install="pip install 'curate[train]'")
    fasttext: Any = importlib.import_module("fasttext")
    fasttext.FastText.eprint = lambda *_: None
    loaded = fasttext.load_model(str(model))
    # The library refuses newlines, and loses the whole list over half a surrogate pair.
    clean = [text.replace("\n", " ").encode("utf-8", "replace").decode("utf-8") for text in texts]
    found: list[str] = []
    for start in range(0, len(clean), AT_ONCE):
        # The list form: that for one text raises with NumPy 2.
        best, _ = loaded.predict(clean[start : start + AT_ONCE])
        found += [labels[0].removeprefix("__label__") if labels else "" for labels in best]
    return found


def scores(truth: Sequence[str], predicted: Sequence[str]) -> dict[str, Score]:
    """Recall and precision of every label that occurs in the truth.

    Example:
        >>> scores(["mt", "mt", "it"], ["mt", "it", "it"])["it"]
        Score(lines=1, recall=1.0, precision=0.5)
    """
    there, given = Counter(truth), Counter(predicted)
    right = Counter(one for one, other in zip(truth, predicted, strict=True) if one == other)
    return {
        label: Score(
            there[label],
            right[label] / there[label],
            right[label] / given[label] if given[label] else 0.0,
        )
        for label in sorted(there)
    }


def accuracy(truth: Sequence[str], predicted: Sequence[str]) -> float:
    """Share of lines that got their label; 0 of no lines."""
    right = sum(one == other for one, other in zip(truth, predicted, strict=True))
    return right / len(truth) if truth else 0.0


def macro_recall(found: Mapping[str, Score], labels: Collection[str] = ()) -> float:
    """Mean recall of these labels, or of all; one without lines counts as 0."""
    names = labels or found
    recalls = [found[label].recall if label in found else 0.0 for label in names]
    return sum(recalls) / len(recalls) if recalls else 0.0


def by_length(
    texts: Sequence[str],
    truth: Sequence[str],
    predicted: Sequence[str],
    edges: Sequence[int] = EDGES,
) -> dict[str, tuple[int, float]]:
    """Characters of the text → (lines, accuracy): ``"20-39"``, …, the last without an end."""
    starts = (0, *edges)
    table = {}
    for start, stop in zip(starts, (*edges, None), strict=True):
        at = [
            i
            for i, text in enumerate(texts)
            if start <= len(text) and (not stop or len(text) < stop)
        ]
        name = f"{start}-{stop - 1}" if stop else f"{start}-"
        table[name] = (len(at), accuracy([truth[i] for i in at], [predicted[i] for i in at]))
    return table


def most_confused(
    truth: Sequence[str], predicted: Sequence[str], most: int = 20
) -> list[tuple[str, str, int]]:
    """(label, what was given instead, lines), the most frequent first."""
    pairs = Counter(
        (one, other) for one, other in zip(truth, predicted, strict=True) if one != other
    )
    ordered = sorted(pairs.items(), key=lambda item: (-item[1], item[0]))
    return [(one, other, count) for (one, other), count in ordered[:most]]


def known_lines(lines: Iterable[Line], labels: Collection[str], plan: Evaluation) -> list[Line]:
    """Lines whose merged label the model has, under that label."""
    merged = (line._replace(label=plan.merge.get(line.label, line.label)) for line in lines)
    return [line for line in merged if line.label in labels]


def figures(lines: Sequence[Line], predicted: Sequence[str], plan: Evaluation) -> dict[str, Any]:
    """All tables as plain values, rounded to four digits.

    Args:
        lines: From ``known_lines``.
        predicted: The label given to each.
        plan: What to measure.
    """
    merged = [plan.merge.get(label, label) for label in predicted]
    pairs = list(zip(lines, merged, strict=True))
    words = [(line, label) for line, label in pairs if line.source in plan.word_sources]
    sentences = [(line, label) for line, label in pairs if line.source not in plan.word_sources]
    texts = [line.text for line, _ in sentences]
    truth, given = [line.label for line, _ in sentences], [label for _, label in sentences]
    table = scores(truth, given)
    found = {
        "sentences": len(sentences),
        "accuracy": accuracy(truth, given),
        "macro_recall": macro_recall(table, plan.macro),
        "macro_recall_all": macro_recall(table),
        "words": len(words),
        "word_accuracy": accuracy([line.label for line, _ in words], [label for _, label in words]),
        "by_length": by_length(texts, truth, given),
        "labels": {label: score._asdict() for label, score in table.items()},
        "most_confused": most_confused(truth, given),
    }
    rounded: dict[str, Any] = _rounded(found)
    return rounded


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, Mapping):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(one) for one in value]
    return value


def report(found: Mapping[str, Any]) -> str:
    """Figures as text for a terminal: the means, lengths, weakest labels, confusions."""
    lines = [
        f"{found['sentences']} sentences: accuracy {found['accuracy']:.4f}, "
        f"macro recall {found['macro_recall']:.4f}, of all labels {found['macro_recall_all']:.4f}"
    ]
    if found["words"]:
        lines.append(
            f"{found['words']} words and word pairs: accuracy {found['word_accuracy']:.4f}"
        )
    lines += ["", "characters     lines  accuracy"]
    lines += [f"{name:<12}{n:>8}  {share:>8.4f}" for name, (n, share) in found["by_length"].items()]
    lines += ["", "weakest labels lines    recall  precision"]
    weakest = sorted(found["labels"].items(), key=lambda item: (item[1]["recall"], item[0]))
    lines += [
        f"{label:<12}{one['lines']:>8}  {one['recall']:>8.4f}   {one['precision']:>8.4f}"
        for label, one in weakest[:15]
    ]
    lines += ["", "most often confused"]
    lines += [f"{one} taken for {other}: {n}" for one, other, n in found["most_confused"][:10]]
    return "\n".join(lines) + "\n"
