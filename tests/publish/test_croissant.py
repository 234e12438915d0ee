"""croissant.json, judged by mlcroissant: valid, and giving the rows that `datasets` gives."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from croissant_rows import loaded, opened, records

from curate.arrow import AUDIO, audio_field, hub_schema, sha256_of
from curate.publish.card import Prose
from curate.publish.croissant import FILE, croissant_of, for_hub, write_croissant
from curate.publish.record_sets import expressible
from curate.publish.responsible import responsible, sections

ABOUT = {
    "pretty_name": "Rows",
    "license": "cc-by-4.0",
    "language": ["ks"],
    "url": "https://example.org/rows",
    "sources": [{"name": "Rasa", "url": "https://example.org/rasa", "license": "CC-BY-4.0"}],
}
CITATION = """\
cff-version: 1.2.0
title: Rows
version: 1.2.0
date-released: 2026-01-31
authors:
- {given-names: Ada, family-names: Byron}
- {name: The rows project}
"""
README = """\
# Rows

## Direct use

Reading aloud.

## Bias, risks and limitations

- Few rows.
- Short ones,
  and old.

## Citation

```bibtex
@misc{rows, title = {Rows}}
```
"""
NESTED = pa.struct([("name", pa.string()), ("scores", pa.list_(pa.float32()))])
SCHEMA = pa.schema(
    [
        pa.field("id", pa.string()),
        audio_field("audio", 16000),
        pa.field("count", pa.int32()),
        pa.field("small", pa.uint8()),
        pa.field("score", pa.float32()),
        pa.field("sure", pa.bool_()),
        pa.field("words", pa.list_(pa.string())),
        pa.field("matrix", pa.list_(pa.list_(pa.int64()))),
        pa.field("vector", pa.list_(pa.float32(), 3)),
        pa.field("who", NESTED),
        pa.field("spans", pa.list_(pa.struct([("at", pa.int64()), ("kind", pa.string())]))),
        pa.field("made at", pa.timestamp("us")),
    ]
)


def row(number: int) -> dict[str, Any]:
    return {
        "id": f"r{number}",
        "audio": {"bytes": bytes([number, 0, 255]), "path": f"{number}.flac"},
        "count": None if number == 1 else number,
        "small": number,
        "score": number / 3,
        "sure": None if number == 2 else number % 2 == 0,
        "words": ["یِم", "b"][: number % 3],
        "matrix": [[number, 2], [3]],
        "vector": [0.5, number, -1.0],
        "who": {"name": f"n{number}", "scores": [0.25] * number},
        "spans": [{"at": at, "kind": "x"} for at in range(number % 3)],
        "made at": datetime.datetime(2026, 1, number + 1, 12, 30),
    }


def folder_of(
    out: Path, parts: dict[str, list[dict[str, Any]]], schema: pa.Schema
) -> dict[str, Any]:
    """A dataset folder of given files; gives its record."""
    files, configs = {}, {}
    for name, rows in parts.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows, schema).cast(hub_schema(schema)), path)
        files[name] = {"rows": len(rows), "sha256": sha256_of(path)}
        folder, _, file = name.partition("/")
        split = file.split("-")[0]
        if folder != "rejected":
            config = configs.setdefault("default" if folder == "data" else folder, {})
            config.setdefault(split, {"rows": 0})["rows"] += len(rows)
    (out / "README.md").write_text(README)
    (out / "CITATION.cff").write_text(CITATION)
    return {
        "name": "rows",
        "recipe": {"file": "rows.yaml", "sha256": "ab" * 32},
        "versions": {"curate": "0.1.0"},
        "sources": [{"step": "sources.parquet", "fingerprint": "f" * 64, "options": {}}],
        "steps": [{"step": "filters.duration", "options": {"least": 1, "path": "/home/me/x"}}],
        "models": {"filters.language": {"default.ftz": "cd" * 32}},
        "rows": {"kept": sum(mark["rows"] for mark in files.values())},
        "configs": configs,
        "files": files,
    }


def name_of(split: str, number: int = 0, of: int = 1, folder: str = "data") -> str:
    return f"{folder}/{split}-{number:05d}-of-{of:05d}.parquet"


def described(out: Path, record: dict[str, Any]) -> dict[str, Any]:
    write_croissant(out, record, Prose(ABOUT, "", None))
    return dict(json.loads((out / FILE).read_text()))


@pytest.fixture
def every_type(tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    parts = {
        name_of("train", 0, 2): [row(0), row(1)],
        name_of("train", 1, 2): [row(2)],
        name_of("test"): [row(3)],
        "rejected/filters.duration-00000-of-00001.parquet": [row(4)],
    }
    return tmp_path, folder_of(tmp_path, parts, SCHEMA)


def test_records_are_the_rows_that_load_dataset_gives(every_type: Any) -> None:
    out, record = every_type
    described(out, record)
    found = records(opened(str(out / FILE)))
    (out / "README.md").unlink()  # this test's is no card of the Hub
    assert found == loaded(out)


def test_it_is_valid_without_a_warning(every_type: Any) -> None:
    out, record = every_type
    described(out, record)
    issues = opened(str(out / FILE)).metadata.ctx.issues
    assert (issues.errors, issues.warnings) == (set(), set())


def test_each_config_is_a_record_set_of_its_own_columns(tmp_path: Path) -> None:
    schema = pa.schema([("id", pa.string()), ("text", pa.string())])
    parts = {
        name_of("train", folder="ks"): [{"id": "a", "text": "ks"}],
        name_of("train", folder="ur.v2"): [{"id": "b", "text": "ur"}],
    }
    record = folder_of(tmp_path, parts, schema)
    described(tmp_path, record)
    dataset = opened(str(tmp_path / FILE))
    assert [each.id for each in dataset.metadata.record_sets] == ["ks", "ur.v2"]
    assert [each["id"] for each in records(dataset, "ur.v2")["train"]] == ["b"]


def test_one_split_can_be_asked_for(every_type: Any) -> None:
    out, record = every_type
    described(out, record)
    dataset = opened(str(out / FILE))
    test = list(dataset.records("default", filters={"default/split": "test"}))
    assert [each["default/id"] for each in test] == [b"r3"]


def test_the_published_copy_reads_from_the_repository(every_type: Any) -> None:
    out, record = every_type
    published = for_hub(described(out, record), "org/rows", "v1.2.0")
    container = published["distribution"][0]
    assert container["contentUrl"].endswith("org/rows/tree/refs%2Ftags%2Fv1.2.0")
    assert published["url"] == "https://huggingface.co/datasets/org/rows"
    dataset = opened(published, mapping={"repo": str(out)})
    assert [len(rows) for rows in records(dataset).values()] == [1, 3]
    assert dataset.metadata.ctx.issues.errors == set()


def test_a_config_and_a_split_may_hold_no_rows(tmp_path: Path) -> None:
    record = folder_of(tmp_path, {name_of("train"): []}, SCHEMA)
    described(tmp_path, record)
    assert list(opened(str(tmp_path / FILE)).records("default")) == []


def test_every_file_of_the_dataset_stands_there_with_its_digest(every_type: Any) -> None:
    out, record = every_type
    files = [each for each in described(out, record)["distribution"] if "sha256" in each]
    assert {each["@id"] for each in files} == {n for n in record["files"] if n[:4] == "data"}
    for each in files:
        assert each["sha256"] == sha256_of(out / each["contentUrl"])
        assert each["contentSize"] == f"{(out / each['contentUrl']).stat().st_size} B"


def test_people_version_date_and_citation_come_from_the_card(every_type: Any) -> None:
    found = described(*every_type)
    assert [each["name"] for each in found["creator"]] == ["Ada Byron", "The rows project"]
    assert (found["version"], found["datePublished"]) == ("1.2.0", "2026-01-31")
    assert found["citeAs"] == "@misc{rows, title = {Rows}}"
    assert found["license"] == "https://spdx.org/licenses/CC-BY-4.0.html"


def test_provenance_names_the_sources_and_the_recipe(every_type: Any) -> None:
    found = described(*every_type)
    (source,) = found["prov:wasDerivedFrom"]
    assert (source["prov:label"], source["license"]) == ("Rasa", "CC-BY-4.0")
    assert found["prov:wasGeneratedBy"]["@id"] == f"urn:curate:recipe:{'ab' * 32}"
    assert found["prov:wasGeneratedBy"]["prov:used"] == [{"@id": f"urn:curate:source:{'f' * 64}"}]


def test_responsible_use_is_what_the_card_says_under_its_headings(every_type: Any) -> None:
    found = described(*every_type)
    assert found["rai:dataUseCases"] == ["Reading aloud."]
    assert found["rai:dataBiases"] == ["Few rows.", "Short ones, and old."]
    assert found["rai:machineAnnotationTools"] == [
        f"default.ftz of filters.language (sha256 {'cd' * 32})"
    ]


def test_steps_are_told_without_paths_of_one_machine(every_type: Any) -> None:
    found = described(*every_type)
    assert found["rai:dataPreprocessingProtocol"] == ["filters.duration {least: 1, path: x}"]


def test_what_the_card_states_for_machines_goes_before_its_prose(every_type: Any) -> None:
    out, record = every_type
    prose = Prose({**ABOUT, "rai": {"dataUseCases": ["Only this."]}}, "", None)
    assert responsible(out, record, prose)["rai:dataUseCases"] == ["Only this."]


def test_a_heading_inside_code_is_no_section() -> None:
    text = "# A\none\n```\n# not one\n```\n## B ##\ntwo\n"
    assert sections(text) == {"a": "one\n```\n# not one\n```", "b": "two"}


def test_a_column_that_croissant_has_no_type_for_is_named(tmp_path: Path) -> None:
    kind = pa.struct([("a", pa.struct([("b", pa.int64())]))])
    schema = pa.schema([("id", pa.string()), ("deep", kind)])
    record = folder_of(tmp_path, {name_of("train"): [{"id": "a", "deep": {"a": {"b": 1}}}]}, schema)
    (found,) = described(tmp_path, record)["recordSet"]
    assert [each["name"] for each in found["field"]] == ["split", "id"]
    assert "Croissant has no type for deep" in found["description"]
    assert list(opened(str(tmp_path / FILE)).records("default"))


@pytest.mark.parametrize(
    ("kind", "can"),
    [
        (pa.list_(pa.list_(pa.list_(pa.float64()))), True),
        (AUDIO, True),
        (pa.list_(AUDIO), True),
        (pa.duration("s"), False),
        (pa.map_(pa.string(), pa.int64()), False),
        (pa.list_(pa.list_(AUDIO)), False),
        (pa.struct([("spans", pa.list_(AUDIO))]), False),
    ],
)
def test_types_that_cannot_be_given_back_are_known(kind: pa.DataType, can: bool) -> None:
    assert expressible(kind) is can


def test_the_same_folder_gives_the_same_text(every_type: Any) -> None:
    out, record = every_type
    described(out, record)
    first = (out / FILE).stat()
    described(out, record)
    assert (out / FILE).stat() == first
    assert croissant_of(out, record, Prose(ABOUT, "", None)) == json.loads((out / FILE).read_text())
