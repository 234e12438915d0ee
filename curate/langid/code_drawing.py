"""From labelled programs to training text: vocabulary, held-out projects, crops.

Pure functions on lists of ``CodeFile``. All chance comes from ``random.Random(…).random()``, the
one stream that Python promises to keep between versions, so the same programs give the same text.
"""

from __future__ import annotations

import dataclasses as dc
import hashlib
import random
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

import pyarrow as pa

from curate.langid.code_files import CodeFile
from curate.langid.code_tokens import NO_WORDS, tokenize

AT_ONCE = 2000
"""Programs tokenised in one call."""
LEAST_LEFT = 0.6
"""Least share of a language's files that is trained on, however few its projects are."""


MIXED = {
    "cpp": ("c", 0.3),
    "objc": ("c", 0.35),
    "typescript": ("javascript", 0.3),
    "php": ("html", 0.1),
    "html": ("javascript", 0.1),
    "crystal": ("ruby", 0.25),
    "markdown": ("html", 0.1),
}


@dc.dataclass(frozen=True)
class Drawing:
    """How programs become training text.

    Args:
        texts: Texts drawn for each language, from its projects in turn.
        weights: Language → factor of ``texts``.
        files: Most files of a project that are drawn from, for each language.
        whole_share: Share of texts that are whole files, up to ``whole_bytes``; of the others,
            ``short_share`` have 3 to 8 lines, the rest 5 to 40.
        whole_bytes: As said.
        short_share: As said.
        mixed: Language → (language, share): so many of its texts get lines of the other before or
            behind them, since a program may be C for the most part and yet be C++.
        words: Most names of a language in the vocabulary, by the share of its files with them.
        least_share: Least such share, 0 to 1, as a mean over its projects.
        seed: Of everything drawn.
    """

    texts: int = 18_000
    weights: Mapping[str, float] = dc.field(default_factory=dict)
    files: int = 200
    whole_share: float = 0.25
    whole_bytes: int = 6000
    short_share: float = 0.5
    mixed: Mapping[str, tuple[str, float]] = dc.field(default_factory=lambda: dict(MIXED))
    words: int = 600
    least_share: float = 0.004
    seed: int = 7


def shape_digests(files: Sequence[CodeFile]) -> list[bytes]:
    """A digest of each program that renaming, comments and other numbers do not change."""
    found = []
    for start in range(0, len(files), AT_ONCE):
        texts = pa.array([file.text for file in files[start : start + AT_ONCE]], pa.large_string())
        shapes = tokenize(texts, NO_WORDS).texts.to_pylist()
        found += [hashlib.sha256(shape.encode()).digest() for shape in shapes]
    return found


def without_copies(files: Sequence[CodeFile], known: Collection[bytes] = ()) -> list[CodeFile]:
    """Each program once, by its shape, and none of which the digest is ``known``."""
    seen = set(known)
    kept = []
    for file, digest in zip(files, shape_digests(files), strict=True):
        if digest not in seen:
            seen.add(digest)
            kept.append(file)
    return kept


def split_projects(
    files: Sequence[CodeFile], share: float = 0.2, seed: int = 7
) -> tuple[list[CodeFile], list[CodeFile]]:
    """(to train on, to test on): whole projects, by the hash of their names.

    A language of two projects or more has one on each side, where that can be and leaves
    ``LEAST_LEFT`` of its files to train on; the side of a project is the same for all its
    languages. A language of one project is trained on alone.
    """
    projects: dict[str, set[str]] = defaultdict(set)
    counts: Counter[tuple[str, str]] = Counter()
    for file in files:
        projects[file.language].add(file.project)
        counts[file.language, file.project] += 1
    order = sorted({file.project for file in files}, key=lambda name: _hash(f"{seed} {name}"))
    total = Counter(file.language for file in files)
    left = total.copy()
    held: set[str] = set()

    def hold(name: str) -> None:
        spoken = [language for language, names in projects.items() if name in names]
        if any(left[one] - counts[one, name] < LEAST_LEFT * total[one] for one in spoken):
            return
        held.add(name)
        left.subtract({language: counts[language, name] for language in spoken})

    for language in sorted(projects, key=lambda one: (len(projects[one]), one)):
        wanted = max(1, round(share * len(projects[language])))
        for name in order:
            if len(projects[language] & held) >= wanted:
                break
            if name in projects[language] - held:
                hold(name)
    sides: tuple[list[CodeFile], list[CodeFile]] = ([], [])
    for file in files:
        sides[file.project in held].append(file)
    return sides


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def few_of_each(files: Iterable[CodeFile], most: int, seed: int = 7) -> list[CodeFile]:
    """At most so many files of each language of each project, by the hash of their paths."""
    pools: dict[tuple[str, str], list[CodeFile]] = defaultdict(list)
    for file in files:
        pools[file.language, file.project].append(file)
    kept = []
    for key in sorted(pools):
        pool = sorted(pools[key], key=lambda file: _hash(f"{seed} {file.path} {len(file.text)}"))
        kept += pool[:most]
    return kept


