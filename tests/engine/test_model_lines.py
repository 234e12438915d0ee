"""What a plan and a run say of models, compilers and whatever else was found before work."""

from __future__ import annotations

import dataclasses as dc
from pathlib import Path

import pyarrow as pa

from curate.contract import Transform
from curate.engine.plan import make_plan
from curate.engine.report import model_lines
from curate.sources.text_lines import TextLines


@dc.dataclass(frozen=True)
class Compile(Transform):
    def prepare(self) -> dict[str, str]:
        return {"c": "0123456789abcdef" * 4, "go": "not available: no go; run: apt-get install go"}

    def __call__(self, batch: pa.Table) -> pa.Table:
        return batch


def test_a_digest_is_cut_and_a_sentence_said_in_full(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one\n")
    first, second = model_lines(make_plan([TextLines(str(tmp_path))], [Compile()]))
    assert first.endswith(":Compile on cpu: c 0123456789ab")
    assert second == "  go: not available: no go; run: apt-get install go"
