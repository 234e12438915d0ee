"""Cut Maltese text into sentences, and keep where each of them stands.

By the sentence splitter of Korpus Malti (``malti``, KMSentSplitter: that of Lingua::Sentence with
Maltese abbreviations). It normalises white space, so its sentences are found again in the text by
their other characters. A line break always ends a sentence.
"""

from __future__ import annotations

import functools
import importlib
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from curate.models import need

LINE = re.compile(r"[^\n]+")
SHOWN = re.compile(r"\S")
MOST_AT_ONCE = 20_000
"""Characters of a line that are cut at once: the splitter's time grows with their square (4 s for
184,000). A piece of them without any end of a sentence is one."""


class Span(NamedTuple):
    """A sentence: offsets of its first character and after its last, in code points."""

    start: int
    end: int


def sentences(text: str) -> list[Span]:
    """Where the sentences of a text are; none in a blank text.

    Raises:
        EnvironmentError_: ``malti`` is not installed.

    Example:
        >>> text = "Il-kelb nebaħ. Dr. Borg ma semgħux!"
        >>> [text[start:end] for start, end in sentences(text)]
        ['Il-kelb nebaħ.', 'Dr. Borg ma semgħux!']
    """
    found: list[Span] = []
    for line in LINE.finditer(text):
        at, end = line.span()
        while at < end:
            stop = end if end - at <= MOST_AT_ONCE else _before_word(text, at, at + MOST_AT_ONCE)
            spans = _in_piece(text[at:stop], at)
            # the last one may go on
            at = spans.pop().start if stop < end and len(spans) > 1 else stop
            found += spans
    return found


def _before_word(text: str, at: int, stop: int) -> int:
    """The last place up to ``stop`` where a word begins, else that place itself."""
    return max(text.rfind(" ", at + 1, stop), text.rfind("\t", at + 1, stop)) + 1 or stop


def _in_piece(piece: str, at: int) -> list[Span]:
    places = [at + shown.start() for shown in SHOWN.finditer(piece)]
    sizes = [len(SHOWN.findall(part)) for part in _splitter()(piece)]
    if sum(sizes) != len(places):  # what it loses or adds cannot be found again: keep the piece
        sizes = [len(places)]
    found, begin = [], 0
    for size in sizes:
        if size:
            found.append(Span(places[begin], places[begin + size - 1] + 1))
            begin += size
    return found


@functools.cache
def _splitter() -> Callable[[str], list[str]]:
    need("malti", owner="cutting Maltese into sentences", install="pip install 'curate[maltese]'")
    module: Any = importlib.import_module("malti.sent_splitter.km_sent_splitter.km_sent_splitter")
    split: Callable[[str], list[str]] = module.KMSentSplitter().split
    return split
