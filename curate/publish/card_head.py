"""The YAML head of a card: what the Hub and ``load_dataset`` read.

Configs name their files by explicit globs, so that ``rejected/`` never leaks into a split. Features
come from the files themselves: those of the head take precedence on loading, so they must say the
same. ``num_examples`` is enforced by ``load_dataset``, if there is a ``num_bytes`` beside it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import yaml

from curate.arrow import HUB, hub_schema
from curate.publish.prose import Prose
from curate.publish.splits import ALL, config_folders, configs_of

STEPS = ("1K", "10K", "100K", "1M", "10M", "100M", "1B", "10B", "100B", "1T")
SIZES = ("n<1K", *map("{}<n<{}".format, STEPS, STEPS[1:]), "n>1T")
KEYS = (
    "language",
    "language_details",
    "license",
    "license_name",
    "license_link",
    "annotations_creators",
    "language_creators",
    "multilinguality",
    "source_datasets",
    "task_categories",
    "task_ids",
    "gated",
    "extra_gated_heading",
    "extra_gated_prompt",
    "extra_gated_fields",
    "extra_gated_button_content",
)
LIBRARIES = ("datasets", "dask", "polars", "mlcroissant", "curate")  # all of them can read it


def head(record: Mapping[str, Any], prose: Prose, schema: pa.Schema) -> str:
    """The head as YAML, without its fences.

    Args:
        record: What ``run.json`` will hold.
        prose: What people wrote, made to fit the run.
        schema: Of the published Parquet.
    """
    about = prose.about
    found: dict[str, Any] = {"pretty_name": about.get("pretty_name", record["name"])}
    found |= {key: about[key] for key in KEYS if about.get(key) or about.get(key) is False}
    if about.get("license") == "other":
        found.setdefault("license_link", "LICENSE")
    features = schema_features(schema)
    found["tags"] = list(
        dict.fromkeys([*about.get("tags", []), *_modalities(features), *LIBRARIES])
    )
    found["size_categories"] = [size_category(record["rows"]["kept"])]
    found["configs"] = [
        {
            "config_name": config,
            "data_files": [
                {"split": split, "path": _globs(config_folders(record, config), split)}
                for split in splits
            ],
        }
        for config, splits in configs_of(record).items()
    ]
    counted = dict(record["statistics"])
    if record.get("all"):
        counted[ALL] = _together(counted)
    infos = [_info(config, splits, features) for config, splits in counted.items()]
    found["dataset_info"] = infos if len(infos) > 1 else infos[0]
    return yaml.safe_dump(found, allow_unicode=True, sort_keys=False, width=100)


def _globs(folders: Sequence[str], split: str) -> str | list[str]:
    globs = [f"{folder}/{split}-*.parquet" for folder in folders]
    return globs[0] if len(globs) == 1 else globs


def _together(counted: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """Sizes of each split over all configs."""
    whole: dict[str, dict[str, int]] = {}
    for splits in counted.values():
        for name, figures in splits.items():
            found = whole.setdefault(name, {"uncompressed_bytes": 0, "rows": 0, "bytes": 0})
            for key in found:
                found[key] += figures[key]
    return whole


def size_category(rows: int) -> str:
    """The Hub's name for so many rows.

    Example:
        >>> [size_category(rows) for rows in (0, 999, 1_000, 20_000_000, 10**13)]
        ['n<1K', 'n<1K', '1K<n<10K', '10M<n<100M', 'n>1T']
    """
    place = max(0, len(str(rows)) - 3)
    return SIZES[min(place, len(SIZES) - 1)] if rows >= 1_000 else SIZES[0]


def schema_features(schema: pa.Schema) -> dict[str, Any]:
    """Column → Hub feature, from the schema of a file or of a plan."""
    raw = (schema.metadata or {}).get(HUB) or hub_schema(schema).metadata[HUB]
    features: dict[str, Any] = json.loads(raw)["info"]["features"]
    return features


def _info(config: str, splits: Mapping[str, Any], features: Mapping[str, Any]) -> dict[str, Any]:
    found = [
        {"name": name, "num_bytes": split["uncompressed_bytes"], "num_examples": split["rows"]}
        for name, split in splits.items()
    ]
    return {
        "config_name": config,
        "features": yaml_features(features),
        "splits": found,
        "download_size": sum(split["bytes"] for split in splits.values()),
        "dataset_size": sum(split["uncompressed_bytes"] for split in splits.values()),
    }


def yaml_features(features: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Features as ``dataset_info`` of a card spells them.

    Example:
        >>> yaml_features({"n": {"dtype": "int32", "_type": "Value"}})
        [{'name': 'n', 'dtype': 'int32'}]
    """
    return [{"name": name, **_spelled(feature)} for name, feature in features.items()]


def _spelled(feature: Any) -> dict[str, Any]:
    if isinstance(feature, list):
        return {"list": _inner(feature[0])}
    kind = feature.get("_type")
    rest = {key: value for key, value in feature.items() if key != "_type"}
    if kind is None or not isinstance(kind, str):
        return {"struct": yaml_features(feature)}
    if kind in ("List", "LargeList"):
        length = {"length": rest["length"]} if rest.get("length", -1) != -1 else {}
        return {_snake(kind): _inner(rest["feature"]), **length}
    if kind == "Value":
        return rest
    if isinstance(names := rest.get("names"), list):
        rest["names"] = {str(label): name for label, name in enumerate(names)}
    return {"dtype": {_snake(kind): rest} if rest else _snake(kind)}


def _inner(feature: Any) -> Any:
    spelled = _spelled(feature)
    (only,) = spelled if len(spelled) == 1 else ("",)
    return spelled[only] if only in ("dtype", "struct") else spelled


def _snake(kind: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind).lower()


def _modalities(features: Mapping[str, Any]) -> Iterator[str]:
    kinds = [feature.get("_type") for feature in features.values() if isinstance(feature, dict)]
    for kind in ("Audio", "Image", "Video"):
        if kind in kinds:
            yield kind.lower()
    texts = ("text", "query", "question", "document", "code")
    if any(name in features for name in texts):
        yield "text"
