"""Cut Maltese text into words, and keep where each of them stands.

The words are those of the tokeniser of Korpus Malti (``malti``, KMTokeniser): the article is a word
(*il-*, *tal-*), so are *f'* and *-il*. Its offsets are kept and its way back is not used, since
that loses characters. What it cuts to pieces stays whole here: letters written with combining signs
(NFD), emoji of several characters and, if wanted, HTML entities and addresses. Each of them is
shown to the tokeniser as one character.
"""

from __future__ import annotations

import functools
import importlib.metadata
import re
import unicodedata
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import regex  # type: ignore[import-untyped]

from curate.maltese.whole import ADDRESS, ADDRESS_HINTS, ENTITY, ENTITY_HINTS
from curate.models import need

_NEVER = r"(?!)"
_JOINING = regex.compile(r"[\p{M}\p{Regional_Indicator}\p{Emoji_Modifier}\u200d]")
_CHARACTER = regex.compile(r"\X")
ONE_SIGN = "\ue000"
"""For what is a word of its own, whatever stands beside it: no letter, no space (private use)."""


class Found(NamedTuple):
    """The words of a text and where they are.

    Attributes:
        tokens: The words.
        starts: Offsets of their first characters, in code points.
        ends: Offsets after their last characters.
    """

    tokens: list[str]
    starts: list[int]
    ends: list[int]


def tokenizer(*, entities: bool = True, addresses: bool = True) -> Callable[[str], Found]:
    """A function that cuts a text into words.

    Args:
        entities: Keep HTML entities such as ``&amp;`` whole.
        addresses: Keep URLs and mail addresses whole.

    Raises:
        EnvironmentError_: ``malti`` is not installed.

    Example:
        >>> tokenizer()("Il-kelb ta' Ġanni.").tokens
        ['Il-', 'kelb', "ta'", 'Ġanni', '.']
    """
    spans = _korpus_malti()
    wholes = [ENTITY] * entities + [ADDRESS] * addresses
    whole = re.compile("|".join(wholes) or _NEVER)
    hints = [*ENTITY_HINTS * entities, *ADDRESS_HINTS * addresses]

    def cut(text: str) -> Found:
        may_join = not text.isascii() and _JOINING.search(text)
        if not may_join and not any(hint in text for hint in hints):
            found = spans(text)
        else:
            found = _on_characters(text, whole, spans)
        tokens = [text[start:end] for start, end in found]
        return Found(tokens, [start for start, _ in found], [end for _, end in found])

    return cut


def version() -> str:
    """Version of the tokeniser that is installed.

    Raises:
        EnvironmentError_: None is.
    """
    _korpus_malti()
    return importlib.metadata.version("malti")


@functools.cache
def _korpus_malti() -> Callable[[str], list[tuple[int, int]]]:
    need("malti", owner="tokenising Maltese", install="pip install 'curate[maltese]'")
    from malti.tokeniser import KMTokeniser  # type: ignore[import-untyped]

    found: Callable[[str], list[tuple[int, int]]] = KMTokeniser().tokenise_indices
    return found


def _on_characters(
    text: str, whole: re.Pattern[str], spans: Callable[[str], list[tuple[int, int]]]
) -> list[tuple[int, int]]:
    """Spans in a text of which every character as a reader sees it, or whole, is shown as one."""
    shown: list[str] = []
    at: list[int] = []
    position = 0
    for found in [*whole.finditer(text), None]:
        until = found.start() if found else len(text)
        for cluster in _CHARACTER.finditer(text, position, until):
            shown.append(_one(cluster.group()))
            at.append(cluster.start())
        if found:
            shown.append(ONE_SIGN)
            at.append(found.start())
            position = found.end()
    at.append(len(text))
    return [(at[start], at[end]) for start, end in spans("".join(shown))]


def _one(cluster: str) -> str:
    """One character for a cluster: the composed letter, or its first character."""
    return cluster if len(cluster) == 1 else unicodedata.normalize("NFC", cluster)[0]


def locate(tokens: Sequence[str], text: str) -> Found | None:
    """Where given words are in a text, from left to right; None if one is not there.

    Example:
        >>> locate(["Il-", "kelb", "."], "Il-kelb .").starts
        [0, 3, 8]
    """
    starts, ends, position = [], [], 0
    for token in tokens:
        start = text.find(token, position)
        if start < 0:
            return None
        position = start + len(token)
        starts.append(start)
        ends.append(position)
    return Found(list(tokens), starts, ends)


def between(text: str, found: Found) -> list[str]:
    """What stands before, between and after the words; one more than there are words.

    Example:
        >>> cut = tokenizer()
        >>> between("Il-kelb .", cut("Il-kelb ."))
        ['', '', ' ', '']
    """
    edges = [0, *(edge for pair in zip(found.starts, found.ends, strict=True) for edge in pair)]
    edges.append(len(text))
    return [text[start:end] for start, end in list(pairwise(edges))[::2]]
