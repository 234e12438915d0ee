"""Places in a card that somebody meant to fill in and did not."""

from __future__ import annotations

import re
from typing import NamedTuple

LEFTOVER = re.compile(
    r"\[\s*(?:more information needed|insert [^\]]*|your [^\]]*|todo[^\]]*|tbd|\.\.\.|…)\s*\](?!\()"
    r"|(?<!= )(?:\{\{.*?\}\}|\{\{)|\{%.*?%\}|\{%"  # "title = {{A corpus}}" is BibTeX
    r"|\b(?:TODO|FIXME|TBD|XXX)\b"
    r"|\blorem ipsum\b|\bdolor sit amet\b"
    r"|<(?:your|insert|name|repo|organi[sz]ation|todo)\b[^>\n]*>",
    re.IGNORECASE,
)
LOUD = {"TODO", "FIXME", "TBD", "XXX"}  # in lower case they are words of some language
BEGIN = "<!-- from the data: {} -->"
END = "<!-- end -->"


class Leftover(NamedTuple):
    """A line of a card, counted from 1, and what was left open there."""

    line: int
    text: str


def from_data(name: str, text: str) -> str:
    """The text, marked as what the data or the recipe say, in which nothing can be left over."""
    return f"{BEGIN.format(name)}\n\n{text}\n\n{END}"


def leftovers(text: str) -> list[Leftover]:
    r"""Placeholders of the Hub's template, of ours and of anybody's in the text of a card.

    Lines that quote data (sample rows, the recipe) are marked as such and passed over.

    Example:
        >>> leftovers("# Corpus\n\nSpeakers: [More Information Needed]")
        [Leftover(line=3, text='[More Information Needed]')]
    """
    found = []
    quoted = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(BEGIN.partition("{")[0]):
            quoted = True
        elif line == END:
            quoted = False
        elif not quoted:
            for match in LEFTOVER.finditer(line):
                if match[0].upper() not in LOUD or match[0].isupper():
                    found.append(Leftover(number, match[0]))
    return found
