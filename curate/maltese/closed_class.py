"""Articles, prepositions and other small words of Maltese in Arabic letters.

They are written as the words they stand for, not letter by letter: *il-* is ال and joins the next
word. The article takes the first consonant of the next word (*ix-xemx*), so its forms and those of
prepositions with it are made by rule. The list is this project's own; the longer lists of Micallef
et al. 2024 (released ``token_mappings``) are read by ``transliterate.read_closed_class``.
"""

from __future__ import annotations

ASSIMILATED = "ltsdnrxċżz"
"""Consonants with which the article ends: *l*, or that of the next word."""
WITH_ARTICLE = {
    "": "ال",
    "i": "ال",
    "bi": "بال",
    "b": "بال",
    "bħa": "بحال ال",
    "da": "دال",
    "di": "دال",
    "fi": "فال",
    "f": "فال",
    "għa": "عال",
    "ġo": "جوا ال",
    "li": "لل",
    "ma": "مال",
    "mi": "مال",
    "sa": "سال",
    "ta": "تاع ال",
}
DOUBLED_L = ("bħa", "għa", "li", "mi")
CLITICS = {
    "b'": "ب+", "f'": "ف+", "s'": "س+", "x'": "شي", "t'": "تاع", "ta'": "تاع", "m'": "ما",
    "ma'": "مع", "j'": "يا", "l'": "اللي", "bi": "ب+", "fi": "في", "u": "و+", "se": "س+",
    "sa": "س+", "lil": "ل+",
}  # fmt: skip
WORDS = {
    "li": "اللي", "minn": "من", "min": "من", "fuq": "فوق", "taħt": "تحت", "bejn": "بين",
    "kien": "كان", "kienet": "كانت", "kienu": "كانوا", "ikun": "يكون", "tkun": "تكون",
    "dan": "دان", "din": "دين", "dawn": "دون", "dak": "داك", "dik": "ديك", "dawk": "دوك",
    "hu": "هو", "huwa": "هو", "hi": "هي", "hija": "هي", "huma": "هما", "int": "انت",
    "aħna": "احنا", "jien": "يان", "kull": "كل", "kollha": "كلها", "xi": "شي", "qed": "قد",
    "biex": "باش", "fejn": "فين", "meta": "متى", "imma": "اما", "jew": "يو", "ma": "ما",
    "hemm": "هم", "bla": "بلا", "bħal": "بحال", "wara": "ورا", "qabel": "قبل", "wieħed": "واحد",
    "waħda": "واحدة", "tnejn": "اثنين", "żewġ": "زوج", "tlieta": "ثلاثة", "sitta": "ستة",
    "tiegħu": "تاعه", "tagħha": "تاعها", "tagħhom": "تاعهم", "tagħna": "تاعنا",
}  # fmt: skip


def closed_class() -> dict[str, str]:
    """Normalised word → Arabic; a trailing ``+`` says that it joins the next word.

    Example:
        >>> words = closed_class()
        >>> words["ix-"], words["għall-"], words["tal-"]
        ('ال+', 'عال+', 'تاع ال+')
    """
    found = dict(WORDS) | CLITICS
    for prefix, arabic in WITH_ARTICLE.items():
        for ending in [*ASSIMILATED, *(["ll"] if prefix in DOUBLED_L else [])]:
            found[f"{prefix}{ending}-"] = f"{arabic}+"
    return found
