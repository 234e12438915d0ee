"""Which languages a word looks like, as features: is it more Maltese, Italian or English?

The bundled language model (``curate/langid/data/default.ftz``) is asked about the word, and about
its Romance respelling. It has read general Maltese, Italian and English text and stands in for the
translation tables where there are none. Its probabilities of single words are poor answers (75 % of
them right) and good features: without tables they save a fifth of the errors.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from curate.langid.catalog import DEFAULT_MODEL
from curate.langid.model import Model, read_model
from curate.langid.predict import predict_numbers
from curate.maltese.features import LONGEST_WORD, Features
from curate.maltese.romance import as_romance
from curate.models import load_once

LANGUAGES = {"maltese": "mlt_Latn", "italian": "ita_Latn", "english": "eng_Latn"}
MALTESE, ITALIAN = 0, 1
LEAST = 1e-5
"""Probabilities below it count as it."""
WIDEST = 6
"""Differences of logarithms are cut off here."""


def language_model() -> Model:
    """The bundled language model, read once in a process."""
    model: Model = load_once(
        ("maltese words", str(DEFAULT_MODEL)), lambda: read_model(DEFAULT_MODEL)
    )
    return model


def language_features(words: Sequence[str], *, near_only: bool = False) -> list[Features]:
    """Features of composed words; none for words without a letter.

    Args:
        words: Not empty.
        near_only: Leave out those for the words themselves.

    Example:
        >>> language_features(["2015"])
        [Features(own=[], near=[])]
        >>> "top=italian" in language_features(["questione"])[0].own
        True
    """
    found = [Features([], []) for _ in words]
    at = [place for place, word in enumerate(words) if any(one.isalpha() for one in word)]
    if not at:
        return found
    lows = [words[place].lower()[:LONGEST_WORD] for place in at]
    model = language_model()
    if near_only:  # the threshold spares sorting 97 labels, but may change the first of equal ones
        plain, _ = _logs(model, lows, LEAST)
        for (maltese, _, english), place in zip(plain, at, strict=True):
            found[place] = Features([], [_near(english, maltese)])
        return found
    plain, top = _logs(model, lows)
    respelled, _ = _logs(model, [as_romance(low) or low for low in lows], LEAST)
    for row, place in enumerate(at):
        found[place] = _names(plain[row], respelled[row], top[row])
    return found


def _logs(
    model: Model, texts: Sequence[str], threshold: float = 0.0
) -> tuple[list[list[float]], list[str]]:
    """For each text the logarithms of the three probabilities, and which label is the best."""
    numbers = predict_numbers(model, pa.array(texts, pa.large_string()), -1, threshold)
    names = [label.removeprefix("__label__") for label in model.labels]
    there = np.arange(numbers.labels.shape[1]) < numbers.counts[:, None]
    logs = np.full((len(texts), len(LANGUAGES)), np.log(LEAST))
    for column, label in enumerate(LANGUAGES.values()):
        hit = there & (numbers.labels == names.index(label))
        row, place = np.nonzero(hit)
        logs[row, column] = np.log(np.maximum(numbers.probs[row, place], LEAST))
    told = {names.index(label): language for language, label in LANGUAGES.items()}
    best = [
        told.get(int(label), "other") if count else "none"
        for label, count in zip(numbers.labels[:, 0], numbers.counts, strict=True)
    ]
    return logs.tolist(), best


def _names(plain: list[float], respelled: list[float], top: str) -> Features:
    maltese, italian, english = plain
    names = [f"{name}={round(log)}" for name, log in zip(LANGUAGES, plain, strict=True)]
    return Features(
        [
            *names,
            f"italian over maltese={_cut(italian - maltese)}",
            f"english over maltese={_cut(english - maltese)}",
            f"respelled italian={round(respelled[ITALIAN])}",
            f"respelled over maltese={_cut(respelled[ITALIAN] - respelled[MALTESE])}",
            f"top={top}",
        ],
        [_near(english, maltese)],
    )


def _near(english: float, maltese: float) -> str:
    return f"english over maltese={_cut((english - maltese) / 2)}"


def _cut(value: float) -> int:
    return max(-WIDEST, min(WIDEST, round(value)))
