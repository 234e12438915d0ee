"""One spelling for every way of writing a Maltese word.

Words are looked up without the accents that are no letters of Maltese, and in lower case: *però* is
*pero*, while ċ, ġ, ħ and ż stay letters of their own (Micallef et al. 2024, released code).
"""

from __future__ import annotations

import unicodedata

LETTERS = "ċġħżĊĠĦŻ"


def normalise(word: str) -> str:
    """A word without foreign accents, in lower case.

    Text in decomposed form (NFD) is composed first, so that ``ġ`` is one letter however it came.

    Example:
        >>> normalise("Però"), normalise("Għawdex"), normalise("Z\u0307ebbug\u0307")
        ('pero', 'għawdex', 'żebbuġ')
    """
    if word.isascii():
        return word.lower()
    word = unicodedata.normalize("NFC", word)
    bare = (letter if letter in LETTERS else _without_accents(letter) for letter in word)
    return "".join(bare).lower()


def _without_accents(letter: str) -> str:
    if letter.isascii():
        return letter
    parts = unicodedata.normalize("NFKD", letter)
    return "".join(part for part in parts if not unicodedata.combining(part))
