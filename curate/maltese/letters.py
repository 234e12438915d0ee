"""The letters of Maltese and the Arabic letters that stand for them.

The correspondences follow Micallef et al. 2024 ("Cross-Lingual Transfer from Related Languages:
Treating Low-Resource Maltese as Multilingual Code-Switching", section 4.2). ``CERTAIN`` gives one
Arabic spelling: short vowels become vowel signs, which are then not written. ``POSSIBLE`` gives all
that a Maltese spelling may stand for, since Maltese merged letters that Arabic tells apart
(d: د ذ ض ظ) and does not say how long a vowel is.
"""

from __future__ import annotations

SHADDA, FATHA, KASRA, DAMMA = "\u0651", "\u064e", "\u0650", "\u064f"
VOWEL_SIGNS = f"\u064b\u064c\u064d{FATHA}{DAMMA}{KASRA}{SHADDA}"

CONSONANTS = {
    "'": "ع", "b": "ب", "ċ": "تش", "c": "ك", "d": "د", "f": "ف", "ġ": "ج", "g": "ج", "h": "ه",
    "ħ": "ح", "j": "ي", "k": "ك", "l": "ل", "m": "م", "n": "ن", "p": "ب", "q": "ق", "r": "ر",
    "s": "س", "t": "ت", "v": "ف", "w": "و", "x": "ش", "y": "ي", "ż": "ز", "z": "دز",
}  # fmt: skip
MERGED = {"d": "دذضظ", "ħ": "حخ", "s": "سص", "t": "تثط"}
"""Consonants of Maltese that were several in Arabic."""
DOUBLED_MERGED = {"d": "دذض", "ħ": "حخ", "s": "سص", "t": "تط"}
NEVER_DOUBLED = "'y"

SHORT = {"a": FATHA, "e": FATHA, "i": KASRA, "o": DAMMA, "u": DAMMA}
LONG = {"a": "ا", "e": "ا", "i": "ي", "o": "و", "u": "و"}
INITIAL = {"a": ("آ", "ا"), "e": ("ا",), "i": ("ا",), "o": ("ا",), "u": ("ا",)}
FINAL = {
    "a": ("ه", "ة", "ا", "ى"),
    "i": ("ي",),
    "e": ("ي",),
    "o": ("و",),
    "u": ("و", "ه", "وا"),
}
DIGRAPHS = {"għ": ("ع", "غ"), "ie": ("ا",)}
"""The first is the certain one."""

ARABIC = "آأابةتثجحخدذرزسشصضطظعغفقكلمنهوىي" + FATHA + KASRA + DAMMA + SHADDA
CHANGED_SIGNS = {"?": "؟", "%": "٪", ";": "؛", ",": "،"} | {
    str(digit): chr(0x0660 + digit) for digit in range(10)
}
# What the published tables let through as it is; any other sign leaves the whole word unchanged.
KEPT_SIGNS = (
    ' +-*=€£$🍋⁄|×÷©°᾽`•#&\\/@§}{][)(”“"’‘….!:—–‑‐_\u00ad\u0095\u0096\uf09f'
    "ῷῶωφὖὐυτσςρπὅονμλῖὶίιθῃὴήἡηὲέἔεδγβάἂἀαˮ"
    "žýüùțßșşšœøöòóìíěêèéçčãäăàá"
)
