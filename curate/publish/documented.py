"""What the docstrings of steps say that a card has to say too.

Two conventions make them readable by a program: a module's docstring tells known failures in the
sentences from "It misleads" to its end, and a class has Google's sections, of which ``Adds`` gives
each column with its type, unit and meaning.
"""

from __future__ import annotations

import inspect
import re
import sys
from typing import Any

from curate.contract import Step

MISLEADS = re.compile(r"(?<=[.:*] )It misleads|\AIt misleads", re.DOTALL)
SECTION = re.compile(r"^(\w+):$")
ENTRY = re.compile(r"(\w[\w, ]*): (.*)")
RANGE = re.compile(r"(\w*?)(\d+)(\w*) to \1(\d+)\3")


def describe_docs(step: Step) -> dict[str, Any]:
    """``says`` (its first line), ``misleads`` and ``columns``, for ``run.json``."""
    cls = type(step)
    columns = section(cls, "Adds")
    about = (inspect.getdoc(cls) or "").partition("\n")[0]
    return {"says": about, "misleads": misleads(cls), "columns": columns}


def misleads(cls: type[Step]) -> str:
    """When a step misleads, from its module's docstring; empty if that does not say.

    Example:
        >>> from curate.filters.duration import Duration
        >>> misleads(Duration)
        'It misleads on clips that are long only because of silence; trim first.'
    """
    text = " ".join((inspect.getdoc(sys.modules[cls.__module__]) or "").split())
    found = MISLEADS.search(text)
    return text[found.start() :].replace("``", "`") if found else ""


def section(cls: type, name: str) -> dict[str, str]:
    """The entries of one section of a class's docstring.

    Example:
        >>> from curate.filters.duration import Duration
        >>> section(Duration, "Rejects")["too short"]
        'Shorter than `least`.'
    """
    lines: list[str] = []
    inside = False
    for line in (inspect.getdoc(cls) or "").splitlines():
        if head := SECTION.match(line):
            inside = head[1] == name
        elif inside and line.startswith(" " * 8) and lines:
            lines[-1] += " " + line.strip()
        elif inside and line.strip():
            lines.append(line.strip())
    found = filter(None, map(ENTRY.match, lines))
    return {each: entry[2].replace("``", "`") for entry in found for each in _names(entry[1])}


def _names(text: str) -> list[str]:
    """``a, b`` and ``share_2 to share_4``, which are three."""
    names = []
    for name in text.split(", "):
        if row := RANGE.fullmatch(name):
            start, first, end, last = row.groups()
            names += [f"{start}{number}{end}" for number in range(int(first), int(last) + 1)]
        else:
            names.append(name)
    return names
