"""The YAML head: what the Hub shows and ``load_dataset`` obeys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from curate.arrow import audio_field, feature_field, hub_schema
from curate.publish.card_head import head, schema_features, yaml_features
from curate.publish.prose import Prose

LABEL = {"names": ["no", "yes"], "_type": "ClassLabel"}
WORDS = {"languages": ["en", "ks"], "_type": "Translation"}
FIELDS = [
    pa.field("id", pa.string()),
    pa.field("score", pa.float32()),
    pa.field("counts", pa.list_(pa.int32())),
    pa.field("vector", pa.list_(pa.float32(), 3)),
    pa.field("large", pa.large_list(pa.string())),
    pa.field(
        "nested", pa.struct([("a", pa.int64()), ("b", pa.list_(pa.struct([("c", pa.bool_())])))])
    ),
    pa.field("listed", pa.list_(pa.struct([("x", pa.int8()), ("y", pa.string())]))),
    pa.field("day", pa.date32()),
    pa.field("when", pa.timestamp("us")),
    audio_field("audio", 16000),
    audio_field("any_rate"),
    feature_field("label", pa.int64(), LABEL),
    feature_field("pair", pa.struct([("en", pa.string()), ("ks", pa.string())]), WORDS),
]


def made(fields: list[pa.Field], rows: int = 3, **about: Any) -> dict[str, Any]:
    splits = {"train": {"rows": rows, "bytes": 70, "duration": 0.0}}
    figures = {"train": {"rows": rows, "bytes": 70, "uncompressed_bytes": 99}}
    record = {
        "name": "rows",
        "rows": {"kept": rows},
        "configs": {"default": splits},
        "statistics": {"default": figures},
    }
    found: dict[str, Any] = yaml.safe_load(head(record, Prose(about, "", None), pa.schema(fields)))
    return found


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_features_are_spelled_as_datasets_spells_them(field: pa.Field) -> None:
    schema = hub_schema(pa.schema([field]))
    wanted = datasets.Features.from_arrow_schema(schema)
    found = yaml_features(schema_features(schema))
    assert datasets.Features._from_yaml_list(found) == wanted
    assert found == wanted._to_yaml_list()


def test_load_dataset_takes_the_head_for_true(tmp_path: Path) -> None:
    fields = [field for field in FIELDS if field.name not in ("audio", "any_rate")]
    schema = pa.schema(fields)
    rows = [dict.fromkeys(schema.names) for _ in range(3)]
    table = pa.Table.from_pylist(rows, schema=schema)
    (tmp_path / "data").mkdir()
    pq.write_table(table.cast(hub_schema(schema)), tmp_path / "data/train-00000-of-00001.parquet")
    (tmp_path / "README.md").write_text(
        f"---\n{yaml.safe_dump(made(fields), sort_keys=False)}---\n"
    )
    loaded = datasets.load_dataset(str(tmp_path), cache_dir=str(tmp_path / "cache"))
    assert loaded["train"].num_rows == 3
    assert loaded["train"].features == datasets.Features.from_arrow_schema(hub_schema(schema))


def test_wrong_rows_in_the_head_would_be_found_by_load_dataset(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    pq.write_table(pa.table({"id": ["a", "b"]}), tmp_path / "data/train-00000-of-00001.parquet")
    (tmp_path / "README.md").write_text(
        f"---\n{yaml.safe_dump(made(FIELDS[:1], rows=3), sort_keys=False)}---\n"
    )
    with pytest.raises(Exception, match=r"NonMatching|num_examples"):
        datasets.load_dataset(str(tmp_path), cache_dir=str(tmp_path / "cache"))


def test_modalities_and_libraries_are_tags_once_each() -> None:
    tags = made([audio_field(), pa.field("text", pa.string())], tags=["audio", "ours"])["tags"]
    assert tags == ["audio", "ours", "text", "datasets", "dask", "polars", "mlcroissant", "curate"]


def test_another_licence_links_to_its_text() -> None:
    found = made(FIELDS[:1], license="other", license_name="theirs")
    assert (found["license_name"], found["license_link"]) == ("theirs", "LICENSE")


def test_gates_languages_and_tasks_are_those_of_the_card() -> None:
    about = {
        "extra_gated_prompt": "Do not identify speakers.",
        "gated": False,
        "language": ["ks"],
        "task_ids": ["language-modeling"],
    }
    assert {key: made(FIELDS[:1], **about)[key] for key in about} == about
