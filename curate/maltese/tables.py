"""What word-level translations tell of a word: is it like its English, Italian or Arabic?

The idea is Micallef et al. 2024, section 3.3 (edit distance to translations). Here the Maltese
spelling is first brought nearer to a Romance one (*kuntratt* → *cuntratt*), the best of all
possible Arabic spellings is compared with the Arabic, and the distance is relative to the length.
The tables (``mt-en``, ``mt-it``, ``mt-ar``, ``en-ar`` of MLRS/malti, tag 2024.eacl) are output of a
translation service and not part of this package; no word of them enters a feature's name, so that a
model learnt with them holds none.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from curate.maltese.features import Features
from curate.maltese.likeness import ONE_ARABIC, likenesses, listed, spell
from curate.maltese.romance import as_romance, bare
from curate.maltese.spelling import normalise
from curate.maltese.word_tables import read_table

NAMES = ("mt-en", "mt-it", "mt-ar", "en-ar")
ENDINGS = "oeai"
LATIN = re.compile("[a-z]")
WORD = re.compile(r"[^\W\d_]+")


class Meanings(NamedTuple):
    """A word and what the tables have for it.

    Attributes:
        word: Composed.
        low: In lower case.
        romance: Respelled as Italian would have it.
        found: Its English, Italian and Arabic, and the Arabic of an English word spelled like it.
    """

    word: str
    low: str
    romance: str
    found: list[str | None]

    def all(self) -> list[str] | None:
        """All four, or nothing if one is not there."""
        found = [one for one in self.found if one is not None]
        return found if len(found) == len(NAMES) else None


class Tables:
    """The four tables, and the English, Italian and Arabic words that occur in them.

    Args:
        folder: With ``mt-en.tsv`` and the others: ``word TAB translation``, no header, no quoting.

    Raises:
        EnvironmentError_: A file is missing, or has no line of two fields.
    """

    def __init__(self, folder: Path) -> None:
        self.words = {name: read_table(folder / f"{name}.tsv") for name in NAMES}
        self.english = self._vocabulary("mt-en")
        self.italian = self._vocabulary("mt-it")
        parts = {part for meaning in self.words["mt-ar"].values() for part in meaning.split()}
        self.arabic = listed({part.translate(ONE_ARABIC) for part in parts})

    def _vocabulary(self, name: str) -> set[str]:
        found: set[str] = set()
        for word, meaning in self.words[name].items():
            if meaning.lower() != word.lower():
                found.update(WORD.findall(meaning.lower()))
        return found

    def features(self, words: Sequence[str], *, near_only: bool = False) -> list[Features]:
        """Features of composed words.

        Args:
            words: Not empty.
            near_only: Leave out those for the words themselves.
        """
        ones = [self._meanings(word) for word in words]
        pairs = [pair for one in ones for pair in _pairs(one, near_only=near_only)]
        alike = iter(likenesses([one for one, _ in pairs], [other for _, other in pairs]))
        found = [self._features(one, alike, near_only=near_only) for one in ones]
        if not near_only:
            self._add_spellings(ones, found)
        return found

    def _meanings(self, word: str) -> Meanings:
        low = word.lower()
        found = [table.get(word) for table in self.words.values()]
        if low != word and None in found:
            pairs = zip(found, self.words.values(), strict=True)
            found = [table.get(low) if one is None else one for one, table in pairs]
        return Meanings(word, low, as_romance(low), found)

    def _features(self, one: Meanings, alike: Iterator[float], *, near_only: bool) -> Features:
        """Features by meaning, of which the words beside a word see some; and by vocabulary."""
        near: list[str] = []
        own: list[str] = []
        if meanings := one.all():
            english, italian, _, loan = meanings
            beside, more = _likeness("english", one, english, alike, near_only=near_only)
            near += beside
            own += more
            beside, more = _likeness("italian", one, italian, alike, near_only=near_only)
            near.append(beside[0])
            own += more
            kind = f"arabic of english={_kind(loan.lower(), one.low)}"
            near.append(kind)
            if not near_only:
                own += _between(one.low, meanings, kind, alike)
        else:
            own.append("no translation")
        near.append(f"in english={one.low in self.english}")
        if near_only:
            return Features([], near)
        own += [near[-1], f"in italian={one.low in self.italian}"]
        romance = one.romance
        if len(romance) > 3:
            forms = [romance, *(romance + end for end in ENDINGS), romance[:-1] + "e"]
            is_form = not self.italian.isdisjoint([*forms, romance[:-1] + "o"])
            own.append(f"italian form={is_form}")
        return Features(own, near)

    def _add_spellings(self, ones: Sequence[Meanings], found: Sequence[Features]) -> None:
        """Add what the spellings of words with letters tell, to the words themselves."""
        places = [at for at, one in enumerate(ones) if any(map(str.isalpha, one.word))]
        meant = [ones[at].found[2:] for at in places]
        targets = [[_targets(arabic), _plain(loan)] for arabic, loan in meant]
        flat = [[*arabic, *loan] for arabic, loan in targets]
        spelled = spell([normalise(ones[at].word) for at in places], flat, self.arabic)
        nearest = iter(spelled.nearest)
        for row, at in enumerate(places):
            own = found[at].own
            own.append(f"in arabic={spelled.listed[row]}")
            for name, some in zip(("arabic near", "loan near"), targets[row], strict=True):
                best = max(itertools.islice(nearest, len(some)), default=0.0)
                if some and spelled.any[row]:
                    own.append(f"{name}={int(best * 10)}")


def _pairs(one: Meanings, *, near_only: bool) -> Iterator[tuple[str, str]]:
    """What is compared of a word, in the order in which the features take it."""
    if not (meanings := one.all()):
        return
    for meaning in meanings[:2]:
        spoken = meaning.lower()
        yield from ((one.romance, part) for part in _parts(spoken))
        if not near_only:
            yield one.low, spoken
    if not near_only:
        english, italian, arabic, loan = meanings
        yield english.lower(), italian.lower()
        yield loan.translate(ONE_ARABIC), arabic.translate(ONE_ARABIC)


def _parts(spoken: str) -> list[str]:
    return [bare(part) for part in spoken.split()] or [""]


def _likeness(
    name: str, one: Meanings, meaning: str, alike: Iterator[float], *, near_only: bool
) -> tuple[list[str], list[str]]:
    """(features that the words beside see, features of the word itself, those among them)."""
    spoken = meaning.lower()
    parts = 1 + len(spoken.split()[1:])
    near = f"{name} near={int(max(itertools.islice(alike, parts)) * 10)}"
    equal = "case" if meaning == one.word else "low" if spoken == one.low else "no"
    beside = [near, f"{name} equal={equal}"]
    if near_only:
        return beside, []
    start = min(_shared_start(one.romance, bare(spoken)), 6)
    return beside, [
        f"{name} like={int(next(alike) * 10)}",
        near,
        f"{name} start={start}",
        beside[1],
        f"{name} words={min(parts, 3)}",
        f"{name} capital={meaning[:1].isupper()}",
    ]


def _kind(loan: str, low: str) -> str:
    return "same" if loan == low else "latin" if LATIN.search(loan) else "arabic"


def _between(low: str, meanings: Sequence[str], kind: str, alike: Iterator[float]) -> list[str]:
    """How the meanings are like each other."""
    english, italian, arabic, loan = meanings
    en, it = english.lower(), italian.lower()
    return [
        f"both equal={en == low},{it == low}",
        f"english is italian={en == it}",
        f"english like italian={int(5 * next(alike))}",
        kind,
        f"one arabic={loan == arabic}",
        f"arabic like arabic={int(5 * next(alike))}",
        f"arabic in latin={bool(LATIN.search(arabic.lower()))}",
    ]


def _targets(arabic: str | None) -> list[str]:
    """A translation, its words, and those without the article."""
    if not arabic:
        return []
    plain = arabic.translate(ONE_ARABIC)
    parts = plain.split()
    bare_parts = [part[2:] for part in parts if part.startswith("ال") and len(part) > 3]
    return list(dict.fromkeys([plain, *parts, *bare_parts]))


def _plain(loan: str | None) -> list[str]:
    return [loan.translate(ONE_ARABIC)] if loan else []


def _shared_start(one: str, other: str) -> int:
    size = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        size += 1
    return size
