"""Write Kashmiri text in one encoding and spell numbers out, losing no letter unreported.

Rules in ``curate.kashmiri.normalize``: NFC, look-alike letters, one Kashmiri yeh, quotes, numbers,
stops and spaces; vowel marks stay. The published normaliser drops characters from 50 % of 2,272
lines without a word, U+0672 above all; here every removed character has a place in the row. It
misleads on Arabic quotations, whose letters become Kashmiri ones, and its number words wait for a
native speaker's check.
"""

from __future__ import annotations

import dataclasses as dc
import json
from typing import ClassVar, Literal

import pyarrow as pa

from curate.contract import DEFECT, Adds, Column, Transform, put


@dc.dataclass(frozen=True)
class NormalizeKashmiri(Transform):
    """Write Kashmiri text in one encoding and spell numbers out.

    Args:
        text: Column with the text; replaced by the clean text.
        compat: ``bolbosh`` keeps only the symbols of the published Bolbosh model, for training
            against it; it costs the vowel U+0672, among others, in about every second line.
        digits: ``words`` spells numbers out, ``keep`` leaves them as Latin digits.

    Reads:
        text: string.

    Adds:
        text_raw: string, the text before this step.
        text_rules: string, JSON: how often each rule changed something, e.g. ``{"spaces": 2}``.
        characters_removed: string, what was taken out with nothing in its place; empty if nothing.
        letters: int32, letters in the clean text without vowel marks, for speaking rates.

    Rejects:
        no text: Null, empty, or nothing left of it.
        not UTF-8: Bytes in another encoding.

    Example:
        >>> lines = pa.table({"id": ["a"], "source": ["s"], "text": ["كٲشُر  ۔"]})
        >>> clean = NormalizeKashmiri()(lines)
        >>> clean["text"].to_pylist(), clean["letters"].to_pylist()
        (['کٲشُر۔'], [4])
    """

    text: Column = "text"
    compat: Literal["none", "bolbosh"] = "none"
    digits: Literal["words", "keep"] = "words"

    adds: ClassVar[Adds] = {
        "text_raw": pa.string(),
        "text_rules": pa.string(),
        "characters_removed": pa.string(),
        "letters": pa.int32(),
    }
    reasons: ClassVar = ("no text", "not UTF-8")

    def added(self, schema: pa.Schema) -> Adds:
        """The clean text in place of the old one, and the columns above."""
        return {self.text: pa.string(), **self.adds}

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Normalise row by row."""
        from curate.kashmiri.normalize import count_letters, normalize
        from curate.text.utf8 import NOT_UTF8, broken_rows, readable

        column = batch[self.text].cast(pa.string())
        raw, broken = readable(column), broken_rows(column)
        rows = [normalize(text or "", self.compat, self.digits) for text in raw.to_pylist()]
        columns = {
            self.text: [row.text for row in rows],
            "text_raw": raw,
            "text_rules": [json.dumps(row.rules) for row in rows],
            "characters_removed": [row.removed for row in rows],
            "letters": [count_letters(row.text) for row in rows],
        }
        for name, kind in self.added(batch.schema).items():
            batch = put(batch, pa.field(name, kind), columns[name])
        defects = [None if row.text else "no text" for row in rows]
        defects = [NOT_UTF8 if bad else why for bad, why in zip(broken, defects, strict=True)]
        return put(batch, DEFECT, defects)
