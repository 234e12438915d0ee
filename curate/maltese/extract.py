"""All features of words and of sentences, the same in learning and in labelling."""

from __future__ import annotations

from collections.abc import Sequence

from curate.maltese.features import PUNCTUATION, STOPS, Features, word_features
from curate.maltese.languages import language_features
from curate.maltese.tables import Tables

BEFORE, AFTER = "-1:", "+1:"
"""How the features begin that a word has from the one before it, and from the one after it."""
PLACES = ("first", "after stop", "capitals", f"{BEFORE}none", f"{AFTER}none")
"""Features of the place of a word, not of the word."""
IS_PUNCTUATION, IS_STOP, IS_CAPITAL = 1, 2, 4


def extract(
    words: Sequence[str], tables: Tables | None = None, *, near_only: bool = False
) -> list[Features]:
    """Features of composed words by letters, languages and, if there are any, tables.

    Args:
        words: Not empty.
        tables: Translations.
        near_only: Leave out those for the words themselves: a word whose label is known needs
            only those that its neighbours see.
    """
    found = []
    languages = language_features(words, near_only=near_only)
    translated = tables.features(words, near_only=near_only) if tables else None
    for at, (word, language) in enumerate(zip(words, languages, strict=True)):
        parts = [word_features(word, near_only=near_only), language]
        if translated:
            parts.append(translated[at])
        own = [name for part in parts for name in part.own]
        found.append(Features(own, [name for part in parts for name in part.near]))
    return found


def marks(word: str) -> int:
    """What its sentence has to know of a word, as bits."""
    found = IS_PUNCTUATION if all(sign in PUNCTUATION for sign in word) else 0
    found |= IS_STOP if word in STOPS else 0
    return found | (IS_CAPITAL if word[:1].isupper() else 0)


class SentenceFeatures:
    """Feature names of words in their sentence, as a learner wants them.

    Args:
        words: All that the sentences may hold, composed.
        tables: Translations, if any.
    """

    def __init__(self, words: Sequence[str], tables: Tables | None = None) -> None:
        distinct = sorted(set(words))
        self._of = dict(zip(distinct, extract(distinct, tables), strict=True))

    def alone(self, word: str) -> list[str]:
        """Names of the features of a word without its sentence."""
        return self._of[word].own

    def __call__(self, words: Sequence[str]) -> list[list[str]]:
        """Names of the features of each word of a sentence."""
        bits = [marks(word) for word in words]
        capitals = sum(1 for one in bits if one & IS_CAPITAL)
        shouting = len(words) > 2 and capitals > 0.6 * len(words)
        found, first = [], True
        for at, word in enumerate(words):
            names = list(self._of[word].own)
            names += self._beside(words, at - 1, BEFORE) + self._beside(words, at + 1, AFTER)
            if first:
                names.append("first")
            elif bits[at - 1] & IS_STOP:
                names.append("after stop")
            if shouting:
                names.append("capitals")
            found.append(names)
            first = first and bool(bits[at] & IS_PUNCTUATION)
        return found

    def _beside(self, words: Sequence[str], at: int, side: str) -> list[str]:
        if not 0 <= at < len(words):
            return [f"{side}none"]
        return [side + name for name in self._of[words[at]].near]