def choose_words(files: Sequence[CodeFile], drawing: Drawing) -> list[str]:
    """Names that stand for themselves: those that many files of many projects of a language have.

    A language of three projects or more needs a name in two of them, so that no project's own
    names tell its language.
    """
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    sizes: Counter[tuple[str, str]] = Counter()
    for start in range(0, len(files), AT_ONCE):
        some = files[start : start + AT_ONCE]
        found = tokenize(pa.array([file.text for file in some], pa.large_string()), None).texts
        for file, text in zip(some, found.to_pylist(), strict=True):
            key = file.language, file.project
            sizes[key] += 1
            counts[key].update({word for word in text.split(" ") if _is_name(word)})
    chosen: set[str] = set()
    for language in sorted({language for language, _ in sizes}):
        projects = [key for key in sorted(sizes) if key[0] == language]
        spread: Counter[str] = Counter()
        shares: dict[str, float] = defaultdict(float)
        for key in projects:
            for word, count in counts[key].items():
                spread[word] += 1
                shares[word] += count / sizes[key] / len(projects)
        least = 2 if len(projects) >= 3 else 1
        fit = [
            word
            for word, share in shares.items()
            if spread[word] >= least and share >= drawing.least_share
        ]
        chosen.update(sorted(fit, key=lambda word: (-shares[word], word))[: drawing.words])
    return sorted(chosen)


def _is_name(word: str) -> bool:
    return len(word) > 1 and word.isascii() and (word[0].isalpha() or word[0] == "_")


def draw_crops(files: Sequence[CodeFile], drawing: Drawing) -> list[tuple[str, str]]:
    """(label, text) of whole programs and parts of them, shuffled; as many of each language."""
    pools: dict[str, dict[str, list[CodeFile]]] = defaultdict(lambda: defaultdict(list))
    for file in few_of_each(files, drawing.files, drawing.seed):
        pools[file.language][file.project].append(file)
    keyed: list[tuple[float, str, str]] = []
    for language in sorted(pools):
        rng = random.Random(f"{drawing.seed} {language}")
        projects = [pools[language][name] for name in sorted(pools[language])]
        # by the root of their sizes: a project of one file is not seen 200 times
        weights = [len(pool) ** 0.5 for pool in projects]
        wanted = round(drawing.texts * drawing.weights.get(language, 1.0))
        for _ in range(wanted):
            pool = projects[_pick(weights, rng)]
            text = pool[int(rng.random() * len(pool))].text
            part = _part(text, drawing, rng)
            other, share = drawing.mixed.get(language, ("", 0.0))
            if other in pools and rng.random() < share:
                part = _mixed(part, pools[other], rng)
            keyed.append((rng.random(), language, part))
    return [(language, text) for _, language, text in sorted(keyed)]


def _mixed(text: str, others: Mapping[str, Sequence[CodeFile]], rng: random.Random) -> str:
    """The text with 3 to 30 lines of a program of another language before or behind it."""
    names = sorted(others)
    pool = others[names[int(rng.random() * len(names))]]
    lines = crop_lines(pool[int(rng.random() * len(pool))].text, 3 + int(rng.random() * 28), rng)
    return f"{text}\n{lines}" if rng.random() < 0.5 else f"{lines}\n{text}"


def _pick(weights: Sequence[float], rng: random.Random) -> int:
    at = rng.random() * sum(weights)
    for place, weight in enumerate(weights):
        at -= weight
        if at < 0:
            return place
    return len(weights) - 1


def _part(text: str, drawing: Drawing, rng: random.Random) -> str:
    if rng.random() < drawing.whole_share:
        return text[: drawing.whole_bytes]
    least, most = (3, 8) if rng.random() < drawing.short_share else (5, 40)
    return crop_lines(text, least + int(rng.random() * (most - least + 1)), rng)


def crop_lines(text: str, count: int, rng: random.Random) -> str:
    """So many lines in a row that are not empty, from anywhere in the text."""
    lines = [line for line in text.split("\n") if line.strip()]
    start = int(rng.random() * max(1, len(lines) - count + 1))
    return "\n".join(lines[start : start + count])
