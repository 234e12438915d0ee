"""Which licence a program is under: a line in it, or the licence file nearest above it.

Identifiers are SPDX's. A line ``SPDX-License-Identifier:`` (REUSE specification 3.3) states one; a
licence file is known by its title and by sentences that its template fixes. Whether a text of the
GPL is meant "or later" it does not say: that is ``GPL-3.0``. What is none of these gives nothing,
never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

FILE = re.compile(r"(?i)(?:un)?licen[cs]e(?:[.-].*)?|copying(?:[.-].*)?")
"""Names of licence files."""

_SPDX = re.compile(r"SPDX-License-Identifier:[ \t]*([A-Za-z0-9.+:()\- ]+)")
_HEAD = 400  # characters, white space folded: where a licence has its title
_LINES = 4096  # characters: where a program has its notice
_GNU = (
    ("gnu affero general public license", "AGPL"),
    ("gnu lesser general public license", "LGPL"),
    ("gnu library general public license", "LGPL"),
    ("gnu free documentation license", "GFDL"),
    ("gnu general public license", "GPL"),
)
_TITLES = (
    ("boost software license - version 1.0", "BSL-1.0"),
    ("mozilla public license version 2.0", "MPL-2.0"),
    ("mozilla public license, version 2.0", "MPL-2.0"),
    ("eclipse public license - v 2.0", "EPL-2.0"),
    ("the artistic license 2.0", "Artistic-2.0"),
    ("cc0 1.0 universal", "CC0-1.0"),
    ("attribution-sharealike 4.0 international", "CC-BY-SA-4.0"),
    ("attribution 4.0 international", "CC-BY-4.0"),
    ("do what the fuck you want to public license", "WTFPL"),
)
_FREE = "permission is hereby granted, free of charge, to any person obtaining a copy"
_NOTICE = "above copyright notice and this permission notice"
_FOR_ANY = "permission to use, copy, modify, and/or distribute this software for any purpose"
_UNLICENSE = "this is free and unencumbered software released into the public domain"
_BINARY = "redistribution and use in source and binary forms"


def stated(text: str) -> str | None:
    """The SPDX expression that a line among the first of a text states.

    Example:
        >>> stated("/* SPDX-License-Identifier: MIT OR Apache-2.0 */")
        'MIT OR Apache-2.0'
    """
    found = _SPDX.search(text, 0, _LINES)
    return found[1].strip(" -") or None if found else None


def licence_of(text: str) -> str | None:
    """The SPDX identifier of a licence's text; None if it is none that is known here.

    Example:
        >>> licence_of("This is free and unencumbered software released into the public domain.")
        'Unlicense'
    """
    if said := stated(text):
        return said
    whole = " ".join(text.lower().split())
    head = whole[:_HEAD]
    for title, name in _GNU:
        if title in head:
            version = re.search(r"version (\d)(?:\.(\d))?", head)
            return f"{name}-{version[1]}.{version[2] or 0}" if version else None
    if "apache license" in head:
        return "Apache-2.0" if "version 2.0" in head else None
    for title, name in _TITLES:
        if title in head:
            return name
    return _by_body(whole)


def _by_body(whole: str) -> str | None:
    """A licence without a title of its own, by the sentences that stand in each copy."""
    if _UNLICENSE in whole:
        return "Unlicense"
    if _FREE in whole:
        if "except as contained in this notice" in whole:
            return "X11"
        return "MIT" if _NOTICE in whole else "MIT-0"
    if _BINARY in whole:
        if "all advertising materials" in whole:
            return "BSD-4-Clause"
        return "BSD-3-Clause" if "neither the name" in whole else "BSD-2-Clause"
    if _FOR_ANY in whole:
        return "ISC" if "provided that the above" in whole else "0BSD"
    if "altered source versions must be plainly marked" in whole:
        return "Zlib"
    return None


def of_folder(texts: Mapping[str, str]) -> str | None:
    """What the licence files of one folder say together.

    Two that differ behind a hyphen (``LICENSE-MIT``, ``LICENSE-APACHE``) are offered for choice, as
    Rust's crates do; of others all hold. Nothing, where one of them is not known.

    Args:
        texts: Name of each file → its text.

    Example:
        >>> of_folder({"LICENSE-0BSD": "SPDX-License-Identifier: 0BSD",
        ...            "LICENSE-MIT": "SPDX-License-Identifier: MIT"})
        '0BSD OR MIT'
    """
    found = [licence_of(texts[name]) for name in sorted(texts)]
    known = list(dict.fromkeys(one for one in found if one))
    if not known or None in found:
        return None
    choice = all("-" in name for name in texts)
    return joined(known, " OR " if choice else " AND ")


def joined(names: Sequence[str], by: str) -> str:
    """Several expressions as one; those of more than a word in brackets."""
    if len(names) == 1:
        return names[0]
    return by.join(f"({name})" if " " in name else name for name in names)
