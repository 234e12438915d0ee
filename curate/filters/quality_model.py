"""Keep documents that a trained classifier calls good.

Either a fastText classifier, as in Li et al. 2024, "DataComp-LM" (``openhermes_reddit_eli5``; the
tenth of the pages with the highest probability of ``hq`` was kept), or an encoder with a
classification head, as in Penedo et al. 2024, "The FineWeb Datasets" (``fineweb-edu-classifier``:
an educational score of 0 to 5, kept from 3). It misleads on whatever its training data did not
have: other languages, poems, dialogue, code. Set ``least`` by reading what lies on either side of
it, not by a published number for another corpus.
"""

from __future__ import annotations

import dataclasses as dc
from typing import Annotated, ClassVar, Literal

import pyarrow as pa
import pyarrow.compute as pc
from annotated_types import Ge, Le

from curate.contract import Column, Filter, Limit, ModelPath, Verdict
from curate.errors import EnvironmentError_


@dc.dataclass(frozen=True)
class QualityModel(Filter):
    """Keep documents to which a classifier gives a score of at least ``least``.

    Args:
        model: A fastText classifier: path of a ``.bin`` or ``.ftz`` file, or
            ``hub:org/name@revision/file``. Or a transformers encoder for sequence classification:
            folder with ``config.json``, ``model.safetensors``, ``tokenizer.json`` and
            ``tokenizer_config.json``, or ``hub:org/name@revision``.
        label: The label of good documents, with or without ``__label__``; empty for an encoder with
            one output, as ``fineweb-edu-classifier`` has.
        least: Least score kept: the probability of ``label``, 0 to 1, or that one output as it is.
        text: Column with the documents. A newline counts as a space in fastText.
        max_tokens: An encoder reads a document up to here, and no further than it was built for.
        missing: Without package or model, stop before any work (``error``), or keep every document
            with null scores (``skip``).
        device: ``cuda``, ``cpu``, or whichever torch finds (``auto``), which for a fastText model
            under 100 MB is always the CPU.

    Reads:
        text: string.

    Adds:
        quality_score: float32, rounded to 4 decimals.
        quality_label: string, the most probable label; null with one output. Both null if there is
            no text.

    Rejects:
        low quality: ``quality_score`` under ``least``.
        no text: Null, only white space, or nothing that a fastText model knows.

    Raises:
        EnvironmentError_: Package or model are missing and ``missing`` is ``error``; or the model
            does not have ``label``: the message lists the nearest.
        SourceError: The file is no fastText model, or damaged.

    Example:
        >>> pages = pa.table({"text": ["A page."]})
        >>> verdict = QualityModel(missing="skip")(pages)
        >>> verdict.keep.to_pylist(), verdict.measured["quality_score"].to_pylist()
        ([True], [None])
    """

    model: ModelPath = ""
    label: str = ""
    least: float = 0.5
    text: Column = "text"
    max_tokens: Annotated[int, Ge(8), Le(65_536)] = 512
    missing: Literal["error", "skip"] = "error"
    device: Literal["auto", "cpu", "cuda"] = "auto"

    adds: ClassVar = {"quality_score": pa.float32(), "quality_label": pa.string()}
    reasons: ClassVar = ("low quality", "no text")
    limits: ClassVar = {"least": Limit("quality_score", "least", ("low quality",))}

    def prepare(self) -> dict[str, str]:
        """Find or fetch the model, or say that it is missing; check the label."""
        from curate.langid import classifier
        from curate.text import quality_model

        library = classifier if self._is_fasttext() else quality_model
        owner = self.step_name()
        try:
            found: dict[str, str] = library.prepare(self.model, owner=owner)
        except EnvironmentError_:
            if self.missing == "error":
                raise
            return {"quality model": "skipped: model missing"}
        library.check_label(library.locate(self.model, owner=owner), self.label, owner=owner)
        return found

    def runs_on(self) -> str:
        """``"cuda"`` if it was not refused, is worth it, and torch sees a GPU."""
        from curate.langid import catalog
        from curate.models import torch_device

        if self._is_fasttext():
            return catalog.device_of(self.model, self.device, owner=self.step_name())
        return torch_device(self.device) if self.model else "cpu"

    def __call__(self, batch: pa.Table) -> Verdict:
        """Score the column."""
        found = self._judge(batch[self.text].combine_chunks().cast(pa.large_string()))
        if found is None:
            nulls = {name: pa.nulls(batch.num_rows, kind) for name, kind in self.adds.items()}
            return Verdict(pa.array([True] * batch.num_rows, pa.bool_()), "no text", nulls)
        scores, labels = found
        scores = pc.round(scores, 4).cast(pa.float32())
        keep = pc.greater_equal(scores, pa.scalar(self.least, pa.float32()))
        reason = pc.if_else(pc.is_null(scores), "no text", "low quality")
        measured = {"quality_score": scores, "quality_label": labels}
        return Verdict(pc.fill_null(keep, False), reason, measured)

    def _is_fasttext(self) -> bool:
        return self.model.endswith((".bin", ".ftz"))

    def _judge(self, texts: pa.Array) -> tuple[pa.DoubleArray, pa.StringArray] | None:
        """Scores and labels of texts; None without the model, if that is to be passed over."""
        from curate.langid import classifier
        from curate.text import quality_model

        owner = self.step_name()
        fasttext = self._is_fasttext()
        try:
            path = (classifier if fasttext else quality_model).locate(self.model, owner=owner)
        except EnvironmentError_:
            if self.missing == "error":
                raise
            return None
        said = pc.match_substring_regex(texts, r"[^\s\p{Z}]")
        texts = pc.if_else(said, texts, pa.scalar(None, texts.type))
        if fasttext:
            return classifier.judge(path, self.label, texts, owner=owner, device=self.runs_on())
        return quality_model.judge(
            path,
            self.label,
            texts,
            owner=owner,
            device=self.runs_on(),
            max_tokens=self.max_tokens,
        )
