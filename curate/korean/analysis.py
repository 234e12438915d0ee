"""Korean text in morphemes, piece by piece, and edits that touch no more than their span.

Morphemes, conjugation and particles are kiwipiepy's (its model comes with it). A span is rebuilt
only where joining its own morphemes gives it back, letter by letter; all else is copied. A text is
analysed in pieces of whole sentences, each only when a rule looks at it.
"""

from __future__ import annotations

import dataclasses as dc
import functools
import hashlib
import importlib.metadata
import itertools
import random
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from curate.models import load_once, need

if TYPE_CHECKING:
    from kiwipiepy import Kiwi

Form = tuple[str, str]
"""A morpheme as kiwipiepy joins it: its form, and its tag."""
LEAST_PIECE = 60
_SENTENCE = re.compile(r"\n+|(?<=[.!?])[ \t]+")
NOUNS = ("NNG", "NNP", "NNB", "NR", "SL", "SH", "XR", "SN", "NP")


class Morpheme(NamedTuple):
    """One morpheme and where it stands.

    Attributes:
        form: As in the dictionary; final consonants are jamo of their own.
        tag: Sejong tag, with kiwipiepy's mark of regular or irregular stems.
        start: Offset of its first character in the text, in code points.
        end: Offset after its last.
        sentence: Sentence of the piece.
        word: Word (what stands between spaces) of the sentence.
    """

    form: str
    tag: str
    start: int
    end: int
    sentence: int
    word: int

    @property
    def kind(self) -> str:
        """The tag without the mark of regularity."""
        return self.tag.partition("-")[0]

    @property
    def pair(self) -> Form:
        """What ``join`` takes."""
        return self.form, self.tag


class Edit(NamedTuple):
    """Replace ``text[start:end]`` by ``after``.

    Attributes:
        start: Offset in the text, in code points.
        end: Offset after the span.
        after: What stands there instead.
        stems: Forms of the nouns, verbs and adjectives that an analysis has to find in it.
    """

    start: int
    end: int
    after: str
    stems: tuple[str, ...] = ()


@dc.dataclass(frozen=True)
class Piece:
    """Some sentences of a text, analysed when its morphemes are asked for.

    Attributes:
        text: The whole text.
        start: Where the piece begins.
        end: Where it ends.
    """

    text: str
    start: int
    end: int

    @functools.cached_property
    def morphemes(self) -> tuple[Morpheme, ...]:
        """With offsets in the whole text."""
        return morphemes(self.text[self.start : self.end], self.start)

    def word_of(self, at: int) -> range:
        """Indices of the morphemes of the word that holds the morpheme ``at``."""
        key = (self.morphemes[at].sentence, self.morphemes[at].word)
        begin, end = at, at + 1
        while begin and self._key(begin - 1) == key:
            begin -= 1
        while end < len(self.morphemes) and self._key(end) == key:
            end += 1
        return range(begin, end)

    def _key(self, at: int) -> tuple[int, int]:
        return self.morphemes[at].sentence, self.morphemes[at].word

    def sentence_of(self, at: int) -> Sequence[Morpheme]:
        """The morphemes of the sentence that holds the morpheme ``at``."""
        sentence = self.morphemes[at].sentence
        return [one for one in self.morphemes if one.sentence == sentence]

    def span(self, which: range) -> tuple[int, int]:
        """Offsets of a run of morphemes in the text."""
        return self.morphemes[which[0]].start, max(self.morphemes[at].end for at in which)

    def rebuilt(
        self, which: range, forms: Sequence[Form], tail: str = "", more: tuple[str, ...] = ()
    ) -> Edit | None:
        """The run of morphemes said by other ones; None where it does not give itself back.

        Args:
            which: Indices of the morphemes to replace.
            forms: Morphemes in their place.
            tail: Text after them.
            more: Stems in the tail.
        """
        start, end = self.span(which)
        said = self.text[start:end]
        words = itertools.groupby(which, self._key)  # join writes 해야한다 for 해야 한다
        own = " ".join(join([self.morphemes[at].pair for at in word]) for _, word in words)
        after = join(forms)
        if own != said:
            if own != _contracted(said):
                return None
            after = _opened(after)
        after += tail
        if after == said:
            return None
        return Edit(start, end, after, (*stems(forms), *more))


