"""Take translations into cells that have no text, marked as made by a machine.

For rows of ``transforms.open_gaps``, after a step that translated their ``pivot_text``. With a
translation back into the pivot the share of character trigrams that it has in common with the
original is measured: low where meaning was lost, and
high for any translation that is literal both ways, so that it finds gross faults only. The cells
are then judged as all others are, by ``barriers.check_questions``.
"""

from __future__ import annotations

import dataclasses as dc
from typing import Annotated, Any, ClassVar

import pyarrow as pa
from annotated_types import Ge, Le

from curate.contract import DEFECT, Adds, Column, Limit, Transform, put


@dc.dataclass(frozen=True)
class FillGaps(Transform):
    """Fill cells without text by translations of the pivot.

    Args:
        translation: Column with the translations; empty: nothing is filled.
        back: Column with their translations back into the pivot; empty: nothing is measured.
        made_by: What is said of filled cells, such as the name of the model.
        least_overlap: Least share of trigrams that a translation back has of the original's.

    Reads:
        text: string.
        pivot_text: string, if there: what was translated; null where there is no gap.

    Adds:
        text: string, filled where it was null or blank.
        made_by: string, in filled cells; null in others.
        back_overlap: float32, 0 to 1; null where it was not measured.

    Rejects:
        no translation: A new row for which there is none.
        back-translation differs: ``back_overlap`` is below ``least_overlap``.

    Example:
        >>> rows = {"id": ["a", "b"], "text": [None, "Why?"], "pivot_text": ["Who?", None],
        ...         "made": ["Wer?", None]}
        >>> FillGaps("made", made_by="m")(pa.table(rows)).select(["text", "made_by"]).to_pylist()
        [{'text': 'Wer?', 'made_by': 'm'}, {'text': 'Why?', 'made_by': None}]
    """

    translation: Column = ""
    back: Column = ""
    made_by: str = "machine"
    least_overlap: Annotated[float, Ge(0), Le(1)] = 0.0

    reads: ClassVar = ("text",)
    reads_if_there: ClassVar = ("pivot_text",)
    adds: ClassVar[Adds] = {"made_by": pa.string(), "back_overlap": pa.float32()}
    reasons: ClassVar = ("no translation", "back-translation differs")
    limits: ClassVar = {"least_overlap": Limit("back_overlap", "least", reasons[1:])}

    def added(self, schema: pa.Schema) -> Adds:
        """The text, by whom, and how much came back."""
        at = schema.get_field_index("text")
        text = schema.field(at) if at >= 0 else pa.field("text", pa.string())
        return {"text": text, **self.adds}

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Fill the cells of a batch."""
        from curate.questions.similarity import overlap

        empty: list[Any] = [None] * batch.num_rows
        texts = batch["text"].to_pylist()
        sources = batch["pivot_text"].to_pylist() if "pivot_text" in batch.column_names else empty
        made = batch[self.translation].to_pylist() if self.translation else empty
        back = batch[self.back].to_pylist() if self.back else empty
        makers, shares, defects = (list(empty) for _ in range(3))
        for row, (text, source) in enumerate(zip(texts, sources, strict=True)):
            if source is None or (text and text.strip()):
                continue
            if not (made[row] and made[row].strip()):
                defects[row] = self.reasons[0] if text is None else None
                continue
            texts[row], makers[row] = " ".join(made[row].split()), self.made_by
            if self.back:
                shares[row] = round(overlap(back[row] or "", source), 4)
                if shares[row] < self.least_overlap:
                    defects[row] = self.reasons[1]
        batch = put(batch, batch.schema.field("text"), pa.array(texts, batch["text"].type))
        batch = put(batch, pa.field("made_by", pa.string()), makers)
        batch = put(batch, pa.field("back_overlap", pa.float32()), shares)
        return put(batch, DEFECT, defects)
