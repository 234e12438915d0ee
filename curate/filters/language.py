"""Keep texts that are in one of the wanted languages.

A fastText classifier (Joulin et al. 2017, "Bag of Tricks for Efficient Text Classification"),
read and run by ``curate.langid`` with the labels and probabilities of the C++ library. A text of a
few words is a guess: under 20 characters the bundled model has 78 % of 6,747 test lines right, and
91 % of the 69 % to which it gives 0.7 or more; of 37,720 longer ones 99.3 % of the 93 % with 0.3 or
more. What is not sure is therefore called uncertain, not wrong. A softmax model, such as GlotLID,
is surer of itself: 0.5 and 0.9 do the same there (97 % and 90 % right with one of 97 labels). It
misleads on mixed text, names and code, and on languages that the model does not know, which it
takes for a neighbour.
"""

from __future__ import annotations

import dataclasses as dc
from typing import Annotated, ClassVar, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from annotated_types import Ge, Le, MinLen

from curate.contract import Column, Filter, Limit, ModelPath, Verdict
from curate.errors import EnvironmentError_


@dc.dataclass(frozen=True)
class Language(Filter):
    """Keep texts in ``languages``, told with a probability of at least ``least_prob``.

    A single letter or a name is of no one language: ``least_letters`` keeps what is shorter, and
    says so in ``language_judged``. Its probabilities are measured all the same.

    Args:
        languages: Wanted languages by any of their names: ``kas``, ``ks``, ``kas_Arab``; a script
            counts only where it is named.
        text: Column with the text.
        model: ``glotlid``, ``lid218e``, ``openlid_v2``, the path of a fastText ``.bin`` or
            ``.ftz`` file, ``hub:org/name@revision/file``, or the folder with both files of
            IndicLID; empty for the bundled model.
        least_prob: Least probability, 0 to 1, that decides for or against a language.
        short: Texts of fewer characters than this, spaces around them aside, are short.
        least_prob_short: The same for short texts.
        least_letters: Texts of fewer letters (marks, digits and spaces do not count) are kept
            without being judged.
        accept_non_commercial: Whether a model that is not for commercial use may be taken.
        missing: Without the model, stop before any work (``error``), or keep every text with null
            evidence (``skip``).
        device: ``cuda``, ``cpu``, or (``auto``) a GPU for models of 100 MB and more where torch
            finds one. The labels are the same.

    Reads:
        text: string.

    Adds:
        language: string, ISO 639-3, the most probable one.
        language_prob: float32, its probability, 0 to 1, rounded to 4 decimals.
        script: string, ISO 15924, the script that goes with it, such as Arab.
        wanted_prob: float32, sum of the probabilities of ``languages`` among the five most
            probable labels. All four null if the text has no letter.
        language_judged: bool, whether they decided; false for a text under ``least_letters``, one
            without a letter, and without the model.

    Rejects:
        wrong language: Another language has the least probability.
        uncertain language: Neither the wanted ones nor another has it.
        no text: Null, or without a single letter.

    Raises:
        EnvironmentError_: The model is not there, not for commercial use and not accepted, or
            does not know one of ``languages``: the message lists the nearest.
        SourceError: It is no fastText model, or damaged.

    Example:
        >>> texts = ["کٲشُر زَبان چھِ بَسان", "This line is in English.", "la", "?"]
        >>> verdict = Language(languages=("kas",))(pa.table({"text": texts}))
        >>> list(zip(verdict.keep.to_pylist(), verdict.reason.to_pylist()))[1:]
        [(False, 'wrong language'), (False, 'uncertain language'), (False, 'no text')]
    """

    languages: Annotated[tuple[str, ...], MinLen(1)] = ("kas",)
    text: Column = "text"
    model: ModelPath = ""
    least_prob: Annotated[float, Ge(0), Le(1)] = 0.3
    short: Annotated[int, Ge(0)] = 20
    least_prob_short: Annotated[float, Ge(0), Le(1)] = 0.7
    least_letters: Annotated[int, Ge(0)] = 0
    accept_non_commercial: bool = False
    missing: Literal["error", "skip"] = "error"
    device: Literal["auto", "cpu", "cuda"] = "auto"

    adds: ClassVar = {
        "language": pa.string(),
        "language_prob": pa.float32(),
        "script": pa.string(),
        "wanted_prob": pa.float32(),
        "language_judged": pa.bool_(),
    }
    reasons: ClassVar = ("wrong language", "uncertain language", "no text")
    limits: ClassVar = {"least_prob": Limit("wanted_prob", "least", reasons[:2])}

    def prepare(self) -> dict[str, str]:
        """Find or fetch the model, or say that it is missing; check the languages."""
        from curate.langid import catalog
        from curate.langid.labels import matching

        owner = self.step_name()
        found = catalog.prepare(
            self.model,
            owner=owner,
            accept_non_commercial=self.accept_non_commercial,
            missing=self.missing,
        )
        labels = catalog.labels_of(self.model, owner=owner, missing=self.missing)
        try:
            matching(self.languages, labels or self.languages)
        except ValueError as error:
            raise EnvironmentError_(f"{owner}: {error}") from error
        return found

    def runs_on(self) -> str:
        """``"cuda"`` if it was asked for, or is there and worth it."""
        from curate.langid import catalog

        return catalog.device_of(self.model, self.device, owner=self.step_name())

    def __call__(self, batch: pa.Table) -> Verdict:
        """Judge the column."""
        from curate.langid import catalog
        from curate.langid.columns import said, wanted_columns

        model = catalog.open_model(
            self.model, owner=self.step_name(), missing=self.missing, device=self.runs_on()
        )
        texts = said(batch[self.text])
        columns = wanted_columns(model, texts, self.languages, "iso639_3")
        judged = self._judged(texts, model is not None)
        measured = {**columns, "language_judged": judged}
        measured = {name: measured[name] for name in self.adds}
        if model is None:
            return Verdict(pc.invert(judged), "no text", measured)
        least = self._least(texts, columns)
        keep = pc.greater_equal(columns["wanted_prob"], least)
        told = pc.greater_equal(columns["language_prob"], least)
        wrong = pc.fill_null(pc.and_(told, pc.invert(columns["wanted"])), False)
        reason = pc.if_else(wrong, "wrong language", "uncertain language")
        reason = pc.if_else(pc.is_null(texts), "no text", reason)
        unjudged = pc.and_(texts.is_valid(), pc.invert(judged))
        return Verdict(pc.or_(unjudged, pc.fill_null(keep, False)), reason, measured)

    def _least(self, texts: pa.Array, columns: dict[str, pa.Array]) -> pa.Array:
        """The least probability of each text; whether one is short is looked at where it counts."""
        from curate.text.utf8 import readable

        # half a unit of the last decimal, so that 0.9 as float32 reaches 0.9
        least, least_short = self.least_prob - 5e-5, self.least_prob_short - 5e-5
        between = np.zeros(len(texts), np.bool_)
        for name in ("wanted_prob", "language_prob"):
            probs = pc.fill_null(columns[name], 0).to_numpy().astype(np.float64)
            between |= (probs >= least) != (probs >= least_short)
        at = np.flatnonzero(between)
        size = pc.utf8_length(pc.utf8_trim_whitespace(readable(texts.take(at))))
        short = pc.fill_null(pc.less(size, self.short), False)
        found = np.full(len(texts), least)
        found[at[short.to_numpy(zero_copy_only=False)]] = least_short
        return pa.array(found)

    def _judged(self, texts: pa.Array, with_model: bool) -> pa.Array:
        """Which texts the model decides on; null texts have no letter."""
        if not with_model:
            return pa.array([False] * len(texts), pa.bool_())
        if self.least_letters < 2:
            return texts.is_valid()
        from curate.text.scripts import count_scripts

        # not pc.count_substring_regex: it takes three times as long as the model, this a tenth
        enough = count_scripts(texts).sum(axis=1) >= self.least_letters
        return pc.and_(texts.is_valid(), pa.array(enough))
