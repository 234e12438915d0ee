"""Corrections of cells by people, kept beside the recipe so that a rebuilt table carries them.

A file of repairs is YAML, one entry a cell::

    repairs:
      - question_id: "44"
        lang: es
        was: "? Intenta explicar tu respuesta."
        text: "¿Cuántos globos harían falta? Intenta explicar tu respuesta."
        by: A. Reader
        may_check: a reader of es

``was`` is the text that was corrected: where the input has changed since, the repair is not applied
but said to be stale. ``id`` may stand for ``question_id`` and ``lang``. ``may_check`` says who can
tell whether a repair is right: for a stray byte anybody, for a lost half of a question a reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from curate.errors import SourceError
from curate.questions.characters import NAMES
from curate.questions.sheet import Flag, Sheet

ANYBODY = "anybody: no language is needed"
_BYTES = frozenset(NAMES.values()) | {"control character", "space at an end", "escape residue"}
_ALL_LANGUAGES = frozenset(("line lost", "line extra", "line duplicated", "misaligned",
                            "cells swapped", "blank line"))  # fmt: skip
_KEYS = {"id", "question_id", "lang", "was", "text", "by", "may_check", "why"}


class Repair(NamedTuple):
    """A corrected cell.

    Attributes:
        text: What it shall say.
        was: What it said when it was corrected; None if that does not matter.
        by: Who corrected it.
    """

    text: str
    was: str | None
    by: str


Repairs = dict[tuple[str, ...], Repair]
"""By ``(id,)`` or by ``(question_id, lang)``."""


def read_repairs(path: Path) -> Repairs:
    """Repairs of a file; entries whose ``text`` is empty are still to be done and left out.

    Raises:
        SourceError: There is no such file, it is no YAML, or an entry lacks or misspells a key.
    """
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        why = " ".join(str(error).split())
        raise SourceError(f"{path}: {why}; write a list under repairs:") from error
    entries = found.get("repairs") if isinstance(found, dict) else None
    if not isinstance(entries, list):
        raise SourceError(f"{path} has no list under repairs:; start it with that line")
    repairs: Repairs = {}
    for number, entry in enumerate(entries, 1):
        key = _key(path, number, entry)
        if key in repairs:
            raise SourceError(f"{path}: repair {number} is of {'/'.join(key)} again; keep one")
        if entry.get("text"):
            was = entry.get("was")
            repairs[key] = Repair(str(entry["text"]), was, str(entry.get("by") or ""))
    return repairs


def _key(path: Path, number: int, entry: Any) -> tuple[str, ...]:
    if not isinstance(entry, dict):
        raise SourceError(f"{path}: repair {number} is no mapping; write lang: and the like")
    if strange := sorted(set(entry) - _KEYS):
        known = ", ".join(sorted(_KEYS))
        raise SourceError(f"{path}: repair {number} has {strange[0]!r}; there is {known}")
    if "id" in entry:
        return (str(entry["id"]),)
    if "question_id" not in entry or "lang" not in entry:
        raise SourceError(
            f"{path}: repair {number} names no cell; give id, or question_id and lang"
        )
    # YAML 1.1 reads the language code no as a boolean
    lang = "no" if entry["lang"] is False else str(entry["lang"])
    return str(entry["question_id"]), lang


def apply_to(
    texts: Sequence[str | None], keys: Iterable[tuple[tuple[str, ...], ...]], repairs: Repairs
) -> tuple[list[str | None], list[str | None]]:
    """Repaired texts, and for each row ``applied``, ``stale`` or None.

    Args:
        texts: Texts of rows.
        keys: For each row the keys under which a repair may stand, first come first served.
        repairs: From ``read_repairs``.
    """
    fixed: list[str | None] = []
    said: list[str | None] = []
    for text, names in zip(texts, keys, strict=True):
        repair = next((repairs[name] for name in names if name in repairs), None)
        if repair is None or text == repair.text:
            fixed.append(text)
            said.append(None if repair is None else "applied")
            continue
        stale = repair.was is not None and repair.was != (text or "")
        fixed.append(text if stale else repair.text)
        said.append("stale" if stale else "applied")
    return fixed, said


def suggest(sheet: Sheet, flags: Sequence[Flag]) -> str:
    """A file of repairs to be filled in: every cell with a fault, why, and who may check it.

    Where the fault is in characters alone the text without them is proposed.
    """
    faults: dict[tuple[int, str], list[Flag]] = {}
    for flag in flags:
        if flag.hard:
            faults.setdefault((flag.row, flag.lang), []).append(flag)
    entries = []
    for (row, lang), found in sorted(faults.items()):
        text = str(sheet.cells[lang][row] or "")
        checks = {flag.check for flag in found}
        entries.append(
            {
                "question_id": sheet.questions[row],
                "lang": lang,
                "was": text,
                "text": tidy(text) if checks <= _BYTES - {"escape residue"} else "",
                "by": "",
                "may_check": who_may_check(lang, checks),
                "why": "; ".join(f"{flag.check}: {flag.value}" for flag in found),
            }
        )
    return yaml.safe_dump({"repairs": entries}, allow_unicode=True, sort_keys=False, width=10**6)


def who_may_check(lang: str, checks: Iterable[str]) -> str:
    """Who can tell whether a repair of these faults is right.

    >>> who_may_check("es", ["byte order mark"]), who_may_check("es", ["broken start"])
    ('anybody: no language is needed', 'a reader of es')
    """
    kinds = set(checks)
    if kinds <= _BYTES:
        return ANYBODY
    if kinds <= _BYTES | _ALL_LANGUAGES:
        return f"whoever has the original files of {lang}"
    return f"a reader of {lang}"


def tidy(text: str) -> str:
    r"""A text without the characters that no question needs; others are left as they are.

    >>> tidy("\ufeffWho\u00a0is\u200b it?\r")
    'Who is it?'
    """
    spaced = re.sub("[\u00a0\u202f\n\u2028\u2029\x85\x0b\x0c]+", " ", text)
    return re.sub("[\ufeff\r\u200b\u2060\u00ad]", "", spaced).strip(" \t")
