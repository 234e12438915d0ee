"""Human corrections put into a table."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from support.byte_columns import HOSTILE, column_of

from curate.contract import apply
from curate.errors import SourceError
from curate.transforms.apply_repairs import ApplyRepairs


def repairs(folder: Path, *entries: str) -> ApplyRepairs:
    path = folder / "repairs.yaml"
    path.write_text("\n".join(["repairs:", *(f"- {entry}" for entry in entries)]), encoding="utf-8")
    return ApplyRepairs(str(path))


def test_cells_are_found_by_question_and_language_or_by_id(tmp_path: Path) -> None:
    step = repairs(
        tmp_path, "{question_id: 7, lang: no, text: 'Hvem?'}", "{id: 'en:2', was: X, text: Y}"
    )
    batch = pa.table({"id": ["no:1", "en:1", "en:2"], "question_id": ["7", "7", "8"],
                      "lang": ["no", "en", "en"], "text": ["Hvm?", "Who?", "Z"]})  # fmt: skip
    kept, _ = apply(step, batch)
    assert kept["text"].to_pylist() == ["Hvem?", "Who?", "Z"]
    assert kept["repair"].to_pylist() == ["applied", None, "stale"]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()], ids=str)
def test_texts_of_any_bytes_without_a_repair_stay_as_they_are(
    kind: pa.DataType, tmp_path: Path
) -> None:
    step = repairs(tmp_path, "{id: new, text: new}")
    text = pa.concat_arrays([column_of(list(HOSTILE.values()), kind), pa.array(["old"], kind)])
    kept, _ = apply(step, pa.table({"id": [*HOSTILE, "new"], "text": text}))
    assert (
        kept["text"]
        .slice(0, len(HOSTILE))
        .cast(pa.large_binary())
        .equals(pa.chunked_array([text.slice(0, len(HOSTILE))]).cast(pa.large_binary()))
    )
    assert kept["text"][-1].as_py() == "new"


def test_another_file_of_repairs_is_another_step(tmp_path: Path) -> None:
    one = repairs(tmp_path, "{id: a, text: b}").fingerprint()
    assert repairs(tmp_path, "{id: a, text: c}").fingerprint() != one


def test_a_missing_file_stops_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"none\.yaml"):
        ApplyRepairs(str(tmp_path / "none.yaml")).prepare()
