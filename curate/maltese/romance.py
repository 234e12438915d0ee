"""Maltese words as Italian would spell them: *kuntratt* is *cuntratt*, *eżami* is *esami*."""

from __future__ import annotations

import unicodedata

PAIRS = (("sċ", "sci"), ("ġġ", "ggi"), ("zz", "zi"), ("għ", ""))
"""Replaced first, in this order."""
LETTERS = str.maketrans(
    {"x": "sci", "ċ": "ci", "ġ": "gi", "k": "c", "j": "i", "ż": "s", "w": "u", "ħ": ""}
)


def as_romance(low: str) -> str:
    """A Maltese word in lower case, respelled, without accents.

    Example:
        >>> as_romance("kuntratt"), as_romance("ċentru"), as_romance("eżami")
        ('cuntratt', 'cientru', 'esami')
    """
    for maltese, italian in PAIRS:
        low = low.replace(maltese, italian)
    return bare(low.translate(LETTERS))


def bare(text: str) -> str:
    """A text without any accent."""
    if text.isascii():
        return text
    parts = unicodedata.normalize("NFD", text)
    return "".join(part for part in parts if not unicodedata.combining(part))
