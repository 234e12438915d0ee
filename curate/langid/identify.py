"""Languages of text by any model there is: one fastText model, one on cleaned text, or IndicLID."""

from __future__ import annotations

import dataclasses as dc
from typing import TypeAlias

import pyarrow as pa
import regex  # type: ignore[import-untyped]

from curate.langid.indiclid import IndicLid, predict_pair
from curate.langid.model import Model
from curate.langid.predict import Numbers, Text, predict_numbers

_NEITHER_WORD_NOR_SPACE = regex.compile(r"[^\p{Word}\p{Zs}]|\d")
_SEVERAL_SPACES = regex.compile(r"\s\s+")


@dc.dataclass(frozen=True)
class Cleaned:
    """A model that was trained on cleaned text, and is asked about cleaned text.

    Attributes:
        model: The model.
    """

    model: Model

    @property
    def labels(self) -> tuple[str, ...]:
        """Its labels as they stand in the file."""
        return self.model.labels


Identifier: TypeAlias = Model | Cleaned | IndicLid


def identify(model: Identifier, texts: Text, k: int = 1) -> Numbers:
    """The ``k`` most probable labels of each text, as places in ``model.labels``."""
    if isinstance(model, IndicLid):
        return predict_pair(model, texts, k)
    if isinstance(model, Cleaned):
        lines = texts.cast(pa.large_binary()).to_pylist()
        cleaned = [line and clean(line.decode("utf-8", "replace")) for line in lines]
        return predict_numbers(model.model, pa.array(cleaned, pa.large_string()), k)
    return predict_numbers(model, texts, k)


def on_device(model: Identifier, device: str) -> Identifier:
    """A model that was read for the CPU, run on ``cpu`` or ``cuda``."""
    if device == "cpu":
        return model
    if isinstance(model, Model):
        return dc.replace(model, device=device)
    if isinstance(model, Cleaned):
        return Cleaned(dc.replace(model.model, device=device))
    native, roman = (dc.replace(one, device=device) for one in (model.native, model.roman))
    return dc.replace(model, native=native, roman=roman)


def clean(text: str) -> str:
    r"""A text as OpenLID v2 was trained on it: lower case, words and spaces only, no digits.

    What its authors call ``openlid_normer.clean_line``; Burchell et al. 2023, "An Open Dataset and
    Model for Language Identification".

    >>> clean("  Hello, World!\nIt's 2024…  ok ")
    'hello world its ok'
    """
    line = text.strip().replace("\n", " ").lower()
    return str(_SEVERAL_SPACES.sub(" ", _NEITHER_WORD_NOR_SPACE.sub("", line)))
