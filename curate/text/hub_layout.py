"""Which Parquet files of a dataset repository are which split of which configuration.

The card's ``configs`` decide where there are any, as for ``datasets``; otherwise the usual names:
``<split>-00000-of-00012.parquet``, a folder called like a split, a split's name in the file's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from curate.errors import SourceError
from curate.text.columns import did_you_mean
from curate.yaml_lines import load_yaml

CONVERTED = "refs/convert/parquet"
"""Branch where the Hub keeps ``<config>/<split>/0000.parquet`` of datasets in other formats."""
_SHARD = re.compile(r"([\w.]+?)-\d{5}-of-\d{5}(-\w+)?\.parquet")
_WORDS = {
    "train": "train", "training": "train", "test": "test", "testing": "test", "eval": "test",
    "evaluation": "test", "validation": "validation", "valid": "validation", "val": "validation",
    "dev": "validation",
}  # fmt: skip


class DataFile(NamedTuple):
    """A Parquet file and the split it belongs to."""

    path: str
    split: str


def data_files(
    repo: str, card: str, files: Sequence[str], config: str, split: str, converted: bool
) -> list[DataFile]:
    """The files of one configuration, by split in the card's order, then by name.

    Args:
        repo: For messages.
        card: Text of README.md.
        files: Paths of all files of the repository.
        config: Configuration; may be empty if there is one, or one is the default.
        split: Split; all of them if empty.
        converted: Whether this is the branch that the Hub converts.

    Raises:
        SourceError: No such configuration or split, or no Parquet files at all.
    """
    parquet = sorted(path for path in files if path.endswith(".parquet"))
    if not parquet:
        endings = {path.rpartition(".")[2] for path in files if "." in path.lstrip(".")} - {"md"}
        there = ", ".join(f".{ending}" for ending in sorted(endings)[:5]) or "nothing"
        advice = f"try the Hub's own conversion with revision: {CONVERTED}"
        raise SourceError(f"{repo} has no Parquet files (it holds {there}); {advice}")
    known = {} if converted else _configs(card)
    if converted:
        known = {name: {"folder": name} for name in dict.fromkeys(p.split("/")[0] for p in parquet)}
    found = _files_of(_chosen(repo, known, config, parquet), parquet, converted)
    if not found:
        raise SourceError(f"{repo}: no Parquet file belongs to the configuration {config!r}")
    splits = list(dict.fromkeys(file.split for file in found))
    if split and split not in splits:
        guess = did_you_mean(split, splits)
        raise SourceError(f"{repo} has no split {split!r}{guess}; there are {', '.join(splits)}")
    return [file for file in found if split in ("", file.split)]


def _configs(card: str) -> dict[str, dict[str, Any]]:
    """The card's configurations by name, those without data files left out."""
    import yaml

    head = re.match(r"\s*---\s*\n(.*?)\n---", card, re.DOTALL)
    try:
        meta = load_yaml(head[1]) if head else None
    except yaml.YAMLError:
        return {}
    listed = meta.get("configs") if isinstance(meta, dict) else None
    return {
        str(one.get("config_name", "default")): one
        for one in listed or []
        if isinstance(one, dict) and ("data_files" in one or "data_dir" in one)
    }


def _chosen(
    repo: str, known: Mapping[str, dict[str, Any]], config: str, parquet: Sequence[str]
) -> dict[str, Any]:
    if config in known:
        return known[config]
    names = ", ".join(list(known)[:20])
    if config:
        if any(path.startswith(f"{config}/") for path in parquet):
            return {"folder": config}
        folders = [path.rpartition("/")[0] for path in parquet if "/" in path]
        guess = did_you_mean(config, [*known, *folders])
        there = f"; there are {names}" if known else ""
        raise SourceError(f"{repo} has no configuration {config!r}{guess}{there}")
    default = [one for name, one in known.items() if one.get("default") or name == "default"]
    if len(known) > 1 and not default:
        raise SourceError(f"{repo} has several configurations; choose with config: one of {names}")
    return default[0] if default else next(iter(known.values()), {"folder": ""})


def _files_of(config: Mapping[str, Any], parquet: Sequence[str], converted: bool) -> list[DataFile]:
    if "data_files" not in config:
        folder = str(config.get("folder", config.get("data_dir", ""))).strip("/")
        inside = [path for path in parquet if path.startswith(f"{folder}/" if folder else "")]
        found = [DataFile(path, _split_of(path, converted)) for path in inside]
        return sorted(found, key=lambda file: (_rank(file.split), file.split))
    folder = str(config.get("data_dir", "")).strip("/")
    found = []
    for split, pattern in _patterns(config["data_files"]):
        shape = re.compile(_regex(f"{folder}/{pattern}" if folder else pattern))
        found += [DataFile(path, split) for path in parquet if shape.fullmatch(path)]
    return list(dict.fromkeys(found))


def _patterns(data_files: Any) -> Iterable[tuple[str, str]]:
    """(split, glob) pairs from any of the shapes that a card may use."""
    if isinstance(data_files, str):
        yield "train", data_files
    elif isinstance(data_files, dict):
        for split, paths in data_files.items():
            yield from ((str(split), str(path)) for path in _listed(paths))
    else:
        for one in data_files or []:
            if isinstance(one, dict):
                split = str(one.get("split", "train"))
                yield from ((split, str(path)) for path in _listed(one.get("path")))
            else:
                yield "train", str(one)


def _listed(paths: Any) -> list[Any]:
    return paths if isinstance(paths, list) else [] if paths is None else [paths]


def _regex(pattern: str) -> str:
    """A glob as a regular expression: ``*`` stays in its folder, ``**`` does not."""
    out = ""
    for part in re.findall(r"\*\*/|\*\*|\*|\?|\[[^\]]+\]|.", pattern.removeprefix("./")):
        kind = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(part)
        is_set = len(part) > 2 and part[0] == "["
        out += kind or (part.replace("[!", "[^") if is_set else re.escape(part))
    return out


def _split_of(path: str, converted: bool) -> str:
    folder, _, name = path.rpartition("/")
    if shard := _SHARD.fullmatch(name):
        return shard[1]
    last = folder.rpartition("/")[2]
    if converted and last:
        return last.removeprefix("partial-")
    words = [last, *re.split(r"[-._ \d]+", name.lower())]
    return next((_WORDS[word] for word in words if word in _WORDS), "train")


def _rank(split: str) -> int:
    order = ("train", "validation", "test")
    return order.index(split) if split in order else len(order)
