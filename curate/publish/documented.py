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
ENTRY = re.compile(r"^ {4}(\w[\w, ]*?): (.*)")


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
    entries: dict[str, str] = {}
    inside, last = False, ""
    for line in (inspect.getdoc(cls) or "").splitlines():
        if head := SECTION.match(line):
            inside, last = head[1] == name, ""
        elif inside and (entry := ENTRY.match(line)):
            last = entry[1]
            entries[last] = entry[2]
        elif inside and last and line.startswith(" " * 8):
            entries[last] += " " + line.strip()
    text = {key: value.replace("``", "`") for key, value in entries.items()}
    return {one: value for key, value in text.items() for one in key.split(", ")}
