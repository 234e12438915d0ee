"""Whether what the head of a card says about configs and columns is what the files hold."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from curate.publish.checks.head import Head, Spot
from curate.publish.checks.problem import Problem, error, warning
from curate.publish.splits import config_folders, configs_of

REBUILD = "run `curate card` on the folder"
READ_BY_THE_HUB = {".parquet", ".csv", ".json", ".jsonl", ".arrow", ".txt", ".tsv"}


def config_problems(folder: Path, head: Head, record: Mapping[str, Any]) -> Iterator[Problem]:
    """Globs, splits, features and counts of the head against the files and the record."""
    if (fault := _readable(head)) is not None:
        yield fault
        return
    configs = head.values.get("configs")
    if not configs:
        what = "lists no configs, so that files of rejected/ may be taken for rows"
        yield error(head.where(), what, REBUILD)
        return
    names = [config["config_name"] for config in configs]
    for name in configs_of(record):
        if name not in names:
            yield error(head.where("configs"), f"lacks the config {name!r}", REBUILD)
    for index, config in enumerate(configs):
        yield from _config(folder, head, index, config, record)
    yield from _infos(folder, head, names, record)


def _readable(head: Head) -> Problem | None:
    """Whether `datasets` can make sense of the head at all."""
    from datasets.info import DatasetInfosDict
    from datasets.utils.metadata import MetadataConfigs

    for at, wanted in _misshapen(head.values):
        return error(head.where(*at), f"{'.'.join(map(str, at))} must be {wanted}", REBUILD)
    known = {key: head.values[key] for key in ("configs", "dataset_info") if head.values.get(key)}
    for number, config in enumerate(known.get("configs", [])):
        if not config.get("config_name"):
            what = "a config without a config_name"
            return error(head.where("configs", number), what, "name it, e.g. config_name: default")
    for key, reader in (("configs", MetadataConfigs), ("dataset_info", DatasetInfosDict)):
        try:
            reader.from_dataset_card_data(copy.deepcopy(known))  # they take it apart
        except Exception as fault:  # whatever it is, a user would meet it too
            first = str(fault).strip().split("\n")[0]
            return error(head.where(key), f"`datasets` cannot read {key}: {first}", REBUILD)
    return None


def _misshapen(values: Mapping[str, Any]) -> Iterator[tuple[Spot, str]]:
    """What is no list or no mapping where one is needed."""
    configs, infos = values.get("configs") or [], values.get("dataset_info") or []
    if not _all(configs, dict):
        yield ("configs",), "a list of mappings"
        return
    for number, config in enumerate(configs):
        name, files = config.get("config_name"), config.get("data_files") or []
        if not isinstance(name, str | None):
            yield ("configs", number, "config_name"), "a text"
        for at, entry in enumerate(files if isinstance(files, list) else [files]):
            path = entry.get("path") if isinstance(entry, dict) else entry
            if not isinstance(path, str) and not _all(path, str):
                yield ("configs", number, "data_files", at), "a path, or a split and its path"
    if not isinstance(infos, dict) and not _all(infos, dict):
        yield ("dataset_info",), "a mapping, or a list of mappings"
        return
    for info in infos if isinstance(infos, list) else [infos]:
        if not isinstance(info.get("config_name", ""), str):
            yield ("dataset_info", "config_name"), "a text"
        for key in ("splits", "features"):
            if not _all(info.get(key) or [], dict):
                yield ("dataset_info", key), "a list of mappings"
        for split in info.get("splits") or []:
            if not isinstance(split, dict) or not isinstance(split.get("name"), str):
                yield ("dataset_info", "splits"), "a list of mappings with a name"


def _all(value: Any, kind: type) -> bool:
    return isinstance(value, list) and all(isinstance(each, kind) for each in value)


def _config(
    folder: Path, head: Head, index: int, config: Mapping[str, Any], record: Mapping[str, Any]
) -> Iterator[Problem]:
    name, data_files = config["config_name"], config.get("data_files") or []
    known = configs_of(record).get(name, {})
    found: dict[str, str] = {}
    for number, entry in enumerate(data_files if isinstance(data_files, list) else [data_files]):
        where = head.where("configs", index, "data_files", number, "path")
        split = entry.get("split", "train") if isinstance(entry, dict) else "train"
        paths = entry.get("path", []) if isinstance(entry, dict) else entry
        if split not in known:
            yield error(where, f"the run made no split {split!r} of {name!r}", REBUILD)
        for pattern in paths if isinstance(paths, list) else [paths]:
            files = _matching(folder, pattern)
            if not files:
                yield error(where, f"no file matches {pattern!r}", REBUILD)
            for file in files:
                if file not in record["files"]:
                    way_out = "take it away, or make the pattern narrower"
                    what = f"{pattern!r} takes in {file}, which no run wrote"
                    yield error(where, what, way_out)
                elif file.startswith("rejected/"):
                    what = f"{pattern!r} takes rejected rows into {split!r}"
                    yield error(where, what, REBUILD)
                elif file in found and found[file] != split:
                    what = f"{file} is in {found[file]!r} and in {split!r}"
                    yield error(where, what, REBUILD)
                found[file] = split
    for split in known:
        if split not in found.values():
            what = f"lists no file for the split {split!r} of {name!r}"
            yield error(head.where("configs", index), what, REBUILD)


def _matching(folder: Path, pattern: str) -> list[str]:
    if pattern.startswith("/") or ".." in Path(pattern).parts:
        return []
    files = [path.relative_to(folder) for path in folder.glob(pattern)]
    # `datasets` passes over hidden folders, such as that of a run's own work.
    return sorted(
        path.as_posix()
        for path in files
        if path.suffix in READ_BY_THE_HUB and not any(part[0] == "." for part in path.parts)
    )


def _infos(
    folder: Path, head: Head, names: list[str], record: Mapping[str, Any]
) -> Iterator[Problem]:
    given = head.values.get("dataset_info") or []
    listed = isinstance(given, list)
    for index, info in enumerate(given if listed else [given]):
        at = ("dataset_info", index) if listed else ("dataset_info",)
        name = info.get("config_name", "default")
        if name not in names:
            what = f"dataset_info is about {name!r}, which is no config, and would be ignored"
            where = head.where(*at, "config_name")
            yield error(where, what, f"write one of {', '.join(names)}, or {REBUILD}")
            continue
        splits = configs_of(record).get(name, {})
        for number, split in enumerate(info.get("splits") or []):
            if "num_bytes" not in split:
                what = (
                    f"{split.get('name')!r} has no num_bytes, so `datasets` passes over the counts"
                )
                yield warning(head.where(*at, "splits", number), what, REBUILD)
            rows = splits.get(split.get("name"), {}).get("rows")
            if rows != split.get("num_examples"):
                where = head.where(*at, "splits", number, "num_examples")
                said = f"says {split.get('num_examples')} num_examples in {split.get('name')!r}"
                there = "is no such split" if rows is None else f"are {rows} rows"
                yield error(where, f"{said}, there {there}", REBUILD)
        if info.get("features") is not None:
            yield from _features(folder, head.where(*at, "features"), info, name, record)


def _features(
    folder: Path, where: str, info: Mapping[str, Any], name: str, record: Mapping[str, Any]
) -> Iterator[Problem]:
    from datasets import Features

    folders = config_folders(record, name)
    files = [folder / file for file in record["files"] if file.split("/")[0] in folders]
    first = next((file for file in files if file.is_file()), None)
    if first is None:
        return
    said = Features._from_yaml_list(info["features"])
    there = Features.from_arrow_schema(pq.read_schema(first))
    for column in there:
        if column not in said:
            yield error(where, f"features lack the column {column!r} of {first}", REBUILD)
        elif said[column] != there[column]:
            what = f"feature {column!r} is {said[column]}, in {first} it is {there[column]}"
            yield error(where, what, REBUILD)
    for column in said:
        if column not in there:
            yield error(where, f"features have {column!r}, which {first} has not", REBUILD)
