"""Configs and splits of a dataset folder: where their files lie, what they hold together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from curate.engine.assemble import DATA
from curate.engine.shard import NO_CONFIG

ALL = "all"
"""The config of all files, beside those that a column names (``publish.all``)."""


def whole_splits(record: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Rows, bytes and seconds of each split, over all configs."""
    whole: dict[str, dict[str, Any]] = {}
    for splits in record["configs"].values():
        for name, split in splits.items():
            found = whole.setdefault(name, dict.fromkeys(split, 0))
            for key, value in split.items():
                found[key] += value
    return whole


def configs_of(record: Mapping[str, Any]) -> dict[str, dict[str, dict[str, Any]]]:
    """Every config that can be loaded: the run's own, and ``all`` of the same files if wanted."""
    return {**record["configs"], **({ALL: whole_splits(record)} if record.get("all") else {})}


def config_folders(record: Mapping[str, Any], config: str) -> list[str]:
    """Where the files of a config lie; of ``all``, those of every other."""
    together = record.get("all") and config == ALL
    return [config_folder(one) for one in (record["configs"] if together else [config])]


def config_folder(config: str) -> str:
    """Where the files of a config lie."""
    return DATA if config == NO_CONFIG else config


def split_name(config: str, split: str) -> str:
    """What a table calls a split: its own name, after that of the config if there are several."""
    return split if config == NO_CONFIG else f"{config} / {split}"
