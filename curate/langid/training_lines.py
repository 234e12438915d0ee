"""Labelled lines for training a language model: reading, cleaning, drawing and varying them.

Pure functions on lists of ``Line``. All chance comes from ``random.Random(…).random()``, the one
stream that Python promises to keep between versions, so the same lines give the same training text.
"""

from __future__ import annotations

import dataclasses as dc
import hashlib
import random
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from curate.errors import SourceError
from curate.langid.row_files import rows_of

STRAYS = (
    "-",
    ":",
    ",",
    ".",
    "...",
    "(",
    ")",
    '"',
    "/",
    "%",
    "!",
    "?",
    "1",
    "20",
    "3.5",
    "2015",
    "|",
    "*",
)
"""What stands between words in any language, so that it tells none."""

UNSPACED_CROP = 8
"""Most characters of a crop from text without spaces (Chinese, Japanese, Thai)."""


class Line(NamedTuple):
    """One labelled line of text.

    Attributes:
        text: The text; ``clean_lines`` leaves single spaces between words.
        label: Language and script, such as ``kas_Arab``.
        source: Where it comes from.
        licence: On what terms.
    """

    text: str
    label: str
    source: str = ""
    licence: str = ""


@dc.dataclass(frozen=True)
class Sampling:
    """How often each line is drawn and what is done to it.

    Args:
        temperature: A label with n lines is drawn in proportion to n to this power: 1 leaves the
            shares as they are, 0 makes all labels equal.
        weights: Label → factor on its share, for labels that are confused with a larger neighbour.
        source_weights: Source → how many times its lines count among those of their label.
        crop_share: Share of the drawn lines that are also given as a crop, for short text.
        crop_shares: Label → a share of its own.
        crop_words: Most words of a crop.
        case_share: Share of the lines that are written in one case, mostly small letters.
        bare_share: Share of the lines that lose digits, punctuation and symbols.
        noise_share: Share of the lines with one or two strays put between or at their words:
            punctuation, numbers, in other scripts also a Latin word.
        unmarked_shares: Label → share of its lines that lose their marks (vowel signs, accents).
        seed: Another seed draws other lines.
    """

    temperature: float = 0.4
    weights: Mapping[str, float] = dc.field(default_factory=dict)
    source_weights: Mapping[str, int] = dc.field(default_factory=dict)
    crop_share: float = 1.0
    crop_shares: Mapping[str, float] = dc.field(default_factory=dict)
    crop_words: int = 3
    case_share: float = 0.15
    bare_share: float = 0.1
    noise_share: float = 0.2
    unmarked_shares: Mapping[str, float] = dc.field(default_factory=dict)
    seed: int = 7


def read_lines(path: Path, columns: Mapping[str, str] | None = None) -> list[Line]:
    """Lines of a ``.jsonl``, ``.jsonl.gz`` or ``.parquet`` file.

    Args:
        path: The file; each row has at least a text and a label.
        columns: Our name → theirs, where they differ from ``text``, ``lang``, ``source``,
            ``licence``.

    Raises:
        SourceError: No such file, or a row without text or label.
    """
    names = {name: name for name in ("text", "lang", "source", "licence")} | dict(columns or {})
    found = []
    for number, row in enumerate(rows_of(path), 1):
        text, label = row.get(names["text"]), row.get(names["lang"])
        if not isinstance(text, str) or not isinstance(label, str) or not label:
            raise SourceError(
                f"{path}, row {number}: there is no {names['text']!r} or no {names['lang']!r}; "
                "every row needs both, as strings"
            )
        rest = (str(row.get(names[name]) or "") for name in ("source", "licence"))
        found.append(Line(text, label, *rest))
    return found


def letters_of(text: str) -> str:
    """The letters alone, in one case: what two copies of a text share however they are written.

    Example:
        >>> letters_of("The  CAFÉ, no. 3") == letters_of("the café no")
        True
    """
    whole = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in whole if char.isalpha())


def clean_lines(
    lines: Iterable[Line],
    *,
    merge: Mapping[str, str] | None = None,
    labels: Collection[str] = (),
    least: int = 1,
    held_out: Collection[str] = (),
) -> list[Line]:
    """Lines that can be trained on: no letters, no line; one text, one line for a label.

    Args:
        lines: As read.
        merge: Label → the label it becomes, such as a dialect's.
        labels: Labels to keep; empty keeps all.
        least: Labels with fewer lines than this are dropped.
        held_out: ``letters_of`` of texts that must not be trained on.
    """
    merge = merge or {}
    seen: set[tuple[str, str]] = set()
    kept: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        label = merge.get(line.label, line.label)
        text = _plain(line.text)
        letters = letters_of(text)
        if not letters or letters in held_out or (labels and label not in labels):
            continue
        if (label, text) not in seen:
            seen.add((label, text))
            kept[label].append(line._replace(text=text, label=label))
    return [line for label in sorted(kept) if len(kept[label]) >= least for line in kept[label]]


def _plain(text: str) -> str:
    """One line of UTF-8 in which fastText sees nothing but words."""
    whole = text.encode("utf-8", "replace").decode("utf-8").replace("\0", " ")
    return " ".join(whole.replace("__label__", " ").replace("</s>", " ").split())


