"""Which characters stand for which Kashmiri letter, and which symbols a published model knows.

Kashmiri texts mix encodings of the same letter: Arabic kaf beside keheh, presentation forms from
old fonts, a dotless beh with a mark below for the Kashmiri yeh. The letter map follows the
KashmiriNormalizer package (Gaash Lab, MIT), with its faults mended: medial and initial yeh forms
give U+06CC, not yeh barree, and U+0672 and the marks it lacks are kept.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

LOOK_ALIKES = str.maketrans(
    {
        "\u0643": "\u06a9",  # kaf
        "\u06aa": "\u06a9",  # swash kaf
        "\u064a": "\u06cc",  # Arabic yeh
        "\u0649": "\u06cc",  # alef maksura
        "\u0647": "\u06c1",  # Arabic heh
        "\u06c0": "\u06c2",  # heh with yeh above
        "\u0629": "\u06c3",  # ta marbuta
        "\u06c5": "\u06c4",  # Kirghiz oe
        "\u0673": "\u0627\u065f",  # Unicode deprecates U+0673 in favour of this pair
    }
)

YEH_PAIR = "\u066e([\u064b-\u065f\u0670\u06ed]*)\u06ea"
"""Dotless beh and the low stop that makes it a Kashmiri yeh, with marks that NFC sorts between."""
LOW_STOP, KASHMIRI_YEH, YEH_WITH_TAIL = "\u06ea", "\u0620", "\u06cd"

MARKS = (
    "\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
    "\u0898-\u089f\u08ca-\u08e1\u08e3-\u08ff\ufe20-\ufe2f"
)
"""Combining marks of Arabic and Latin text, as the inside of a character class."""

INVISIBLE = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u180e\u200d-\u200f\u202a-\u202e\u2060-\u2064"
    "\u2066-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0001\U000e0020-\U000e007f"
)
"""Control and format characters, soft hyphens and lone surrogates: nothing is written or said."""

TATWEEL = "\u0640"


@cache
def presentation_forms() -> dict[int, str]:
    """A translation table from the Arabic presentation forms to plain letters."""
    forms: dict[int, str] = {}
    for code in (*range(0xFB50, 0xFE00), *range(0xFE70, 0xFEFF)):
        plain = unicodedata.normalize("NFKC", chr(code))
        # A mark shown alone is a space or a tatweel with the mark: only the mark is text.
        plain = plain.replace(TATWEEL, "").strip().translate(LOOK_ALIKES)
        if plain != chr(code):
            forms[code] = plain
    # Initial and medial Arabic heh look like, and in these fonts stood for, heh doachashmee.
    forms[0xFEEB] = forms[0xFEEC] = "\u06be"
    return forms


@cache
def bolbosh_symbols() -> tuple[str, ...]:
    """Symbols the published Bolbosh model knows, longest first."""
    lines = (Path(__file__).parent / "bolbosh_symbols.txt").read_text("utf-8").splitlines()
    symbols = (
        "".join(chr(int(code[2:], 16)) for code in line.split())
        for line in lines
        if line.startswith("U+")
    )
    return tuple(sorted(symbols, key=lambda symbol: (-len(symbol), symbol)))
