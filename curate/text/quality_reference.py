"""Text counters and repetition in plain Python: what the kernels must equal, and are timed against.

Written as a careful programmer would without numba, so that the ratio in
``benchmarks/text_quality.py`` is one to the usual way and not to a slow one. The definitions stand
in ``counters`` and ``repetition``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

import regex  # type: ignore[import-untyped]

from curate.text import characters, counters

_CLOSERS = regex.escape(characters.QUOTES + characters.BRACKETS)
# Python's white space is Unicode's and these four controls, which \s leaves out.
_ASCII_STOP, _WIDE_STOP = r"[\p{STerm}&&\x00-\x7f]", r"[\p{STerm}--\x00-\x7f]"
_SENTENCE_END = regex.compile(
    rf"(?V1)\p{{STerm}}*(?:{_WIDE_STOP}(?!\p{{STerm}})|{_ASCII_STOP}(?=[\s\x1c-\x1f{_CLOSERS}]|\Z))"
)
_AFTER_SENTENCE = regex.compile(rf"(?V1)[^\s\x1c-\x1f{_CLOSERS}]")
_END_MARKS = frozenset(
    {*regex.findall(r"\p{STerm}", "".join(map(chr, range(0x20000)))), *characters.QUOTES}
)
_SCRIPTS = "".join(rf"\p{{Script={script}}}" for script in characters.UNSPACED_SCRIPTS)
_UNSPACED = regex.compile(f"[{_SCRIPTS}]+")
_UNCLEAN = [phrase for phrase, flag in counters.PHRASES.items() if flag == counters.UNCLEAN]
_BULLETS = tuple(characters.BULLETS)
_LOWER = str.maketrans({chr(code): chr(code + 32) for code in range(65, 91)})


def count(
    text: str,
    stop_words: Collection[str] = (),
    short_line_characters: int = 30,
    clean_line_words: int = 5,
) -> list[int]:
    """One row of ``counters.count``."""
    words = text.split()
    lines = [line for line in map(str.strip, text.split("\n")) if line]
    # str.lower finds more than ASCII's (the Kelvin sign is a k), but never less, and is fast
    small = text.lower()
    flagged = any(phrase in small for phrase in _UNCLEAN)
    end_marks = [line for line in lines if line[-1] in _END_MARKS]
    clean = [line for line in end_marks if _is_clean(line, clean_line_words, flagged)]
    return [
        len(text),
        len(words),
        sum(map(len, words)),
        sum(word.isalpha() or any(map(str.isalpha, word)) for word in words),
        sum(map(str.isalpha, text)),
        sum(map(str.isalpha, "".join(_UNSPACED.findall(text)))),
        text.count("#"),
        text.count("...") + text.count("…"),
        len(set(words).intersection(stop_words)),
        text.count("\n"),
        len(lines),
        sum(line.startswith(_BULLETS) for line in lines),
        sum(line.endswith(("...", "…")) for line in lines),
        len(end_marks),
        sum(len(line) < short_line_characters for line in lines),
        len(clean),
        sum(map(_sentences, clean)),
        text.count("{"),
        text.translate(_LOWER).count("lorem ipsum") if "lorem ipsum" in small else 0,
    ]


def _is_clean(line: str, least_words: int, flagged: bool) -> bool:
    words = line.split()
    if len(words) < least_words or line.endswith(("...", "…")):
        return False
    if flagged and any(phrase in line.translate(_LOWER) for phrase in _UNCLEAN):
        return False
    return max(map(len, words), default=0) <= counters.LONGEST_WORD


def _sentences(line: str) -> int:
    ends = [match.end() for match in _SENTENCE_END.finditer(line)]
    return len(ends) + bool(_AFTER_SENTENCE.search(line, ends[-1] if ends else 0))


def repetition(text: str) -> list[float] | None:
    """One row of ``repetition.repetition``; None where that is NaN."""
    words = text.split()
    if not words:
        return None
    lines = [line.strip() for line in text.split("\n")]
    paragraphs: list[list[str]] = [[]]
    for raw, line in zip(text.split("\n"), lines, strict=True):
        if line:
            paragraphs[-1].append(raw)
        elif paragraphs[-1]:
            paragraphs.append([])
    whole = [_duplicates(line for line in lines if line)]
    whole += [_duplicates("\n".join(part).strip() for part in paragraphs if part)]
    total = len(text)
    shares = [share for share, _ in whole] + [inside / total for _, inside in whole]
    shares += [min(1.0, _top(words, n) / total) for n in (2, 3, 4)]
    return shares + [_repeated(words, n) / total for n in range(5, 11)]


def _duplicates(pieces: Iterable[str]) -> tuple[float, int]:
    counts = Counter(pieces)
    again = sum(count - 1 for count in counts.values())
    inside = sum(len(piece) * (count - 1) for piece, count in counts.items())
    return again / counts.total(), inside


def _top(words: list[str], n: int) -> int:
    grams = Counter(" ".join(words[at : at + n]) for at in range(len(words) - n + 1))
    if not grams:
        return 0
    gram, count = grams.most_common(1)[0]
    return len(gram) * count if count > 1 else 0


def _repeated(words: list[str], n: int) -> int:
    seen = set()
    characters = at = 0
    while at < len(words) - n + 1:
        gram = " ".join(words[at : at + n])
        if gram in seen:
            characters += len(gram) - n + 1
            at += n
        else:
            seen.add(gram)
            at += 1
    return characters
