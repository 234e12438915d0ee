"""One language, many names: ``ks``, ``kas``, ``kas_Arab``, ``ks-Arab``, ``__label__kas_Arab``.

Models name languages by ISO 639-3 and script (NLLB, GlotLID, ours), or by the codes of Wikipedia
(lid.176). ``langcodes`` knows BCP 47 and both parts of ISO 639; what it does not is added here.
"""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import langcodes

PREFIX = "__label__"
# Macrolanguages whose usual member CLDR does not name.
_MACRO = {"nob": "nor", "pbt": "pus"}
# Wikipedia's own codes where they are another language's in ISO 639, as lid.176 has them.
_WIKIPEDIA = {"als": "gsw", "bh": "bho"}
# Scripts that are parts of, or written with, another: GlotLID says Hani where NLLB says Hans.
_SCRIPTS = {
    "Hani": frozenset({"Hans", "Hant"}),
    "Jpan": frozenset({"Hira", "Kana", "Hrkt"}),
    "Kore": frozenset({"Hang"}),
}


class Language(NamedTuple):
    """A language as a label names it.

    Attributes:
        code: ISO 639-3, ``kas``; the label itself if it names no language.
        script: ISO 15924, ``Arab``: the label's, else the language's usual one, else empty.
        written: Whether the label itself names the script.
    """

    code: str
    script: str
    written: bool

    def flores(self) -> str:
        """``kas_Arab``, as FLORES, NLLB and GlotLID write it."""
        return f"{self.code}_{self.script}" if self.script else self.code

    def bcp47(self) -> str:
        """``ks`` or ``ks-Deva``: the shortest tag; the script where it is not the usual one."""
        try:
            tag = langcodes.Language.get(self.code)
            usual = tag.maximize().script in (self.script, None) or not self.script
            return str((tag if usual else tag.update_dict({"script": self.script})).to_tag())
        except (ValueError, LookupError):
            return self.code


@functools.lru_cache(maxsize=8192)
def parse(label: str) -> Language:
    """The language that a label or a user's name for it stands for.

    >>> parse("__label__kas_Arab")
    Language(code='kas', script='Arab', written=True)
    >>> parse("zh-TW").flores(), parse("ks").flores(), parse("spam").code
    ('zho_Hant', 'kas_Arab', 'spam')
    """
    name = label.removeprefix(PREFIX)
    try:
        # not normalised: CLDR would make prs_Arab (Dari) Persian of Afghanistan
        tag = langcodes.Language.get(name, normalize=False)
        if tag.language is None or len(tag.language) > 3:
            return Language(name, "", False)
        code = str(tag.to_alpha3())
        script = tag.script or langcodes.Language.get(name).maximize().script
    except (ValueError, LookupError):
        return Language(name, "", False)
    return Language(code, str(script or ""), tag.script is not None)


def languages_of(labels: Sequence[str]) -> list[Language]:
    """The languages of all labels of a model, which show how it names them.

    A model that has ``sq`` beside ``als`` uses Wikipedia's codes, where ``als`` is Alemannic.

    >>> [one.code for one in languages_of(["__label__als", "__label__sq"])]
    ['gsw', 'sqi']
    >>> [one.code for one in languages_of(["__label__als_Latn", "__label__gsw_Latn"])]
    ['als', 'gsw']
    """
    names = [label.removeprefix(PREFIX) for label in labels]
    if {"als", "sq"} <= set(names):
        names = [_WIKIPEDIA.get(name, name) for name in names]
    return [parse(name) for name in names]


def names_of(labels: Sequence[str], style: str) -> list[str]:
    """Labels in one style: ``iso639_3``, ``flores``, ``bcp47``, or ``model`` (as they are).

    >>> names_of(["__label__kas_Deva", "__label__en"], "bcp47")
    ['ks-Deva', 'en']
    """
    if style == "model":
        return [label.removeprefix(PREFIX) for label in labels]
    found = languages_of(labels)
    if style == "iso639_3":
        return [one.code for one in found]
    return [one.flores() if style == "flores" else one.bcp47() for one in found]


def matches(wanted: Language, found: Language) -> bool:
    """Whether text in the language ``found`` is what was wanted.

    The same code; or one is the macrolanguage and the other its usual member (``zho`` and
    ``cmn``, ``fas`` and ``pes``), but not two members of it. The script counts if it was asked for.

    >>> matches(parse("zh"), parse("cmn_Hani")), matches(parse("pes"), parse("prs_Arab"))
    (True, False)
    >>> matches(parse("kas"), parse("kas_Deva")), matches(parse("kas_Arab"), parse("kas_Deva"))
    (True, False)
    """
    same = wanted.code in (found.code, _macro(found.code)) or _macro(wanted.code) == found.code
    if not same or not wanted.written or wanted.script == found.script:
        return same
    families = (_SCRIPTS.get(wanted.script, ()), _SCRIPTS.get(found.script, ()))
    return found.script in families[0] or wanted.script in families[1]


def matching(names: Iterable[str], labels: Sequence[str]) -> list[bool]:
    """Which labels of a model are among the wanted languages.

    Raises:
        ValueError: The model has no label for one of them; suggests the nearest.
    """
    found = languages_of(labels)
    hit = [False] * len(found)
    for name in names:
        wanted = parse(name)
        which = [matches(wanted, one) for one in found]
        if not any(which):
            known = sorted({one.flores() for one in found})
            near = difflib.get_close_matches(wanted.flores(), known, 3, 0.5)
            hint = f"; the nearest are {', '.join(near)}" if near else ""
            raise ValueError(f"the model has no label for {name!r}{hint}")
        hit = [old or new for old, new in zip(hit, which, strict=True)]
    return hit


@functools.lru_cache(maxsize=8192)
def _macro(code: str) -> str:
    """The macrolanguage of which a language is the usual member, else itself."""
    if code in _MACRO:
        return _MACRO[code]
    try:
        return str(langcodes.Language.get(code).prefer_macrolanguage().to_alpha3())
    except (ValueError, LookupError):
        return code
