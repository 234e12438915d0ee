"""What word-level translations tell of a word: is it like its English, Italian or Arabic?

The idea is Micallef et al. 2024, section 3.3 (edit distance to translations). Here the Maltese
spelling is first brought nearer to a Romance one (*kuntratt* → *cuntratt*), the best of all
possible Arabic spellings is compared with the Arabic, and the distance is relative to the length.
The tables (``mt-en``, ``mt-it``, ``mt-ar``, ``en-ar`` of MLRS/malti, tag 2024.eacl) are output of a
translation service and not part of this package; no word of them enters a feature's name, so that a
model learnt with them holds none.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numba as nb
import numpy as np

from curate.errors import EnvironmentError_
from curate.maltese.features import Features
from curate.maltese.romance import as_romance, bare
from curate.maltese.spelling import normalise
from curate.maltese.transliterate import NO_SIGNS, lattices

NAMES = ("mt-en", "mt-it", "mt-ar", "en-ar")
ENDINGS = "oeai"
SEEN = ("english equal", "arabic of english", "in english", "english near", "italian near")
"""How the features begin that the words beside a word see."""
ONE_ARABIC = str.maketrans(
    dict(zip("أإآىةؤئ", "اااىهوي", strict=True)) | {"ى": "ي"} | dict.fromkeys("ًٌٍَُِّْ")
)
LATIN = re.compile("[a-z]")
WORD = re.compile(r"[^\W\d_]+")
MOST_SPELLINGS = 512
"""Possible Arabic spellings compared with a translation; half of the words have 16 or fewer."""


class Tables:
    """The four tables, and the English, Italian and Arabic words that occur in them.

    Args:
        folder: With ``mt-en.tsv`` and the others: ``word TAB translation``, no header, no quoting.

    Raises:
        EnvironmentError_: A file is missing, or has no line of two fields.
    """

    def __init__(self, folder: Path) -> None:
        self.words = {name: _read(folder / f"{name}.tsv") for name in NAMES}
        self.english = self._vocabulary("mt-en")
        self.italian = self._vocabulary("mt-it")
        self.arabic = {
            part.translate(ONE_ARABIC)
            for meaning in self.words["mt-ar"].values()
            for part in meaning.split()
        }

    def _vocabulary(self, name: str) -> set[str]:
        found: set[str] = set()
        for word, meaning in self.words[name].items():
            if meaning.lower() != word.lower():
                found.update(WORD.findall(meaning.lower()))
        return found

    def features(self, word: str, *, near_only: bool = False) -> Features:
        """Features of a composed word; without those for the word itself if ``near_only``."""
        low = word.lower()
        romance = as_romance(low)
        found = self._meanings(word, low, romance)
        found.append(f"in english={low in self.english}")
        near = [name for name in found if name.startswith(SEEN)]
        if near_only:
            return Features([], near)
        found.append(f"in italian={low in self.italian}")
        if len(romance) > 3:
            forms = [romance, *(romance + one for one in ENDINGS)]
            forms += [romance[:-1] + one for one in "eo"]
            found.append(f"italian form={any(form in self.italian for form in forms)}")
        if any(letter.isalpha() for letter in word):
            found += self._spellings(word, low)
        return Features(found, near)

    def _of(self, name: str, word: str, low: str) -> str | None:
        table = self.words[name]
        return table.get(word, table.get(low))

    def _meanings(self, word: str, low: str, romance: str) -> list[str]:
        found = [self._of(name, word, low) for name in NAMES]
        english, italian, arabic, loan = found
        if english is None or italian is None or arabic is None or loan is None:
            return ["no translation"]
        names = [
            *_likeness("english", word, low, romance, english),
            *_likeness("italian", word, low, romance, italian),
        ]
        en, it = english.lower(), italian.lower()
        names.append(f"both equal={en == low},{it == low}")
        names.append(f"english is italian={en == it}")
        names.append(f"english like italian={int(5 * likeness(en, it))}")
        kind = (
            "same" if loan.lower() == low else "latin" if LATIN.search(loan.lower()) else "arabic"
        )
        names.append(f"arabic of english={kind}")
        names.append(f"one arabic={loan == arabic}")
        alike = likeness(loan.translate(ONE_ARABIC), arabic.translate(ONE_ARABIC))
        names.append(f"arabic like arabic={int(5 * alike)}")
        names.append(f"arabic in latin={bool(LATIN.search(arabic.lower()))}")
        return names

    def _spellings(self, word: str, low: str) -> list[str]:
        spellings = sorted(set(itertools.islice(_plain(normalise(word)), MOST_SPELLINGS)))
        found = [f"in arabic={any(one in self.arabic for one in spellings)}"]
        arabic, loan = self._of("mt-ar", word, low), self._of("en-ar", word, low)
        if arabic and spellings:
            plain = arabic.translate(ONE_ARABIC)
            parts = plain.split()
            bare = [part[2:] for part in parts if part.startswith("ال") and len(part) > 3]
            best = nearest(spellings, dict.fromkeys([plain, *parts, *bare]))
            found.append(f"arabic near={int(best * 10)}")
        if loan and spellings:
            best = nearest(spellings, [loan.translate(ONE_ARABIC)])
            found.append(f"loan near={int(best * 10)}")
        return found


def _plain(normalised: str) -> Iterator[str]:
    """Every spelling in Arabic letters, with letters that are often confused made one."""
    for lattice in lattices(normalised):
        parts = [[_plain_text(option.text) for option in part] for part in lattice]
        yield from map("".join, itertools.product(*parts))


@functools.cache
def _plain_text(option: str) -> str:
    return option.translate(NO_SIGNS).translate(ONE_ARABIC)


def _likeness(name: str, word: str, low: str, romance: str, meaning: str) -> list[str]:
    spoken = meaning.lower()
    parts = [bare(part) for part in spoken.split()] or [""]
    near = max(likeness(romance, part) for part in parts)
    equal = "case" if meaning == word else "low" if spoken == low else "no"
    return [
        f"{name} like={int(likeness(low, spoken) * 10)}",
        f"{name} near={int(near * 10)}",
        f"{name} start={min(_shared_start(romance, bare(spoken)), 6)}",
        f"{name} equal={equal}",
        f"{name} words={min(len(parts), 3)}",
        f"{name} capital={meaning[:1].isupper()}",
    ]


def likeness(one: str, other: str) -> float:
    """1 less the edit distance divided by the longer length; 1 for two empty strings."""
    longest = max(len(one), len(other))
    return 1 - int(_distance(_code(one), _code(other))) / longest if longest else 1.0


def nearest(ones: Iterable[str], others: Iterable[str]) -> float:
    """Highest likeness of any of these to any of those."""
    left, left_ends = _codes(ones)
    right, right_ends = _codes(others)
    return float(_best(left, left_ends, right, right_ends))


def _codes(words: Iterable[str]) -> tuple[np.ndarray, np.ndarray]:
    listed = list(words)
    joined = "".join(listed).encode("utf-32-le", "surrogatepass")
    ends = np.fromiter(itertools.accumulate(map(len, listed)), np.int64, len(listed))
    return np.frombuffer(joined, np.uint32), ends


@nb.njit(cache=True)
def _best(left, left_ends, right, right_ends):  # type: ignore[no-untyped-def]
    """Levenshtein 1966 by rows, over all pairs."""
    best = 0.0
    start = 0
    for end in left_ends:
        at = 0
        for stop in right_ends:
            rows, columns = end - start, stop - at
            longest = max(rows, columns)
            if longest == 0:
                return 1.0
            row = np.arange(columns + 1)
            for i in range(rows):
                corner, row[0] = row[0], i + 1
                for j in range(columns):
                    above = row[j + 1]
                    swap = corner + (left[start + i] != right[at + j])
                    row[j + 1] = min(swap, above + 1, row[j] + 1)
                    corner = above
            best = max(best, 1.0 - row[columns] / longest)
            at = stop
        start = end
    return best


def _code(word: str) -> np.ndarray[Any, np.dtype[np.uint32]]:
    return np.frombuffer(word.encode("utf-32-le", "surrogatepass"), np.uint32)


@nb.njit(cache=True)
def _distance(one, other):  # type: ignore[no-untyped-def]
    """Levenshtein 1966, row by row."""
    columns = other.size
    row = np.arange(columns + 1)
    for i in range(one.size):
        corner, row[0] = row[0], i + 1
        for j in range(columns):
            above = row[j + 1]
            swap = corner + (one[i] != other[j])
            row[j + 1] = min(swap, above + 1, row[j] + 1)
            corner = above
    return row[columns]


def _shared_start(one: str, other: str) -> int:
    pairs = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return sum(1 for _ in pairs)


def _read(path: Path) -> dict[str, str]:
    hint = "give the folder translations of MLRS/malti, tag 2024.eacl"
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise EnvironmentError_(f"cannot read the table {path} ({error}); {hint}") from None
    pairs = (line.rstrip("\r").split("\t") for line in lines)
    found = {pair[0]: pair[1] for pair in pairs if len(pair) == 2}
    if not found:
        raise EnvironmentError_(f"{path}: no line is 'word TAB translation'; {hint}")
    return found
