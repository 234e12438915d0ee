"""Perplexity of texts under an n-gram model, by KenLM, as CCNet measures it.

Heafield 2011, "KenLM: Faster and Smaller Language Model Queries"; Wenzek et al. 2020, "CCNet:
Extracting High Quality Monolingual Datasets from Web Crawl Data".
"""

from __future__ import annotations

import functools
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from curate import models
from curate.errors import EnvironmentError_, SourceError

INSTALL = "pip install 'curate[perplexity]'"
_HINT = "give the path of a KenLM model (.arpa or .bin), or hub:org/name@revision/file"
Unit = Literal["word", "character"]
LARGEST_EXPONENT = 300.0
"""Keeps a perplexity finite, whatever stands in the model; usual ones give unknown words -100."""

# What CCNet writes for punctuation that is not ASCII.
_PUNCTUATION = {
    "，、": ",",
    "。": ".",
    "．": ". ",
    "„”“«»」「《》": '"',
    "´’": "'",
    "∶：": ":",
    "；": ";",
    "？": "?",
    "！": "!",
    "（": "(",
    "）": ")",
    "–━►": "-",
    "—": " - ",
    "～": "~",
    "…": "...",
    "〈": "<",
    "〉": ">",
    "【": "[",
    "】": "]",
    "％": "%",
}


def prepare(model: str, pieces: str, *, owner: str) -> dict[str, str]:
    """Make sure that packages and models are on this machine; file name → sha256.

    Args:
        model: Where the KenLM model is.
        pieces: Where the SentencePiece model is; empty for none.
        owner: Who needs them, for messages.

    Raises:
        EnvironmentError_: Something is missing; the message says how to get it.
    """
    references = _references(model, pieces, owner)
    found: dict[str, str] = {}
    for reference in references:
        found |= models.prepare(reference, owner=owner, hint=_HINT)
    return found


def open_models(model: str, pieces: str, *, owner: str) -> tuple[Any, Any]:
    """Both models, read once in a process; None for no SentencePiece model; never downloads.

    Raises:
        EnvironmentError_: Something is missing.
        SourceError: A file is no model, or damaged.
    """
    references = _references(model, pieces, owner)
    paths = [models.locate(reference, owner=owner, hint=_HINT) for reference in references]
    readers = (_read_model, _read_pieces)
    found = [
        models.load_once(_key(reader.__name__, path), functools.partial(reader, path))
        for reader, path in zip(readers, paths, strict=False)
    ]
    return found[0], found[1] if pieces else None


def _references(model: str, pieces: str, owner: str) -> list[str]:
    if not model:
        raise EnvironmentError_(f"{owner}: the option model is empty; {_HINT}")
    packages = ("kenlm", "sentencepiece") if pieces else ("kenlm",)
    models.need(*packages, owner=owner, install=INSTALL)
    return [model, pieces] if pieces else [model]


def perplexities(
    texts: pa.Array, model: Any, pieces: Any = None, *, ccnet: bool = False, unit: Unit = "word"
) -> list[float | None]:
    """Perplexity of each text: 10 to the mean negative log10 probability of its units.

    Args:
        texts: string or large_string.
        model: From ``open_models``.
        pieces: From ``open_models``; its pieces are the words then.
        ccnet: Whether texts are normalised as CCNet does, which also makes each of them one line.
        unit: Whether the mean is over words or characters; the end of each line counts as one.

    Returns:
        Null for null and for a text without a word.
    """
    lines = texts.cast(pa.large_binary()).to_pylist()
    return [
        None
        if line is None
        else _perplexity(line.decode("utf-8", "replace"), model, pieces, ccnet, unit)
        for line in lines
    ]


def _perplexity(text: str, model: Any, pieces: Any, ccnet: bool, unit: Unit) -> float | None:
    score, units = 0.0, 0
    for line in _lines(normalize(text) if ccnet else text):
        words = pieces.encode(line, out_type=str) if pieces else [line]
        said = " ".join(words)
        count = len(said.encode().split())  # as KenLM parts words: at ASCII's white space
        if count:
            score += model.score(said)
            units += 1 + (count if unit == "word" else len(line))
    return 10.0 ** min(-score / units, LARGEST_EXPONENT) if units else None


def _lines(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        if line := line.strip():
            yield line


def normalize(text: str) -> str:
    r"""Text as CCNet reads it: lower case, no accents, 0 for digits, plain punctuation.

    Control characters go, newlines among them, so that lines run together as they do there.

    >>> normalize(" Él dijo: «Ｎo１» —\n25 ")
    'el dijo: "ｎo0"  - 00'
    """
    return unicodedata.normalize("NFD", text.strip().lower()).translate(_table())


@functools.cache
def _table() -> dict[int, str | None]:
    table: dict[int, str | None] = dict.fromkeys((*range(32), *range(127, 160)))
    table |= {ord(mark): plain for marks, plain in _PUNCTUATION.items() for mark in marks}
    for code in range(sys.maxunicode + 1):
        kind = unicodedata.category(chr(code))
        if kind == "Mn":
            table[code] = None
        elif kind == "Nd":
            table[code] = "0"
    return table


def _read_model(path: Path) -> Any:
    import kenlm

    config = kenlm.Config()
    config.show_progress = False
    config.arpa_complain = kenlm.ARPALoadComplain.NONE
    try:
        return kenlm.Model(str(path), config)
    except (OSError, RuntimeError) as error:
        # KenLM puts the signature of a C++ template before what it has to say
        why = " ".join(str(error).rpartition("Exception.")[2].split())[:120].rstrip(" )")
        raise SourceError(
            f"{path}: KenLM cannot read it: {why}; is it a whole .arpa or .bin model?"
        ) from error


def _read_pieces(path: Path) -> Any:
    import sentencepiece

    try:
        return sentencepiece.SentencePieceProcessor(model_file=str(path))
    except (OSError, RuntimeError) as error:
        raise SourceError(f"{path}: no SentencePiece model; is the file whole?") from error


def _key(what: str, path: Path) -> Sequence[object]:
    """A file that was replaced is another file."""
    status = path.stat()
    return what, path, status.st_size, status.st_mtime_ns
