"""What is one word of a text and no word of a language: HTML entities, and addresses."""

from __future__ import annotations

import re

ENTITY = r"&(?:\#\d{1,7}|\#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
ADDRESS = r"(?:https?://|www\.)[^\s<>\"“”‘’]*[\w/]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
ENTITY_HINTS, ADDRESS_HINTS = ("&",), ("://", "www.", "@")
"""What such a word holds: a text without is not looked through."""
_WHOLE = re.compile(f"{ENTITY}|{ADDRESS}")


def is_whole(word: str) -> bool:
    """Whether a word is an HTML entity or an address.

    Example:
        >>> [is_whole(word) for word in ("&amp;", "www.gov.mt", "a@example.org", "R&B", "&")]
        [True, True, True, False, False]
    """
    if not any(hint in word for hint in (*ENTITY_HINTS, *ADDRESS_HINTS)):
        return False
    return _WHOLE.fullmatch(word) is not None
