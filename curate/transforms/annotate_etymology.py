"""Write beside each Maltese word where it comes from: Arabic, Romance, English, or a name.

After Micallef et al. 2024, "Cross-Lingual Transfer from Related Languages: Treating Low-Resource
Maltese as Multilingual Code-Switching", section 3: words seen with one label in the annotations
keep it, a conditional random field decides the others in their sentence. The features are richer
than theirs and need no translation tables. In ten-fold cross-validation 98.5 % of words are right,
91.6 % of those not seen before; with the tables 98.8 and 93.1 %. It misleads on text unlike the
annotations (news, opinion, parliament: of a kind left out, 96 % are right), on names of Arabic
origin, which look like words, and on any text that is not Maltese: filter that first.
"""

from __future__ import annotations

import dataclasses as dc
from typing import ClassVar, Literal

import pyarrow as pa

from curate.contract import Adds, Column, InputPath, Transform, put

STRINGS = pa.list_(pa.string())
OFFSETS = pa.list_(pa.int32())


@dc.dataclass(frozen=True)
class AnnotateEtymology(Transform):
    """Write beside each Maltese word where it comes from, and how sure that is.

    Args:
        text: Column with the text; only read where there are no ``tokens``.
        labels: ``merged``: Arabic, Non-Arabic, Name, Code-Switching, Symbol; ``fine``: also Mixed
            (Romance or English stem, Semitic inflection), and names by origin.
        mode: ``crf`` looks at words in their sentence; ``types`` gives a word the same label
            everywhere, faster and less exact (98.3 % of words right instead of 98.5).
        tables: Folder with ``mt-en.tsv``, ``mt-it.tsv``, ``mt-ar.tsv`` and ``en-ar.tsv`` of
            MLRS/malti, tag 2024.eacl (folder ``translations``): with it a better model is taken.
            Empty for none.
        model: Folder that ``python -m curate.maltese.train`` has written; empty for the bundled
            ones.

    Reads:
        tokens: list<string>, from ``transforms.tokenize_maltese`` or a source. If there is no such
            column, the text is cut as that step does, and its columns are added.

    Adds:
        etymology: list<string>, the label of each word.
        etymology_prob: list<float32>, its probability, 0 to 1, rounded to 4 decimals.
        etymology_from: list<string>, ``memory`` (always so in the annotations), ``rule`` (an HTML
            entity or address: Symbol) or ``model``.
        etymology_second: list<string>, the most probable other label; null if not by ``model``.
        tokens: list<string>, if there was none; so the other two.
        token_starts: list<int32>, offset of the first character of each word, in code points.
        token_ends: list<int32>, offset after its last character.

    Raises:
        EnvironmentError_: Model or tables are not there or do not go together.
        SourceError: The model is damaged.

    Example:
        >>> rows = AnnotateEtymology()(pa.table({"tokens": [["Il-", "gvern", "ta'", "Bonnici"]]}))
        >>> rows["etymology"][0].as_py()
        ['Arabic', 'Non-Arabic', 'Arabic', 'Name']
    """

    text: Column = "text"
    labels: Literal["merged", "fine"] = "merged"
    mode: Literal["crf", "types"] = "crf"
    tables: InputPath = ""
    model: InputPath = ""

    reads_if_there: ClassVar[tuple[str, ...]] = ("tokens",)
    adds: ClassVar[Adds] = {
        "etymology": STRINGS,
        "etymology_prob": pa.list_(pa.float32()),
        "etymology_from": STRINGS,
        "etymology_second": STRINGS,
    }
    version: ClassVar[int] = 2

    def added(self, schema: pa.Schema) -> Adds:
        """The four columns above, after those of the words if there are none."""
        if "tokens" in schema.names:
            return self.adds
        return {"tokens": STRINGS, "token_starts": OFFSETS, "token_ends": OFFSETS, **self.adds}

    def prepare(self) -> dict[str, str]:
        """Find the model and the tables."""
        from curate.maltese.etymology import prepare

        return prepare(self.model, self.tables, self.labels, owner=self.step_name())

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Label the words of the batch, each distinct one worked out once."""
        from curate.maltese.etymology import etymology_columns, open_classifier
        from curate.maltese.token_columns import token_columns

        columns: dict[str, pa.Array] = {}
        if "tokens" not in batch.column_names:
            columns = token_columns(batch[self.text]).columns
        tokens = columns.get("tokens", batch["tokens"] if not columns else None)
        classifier = open_classifier(
            self.model, self.tables, self.labels, self.mode, owner=self.step_name()
        )
        columns |= etymology_columns(classifier, tokens)
        for name, kind in self.added(batch.schema).items():
            batch = put(batch, pa.field(name, kind), columns[name])
        return batch
