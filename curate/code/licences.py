r"""Licences as people write them, as SPDX expressions, and whether a list of ids allows one.

Ids and the grammar of expressions are those of ``packaging.licenses`` (SPDX licence list); what it
does not know is looked up by how it is usually spelled: ``Apache 2``, ``The MIT License``,
``GNU GPL v3 or later``, ``BSD 3-Clause "New"``. Deprecated ids get the name they have now.

An expression is allowed if some choice of its OR parts leaves allowed ids only; an exception
(``WITH``) permits more, so that the licence before it decides. It judges what is written, not what
is true: a file may hold code of another licence than its repository states.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection

PERMISSIVE = (
    "0BSD", "Apache-2.0", "Artistic-2.0", "BlueOak-1.0.0", "BSD-1-Clause", "BSD-2-Clause",
    "BSD-2-Clause-Patent", "BSD-3-Clause", "BSD-3-Clause-Clear", "BSD-4-Clause", "BSL-1.0",
    "CC-BY-4.0", "CC0-1.0", "CDLA-Permissive-2.0", "ECL-2.0", "EFL-2.0", "FSFAP", "HPND", "ICU",
    "ISC", "JSON", "MIT", "MIT-0", "MIT-CMU", "MS-PL", "MulanPSL-2.0", "NCSA", "OpenSSL",
    "PHP-3.01", "PostgreSQL", "PSF-2.0", "Python-2.0", "TCL", "Unicode-3.0", "Unicode-DFS-2016",
    "Unlicense", "UPL-1.0", "Vim", "W3C", "WTFPL", "X11", "Zlib", "ZPL-2.1",
)  # fmt: skip
"""Licences that ask for a notice at most: free to pass on changed under any other."""

_SPELLINGS = {
    "MIT": "mit|mit mit|mit x11|x11 mit|expat|mit expat|mit style",
    "Apache-2.0": "apache|apache 2|asl 2|apache2|apache v2|al 2",
    "BSD-2-Clause": "bsd 2|2 clause bsd|bsd 2 clause|simplified bsd|freebsd|bsd 2 clause simplified"
    "|bsd simplified",
    "BSD-3-Clause": "bsd 3|3 clause bsd|bsd 3 clause|new bsd|modified bsd|revised bsd|bsd new"
    "|bsd 3 clause new|bsd 3 clause new or revised|bsd 3 clause revised",
    "BSD-4-Clause": "bsd 4|4 clause bsd|bsd 4 clause|original bsd",
    "BSL-1.0": "bsl|boost|boost 1|boost 1.0|boost software|boost software 1",
    "ISC": "isc",
    "Zlib": "zlib|zlib libpng",
    "Unlicense": "unlicense|un",
    "CC0-1.0": "cc0|cc0 1|cc0 1 universal|creative commons zero|creative commons zero 1 universal"
    "|creative commons cc0",
    "CC-BY-4.0": "cc by 4|creative commons attribution 4"
    "|creative commons attribution 4 international",
    "CC-BY-SA-4.0": "cc by sa 4|creative commons attribution sharealike 4"
    "|creative commons attribution share alike 4 international",
    "WTFPL": "wtfpl|do what the fuck you want to public",
    "PSF-2.0": "psf|psfl|python software foundation|psf 2",
    "MPL-1.1": "mpl 1.1",
    "MPL-2.0": "mpl 2|mpl",
    "EPL-1.0": "epl 1",
    "EPL-2.0": "epl 2",
    "CDDL-1.0": "cddl 1|common development and distribution 1",
    "Artistic-2.0": "artistic 2",
    "Artistic-1.0": "artistic 1",
    "GFDL-1.2-only": "gfdl 1.2",
    "GFDL-1.3-only": "gfdl 1.3",
    "GPL-2.0-only": "gpl 2|gpl 2 only",
    "GPL-2.0-or-later": "gpl 2+",
    "GPL-3.0-only": "gpl 3|gpl 3 only",
    "GPL-3.0-or-later": "gpl 3+",
    "LGPL-2.0-or-later": "lgpl 2+",
    "LGPL-2.1-only": "lgpl 2.1|lgpl 2.1 only",
    "LGPL-2.1-or-later": "lgpl 2.1+",
    "LGPL-3.0-only": "lgpl 3|lgpl 3 only",
    "LGPL-3.0-or-later": "lgpl 3+",
    "AGPL-3.0-only": "agpl 3|agpl 3 only",
    "AGPL-3.0-or-later": "agpl 3+",
    "LicenseRef-Public-Domain": "public domain|pd",
}
_BY_SPELLING = {one: name for name, some in _SPELLINGS.items() for one in some.split("|")}
_PLAINER = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        (r"https?://(?:www\.)?(?:spdx\.org|opensource\.org)/licen[sc]es?/", ""),
        (r"\.(?:html|txt|php)/?$", ""),
        (r"gnu affero general public|affero gpl|gnu agpl", "agpl"),
        (r"gnu (?:lesser|library) general public|lesser gpl|gnu lgpl", "lgpl"),
        (r"gnu general public|gnu gpl", "gpl"),
        (r"gnu free documentation|gnu fdl", "gfdl"),
        (r"apache software", "apache"),
        (r"mozilla public", "mpl"),
        (r"eclipse public", "epl"),
        (r"\b(?:licen[sc]e[ds]?|version|the|clauses)\b|^an? |\"", " "),
        (r"\bv\.?(?=\s*\d)", " "),
        (r"(?<=gpl)(?:v|-|)(?=\d)", " "),
        (r"[,(]?\s*or[ -](?:any[ -])?(?:later|newer)\)?", "+"),
        (r"(?<=\d)\.0(?=\D|$)", ""),
        (r"[^a-z0-9.+]+", " "),
        (r" +(?=\+)|[ .]+$|^ +", ""),
    )
)
_NOW_CALLED = re.compile(r"^((?:A|L)?GPL-\d\.\d|GFDL-\d\.\d)(\+?)$")
_OPERATORS = re.compile(r"(\(|\)|\s+(?:OR|AND|WITH)\s+|\s*[|&/,;]+\s*)", re.IGNORECASE)
_MEANING = {"|": "OR", "/": "OR", "&": "AND", ",": "AND", ";": "AND"}
_LONGEST = 1000


@functools.lru_cache(maxsize=1 << 16)
def spdx_expression(written: str) -> str:
    """A licence as an SPDX expression in its standard form; empty if it is none that is known.

    ``/`` and ``|`` stand for OR, as in Cargo's older files, commas, ``;`` and ``&`` for AND.

    Example:
        >>> spdx_expression("MIT License"), spdx_expression("apache 2 / GPL-3.0+")
        ('MIT', 'Apache-2.0 OR GPL-3.0-or-later')
        >>> spdx_expression("see the file COPYING")
        ''
    """
    written = " ".join(written.split())
    if not written or len(written) > _LONGEST:
        return ""
    if whole := _one(written):
        return whole
    parts = []
    for part in _OPERATORS.split(written):
        bare = part.strip()
        if not bare:
            continue
        if bare in "()":
            parts.append(bare)
        elif _OPERATORS.fullmatch(part):
            parts.append(_MEANING.get(bare[0], bare.upper()))
        else:
            known = bare if parts and parts[-1] == "WITH" else _one(bare)
            if not known:
                return ""
            parts.append(known)
    return _canonical(" ".join(parts))


def _one(written: str) -> str:
    """SPDX id of a single licence, or nothing."""
    plain = written.lower()
    for pattern, instead in _PLAINER:
        plain = pattern.sub(instead, plain)
    if (name := _BY_SPELLING.get(plain)) and not written.startswith("("):
        return name
    if written.startswith("http"):
        written = written.rstrip("/").rsplit("/", 1)[-1].removesuffix(".html")
    name = "" if re.search(r"[\s()/]", written) else _canonical(written)
    if old := _NOW_CALLED.match(name):
        return old[1] + ("-or-later" if old[2] else "-only")
    return name


def _canonical(expression: str) -> str:
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    try:
        return str(canonicalize_license_expression(expression))
    except InvalidLicenseExpression:
        return ""


def is_allowed(expression: str, allowed: Collection[str]) -> bool:
    """Whether an SPDX expression can be met by allowed ids alone.

    Args:
        expression: From ``spdx_expression``.
        allowed: SPDX ids, and ids with an exception (``GPL-2.0-only WITH ...``).

    Example:
        >>> is_allowed("MIT OR GPL-3.0-only", {"MIT"}), is_allowed("MIT AND X11", {"MIT"})
        (True, False)
    """
    tokens = [one for one in re.split(r"(\(|\))|\s+", expression) if one]
    found, rest = _either(tokens, allowed)
    return found and not rest


def _either(tokens: list[str], allowed: Collection[str]) -> tuple[bool, list[str]]:
    found, tokens = _both(tokens, allowed)
    while tokens[:1] == ["OR"]:
        other, tokens = _both(tokens[1:], allowed)
        found = found or other
    return found, tokens


def _both(tokens: list[str], allowed: Collection[str]) -> tuple[bool, list[str]]:
    found, tokens = _atom(tokens, allowed)
    while tokens[:1] == ["AND"]:
        other, tokens = _atom(tokens[1:], allowed)
        found = found and other
    return found, tokens


def _atom(tokens: list[str], allowed: Collection[str]) -> tuple[bool, list[str]]:
    if tokens[:1] == ["("]:
        found, rest = _either(tokens[1:], allowed)
        return found, rest[1:]
    name, rest = "".join(tokens[:1]), tokens[1:]
    found = name in allowed or (name.endswith("+") and name[:-1] in allowed)
    if rest[:1] == ["WITH"]:
        return found or " ".join([name, *rest[:2]]) in allowed, rest[2:]
    return found, rest
