"""Put human corrections of texts into a table, from a file that lies beside the recipe.

The file (``curate.questions.repairs``) names cells, by ``id`` or by ``question_id`` and ``lang``,
with the text as it was and as it shall be, by whom, and who may check it. A repair whose ``was`` is
no longer what the input says is not applied: the row says ``stale``. It misleads where ids come
from positions and lines were lost since; ``was`` is there to catch that.
"""

from __future__ import annotations

import dataclasses as dc
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from curate.contract import Adds, Column, InputPath, Transform, put

if TYPE_CHECKING:
    from curate.questions.repairs import Repairs


@dc.dataclass(frozen=True)
class ApplyRepairs(Transform):
    r"""Replace texts by the corrections of a file of repairs.

    Args:
        path: The file, ``repairs.yaml``; empty for no repairs.
        text: Column that is corrected.

    Reads:
        id: string.
        question_id: string, if there.
        lang: string, if there.

    Adds:
        text: string, corrected where there is a repair.
        repair: string, ``applied`` or ``stale``; null where there is none.

    Raises:
        SourceError: No such file, no YAML, or an entry that names no cell.

    Example:
        >>> import pathlib, tempfile
        >>> file = pathlib.Path(tempfile.mkdtemp()) / "repairs.yaml"
        >>> _ = file.write_text("repairs:\n- {id: 'en:1', was: 'Hwo?', text: 'Who?', by: Me}")
        >>> batch = pa.table({"id": ["en:1", "en:2"], "text": ["Hwo?", "Why?"]})
        >>> ApplyRepairs(str(file))(batch).select(["text", "repair"]).to_pylist()
        [{'text': 'Who?', 'repair': 'applied'}, {'text': 'Why?', 'repair': None}]
    """

    path: InputPath = ""
    text: Column = "text"

    reads: ClassVar = ("id",)
    reads_if_there: ClassVar = ("question_id", "lang")
    adds: ClassVar[Adds] = {"repair": pa.string()}

    def added(self, schema: pa.Schema) -> Adds:
        """The text and what was done to it."""
        at = schema.get_field_index(self.text)
        kind = schema.field(at) if at >= 0 else pa.field(self.text, pa.string())
        return {self.text: kind, **self.adds}

    def prepare(self) -> dict[str, str]:
        """Read the file, so that a mistake in it stops before any work; its digest counts."""
        if not self.path:
            return {}
        from curate.arrow import sha256_of

        self._repairs()
        return {Path(self.path).name: sha256_of(Path(self.path))}

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Correct the column."""
        from curate.questions.repairs import apply_to

        repairs = self._repairs()
        if not repairs:
            return put(
                batch, pa.field("repair", pa.string()), pa.nulls(batch.num_rows, pa.string())
            )
        ids = [(one,) for one in batch["id"].to_pylist()]
        cells = ids
        if {"question_id", "lang"} <= set(batch.column_names):
            columns = (batch["question_id"].to_pylist(), batch["lang"].to_pylist())
            cells = [tuple(pair) for pair in zip(*columns, strict=True)]
        texts = batch[self.text]
        known = [
            None if one is None else one.decode("utf-8", "replace")
            for one in texts.cast(pa.large_binary()).to_pylist()
        ]
        fixed, said = apply_to(known, zip(ids, cells, strict=True), repairs)
        # what no repair is of stays as it is, to the byte
        new = pa.array([one == "applied" for one in said], pa.bool_())
        texts = pc.if_else(new, pa.array(fixed, texts.type), texts)
        batch = put(batch, batch.schema.field(self.text), texts)
        return put(batch, pa.field("repair", pa.string()), pa.array(said, pa.string()))

    def _repairs(self) -> Repairs:
        from curate.questions.repairs import read_repairs

        return read_repairs(Path(self.path)) if self.path else {}