def held_out_part(lines: Iterable[Line], share: float = 0.05) -> tuple[list[Line], list[Line]]:
    """Split lines by the hash of their letters: (to train on, to test on)."""
    parts: tuple[list[Line], list[Line]] = ([], [])
    for line in lines:
        digest = hashlib.sha256(letters_of(line.text).encode()).digest()
        parts[int.from_bytes(digest[:8], "big") < share * 2**64].append(line)
    return parts


def draw(lines: Sequence[Line], sampling: Sampling) -> list[str]:
    """The training text: drawn, varied and shuffled, each as ``__label__<label> <text>``.

    The label with the most lines is drawn as often as it has lines, times its weight; the others by
    ``temperature``. A label with fewer lines than its share goes through them again.
    """
    by_label: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        by_label[line.label] += [line] * sampling.source_weights.get(line.source, 1)
    most = max(Counter(line.label for line in lines).values(), default=0)
    latin = _latin_words(lines)
    keyed: list[tuple[float, str]] = []
    for label in sorted(by_label):
        rng = random.Random(f"{sampling.seed} {label}")
        pool = by_label[label]
        share = most * (len(pool) / most) ** sampling.temperature
        wanted = round(share * sampling.weights.get(label, 1.0))
        for line in _rounds(pool, wanted, rng):
            for text in _variants(line, sampling, latin, rng):
                keyed.append((rng.random(), f"__label__{label} {text}"))
    return [text for _, text in sorted(keyed)]


def _latin_words(lines: Iterable[Line]) -> list[str]:
    """English words, the ones that are met in text of any language."""
    english = (line.text for line in lines if line.label in ("eng_Latn", "eng", "en"))
    return sorted({word for text in english for word in text.split(" ") if word.isalpha()})


def _rounds(pool: Sequence[Line], wanted: int, rng: random.Random) -> Iterator[Line]:
    """So many lines: all of them in random order, again and again."""
    while wanted > 0:
        order = sorted((rng.random(), at) for at in range(len(pool)))[:wanted]
        yield from (pool[at] for _, at in order)
        wanted -= len(order)


def _variants(
    line: Line, sampling: Sampling, latin: Sequence[str], rng: random.Random
) -> Iterator[str]:
    """The line as it is trained on, and perhaps a crop of it."""
    text = line.text
    if rng.random() < sampling.unmarked_shares.get(line.label, 0.0):
        text = without_marks(text)
    if rng.random() < sampling.bare_share:
        text = bare(text) or text
    if rng.random() < sampling.noise_share:
        text = with_strays(text, latin, rng)
    if rng.random() < sampling.case_share:
        text = text.lower() if rng.random() < 0.7 else text.upper()
    yield text
    if rng.random() < sampling.crop_shares.get(line.label, sampling.crop_share):
        part = crop(text, sampling.crop_words, rng)
        if any(char.isalpha() for char in part):
            yield part


def with_strays(text: str, latin: Sequence[str], rng: random.Random) -> str:
    """The text with one or two strays as words of their own or stuck to one.

    Args:
        text: Words with single spaces.
        latin: Words that may stray into text that has no Latin letters.
        rng: The source of chance.
    """
    words = text.split(" ")
    foreign = bool(latin) and not any("a" <= char <= "z" for char in text.lower())
    for _ in range(1 + int(rng.random() * 2)):
        pool = latin if foreign and rng.random() < 0.3 else STRAYS
        stray = pool[int(rng.random() * len(pool))]
        at = int(rng.random() * (len(words) + 1))
        if at == len(words) or rng.random() < 0.5:
            words.insert(at, stray)
        elif rng.random() < 0.5:
            words[at] = stray + words[at]
        else:
            words[at] += stray
    return " ".join(words)


def crop(text: str, most_words: int, rng: random.Random) -> str:
    """Some words of a text, fewer than all; characters if it has no spaces; "" if it is short."""
    words = text.split(" ")
    if len(words) > 1:
        count = 1 + int(rng.random() * min(most_words, len(words) - 1))
        start = int(rng.random() * (len(words) - count + 1))
        return " ".join(words[start : start + count])
    if len(text) <= UNSPACED_CROP:
        return ""
    count = 2 + int(rng.random() * (UNSPACED_CROP - 1))
    start = int(rng.random() * (len(text) - count + 1))
    return text[start : start + count]


def bare(text: str) -> str:
    """Letters, marks and joiners only, the rest made spaces.

    Example:
        >>> bare("No. 3: that's it!")
        'No that s it'
    """
    kept = (
        char if unicodedata.category(char)[0] in "LM" or char in "\u200c\u200d" else " "
        for char in text
    )
    return " ".join("".join(kept).split())


def without_marks(text: str) -> str:
    """The text without combining marks, composed ones included.

    Example:
        >>> without_marks("چھُ é")
        'چھ e'
    """
    apart = unicodedata.normalize("NFD", text)
    rest = "".join(char for char in apart if unicodedata.category(char) != "Mn")
    return unicodedata.normalize("NFC", rest)
