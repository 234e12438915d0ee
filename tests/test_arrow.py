"""Features that follow columns, and hashes that never vary."""

from __future__ import annotations

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.arrow import (
    AUDIO,
    audio_field,
    digest_of,
    feature_field,
    field_features,
    fit_schema,
    hub_schema,
    stable_hash,
    union_schema,
)

LABEL = feature_field("label", pa.int64(), {"_type": "ClassLabel", "names": ["no", "yes"]})
SCHEMA = pa.schema(
    [
        pa.field("id", pa.string()),
        audio_field(rate_hz=16000),
        LABEL,
        pa.field("v", pa.list_(pa.float32())),
    ]
)


def test_datasets_restores_the_features_without_torch(tmp_path) -> None:
    table = pa.table(
        {
            "id": ["a"],
            "audio": pa.array([{"bytes": b"x", "path": "a.wav"}], AUDIO),
            "label": [1],
            "v": [[1.0]],
        }
    )
    pq.write_table(fit_schema(table, SCHEMA).cast(hub_schema(SCHEMA)), tmp_path / "train.parquet")
    features = datasets.load_dataset(str(tmp_path), cache_dir=str(tmp_path / "c"))["train"].features
    assert features["audio"] == datasets.Audio(sampling_rate=16000)
    assert features["label"] == datasets.ClassLabel(names=["no", "yes"])
    assert features["v"] == datasets.List(datasets.Value("float32"))


def test_features_survive_the_way_through_parquet() -> None:
    assert field_features(hub_schema(SCHEMA)).equals(SCHEMA, check_metadata=True)


def test_features_that_datasets_writes_are_understood() -> None:
    features = datasets.Features(
        {"label": datasets.ClassLabel(names=["no", "yes"]), "t": datasets.Value("string")}
    )
    assert field_features(features.arrow_schema).field("label").equals(LABEL, check_metadata=True)


@pytest.mark.parametrize(
    "kind",
    [
        "string",
        "int8",
        "uint16",
        "float16",
        "float32",
        "float64",
        "bool",
        "binary",
        "large_string",
        "timestamp[us]",
        "date32",
    ],
)
def test_plain_types_have_the_name_that_datasets_gives_them(kind: str) -> None:
    arrow = datasets.Features({"x": datasets.Value(kind)}).arrow_schema
    restored = datasets.Features.from_arrow_schema(
        hub_schema(pa.schema([pa.field("x", arrow.field("x").type)]))
    )
    assert restored == {"x": datasets.Value(kind)}


def test_a_union_keeps_the_order_of_first_appearance() -> None:
    one, two = (
        pa.schema([("a", pa.string()), ("b", pa.int64())]),
        pa.schema([("c", pa.string()), ("a", pa.string())]),
    )
    assert union_schema([one, two]).names == ["a", "b", "c"]


def test_one_name_with_two_types_is_an_error() -> None:
    with pytest.raises(pa.ArrowTypeError, match="column 'a' is string in one source and int64"):
        union_schema([pa.schema([("a", pa.string())]), pa.schema([("a", pa.int64())])])


def test_hashes_are_the_same_in_every_process_and_version() -> None:
    # computed once with hashlib over the JSON text, by hand
    assert digest_of("a", 1)[:16] == "2657442bb4a48d62"
    assert stable_hash("a", 1) == 0x2657442BB4A48D62
