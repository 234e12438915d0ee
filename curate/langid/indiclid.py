"""IndicLID: two fastText models for the languages of India, one for their scripts, one for Latin.

Madhani, Khapra and Kunchukuttan 2023, "Bhasha-Abhijnaanam: Native-script and romanized Language
Identification for 22 Indic languages". A text of which more than half is Latin letters and digits
goes to the model of romanised text (FTR), any other to that of native scripts (FTN). Where FTR
gives its best label 0.6 or less, the original asks a BERT. That third model is not read here (it
is published as a pickle, which runs code when it is opened): such a text is ``und`` with a
probability of 0, so that a filter finds it uncertain. On the authors' romanised test set FTR alone
has an accuracy of 0.71, all three together 0.80.
"""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Sequence

import numba as nb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from curate.langid.labels import PREFIX
from curate.langid.model import Model
from curate.langid.predict import Numbers, Text, predict_numbers

FILES = ("indiclid-ftn/model_baseline_roman.bin", "indiclid-ftr/model_baseline_roman.bin")
"""The native and the roman model, as the archives of release v1.0 unpack (both named roman)."""
ROMAN_SHARE = 0.5
LEAST_ROMAN_PROB = 0.6
UNDETERMINED = PREFIX + "und"
# What the models write that is neither ISO 639-3 nor ISO 15924.
_NAMES = {"mni_Meti": "mni_Mtei", "tam_Tamil": "tam_Taml", "other": "und"}
_SIGNS = np.isin(np.arange(128), list(b"@_!#$%^&*()<>?/\\|}{~: \t\n\v\f\r\x1c\x1d\x1e\x1f"))
"""The signs that the authors leave out, and ASCII's white space."""


@dc.dataclass(frozen=True)
class IndicLid:
    """Both models, answering as one.

    Attributes:
        native: FTN, for native scripts.
        roman: FTR, for romanised text.
        labels: Labels of both, named as GlotLID and FLORES name them, and ``__label__und``.
    """

    native: Model
    roman: Model
    labels: tuple[str, ...]


def join(native: Model, roman: Model) -> IndicLid:
    """Put the two models together."""
    return IndicLid(native, roman, join_labels(native.labels, roman.labels))


def join_labels(native: Sequence[str], roman: Sequence[str]) -> tuple[str, ...]:
    """The labels of both models under their usual names.

    >>> join_labels(["__label__mni_Meti"], ["__label__kas_Latn", "__label__other"])
    ('__label__mni_Mtei', '__label__kas_Latn', '__label__und')
    """
    return tuple(dict.fromkeys([*map(_usual, native), *map(_usual, roman), UNDETERMINED]))


def roman_shares(texts: pa.Array) -> npt.NDArray[np.float64]:
    """Latin letters and digits among the characters that are neither spaces nor such signs.

    >>> roman_shares(pa.array(["mera naam", "\u0915\u0949 ok", "?!", None])).tolist()
    [1.0, 0.5, 0.0, 0.0]
    """
    flat = texts.cast(pa.large_binary())
    _, ends, data = flat.buffers()
    shares = np.zeros(len(flat), np.float64)
    if len(flat) and data is not None and data.size:
        places = np.frombuffer(ends, np.int64)[flat.offset : flat.offset + len(flat) + 1]
        _count_roman(np.frombuffer(data, np.uint8), places, _SIGNS, shares)
    return shares


@nb.njit(cache=True, nogil=True)
def _count_roman(data, places, signs, shares):  # type: ignore[no-untyped-def]
    for row in range(shares.size):
        latin = counted = 0
        for at in range(places[row], places[row + 1]):
            byte = data[at]
            if byte >= 128:  # one for the first byte of a character, less one for a wide space
                counted += (byte & 0xC0) != 0x80
                counted -= _ends_wide_space(data, places[row], at)
                continue
            counted += not signs[byte]
            latin += 48 <= byte <= 57 or 65 <= byte <= 90 or 97 <= byte <= 122
        shares[row] = latin / max(counted, 1)


@nb.njit(cache=True, nogil=True)
def _ends_wide_space(data, start, at):  # type: ignore[no-untyped-def]
    """Whether a character that Python calls a space, beyond ASCII, ends at this byte."""
    last = data[at]
    before = data[at - 1] if at > start else 0
    if before == 0xC2:
        return last in (0x85, 0xA0)
    first = data[at - 2] if at - 1 > start else 0
    if first == 0xE2 and before == 0x80:
        return last <= 0x8A or last in (0xA8, 0xA9, 0xAF)
    known = (first == 0xE2 and before == 0x81 and last == 0x9F) or (
        first == 0xE1 and before == 0x9A and last == 0x80
    )
    return known or (first == 0xE3 and before == 0x80 and last == 0x80)


def predict_pair(models: IndicLid, texts: Text, k: int = 1) -> Numbers:
    """The same as ``predict_numbers``, by the model that each text belongs to."""
    flat = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    roman = roman_shares(flat) > ROMAN_SHARE
    rows = len(flat)
    most = min(k, len(models.labels))
    labels = np.zeros((rows, most), np.int32)
    probs = np.zeros((rows, most), np.float32)
    counts = np.zeros(rows, np.int32)
    for model, chosen in ((models.native, ~roman), (models.roman, roman)):
        found = predict_numbers(model, flat.filter(pa.array(chosen)), k)
        at = np.flatnonzero(chosen)
        width = found.labels.shape[1]
        labels[at[:, None], np.arange(width)] = _places(model, models.labels)[found.labels]
        probs[at[:, None], np.arange(width)] = found.probs
        counts[at] = found.counts
    unsure = roman & (counts > 0) & (probs[:, 0] <= LEAST_ROMAN_PROB)
    labels[unsure, 0] = models.labels.index(UNDETERMINED)
    probs[unsure, 0] = 0
    counts[unsure] = 1
    return Numbers(labels, probs, counts, np.asarray(flat.is_null()))


def _usual(label: str) -> str:
    name = label.removeprefix(PREFIX)
    return PREFIX + _NAMES.get(name, name)


def _places(model: Model, labels: tuple[str, ...]) -> npt.NDArray[np.int32]:
    """Where the labels of a model stand among those of both."""
    return np.array([labels.index(_usual(label)) for label in model.labels], np.int32)
