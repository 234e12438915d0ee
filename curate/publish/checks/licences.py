"""Licences as the Hub names them, their SPDX names, and whether one may follow from another.

The Hub writes ``cc-by-4.0`` where SPDX and CITATION.cff write ``CC-BY-4.0``; ``data/licences.json``
holds both, with the day on which the Hub's list was read; other spellings are known to
``curate.code.licences``. What a licence asks of those who pass on changed data is a summary made
for warnings, not legal advice: it errs towards refusing.
"""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Any

from curate.code.licences import spdx_expression

DATA = Path(__file__).resolve().parent.parent / "data"
OPEN_ENDED = {"other", "unknown"}
TOGETHER = re.compile(r"\s+AND\s+|\s*[,;]\s*|\s+[/+]\s+", re.IGNORECASE)  # "CC BY 4.0, MIT"
CHOICE = re.compile(r"\s+OR\s+", re.IGNORECASE)
ADDRESSES = (  # where licences are written down → what they are called
    (r"creativecommons\.org/licenses/([a-z-]+)/(\d\.\d)", r"cc-\1-\2"),
    (r"creativecommons\.org/publicdomain/zero/1\.0", "cc0-1.0"),
    (r"(?:spdx\.org/licenses|opensource\.org/licenses?)/([\w.-]+?)(?:\.html)?/?$", r"\1"),
)
ALSO_CALLED = {
    "public-domain": "cc0-1.0",
    "gpl-3.0-or-later": "gpl-3.0",
    "gpl-2.0-or-later": "gpl-3.0",
    "agpl-3.0-or-later": "agpl-3.0",
    "lgpl-3.0-or-later": "lgpl-3.0",
    "lgpl-2.1-or-later": "lgpl-3.0",
    "gfdl-1.3-or-later": "gfdl",
    "gfdl-1.3-only": "gfdl",
    "odc-odbl": "odbl",
}


@functools.cache
def hub_licences() -> dict[str, dict[str, Any]]:
    """Licence id of the Hub → ``spdx``, what it ``asks``, and ``only_under`` which it may pass."""
    table = json.loads((DATA / "licences.json").read_text(encoding="utf-8"))
    licences: dict[str, dict[str, Any]] = table["licences"]
    return licences


@functools.cache
def _by_name() -> dict[str, str]:
    names = {
        entry["spdx"].lower(): name for name, entry in hub_licences().items() if "spdx" in entry
    }
    return {**names, **{name: name for name in hub_licences()}, **ALSO_CALLED}


def hub_id(name: str) -> str:
    """The Hub's id of a licence written in any usual way; empty if it is none that is known.

    Example:
        >>> hub_id("CC BY 4.0"), hub_id("The MIT License"), hub_id("my own")
        ('cc-by-4.0', 'mit', '')
    """
    for address, plain in ADDRESSES:
        if found := re.search(address, name, re.IGNORECASE):
            name = found.expand(plain)
    known = _by_name()
    called = known.get(re.sub(r"[\s_]+", "-", name.strip()).lower())
    return called or known.get(spdx_expression(name).lower(), "")


def spdx_id(name: str) -> str:
    """The SPDX name of a licence, or nothing where SPDX has none."""
    return str(hub_licences().get(hub_id(name), {}).get("spdx", ""))


def why_not(source: str, published: str) -> str:
    """Why data under one licence cannot be published, changed, under the other; empty if it can.

    Args:
        source: As the source states it, by name or address; several, joined by commas or AND,
            hold together, of those joined by OR one is enough.
        published: Id of the Hub.

    Example:
        >>> why_not("CC-BY-NC-4.0", "cc-by-4.0")
        'CC-BY-NC-4.0 allows no commercial use and cc-by-4.0 does'
        >>> why_not("CC0-1.0", "cc-by-4.0")
        ''
    """
    if not source.strip():
        return "it has no licence"
    for part in TOGETHER.split(source.strip()):
        reasons = [_why_not(one, published) for one in CHOICE.split(part.strip("() ")) if one]
        if reasons and all(reasons):
            return reasons[0]
    return ""


def _why_not(source: str, published: str) -> str:
    name = hub_id(source)
    asks = hub_licences().get(name, {}).get("asks")
    if name == published and name not in OPEN_ENDED and "no derivatives" not in (asks or ()):
        return ""
    if asks is None:
        return f"nothing is known about the licence {source!r}"
    if "no derivatives" in asks:
        return f"{source} allows no changed copies"
    if published == "other":
        return ""  # its own text has to say it; the caller warns
    given = hub_licences().get(published, {}).get("asks")
    if given is None:
        return f"nothing is known about {published!r}, under which it would be published"
    if "non-commercial" in asks and "non-commercial" not in given:
        return f"{source} allows no commercial use and {published} does"
    only = hub_licences()[name].get("only_under")
    if only and published not in only:
        return f"{source} must be passed on under {' or '.join(only)}"
    if "attribution" in asks and "attribution" not in given:
        return f"{source} asks for attribution and {published} does not"
    return ""
