"""The card: numbers from the run, prose from people, and nothing left open."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
import yaml
from huggingface_hub import DatasetCard

from curate.errors import PublishError
from curate.publish.card import load_prose, render_card

SCHEMA = pa.schema([("id", pa.string()), ("text", pa.string())])
RECORD = {
    "name": "clips",
    "recipe": {"file": "clips.yaml", "sha256": "ab" * 32},
    "versions": {"curate": "0.1.0"},
    "rows": {"read": 1500, "kept": 1200, "rejected": 300, "failed": 0},
    "configs": {
        "default": {
            "train": {"rows": 1100, "duration": 3600.0},
            "test": {"rows": 100, "duration": 360.0},
        }
    },
    "funnel": [
        {
            "step": "filters.duration",
            "rows": 1500,
            "rejected": {"too short": {"rows": 300, "duration": 36.0}},
        }
    ],
}


def write(
    folder: Path, about: str = "pretty_name: Clips\nlicense: cc-by-4.0\n", text: str = "# Clips\n"
) -> Path:
    (folder / "card.yaml").write_text(about)
    (folder / "card.md").write_text(text)
    return folder


def test_the_hub_reads_the_head(tmp_path: Path) -> None:
    card = DatasetCard(render_card(RECORD, load_prose(write(tmp_path), "clips"), SCHEMA))
    assert card.data.license == "cc-by-4.0"
    assert card.data.size_categories == ["1K<n<10K"]
    assert card.data.configs[0]["data_files"][1] == {"split": "test", "path": "data/test-*.parquet"}


def test_slots_are_filled_with_the_numbers_of_the_run(tmp_path: Path) -> None:
    prose = load_prose(
        write(tmp_path, text="{{ rows.total }} rows, {{ hours.train }} h train"), "clips"
    )
    assert "1200 rows, 1.00 h train" in render_card(RECORD, prose, SCHEMA)


def test_a_slot_without_a_number_is_an_error_that_names_the_slots(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match="'nothing' is undefined; slots are rows, hours"):
        render_card(RECORD, load_prose(write(tmp_path, text="{{ nothing }}"), "clips"), SCHEMA)


def test_rejections_stand_with_step_reason_rows_and_hours() -> None:
    card = render_card(RECORD, load_prose(None, "clips"), SCHEMA)
    assert "| filters.duration | 1,500 | 300 | too short | 0.010 |" in card


def test_a_recipe_without_a_card_still_gets_a_head() -> None:
    head = render_card(RECORD, load_prose(None, "clips"), SCHEMA).split("---")[1]
    assert yaml.safe_load(head)["pretty_name"] == "clips"


def test_a_missing_card_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match=r"card\.yaml: No such file"):
        load_prose(tmp_path / "none", "clips")


def test_the_licence_names_every_source(tmp_path: Path) -> None:
    about = (
        "license: cc-by-4.0\nsources:\n- {name: Rasa, license: cc-by-4.0, attribution: AI4Bharat}\n"
    )
    text = load_prose(write(tmp_path, about), "clips").licence_text()
    assert "Source: Rasa, cc-by-4.0\n  Attribution: AI4Bharat" in text
