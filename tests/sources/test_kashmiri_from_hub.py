"""The Kashmiri recipe as written, from two datasets on a loopback Hub, with the real client."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import soundfile as sf
import soxr

from curate.arrow import AUDIO, audio_field, hub_schema
from curate.pipeline import run_recipe
from curate.recipe import load_recipe

RECIPE = Path(__file__).resolve().parents[2] / "recipes" / "kashmiri_speech.yaml"
CARD = b"""---
configs:
- config_name: Kashmiri
  data_files:
  - {split: train, path: Kashmiri/train-*}
---
"""


def at_48_khz(path: Path) -> dict[str, Any]:
    samples, rate = sf.read(path, dtype="float32")
    out = io.BytesIO()
    sf.write(out, soxr.resample(samples, rate, 48000), 48000, format="FLAC")
    return {"bytes": out.getvalue(), "path": path.with_suffix(".flac").name}


def dataset(columns: dict[str, list[Any]], audio: list[dict[str, Any]]) -> dict[str, bytes]:
    fields = [pa.field(name, pa.string()) for name in columns]
    schema = hub_schema(pa.schema([*fields, audio_field("audio", 48000)]))
    table = pa.table([*columns.values(), pa.array(audio, AUDIO)], schema=schema)
    out = io.BytesIO()
    pq.write_table(table, out, row_group_size=5)
    return {"README.md": CARD, "Kashmiri/train-00000-of-00001.parquet": out.getvalue()}


def test_both_corpora_come_together_in_one_dataset(
    hub: Any, kashmiri_dir: Path, tmp_path: Path
) -> None:
    with (kashmiri_dir / "metadata.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if 2 < float(row["duration_s"]) < 12]
    first, second = rows[:12], rows[12:20]
    clips = {row["file_name"]: at_48_khz(kashmiri_dir / row["file_name"]) for row in first + second}

    def column(of: list[dict[str, str]], name: str) -> list[str]:
        return [row[name] for row in of]

    rasa = {
        "filename": column(first, "file_name"),
        "text": column(first, "text"),
        "language": ["Kashmiri"] * 12,
        "gender": column(first, "speaker_sex"),
        "style": column(first, "style"),
    }
    indicvoices = {
        "text": ["verbatim"] * 8,
        "normalized": column(second, "text"),
        "speaker_id": [f"S{number % 3}" for number in range(8)],
        "scenario": ["Read"] * 8,
        "gender": column(second, "speaker_sex"),
        "district": ["Srinagar"] * 8,
    }
    hub.commit("ai4bharat/Rasa", dataset(rasa, [clips[row["file_name"]] for row in first]))
    hub.commit(
        "ai4bharat/indicvoices_r", dataset(indicvoices, [clips[row["file_name"]] for row in second])
    )

    outcome = run_recipe(load_recipe(RECIPE), tmp_path / "out", workers=1)

    assert (outcome.rows_read(), outcome.conserved()) == (20, True)
    kept = {row["id"]: row for row in pq.read_table(tmp_path / "out/data").to_pylist()}
    assert {row["source"] for row in kept.values()} == {"rasa", "indicvoices_r"}
    assert all("district" not in row and row["licence"] == "CC-BY-4.0" for row in kept.values())
    voices = {row["speaker_id"] for row in kept.values() if row["source"] == "rasa"}
    assert voices <= {"F", "M"}
    texts = {row["text_raw"] for row in kept.values() if row["source"] == "indicvoices_r"}
    assert texts <= set(column(second, "text"))
    assert len(kept) >= 12
