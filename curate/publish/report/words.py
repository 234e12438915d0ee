"""Numbers, units and strings from rows as a reader wants them, harmless wherever they stand."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

_UNITS = (
    ("_lufs", "LUFS"),
    ("lufs_", "LUFS"),
    ("_dbfs", "dBFS"),
    ("_db", "dB"),
    ("_hz", "Hz"),
    ("_per_s", "1/s"),
    ("duration", "s"),
)
_SECRET = re.compile(r"token|secret|password|passwd|credential|api_?key|auth", re.IGNORECASE)
_TOKEN = re.compile(r"\b(hf_|sk-|ghp_|github_pat_|xox[bap]-|AKIA)[\w-]{8,}")
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def number(value: float) -> str:
    """A number with four digits, thousands parted, without needless zeros."""
    if value == 0:
        return "0"
    if abs(value) >= 1e15:
        return f"{value:.2e}".replace("e+", "e")
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    if abs(value) < 1e-3:
        return f"{value:.2e}".replace("e-0", "e-")
    return f"{value:.4g}"


def tick(value: float) -> str:
    """The label of a tick: as short as can be."""
    if value and abs(value) < 1e-2:
        digits = f"{value:.1e}".replace(".0e", "e").replace("e-0", "e-")
        return digits if abs(value) < 1e-3 else f"{value:.3g}"
    if abs(value) >= 1e8:  # nine digits are as wide as ticks lie apart
        return f"{value:.4g}".replace("e+0", "e").replace("e+", "e")
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def plain(value: float) -> str:
    """A number as an input field of a page wants it."""
    return str(int(value)) if value == int(value) else repr(value)


def unit_of(column: str) -> str:
    """The unit that the name of a column tells, or nothing."""
    return next((unit for mark, unit in _UNITS if mark in column), "")


def visible(text: Any) -> str:
    """A name or reason with its control and direction marks made visible, as ``U+202E``."""
    marks = (
        f"⟨U+{ord(letter):04X}⟩" if unicodedata.category(letter) in _HIDDEN else letter
        for letter in str(text)
    )
    return "".join(marks)


def readable(text: Any, most: int) -> str:
    """A text of a row, cut to ``most`` characters, without what HTML cannot hold.

    Direction marks stay, since scripts need some of them: the element it stands in isolates it.
    """
    whole = str(text)
    kept = "".join(
        letter if letter in "\n\t" or unicodedata.category(letter) not in {"Cc", "Cs"} else "\ufffd"
        for letter in whole[:most]
    )
    return f"{kept}…" if len(whole) > most else kept


def option(name: str, value: Any) -> str:
    """The value of an option, without paths of the machine and without anything secret."""
    if _SECRET.search(name) and value not in (None, "", False, True):
        return "(not shown)"
    if value == "":
        return "(empty)"
    if isinstance(value, str):
        shown = Path(value).name if value.startswith(("/", "~")) and len(value) > 1 else value
        return visible(_TOKEN.sub("(not shown)", shown))
    if isinstance(value, dict):
        return ", ".join(f"{key}: {option(str(key), one)}" for key, one in value.items()) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(option(name, one) for one in value) or "none"
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "not set"}[value]
    return number(value) if isinstance(value, int | float) else visible(value)


def breakable(name: str) -> Markup:
    """A dotted name that may be broken behind a dot, dash or underscore, and nowhere else."""
    return Markup(re.sub(r"(?<=[._:-])", "<wbr>", str(escape(name))))


def size(count: float) -> str:
    """Bytes for a reader."""
    for unit, power in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= power:
            return f"{count / power:.1f} {unit}"
    return f"{count:.0f} B"
