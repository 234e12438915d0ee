"""Models of programming languages: a fastText file, and beside it the names its text is made with.

A model of ``code_train`` is two files of one stem, ``mine.ftz`` and ``mine.json``: the tokens that
the classifier reads depend on the vocabulary in the JSON, so neither is anything without the other.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from curate import models
from curate.errors import SourceError
from curate.langid.code_tokens import Vocabulary, tokenize, vocabulary
from curate.langid.labels import PREFIX
from curate.langid.model import Model, read_model
from curate.langid.predict import predict_numbers

DEFAULT_MODEL = Path(__file__).parent / "data" / "code.ftz"
"""The bundled model, for an empty ``model`` option."""
WEIGHED = 5
"""Labels among which probabilities are shared out: the best ones."""
_HINT = "give the .ftz file that python -m curate.langid.code_train wrote, or leave model empty"


class CodeModel(NamedTuple):
    """A model that is read.

    Attributes:
        model: The classifier.
        words: Its vocabulary.
        labels: Its languages, in the order of their numbers.
    """

    model: Model
    words: Vocabulary
    labels: tuple[str, ...]


class Judged(NamedTuple):
    """What a model says of texts.

    Attributes:
        labels: int32, shape (texts, 5): places in ``CodeModel.labels``, best first.
        probs: float32, shape (texts, 5): shares of the sum of these labels' probabilities, rounded
            to 4 decimals; 0 where there is no label.
        counts: int32, shape (texts,): tokens of code, comments not counted.
    """

    labels: npt.NDArray[np.int32]
    probs: npt.NDArray[np.float32]
    counts: npt.NDArray[np.int32]


def prepare(model: str, *, owner: str) -> dict[str, str]:
    """Make sure that both files are on this machine; fetch a ``hub:`` model.

    Returns:
        File name → sha256.

    Raises:
        EnvironmentError_: Not to be had; says what to do.
    """
    found = dict(models.prepare(_reference(model), owner=owner, hint=_HINT))
    return found | models.prepare(_beside(_reference(model)), owner=owner, hint=_HINT)


def open_model(model: str, *, owner: str) -> CodeModel:
    """A model that is on this machine, read once in a process; never downloads.

    Raises:
        EnvironmentError_: It is not here.
        SourceError: It is damaged, or has no vocabulary beside it.
    """
    path = models.locate(_reference(model), owner=owner, hint=_HINT)
    beside = models.locate(_beside(_reference(model)), owner=owner, hint=_HINT)
    status = path.stat()
    key = "code model", str(path), status.st_size, status.st_mtime_ns
    return models.load_once(key, lambda: read_code_model(path, beside))


def read_code_model(path: Path, beside: Path) -> CodeModel:
    """Read the classifier and its vocabulary.

    Raises:
        SourceError: One of them is damaged, or the JSON has no ``words``.
    """
    try:
        words = json.loads(beside.read_text(encoding="utf-8"))["words"]
        if not isinstance(words, str):
            raise TypeError("'words' is no text of names with spaces between them")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SourceError(
            f"{beside}: no vocabulary of a programming-language model ({error}); {_HINT}"
        ) from error
    model = read_model(path)
    labels = tuple(label.removeprefix(PREFIX) for label in model.labels)
    return CodeModel(model, vocabulary(words.split()), labels)


def judge(model: CodeModel, texts: pa.Array | pa.ChunkedArray) -> Judged:
    r"""The most probable languages of each text, by its first ``MOST_BYTES`` bytes.

    A model of ``ova`` gives each label a probability of its own, and all of them are low for a
    style that it has not met: of 146 Swift programs 47 have less than 0.3, and 45 of these are
    rightly called Swift. What counts is how much more a label has than the next ones.

    Example:
        >>> bundled = open_model("", owner="here")
        >>> judged = judge(bundled, pa.array(["fn main() {\n    let mut n: u32 = 7;\n}"]))
        >>> bundled.labels[judged.labels[0, 0]], judged.counts.tolist()
        ('rust', [14])
    """
    tokens = tokenize(texts, model.words)
    found = predict_numbers(model.model, tokens.texts, min(WEIGHED, len(model.labels)))
    there = np.arange(found.labels.shape[1]) < found.counts[:, None]
    probs = np.where(there, found.probs, 0).astype(np.float64)
    shares = probs / np.maximum(probs.sum(axis=1, keepdims=True), 1e-9)
    # 4 decimals, so that no processor's last bit decides
    return Judged(found.labels, shares.round(4).astype(np.float32), tokens.counts)


def _reference(model: str) -> str:
    return model or str(DEFAULT_MODEL)


def _beside(reference: str) -> str:
    stem, dot, _ = reference.rpartition(".")
    return f"{stem}{dot}json" if dot else f"{reference}.json"
