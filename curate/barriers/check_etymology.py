"""Check annotated etymologies, and set beside each label what the other sentences would have said.

What a classifier of etymology is to be learnt from is checked word by word, and cross-validated:
each sentence is labelled by what was learnt from the sentences of other folds (the classifier of
``transforms.annotate_etymology``; sentences with the same words share a fold). A label that this
holds improbable is worth a second look, as Northcutt et al. 2021, "Confident Learning", find errors
in labels. Of the 7,734 published annotations (Micallef et al. 2024) it differs on 2 in a hundred.

It misleads where annotations are few (under some hundred sentences most of the doubt is the
classifier's), and where the same mistake was made throughout, which nothing here contradicts.
"""

from __future__ import annotations

import dataclasses as dc
from typing import Annotated, ClassVar

import pyarrow as pa
from annotated_types import Ge

from curate.arrow import fit_schema
from curate.contract import Adds, Barrier, InputPath, Verdict

_STRINGS, _PROBS = pa.list_(pa.string()), pa.list_(pa.float32())
COLUMNS = ("category", "category_merged", "etymology", "misc")
_KEYS = pa.schema(
    [("id", pa.string()), ("tokens", _STRINGS), *((name, _STRINGS) for name in COLUMNS)]
)


@dc.dataclass(frozen=True)
class CheckEtymology(Barrier):
    """Check annotated etymologies, and say where the other sentences would have had another.

    Args:
        folds: Parts of the sentences; each is labelled by what is learnt from the others.
        seed: Another seed gives other folds.
        tables: Folder with the translation tables, as for ``transforms.annotate_etymology``; empty
            for none.

    Reads:
        id: string.
        tokens: list<string>.
        category: list<string>, the label of each token; if there is no such column
            ``category_merged``, then ``etymology``, then ``Etymology=`` in ``misc`` (CoNLL-U).
            Labels are the seven fine ones throughout, or the five merged ones.

    Adds:
        etymology: list<string>, the annotated label of each token.
        etymology_prob: list<float32>, how probable what was learnt from the other sentences holds
            that label, 0 to 1, rounded to 4 decimals. Null in all rows where there are too few
            sentences or labels to learn from, and in rejected ones.
        expected: list<string>, the label it gives itself.
        expected_prob: list<float32>, how probable it holds that one.
        disputed: int32, tokens whose ``expected`` is another label.
        fold: int32, from 0.
        repeat_of: string, id of the first sentence with the same tokens; null if this is it.
        fault: string, what is wrong with a rejected row, and at which word.

    Rejects:
        no tokens: Nothing to learn from.
        labels do not fit tokens: More or fewer labels than tokens.
        unknown label: None of the seven or five.
        merged label among fine ones: *Name* where other sentences say which kind of name.

    Raises:
        EnvironmentError_: CRFsuite is not installed, or a table is not there.

    Example:
        >>> rows = {"id": ["a", "b"], "tokens": [["Il-", "kelb"], ["Malta"]],
        ...         "category": [["Arabic", "Arab"], ["Name (Arabic)"]]}
        >>> step = CheckEtymology()
        >>> found = step.decide(step.keys(pa.table(rows)))
        >>> found.reason[0].as_py(), found.measured["fault"][0].as_py()
        ('unknown label', "word 2, 'kelb': 'Arab'")
    """

    folds: Annotated[int, Ge(2)] = 10
    seed: int = 0
    tables: InputPath = ""

    reads: ClassVar = ("id", "tokens")
    reads_if_there: ClassVar = COLUMNS
    adds: ClassVar[Adds] = {
        "etymology": _STRINGS,
        "etymology_prob": _PROBS,
        "expected": _STRINGS,
        "expected_prob": _PROBS,
        "disputed": pa.int32(),
        "fold": pa.int32(),
        "repeat_of": pa.string(),
        "fault": pa.string(),
    }
    reasons: ClassVar = (
        "no tokens",
        "labels do not fit tokens",
        "unknown label",
        "merged label among fine ones",
    )

    def prepare(self) -> dict[str, str]:
        """Look for CRFsuite and the tables."""
        from curate.maltese.etymology import prepare_learning

        return prepare_learning(self.tables, owner=self.step_name())

    def keys(self, batch: pa.Table) -> pa.Table:
        """Id, tokens and whatever may hold labels; null where a batch has no such column."""
        return fit_schema(batch, _KEYS)

    def decide(self, keys: pa.Table) -> Verdict:
        """Check all sentences, and cross-validate those without a fault."""
        from curate.maltese.agreement import check, label_in_misc
        from curate.maltese.etymology import open_tables

        name = next((name for name in COLUMNS if keys[name].null_count < keys.num_rows), "category")
        labels = keys[name].to_pylist()
        if name == "misc":
            labels = [row and [label_in_misc(value) for value in row] for row in labels]
        ids, tokens = keys["id"].to_pylist(), keys["tokens"].to_pylist()
        rows = check(ids, tokens, labels, self.folds, self.seed, open_tables(self.tables))
        reasons = pa.array([row.pop("reason") for row in rows], pa.string())
        measured = {
            column: pa.array([row.get(column) for row in rows], kind)
            for column, kind in self.adds.items()
        }
        return Verdict(reasons.is_null(), reasons, measured)
