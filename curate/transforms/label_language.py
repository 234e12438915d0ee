"""Write beside each text which language and script it is in, and how sure that is.

A fastText classifier (Joulin et al. 2017, "Bag of Tricks for Efficient Text Classification"),
read and run by ``curate.langid`` with the labels and probabilities of the C++ library. It misleads
on a few words (the bundled model has 78 % of test lines under 20 characters right, 97.5 % of
longer ones), on names and code, and on languages the model does not know, which it takes for a
neighbour.
"""

from __future__ import annotations

import dataclasses as dc
from typing import Annotated, ClassVar, Literal

import pyarrow as pa
from annotated_types import Ge, Le

from curate.contract import Adds, Column, ModelPath, Transform, put


@dc.dataclass(frozen=True)
class LabelLanguage(Transform):
    """Write beside each text which language and script it is in.

    Args:
        text: Column with the text.
        model: ``glotlid``, ``lid218e``, ``openlid_v2``, the path of a fastText ``.bin`` or
            ``.ftz`` file, ``hub:org/name@revision/file``, or the folder with both files of
            IndicLID; empty for the bundled model.
        k: How many languages are written, 1 to 10; from 2 on as lists too.
        names: How languages are written: ``iso639_3`` (kas), ``flores`` (kas_Arab), ``bcp47``
            (ks), or as the ``model`` has them.
        shares: Whether the shares of languages are written too, sentence by sentence.
        accept_non_commercial: Whether a model that is not for commercial use may be taken.
        missing: Without the model, stop before any work (``error``), or write nulls (``skip``).
        device: ``cuda``, ``cpu``, or (``auto``) a GPU for models of 100 MB and more where torch
            finds one. The labels are the same.

    Reads:
        text: string.

    Adds:
        language: string, the most probable one; null if the text has no letter.
        language_prob: float32, its probability, 0 to 1, rounded to 4 decimals.
        script: string, ISO 15924, the script that goes with the language, such as Arab.
        languages: list<string>, the ``k`` most probable ones, best first; only if ``k`` > 1.
        language_probs: list<float32>, their probabilities; only if ``k`` > 1.
        language_shares: list of language and share, 0 to 1 of the characters, largest first;
            ``und`` for sentences that are told with less than 0.3; sentences under 20 characters
            do not count; only with ``shares``.

    Raises:
        EnvironmentError_: The model is not there, or not for commercial use and not accepted.
        SourceError: It is no fastText model, or damaged.

    Example:
        >>> lines = pa.table({"text": ["کٲشُر زَبان چھِ بَسان", "This line is in English.", "?"]})
        >>> LabelLanguage()(lines).select(["language", "script"]).to_pylist()[1:]
        [{'language': 'eng', 'script': 'Latn'}, {'language': None, 'script': None}]
    """

    text: Column = "text"
    model: ModelPath = ""
    k: Annotated[int, Ge(1), Le(10)] = 1
    names: Literal["iso639_3", "flores", "bcp47", "model"] = "iso639_3"
    shares: bool = False
    accept_non_commercial: bool = False
    missing: Literal["error", "skip"] = "error"
    device: Literal["auto", "cpu", "cuda"] = "auto"

    adds: ClassVar[Adds] = {
        "language": pa.string(),
        "language_prob": pa.float32(),
        "script": pa.string(),
    }

    def added(self, schema: pa.Schema) -> Adds:
        """The three columns above, the lists with ``k`` > 1, and the shares if asked for."""
        adds = dict(self.adds)
        if self.k > 1:
            adds["languages"] = pa.list_(pa.string())
            adds["language_probs"] = pa.list_(pa.float32())
        if self.shares:
            pair = pa.struct([("language", pa.string()), ("share", pa.float32())])
            adds["language_shares"] = pa.list_(pair)
        return adds

    def prepare(self) -> dict[str, str]:
        """Find or fetch the model, or say that it is missing."""
        from curate.langid import catalog

        return catalog.prepare(
            self.model,
            owner=self.step_name(),
            accept_non_commercial=self.accept_non_commercial,
            missing=self.missing,
        )

    def runs_on(self) -> str:
        """``"cuda"`` if it was asked for, or is there and worth it."""
        from curate.langid import catalog

        return catalog.device_of(self.model, self.device, owner=self.step_name())

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Label the column."""
        from curate.langid import catalog
        from curate.langid.columns import label_columns
        from curate.langid.shares import share_column

        model = catalog.open_model(
            self.model, owner=self.step_name(), missing=self.missing, device=self.runs_on()
        )
        columns = label_columns(model, batch[self.text], self.k, self.names)
        if self.shares:
            columns["language_shares"] = share_column(model, batch[self.text], self.names)
        for name, kind in self.added(batch.schema).items():
            batch = put(batch, pa.field(name, kind), columns[name])
        return batch
