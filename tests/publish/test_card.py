"""The card: numbers from the run, prose from people, and nothing left open."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml
from huggingface_hub import DatasetCard

from curate.arrow import audio_field
from curate.errors import PublishError
from curate.publish.card import check_slots, load_prose, render_card
from curate.publish.card_blocks import BLOCKS
from curate.publish.leftovers import leftovers

SCHEMA = pa.schema([("id", pa.string()), ("text", pa.string())])
RECORD: dict[str, Any] = {
    "name": "clips",
    "recipe": {"file": "clips.yaml", "sha256": "ab" * 32, "text": "name: clips\n"},
    "versions": {"curate": "0.1.0"},
    "rows": {"read": 1500, "kept": 1200, "rejected": 300, "failed": 0},
    "configs": {
        "default": {
            "train": {"rows": 1100, "bytes": 9, "duration": 3600.0},
            "test": {"rows": 100, "bytes": 1, "duration": 360.0},
        }
    },
    "statistics": {
        "default": {
            "train": {
                "rows": 1100,
                "bytes": 9,
                "uncompressed_bytes": 90,
                "hours": 1.0,
                "columns": {},
            },
            "test": {
                "rows": 100,
                "bytes": 1,
                "uncompressed_bytes": 10,
                "hours": 0.1,
                "columns": {},
            },
        }
    },
    "steps": [
        {
            "step": "filters.language",
            "device": "cuda",
            "misleads": "It misleads on names.",
            "columns": {"language": "string, ISO 639-3."},
            "options": {},
        }
    ],
    "models": {"filters.language": {"lid.ftz": "cd" * 32}},
    "funnel": [
        {
            "step": "filters.duration",
            "rows": 1500,
            "kept": 1200,
            "duration": 3960.0,
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


def plain(schema: pa.Schema = SCHEMA, **changes: Any) -> str:
    """The card of a recipe that names none."""
    return render_card({**copy.deepcopy(RECORD), **changes}, load_prose(None, "clips"), schema)


def test_the_hub_reads_the_head(tmp_path: Path) -> None:
    card = DatasetCard(render_card(RECORD, load_prose(write(tmp_path), "clips"), SCHEMA))
    assert card.data.license == "cc-by-4.0"
    assert card.data.size_categories == ["1K<n<10K"]
    assert card.data.configs[0]["data_files"][1] == {"split": "test", "path": "data/test-*.parquet"}


def test_slots_are_filled_with_the_numbers_of_the_run(tmp_path: Path) -> None:
    text = "{{ rows.total }} rows, {{ hours.train }} h train, {{ length.total }}"
    card = render_card(RECORD, load_prose(write(tmp_path, text=text), "clips"), SCHEMA)
    assert "1200 rows, 1.00 h train, 66.0 minutes" in card


def test_a_slot_without_a_number_is_an_error_that_names_the_slots(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match="'nothing' is undefined; slots are rows, hours"):
        render_card(RECORD, load_prose(write(tmp_path, text="{{ nothing }}"), "clips"), SCHEMA)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\n{{ rows.total", "card.md:2: "),
        ("{% if input %}", "card.md:1: "),
        ("{{ rowz.total }}", "card.md: 'rowz' is undefined; slots are rows, "),
        ("{{ blocks.tables }}", "card.md: 'tables' is undefined; blocks are splits, "),
    ],
)
def test_a_wrong_slot_is_found_before_a_run(text: str, message: str) -> None:
    with pytest.raises(PublishError) as error:
        check_slots(text)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__ }}",
        "{{ lipsum.__globals__ }}",
        "{{ rows.clear() }}",
        "{{ about.update(license='mit') }}",
        "{{ 1 / 0 }}",
        "{{ '%s' | format(1, 2) }}",
        "{% for one in range(10 ** 9) %}{% endfor %}",
        "{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}",
        "{{ blocks.splits | upper }}",
        "a \0 b \0 c",
    ],
)
def test_a_card_that_does_more_than_fill_slots_is_refused(tmp_path: Path, text: str) -> None:
    prose = load_prose(write(tmp_path, text=text), "clips")
    with pytest.raises(PublishError, match=r"card\.md: [^\n]*$"):
        render_card(RECORD, prose, SCHEMA)


@pytest.mark.parametrize(
    "text",
    ["{% include '/etc/hostname' %}", "{% import 'a' as b %}", "{% extends 'a' %}"],
)
def test_a_card_reads_no_other_file(tmp_path: Path, text: str) -> None:
    with pytest.raises(PublishError, match=r"card\.md:1: takes in another file"):
        check_slots(text)
    with pytest.raises(PublishError, match=r"card\.md: "):
        render_card(RECORD, load_prose(write(tmp_path, text=text), "clips"), SCHEMA)


def test_a_block_stands_where_the_card_places_it_and_nowhere_else(tmp_path: Path) -> None:
    text = "# Clips\n\n## Structure\n\n{{ blocks.splits }}\n\n## Contact\n\nUs."
    card = render_card(RECORD, load_prose(write(tmp_path, text=text), "clips"), SCHEMA)
    assert card.count("| train | 1,100 |") == 1
    assert card.index("| train | 1,100 |") < card.index("## Contact")
    assert "## Splits" not in card


def test_a_card_that_places_nothing_still_has_every_block() -> None:
    card = plain()
    assert [head for head, _ in BLOCKS.values() if f"\n## {head}\n" not in card] == []


def test_rejections_stand_with_step_reason_rows_and_hours() -> None:
    assert "| `filters.duration` | too short | 300 | 0.010 |" in plain()


def test_a_run_over_the_first_rows_only_says_so() -> None:
    assert "1,500 rows read, the first ones only, = 1,200 kept" in plain(limit=1500)
    assert "1,500 rows read = 1,200 kept + 300 rejected." in plain(limit=None)


def test_the_splits_have_a_sum() -> None:
    assert "| **all** | 1,200 | 1.100 | 10 |" in plain()


def test_models_stand_with_digest_and_device() -> None:
    assert f"| `filters.language` | lid.ftz | `{'cd' * 32}` | cuda |" in plain()


def test_known_failures_of_every_step_are_told() -> None:
    assert "- `filters.language`: It misleads on names." in plain()


def test_a_column_tells_its_step_and_meaning() -> None:
    schema = pa.schema([("text", pa.string()), ("language", pa.string())])
    card = plain(schema)
    assert "| `language` | `string` | `filters.language` | ISO 639-3. |" in card
    assert "| `text` | `string` | the source |  |" in card


def test_the_recipe_stands_in_the_card_with_its_digest() -> None:
    card = plain(recipe={**RECORD["recipe"], "text": "name: clips\n# ```\n"})
    assert "````yaml\nname: clips\n# ```\n````" in card
    assert "ab" * 32 in card


def test_audio_is_loaded_with_and_without_a_decoder() -> None:
    card = plain(pa.schema([("id", pa.string()), audio_field("clip", 16000)]))
    assert 'row["clip"].get_all_samples()' in card
    assert 'cast_column("clip", Audio(decode=False))' in card
    assert "Audio(decode=False)" not in plain()


def test_loading_names_the_repository_and_a_config() -> None:
    configs = {"a": RECORD["configs"]["default"], "b": RECORD["configs"]["default"]}
    card = plain(repo="org/clips", configs=configs)
    assert 'load_dataset("org/clips", "a")' in card


def test_rows_are_shown_and_cannot_break_the_page() -> None:
    row = {"id": "1", "text": "<!-- end -->\n| a | `b` | {{ rows.total }} TODO"}
    card = render_card(RECORD, load_prose(None, "clips"), SCHEMA, [row])
    line = next(line for line in card.splitlines() if line.startswith("| `text` | &lt;"))
    assert line == r"| `text` | &lt;!-- end --> \| a \| \`b\` \| {{ rows.total }} TODO |"
    assert [open_.text for open_ in leftovers(card)] == ["[More Information Needed]"] * 2


def test_a_recipe_without_a_card_still_gets_a_head() -> None:
    head = plain().split("---")[1]
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


def test_every_source_stands_with_licence_revision_and_credit(tmp_path: Path) -> None:
    about = (
        "sources:\n- {name: Rasa, url: https://huggingface.co/datasets/ai/Rasa, license: CC-BY-4.0,"
        " attribution: AI}\n"
    )
    sources = [{"step": "sources.hub", "read": {"ai/Rasa@main": "0123456789abcdef"}}]
    card = render_card(
        {**RECORD, "sources": sources}, load_prose(write(tmp_path, about), "c"), SCHEMA
    )
    line = "| [Rasa](https://huggingface.co/datasets/ai/Rasa) | CC-BY-4.0 | `0123456789ab` | AI |"
    assert line in card
