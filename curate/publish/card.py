"""The dataset card: people's prose, the run's numbers, and the YAML head that the Hub reads.

Prose and people come from ``cards/<name>/``; every number comes from receipts. A recipe without a
card gets a plain one, so that a folder always loads and always says what was done.
"""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
import pyarrow as pa
import yaml

from curate.engine.assemble import DATA
from curate.engine.shard import NO_CONFIG
from curate.errors import PublishError

SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
HEAD = (
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
    "tags",
    "extra_gated_prompt",
    "extra_gated_fields",
)


@dc.dataclass(frozen=True)
class Prose:
    """What people wrote about a corpus.

    Attributes:
        about: ``card.yaml``: title, licence, languages, sources.
        text: ``card.md``, with slots for numbers.
        citation: ``CITATION.cff``, if there is one.
    """

    about: Mapping[str, Any]
    text: str
    citation: Path | None

    def licence_text(self) -> str:
        """The licence of the dataset, and whom to name for each source."""
        lines = [
            f"This dataset is published under: {self.about.get('license', 'no licence stated')}"
        ]
        for source in self.about.get("sources", []):
            parts = [str(source[key]) for key in ("name", "url", "license") if source.get(key)]
            lines.append(f"Source: {', '.join(parts)}")
            if source.get("attribution"):
                lines.append(f"  Attribution: {source['attribution']}")
        return "\n".join(lines) + "\n"


def load_prose(folder: Path | None, name: str) -> Prose:
    """Read ``cards/<name>``; None gives a plain card.

    Raises:
        PublishError: The folder or one of its files is missing or not readable.
    """
    if folder is None:
        return Prose({"pretty_name": name}, "", None)
    try:
        about = yaml.safe_load((folder / "card.yaml").read_text(encoding="utf-8"))
        text = (folder / "card.md").read_text(encoding="utf-8")
    except OSError as error:
        hint = "a card is card.yaml and card.md"
        raise PublishError(f"{error.filename}: {error.strerror}; {hint}") from None
    except yaml.YAMLError as error:
        raise PublishError(f"{folder / 'card.yaml'}: not YAML: {error}") from None
    if not isinstance(about, dict):
        raise PublishError(f"{folder / 'card.yaml'}: must be a mapping")
    return Prose(about, text, folder / "CITATION.cff")


def render_card(record: Mapping[str, Any], prose: Prose, schema: pa.Schema) -> str:
    """README.md of a dataset folder.

    Args:
        record: What ``run.json`` will hold.
        prose: What people wrote.
        schema: Columns of the published Parquet.

    Raises:
        PublishError: The prose has a slot that no number fills.
    """
    splits = whole_splits(record)
    hours = {name: f"{split['duration'] / 3600:.2f}" for name, split in splits.items()}
    total = sum(split["duration"] for split in splits.values())
    slots = {
        "rows": {**{name: split["rows"] for name, split in splits.items()}, **record["rows"]},
        "hours": {**hours, "total": f"{total / 3600:.2f}"},
        "splits": list(splits),
        "columns": schema.names,
    }
    slots["rows"]["total"] = record["rows"]["kept"]
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined, keep_trailing_newline=True, autoescape=False
    )
    try:
        text = environment.from_string(prose.text).render(slots)
    except jinja2.TemplateError as error:
        raise PublishError(f"card.md: {error}; slots are {', '.join(slots)}") from None
    head = yaml.safe_dump(_head(record, prose), allow_unicode=True, sort_keys=False)
    title = prose.about.get("pretty_name", record["name"])
    body = text.strip() or f"# {title}"
    return f"---\n{head}---\n\n{body}\n\n{_numbers(record, schema)}"


def whole_splits(record: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Rows, bytes and seconds of each split, over all configs."""
    whole: dict[str, dict[str, Any]] = {}
    for splits in record["configs"].values():
        for name, split in splits.items():
            found = whole.setdefault(name, dict.fromkeys(split, 0))
            for key, value in split.items():
                found[key] += value
    return whole


def config_folder(config: str) -> str:
    """Where the files of a config lie."""
    return DATA if config == NO_CONFIG else config


def _head(record: Mapping[str, Any], prose: Prose) -> dict[str, Any]:
    head: dict[str, Any] = {"pretty_name": prose.about.get("pretty_name", record["name"])}
    head |= {key: prose.about[key] for key in HEAD if prose.about.get(key)}
    rows = record["rows"]["kept"]
    head["size_categories"] = [next((name for top, name in SIZES if rows < top), "n>1M")]
    head["configs"] = [
        {
            "config_name": config,
            "data_files": [
                {"split": split, "path": f"{config_folder(config)}/{split}-*.parquet"}
                for split in splits
            ],
        }
        for config, splits in record["configs"].items()
    ]
    return head


def _numbers(record: Mapping[str, Any], schema: pa.Schema) -> str:
    audio = any(split["duration"] for split in whole_splits(record).values())
    lines = ["## Splits", "", "| split | rows | hours |", "|---|--:|--:|"]
    for config, splits in record["configs"].items():
        for name, split in splits.items():
            hours = f"{split['duration'] / 3600:.3f}" if audio else ""
            full = name if config == NO_CONFIG else f"{config} / {name}"
            lines.append(f"| {full} | {split['rows']:,} | {hours} |")
    lines += ["", "## Columns", "", "| column | type |", "|---|---|"]
    lines += [f"| `{field.name}` | `{field.type}` |" for field in schema]
    rows = record["rows"]
    account = f"{rows['read']:,} rows read = {rows['kept']:,} kept + {rows['rejected']:,} rejected"
    lines += ["", "## Where every row went", "", f"{account}.", ""]
    lines += ["| step | rows in | rejected | why | hours rejected |", "|---|--:|--:|---|--:|"]
    for line in record["funnel"]:
        for reason, amount in line["rejected"].items() or [("", {"rows": 0, "duration": 0.0})]:
            lost = f"{amount['duration'] / 3600:.3f}" if amount["duration"] else ""
            lines.append(
                f"| {line['step']} | {line['rows']:,} | {amount['rows']:,} | {reason} | {lost} |"
            )
    lines += [
        "",
        "Every rejected row is in `rejected/`, with its reason and what was measured.",
        "",
    ]
    recipe = record["recipe"]
    lines.append(f"Made by `curate` {record['versions']['curate']} from `{recipe['file']}`")
    lines.append(f"(recipe sha256 `{recipe['sha256'][:16]}`); versions and digests: `run.json`.")
    return "\n".join(lines) + "\n"
