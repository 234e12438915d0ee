"""Keep texts that an n-gram model finds neither too surprising nor too plain.

Wenzek et al. 2020, "CCNet: Extracting High Quality Monolingual Datasets from Web Crawl Data": the
perplexity of a page under a 5-gram model of Wikipedia tells prose from lists, menus and machine
output. It is measured by KenLM with a model of the user's, one for the language. It misleads on
whatever that model has not read: dialogue, poems, dialects and loanwords look bad, and boilerplate
in long sentences looks good. Short texts vary widely. Numbers of one model mean nothing for
another: CCNet itself cuts each language at its own percentiles.
"""

from __future__ import annotations

import dataclasses as dc
from typing import Annotated, ClassVar, Literal

import pyarrow as pa
import pyarrow.compute as pc
from annotated_types import Gt

from curate.contract import Column, Filter, Limit, ModelPath, Verdict
from curate.errors import EnvironmentError_

_Bound = Annotated[float, Gt(0)] | None


@dc.dataclass(frozen=True)
class Perplexity(Filter):
    """Keep texts whose perplexity under a KenLM model is within bounds.

    Each line is a sentence; lines without a word do not count.

    Args:
        model: KenLM model, ``.arpa`` or ``.bin``: local path, or ``hub:org/name@revision/file``.
        least: Least perplexity kept; none by default.
        most: Greatest perplexity kept; none by default, so that it measures only.
        unit: What the mean is taken over: every ``word`` and the end of each line, as CCNet and
            KenLM do, or every ``character`` and the end, which languages can be compared by.
        pieces: SentencePiece model whose pieces are the model's words; empty if words are parted by
            spaces.
        normalize: ``ccnet`` for models that CCNet trained: lower case, without accents (which takes
            vowel signs from Arabic and Devanagari), digits as 0, plain punctuation, one line;
            ``none`` leaves the text as it is.
        text: Column with the text.
        missing: Without package or model, stop before any work (``error``), or keep every text with
            null (``skip``).

    Reads:
        text: string.

    Adds:
        perplexity: float64, at least 1, rounded to 4 decimals; null without a word.

    Rejects:
        perplexity too high: Over ``most``.
        perplexity too low: Under ``least``.
        no text: Null, or without a word.

    Raises:
        EnvironmentError_: Package or model are missing and ``missing`` is ``error``.
        SourceError: The file is no model, or damaged.

    Example:
        >>> verdict = Perplexity(most=500, missing="skip")(pa.table({"text": ["a line"]}))
        >>> verdict.keep.to_pylist(), verdict.measured["perplexity"].to_pylist()
        ([True], [None])
    """

    model: ModelPath = ""
    least: _Bound = None
    most: _Bound = None
    unit: Literal["word", "character"] = "word"
    pieces: str = ""
    normalize: Literal["none", "ccnet"] = "none"
    text: Column = "text"
    missing: Literal["error", "skip"] = "error"

    adds: ClassVar = {"perplexity": pa.float64()}
    reasons: ClassVar = ("perplexity too high", "perplexity too low", "no text")
    limits: ClassVar = {
        "least": Limit("perplexity", "least", ("perplexity too low",)),
        "most": Limit("perplexity", "most", ("perplexity too high",)),
    }

    def prepare(self) -> dict[str, str]:
        """Find or fetch the models, or say that they are missing; read them once."""
        from curate.text import perplexity

        try:
            found = perplexity.prepare(self.model, self.pieces, owner=self.step_name())
        except EnvironmentError_:
            if self.missing == "error":
                raise
            return {"perplexity model": "skipped: model missing"}
        perplexity.open_models(self.model, self.pieces, owner=self.step_name())
        return found

    def __call__(self, batch: pa.Table) -> Verdict:
        """Measure each text by itself."""
        from curate.text import perplexity

        try:
            model, pieces = perplexity.open_models(self.model, self.pieces, owner=self.step_name())
        except EnvironmentError_:
            if self.missing == "error":
                raise
            nulls = {"perplexity": pa.nulls(batch.num_rows, pa.float64())}
            return Verdict(pa.array([True] * batch.num_rows, pa.bool_()), "no text", nulls)
        texts = batch[self.text].combine_chunks()
        ccnet = self.normalize == "ccnet"
        found = perplexity.perplexities(texts, model, pieces, ccnet=ccnet, unit=self.unit)
        values = pc.round(pa.array(found, pa.float64()), 4)
        high = pc.greater(values, float("inf") if self.most is None else self.most)
        low = pc.less(values, 0.0 if self.least is None else self.least)
        reason = pc.if_else(high, "perplexity too high", "perplexity too low")
        reason = pc.if_else(pc.is_null(values), "no text", reason)
        keep = pc.invert(pc.or_(pc.is_null(values), pc.fill_null(pc.or_(high, low), False)))
        return Verdict(keep, reason, {"perplexity": values})
