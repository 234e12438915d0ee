"""What a word looks like, as named binary features for the classifier of etymology.

Micallef et al. 2024 ("Cross-Lingual Transfer from Related Languages", section 3.3) use affixes and
a list of n-grams; here every character n-gram up to five stands in, with the pattern of vowels and
the consonant skeleton, which tell *kiteb* (CVCVC) from *kuntratt*. The word itself is no feature:
the memory knows seen words, and a weight for each would leave little to learn for the others.
What dictionaries add is in ``tables``.
"""

from __future__ import annotations

import functools
import re
import string
import unicodedata
from typing import NamedTuple

from curate.maltese.closed_class import closed_class

MALTESE = frozenset("ċġħż")
PUNCTUATION = frozenset(string.punctuation) | frozenset("“”‘’…–—•")
VOWELS = frozenset("aeiouàèìòù")
LONGEST_GRAM = 5
LONGEST_WORD = 40
"""Letters of a word that are looked at; the longest Maltese word of the annotations has 18."""
FOREIGN = re.compile(r"y|c(?!h)|[^\W\d_a-zċġħżàèìòù]|(?<!ħ)gh")
ENTITY = re.compile(r"&#?\w+;")
STOPS = frozenset('.?!:“"')
NEAR_AFFIX = (2, 3)
"""How many last letters of a word its neighbours see."""


class Features(NamedTuple):
    """Names of the features of a word.

    Attributes:
        own: For the word itself.
        near: For the words beside it, without the side.
    """

    own: list[str]
    near: list[str]


def compose(word: str) -> str:
    """A word with its letters composed (NFC), however the text has them."""
    return word if word.isascii() else unicodedata.normalize("NFC", word)


def word_features(word: str, *, near_only: bool = False) -> Features:
    """Features of a composed word that need nothing but its letters.

    Args:
        word: Not empty.
        near_only: Leave out those for the word itself, which a known word does not need.

    Example:
        >>> word_features("u").near
        ['w=u', 'shape=lower', 'closed']
    """
    low = word.lower()[:LONGEST_WORD]
    shape = f"shape={_shape(word)}"
    kinds = ["foreign"] if FOREIGN.search(low) else []
    if low in _closed():
        kinds.append("closed")
    near = [f"w={low}", shape, *kinds]
    near += [f"s={low[-n:]}" for n in NEAR_AFFIX if len(low) >= n]
    if near_only:
        return Features([], near)
    flags = [shape, *_flags(word, low), *kinds]
    if low.endswith(("-", "'")):
        flags.append(f"ends={low[-1]}")
    grams = _grams(f"^{low}$")
    affixes = [f"p={low[:n]}" for n in range(1, 5)] + [f"s={low[-n:]}" for n in range(1, 5)]
    own = [*flags, f"length={min(len(word), 12)}", *grams, *affixes, *_pattern(low)]
    return Features(own, near)


def _shape(word: str) -> str:
    if word.isalpha() and not word.isnumeric():
        return "upper" if word.isupper() else "title" if word[0].isupper() else "lower"
    if all(sign in PUNCTUATION for sign in word) or ENTITY.fullmatch(word):
        return "punctuation"
    if word.isnumeric():
        return "number"
    if not any(sign.isalpha() for sign in word):
        return "other"
    return "upper" if word.isupper() else "title" if word[0].isupper() else "lower"


def _flags(word: str, low: str) -> list[str]:
    found = []
    if not word.isalpha():
        if any(sign.isdigit() for sign in word):
            found.append("digit")
        if not any(sign.isalpha() for sign in word):
            found.append("no letter")
        if not PUNCTUATION.isdisjoint(word):
            found.append("sign")
    if not MALTESE.isdisjoint(low):
        found.append("maltese")
    return found


def _grams(bounded: str) -> list[str]:
    size = len(bounded)
    found: dict[str, None] = {}
    for n in range(1, LONGEST_GRAM + 1):
        for at in range(size - n + 1):
            found[f"g={bounded[at : at + n]}"] = None
    return list(found)


def _pattern(low: str) -> list[str]:
    plain = low.replace("għ", "G").replace("ie", "e")
    pattern = "".join("V" if one in VOWELS else "C" if one.isalpha() else one for one in plain)
    skeleton = "".join(one for one in low if one not in VOWELS)
    return [f"cv={pattern[:10]}", f"cvend={pattern[-4:]}", f"skeleton={skeleton[:6]}"]


@functools.cache
def _closed() -> frozenset[str]:
    return frozenset(closed_class())
