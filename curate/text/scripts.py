"""Which Unicode scripts the letters of a text are of.

Every letter (``str.isalpha``) has one script by the property ``Script`` of Unicode (UAX 24), taken
from the library ``regex``; one table of a byte for each code point is made of it, in 0.1 s, once a
process, and texts are counted in one pass over their UTF-8 bytes. Letters of no script of their own
(``Common``: mathematical alphabets, ª-like signs, the Arabic tatweel) are not counted, nor are
digits, marks and punctuation, which many scripts share.

Scripts are named by ISO 15924, as Unicode's scripts are. Four more names stand for several or for
one in a style that characters cannot tell: ``Jpan`` (Han, Hiragana, Katakana), ``Kore`` (Hangul,
Han), ``Hans`` and ``Hant`` (Han).
"""

from __future__ import annotations

import functools
from collections.abc import Iterable

import numba as nb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from curate.text.characters import character_classes, class_at, string_bytes

SCRIPTS = (
    "Beng",  # codespell:ignore
    "Arab", "Armn", "Bopo", "Cyrl", "Deva", "Ethi", "Geor", "Grek", "Gujr", "Guru",
    "Hang", "Hani", "Hebr", "Hira", "Kana", "Khmr", "Knda", "Laoo", "Latn", "Mlym", "Mymr",
    "Orya", "Sinh", "Taml", "Telu", "Thaa", "Thai", "Tibt", "Adlm", "Bali", "Bamu", "Batk",
    "Cakm", "Cans", "Cham", "Cher", "Hmnp", "Java", "Kali", "Lana", "Lepc", "Limb", "Lisu",
    "Mand", "Mong", "Mtei", "Newa", "Nkoo", "Olck", "Osge", "Plrd", "Rohg", "Saur", "Sund",
    "Sylo", "Syrc", "Tale", "Talu", "Tavt", "Tfng", "Vaii", "Wcho", "Yiii",
)  # fmt: skip
"""Scripts in use today: those UAX 31 recommends (table 5), then those of limited use (table 7)."""

STYLES = {
    "Jpan": ("Hani", "Hira", "Kana"),
    "Kore": ("Hang", "Hani"),
    "Hans": ("Hani",),
    "Hant": ("Hani",),
}
OTHER = "Zzzz"
"""ISO 15924's name for a script without one: here any that is not in ``SCRIPTS``."""


def count_scripts(column: pa.Array | pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """Letters of each script, shape (rows, scripts + 1), columns ``SCRIPTS`` and then ``OTHER``."""
    text, offsets, _ = string_bytes(column)
    counts = np.zeros((offsets.size - 1, len(SCRIPTS) + 2), np.int64)
    _count_scripts(text, offsets, _script_table(), counts)
    return counts[:, 1:]


def of_scripts(names: Iterable[str]) -> npt.NDArray[np.intp]:
    """Columns of ``count_scripts`` for scripts and styles."""
    single = {script for name in names for script in STYLES.get(name, (name,))}
    return np.array(sorted(SCRIPTS.index(script) for script in single), np.intp)


@functools.lru_cache(1)
def _script_table() -> npt.NDArray[np.uint8]:
    """1 + the index of each letter's script, 0 for what is no letter or common to scripts."""
    import regex  # type: ignore[import-untyped]

    table = np.zeros(0x110000, np.uint8)
    left = "".join(chr(code) for code in np.flatnonzero(character_classes() & 1))
    for index, script in enumerate(SCRIPTS):
        one = rf"\p{{Script={script}}}"
        table[[ord(c) for c in regex.findall(one, left)]] = 1 + index
    shared = r"[\p{Script=Zyyy}\p{Script=Zinh}]"
    rest = np.array([ord(c) for c in regex.sub(shared, "", left)])
    table[rest[table[rest] == 0]] = 1 + len(SCRIPTS)
    return table


@nb.njit(nogil=True, cache=True)
def _count_scripts(text, offsets, table, counts):  # type: ignore[no-untyped-def]
    for document in range(offsets.size - 1):
        at, end = offsets[document], offsets[document + 1]
        row = counts[document]
        while at < end:
            script, size = class_at(text, at, end, table)
            row[script] += 1
            at += size
