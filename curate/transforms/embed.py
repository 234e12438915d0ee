"""Texts as vectors, by a sentence-transformers model or by hashed character n-grams.

Vectors have length 1, so that their product is the cosine. A model (Reimers and Gurevych 2019,
"Sentence-BERT"; ``bge-m3``: Chen et al. 2024, "M3-Embedding") puts texts of like meaning close, but
hardly parts a text from one with a changed figure or a negation. ``ngrams`` counts common letters
and is no model of meaning: state it as such where the vectors decide anything.
"""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
import pyarrow as pa
from annotated_types import Ge, Le

from curate.contract import Adds, Column, ModelPath, Transform, put

if TYPE_CHECKING:
    import numpy.typing as npt

NGRAMS = "ngrams"


@dc.dataclass(frozen=True)
class Embed(Transform):
    """Put vectors beside texts, by a sentence-transformers model or hashed character n-grams.

    Args:
        text: Column with texts, or with lists of texts.
        into: Name of the column added.
        model: ``bge-m3``; a folder of a sentence-transformers model; ``hub:org/name@revision``; or
            ``ngrams``, which needs none and knows no meaning.
        dims: Length of ``ngrams`` vectors; a model has its own.
        max_tokens: A model reads a text up to here, and no further than it was built for.
        prompt: Put before every text, for models that want an instruction.
        precision: How the numbers are stored.
        device: ``cuda`` (in float16), ``cpu``, or whichever torch finds (``auto``); ``ngrams``
            always runs on the CPU.

    Reads:
        text: string, or list<string>.

    Adds:
        vector: fixed-size list of float32 or float16, named by ``into``, of length 1; null for a
            text that is null or blank. For lists of texts a list of these.

    Raises:
        EnvironmentError_: Package or model are missing.

    Example:
        >>> made = Embed(dims=64)(pa.table({"text": ["코스피가 내렸다", "코스피가 올랐다", " "]}))
        >>> a, b, none = made["vector"].to_pylist()
        >>> len(a), round(sum(x * y for x, y in zip(a, b)), 1) > 0.3, none
        (64, True, None)
    """

    text: Column = "text"
    into: str = "vector"
    model: ModelPath = NGRAMS
    dims: Annotated[int, Ge(16), Le(16_384)] = 1024
    max_tokens: Annotated[int, Ge(8), Le(65_536)] = 512
    prompt: str = ""
    precision: Literal["float32", "float16"] = "float32"
    device: Literal["auto", "cpu", "cuda"] = "auto"

    def added(self, schema: pa.Schema) -> Adds:
        """The vectors, in lists where the texts are."""
        kind = pa.list_(pa.float32() if self.precision == "float32" else pa.float16(), self._dims())
        listed = _is_list(schema.field(self.text).type)
        return {self.into: pa.list_(kind) if listed else kind}

    def prepare(self) -> dict[str, str]:
        """Find or fetch the model."""
        if self.model == NGRAMS:
            return {}
        from curate.embedding import sentence_model

        return sentence_model.prepare(self.model, owner=self.step_name())

    def runs_on(self) -> str:
        """``"cuda"`` if there is a model, it was not refused, and torch sees a GPU."""
        from curate.models import torch_device

        return "cpu" if self.model == NGRAMS else torch_device(self.device)

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Embed the column, flat."""
        kind = self.added(batch.schema)[self.into]
        column = batch[self.text].combine_chunks()
        listed = _is_list(column.type)
        flat = column.flatten() if listed else column
        vectors = _array(self._vectors(flat.to_pylist()), kind.value_type if listed else kind)
        if listed:
            sizes = np.diff(column.offsets.to_numpy())
            sizes[np.asarray(column.is_null())] = 0
            offsets = pa.array(np.concatenate([[0], np.cumsum(sizes)]), pa.int32())
            mask = column.is_null() if column.null_count else None
            vectors = pa.ListArray.from_arrays(offsets, vectors, mask=mask).cast(kind)
        return put(batch, pa.field(self.into, kind), vectors)

    def _dims(self) -> int:
        if self.model == NGRAMS:
            return self.dims
        from curate.embedding import sentence_model

        return sentence_model.dims(sentence_model.locate(self.model, owner=self.step_name()))

    def _vectors(self, texts: list[str | None]) -> npt.NDArray[np.float32]:
        from curate.embedding import ngrams, sentence_model

        if self.model == NGRAMS:
            return ngrams.embed([text and self.prompt + text for text in texts], self.dims)
        return sentence_model.embed(
            sentence_model.locate(self.model, owner=self.step_name()),
            texts,
            device=self.runs_on(),
            max_tokens=self.max_tokens,
            prompt=self.prompt,
        )


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def _array(vectors: npt.NDArray[np.float32], kind: pa.DataType) -> pa.FixedSizeListArray:
    """Arrow's form of vectors, null where they are NaN."""
    none = np.isnan(vectors[:, 0])
    numbers = np.where(none[:, None], 0, vectors)
    wanted = np.float16 if pa.types.is_float16(kind.value_type) else np.float32
    flat = pa.array(numbers.astype(wanted).ravel())
    mask = pa.array(none) if none.any() else None
    return pa.FixedSizeListArray.from_arrays(flat, type=kind, mask=mask)
