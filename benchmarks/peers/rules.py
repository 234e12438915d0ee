"""Which documents are kept: what each peer of ``benchmarks.text_peers`` is given, in plain Python.

It imports fastText alone, since every peer has an environment of its own. The rules are those of
``filters.language`` for English at 0.5 and of ``filters.quality_rules`` with its preset ``gopher``
(Rae et al. 2021, A.1.1), judged in the order in which most documents are told soonest.
"""

from __future__ import annotations

from typing import Any

BULLETS = tuple("-*•‣⁃◦▪●■–")
STOP_WORDS = {"the", "be", "to", "of", "and", "that", "have", "with"}


def load(path: str) -> Any:
    """The fastText model."""
    import fasttext

    fasttext.FastText.eprint = lambda _: None
    return fasttext.load_model(path)


def is_english(model: Any, text: str) -> bool:
    """Whether fastText's first label is English with 0.5.

    By the binding itself: ``model.predict`` fails beside NumPy 2 in some builds.
    """
    ((prob, label),) = model.f.predict(text.replace("\n", " ") + "\n", 1, 0.0, "strict")
    return bool(label == "__label__en" and prob >= 0.5)


def is_prose(text: str) -> bool:
    """Whether Gopher's rules keep it."""
    words = text.split()
    count = len(words)
    if not 50 <= count <= 100_000 or not 3 <= sum(map(len, words)) / count <= 10:
        return False
    if text.count("#") > 0.1 * count or text.count("...") + text.count("…") > 0.1 * count:
        return False
    lines = [line for line in map(str.strip, text.split("\n")) if line]
    if sum(line.startswith(BULLETS) for line in lines) > 0.9 * len(lines):
        return False
    if sum(line.endswith(("...", "…")) for line in lines) > 0.3 * len(lines):
        return False
    if sum(word.isalpha() or any(map(str.isalpha, word)) for word in words) < 0.8 * count:
        return False
    return len(STOP_WORDS.intersection(words)) >= 2