def _contracted(text: str) -> str:
    """하여 and 하였, of which laws are fond, as ``join`` writes them."""
    return text.replace("하였", "했").replace("하여", "해")


def _opened(text: str) -> str:
    """The last 했 or 해 in full."""
    return re.sub(
        "(.*)(?:했|(해))", lambda one: one[1] + ("하여" if one[2] else "하였"), text, count=1
    )


_STEMS = ("NN", "VV", "VA", "XR", "MAG", "NR")


def stems(forms: Iterable[Form]) -> tuple[str, ...]:
    """Forms of the morphemes that carry meaning."""
    return tuple(form for form, tag in forms if tag.startswith(_STEMS))


def kiwi() -> Kiwi:
    """The analyser, one for the process.

    Raises:
        EnvironmentError_: ``kiwipiepy`` is not installed.
    """
    return load_once(("kiwipiepy",), _load)


def _load() -> Kiwi:
    version()
    from kiwipiepy import Kiwi

    return Kiwi(num_workers=1)


def version() -> str:
    """Versions of kiwipiepy and its model: another one may find other morphemes.

    Raises:
        EnvironmentError_: It is not installed.
    """
    need("kiwipiepy", owner="Korean morphology", install="pip install 'curate[korean]'")
    names = ("kiwipiepy", "kiwipiepy_model")
    return " ".join(f"{name} {importlib.metadata.version(name)}" for name in names)


def join(forms: Iterable[Form]) -> str:
    """Morphemes as text: conjugated, particles agreeing, spaced.

    Example:
        >>> join([("어렵", "VA"), ("었", "EP"), ("다", "EF")])
        '어려웠다'
    """
    return str(kiwi().join(forms))


def morphemes(text: str, offset: int = 0) -> tuple[Morpheme, ...]:
    """The morphemes of a text.

    Args:
        text: Some sentences.
        offset: Where it stands in a longer text.
    """
    return tuple(
        Morpheme(
            one.form,
            one.tag,
            offset + one.start,
            offset + one.start + one.len,
            one.sent_position,
            one.word_position,
        )
        for one in kiwi().tokenize(text)
    )


class Document:
    """A text and its pieces."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.pieces = [Piece(text, start, end) for start, end in _places(text)]


def _places(text: str) -> list[tuple[int, int]]:
    """Cut at lines and sentences, but so that pieces have ``LEAST_PIECE`` characters."""
    found, start = [], 0
    for cut in _SENTENCE.finditer(text):
        if cut.end() - start >= LEAST_PIECE:
            found.append((start, cut.end()))
            start = cut.end()
    if start < len(text):
        found.append((start, len(text)))
    return found


def particle(word: str, rest: str) -> str:
    """``rest``, its first particle made to agree with the end of ``word``.

    Example:
        >>> particle("내년", "는 오른다"), particle("제3", "을")
        ('은 오른다', '을')
    """
    code = ord(word[-1]) - 0xAC00
    if not 0 <= code < 11172:
        return rest
    final = code % 28
    for closed, opened in (("은", "는"), ("이", "가"), ("을", "를"), ("과", "와"), ("으로", "로")):
        for one in (closed, opened):
            after = rest[len(one) : len(one) + 1]
            if rest.startswith(one) and not "가" <= after <= "힣":
                plain = not final or (opened == "로" and final == 8)
                return (opened if plain else closed) + rest[len(one) :]
    return rest


def seed_of(seed: int, rule: str, text: str) -> int:
    """The seed of a rule on a text: 63 bits of SHA-256, the same everywhere."""
    content = f"{seed}\0{rule}\0{text}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(content).digest()[:8], "big") >> 1


def shuffled(values: Iterable[int], chance: random.Random) -> list[int]:
    """The values in an order of chance."""
    listed = list(values)
    chance.shuffle(listed)
    return listed


@functools.cache
def table(name: str) -> tuple[tuple[str, ...], ...]:
    """Rows of one of the word lists beside this file, without the head."""
    path = Path(__file__).parent / "data" / f"{name}.tsv"
    lines = path.read_text(encoding="utf-8").splitlines()[1:]
    return tuple(tuple(line.split("\t")) for line in lines)
