"""Values as Markdown, safely: whatever a row holds, a table stays a table and a page a page."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

LONGEST = 160  # characters of a text in a cell
SPECIAL = re.compile(r"([\\`*_\[\]|~$]|^[#>+-])")
# Marks that reorder what stands around them; isolates are put around each cell instead.
REORDERING = re.compile("[\u202a-\u202e\u2066-\u2069]")
ISOLATE, POP = "\u2068", "\u2069"


def cell(value: Any) -> str:
    r"""A value in a cell: one line, cut, escaped, and no letter of it reorders its neighbours.

    Example:
        >>> cell("a|b\n<b>"), cell(0.12345678), cell(None), cell(b"12")
        ('a\\|b &lt;b>', '0.1235', '', '2 bytes')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return number(value)
    return escaped(_summary(value))


def escaped(text: str, longest: int = LONGEST) -> str:
    """A text on one line that Markdown shows as it is."""
    text = REORDERING.sub("", text[: 50 * longest])  # a cell of megabytes is not read to its end
    text = " ".join("".join(c if c.isprintable() or c.isspace() else " " for c in text).split())
    if len(text) > longest:
        text = text[:longest].rstrip() + " …"
    plain = SPECIAL.sub(r"\\\1", text).replace("&", "&amp;").replace("<", "&lt;")
    right = any(unicodedata.bidirectional(character) in ("R", "AL") for character in text)
    return f"{ISOLATE}{plain}{POP}" if right else plain


def number(value: float) -> str:
    """A number that is read, not computed with: four digits, or all of a whole one.

    Example:
        >>> number(1234567), number(22050.0), number(-0.000012345), number(3.0)
        ('1,234,567', '22,050', '-1.234e-05', '3')
    """
    if isinstance(value, int) or (abs(value) >= 1_000 and value == value):
        return f"{value:,.0f}" if isinstance(value, float) else f"{value:,}"
    return f"{value:.4g}"


def _summary(value: Any) -> str:
    """Media and vectors by what they are; texts as they are."""
    if isinstance(value, bytes):
        return f"{len(value):,} bytes"
    if isinstance(value, Mapping) and isinstance(value.get("bytes"), bytes):
        return f"{value.get('path') or 'a file'}, {len(value['bytes']):,} bytes"
    if isinstance(value, Mapping):
        told = [f"{name}: {_summary(inner)}" for name, inner in value.items() if inner is not None]
        return ", ".join(told)
    if isinstance(value, list | tuple):
        if len(value) > 8 and all(isinstance(each, int | float) for each in value):
            return f"{len(value):,} numbers"
        return ", ".join(_summary(each) for each in value)
    return number(value) if isinstance(value, float) else str(value)


def table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; names that begin with ``#`` are columns of numbers, aligned to the right.

    Example:
        >>> print(table(["split", "#rows"], [["train", "9"]]))
        | split | rows |
        | --- | --: |
        | train | 9 |
    """
    rule = ["--:" if name.startswith("#") else "---" for name in names]
    lines = [[name.removeprefix("#") for name in names], rule, *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def fenced(text: str, language: str) -> str:
    """A block of code, fenced by more backticks than it holds in a row."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def folded(title: str, text: str) -> str:
    """A part of the page that opens on a click."""
    return f"<details>\n<summary>{title}</summary>\n\n{text}\n\n</details>"
