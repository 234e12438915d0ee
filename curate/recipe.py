"""YAML → Recipe, with every mistake at once, each as ``file:line: what; what to do``.

    name: kashmiri_speech
    source:                       # one, or a list whose members have distinct names
      sources.audio_folder: {path: clips}
    steps:
      - transforms.decode_audio
      - filters.duration: {least: 0.4, most: 25}
    sample:                       # a small source for --sample
      sources.audio_folder: {path: samples/kashmiri_speech}
    publish: {card: kashmiri_speech, repo: org/name}

Options are the fields of a step's dataclass, checked by pydantic; unknown ones are mistakes.
"""

from __future__ import annotations

import dataclasses as dc
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from curate.arrow import digest_of
from curate.catalog import KINDS, adapter, find_step, suggest
from curate.contract import Barrier, Filter, Source, Step, Transform
from curate.errors import RecipeError, SourceError
from curate.local_source import finds_none, local_source
from curate.options import input_paths, model_paths
from curate.yaml_lines import Spot, read_yaml

SAME_INPUT = {"revision", "columns", "split", "name", "batch_rows", "shard_rows"}


@dc.dataclass(frozen=True)
class Publish:
    """Where the dataset goes.

    Args:
        card: Folder under ``cards/`` with the prose, the people and the licences.
        repo: ``org/name`` on the Hub.
        configs: A text column; each of its values becomes a config of the dataset, with a folder.
        all: Whether there is a config ``all`` beside them, of the same files; needs ``configs``.
    """

    card: str = ""
    repo: str = ""
    configs: str = ""
    all: bool = False


@dc.dataclass(frozen=True)
class Recipe:
    """A checked recipe: every name and option in it is valid.

    Attributes:
        name: Names the output folder.
        file: The YAML file.
        sources: At least one.
        steps: Transforms, filters and barriers, in order.
        where: ``file:line`` of each step.
        publish: Card and repository.
        digest: SHA-256 over what the recipe says, after ``--set``.
        text: What it says: the file's own text, or after ``--set`` the YAML that takes its place.
        reads: ``recipe`` for the recipe's sources, ``sample``, or ``own`` for other input.
    """

    name: str
    file: Path
    sources: tuple[Source, ...]
    steps: tuple[Transform | Filter | Barrier, ...]
    where: tuple[str, ...]
    publish: Publish
    digest: str
    text: str = ""
    reads: str = "recipe"


def load_recipe(file: Path, overrides: Sequence[str] = (), *, sample: bool = False) -> Recipe:
    """Read and check a recipe.

    Args:
        file: The YAML file.
        overrides: ``key=value`` texts, e.g. ``source.path=clips`` or ``steps.duration.most=30``.
        sample: Read the recipe's bundled sample instead of its sources.

    Raises:
        RecipeError: Everything that is wrong with it.
    """
    tree, lines = read_yaml(file)
    reader = _Reader(file, lines)
    for text in overrides:
        reader.override(tree, text)
    return reader.recipe(tree, sample)


class _Reader:
    """Checks one tree, gathering problems as it goes."""

    def __init__(self, file: Path, lines: dict[Spot, int]) -> None:
        self.file, self.lines = file, lines
        self.problems: list[str] = []
        self.set_here: set[Spot] = set()
        self.overrides: list[str] = []

    def where(self, at: Spot) -> str:
        """``file:line`` of a value, or the ``--set`` that made it."""
        if self.was_set(at):
            return f"--set {'.'.join(str(part) for part in at)}"
        while at and at not in self.lines:
            at = at[:-1]
        return f"{self.file}:{self.lines.get(at, 1)}"

    def was_set(self, at: Spot) -> bool:
        """Whether a value comes from ``--set``."""
        return any(at[:depth] in self.set_here for depth in range(1, len(at) + 1))

    def problem(self, at: Spot, message: str) -> None:
        self.problems.append(f"{self.where(at)}: {message}")

    def recipe(self, tree: dict[str, Any], sample: bool) -> Recipe:
        allowed = ("name", "source", "steps", "sample", "publish")
        for key in tree:
            if key not in allowed:
                self.problem((key,), f"a recipe has no {key!r}{suggest(key, allowed)}")
        if not isinstance(name := tree.get("name"), str) or not name.isidentifier():
            self.problem(("name",), "'name' must be a word of letters, digits and _")
        if sample and "sample" not in tree:
            self.problem((), "this recipe has no 'sample'; run it without --sample")
        sources = {key: self.sources(tree, key) for key in ("source", "sample")}
        steps = self.steps(tree)
        publish = self.build(Publish, tree.get("publish") or {}, ("publish",), "publish")
        if publish and publish.all and not publish.configs:
            self.problem(("publish", "all"), "'all' is of all configs; set 'configs' to a column")
        if self.problems:
            raise RecipeError(*self.problems)
        read = "sample" if sample else "source"
        digest = digest_of({**tree, "source": tree.get(read), "sample": None})
        chain = tuple(step for step, _ in steps)
        where = tuple(where for _, where in steps)
        of_sample = sample or tree.get("source") == tree.get("sample")
        reads = "sample" if of_sample else "own" if self.own_input(tree) else "recipe"
        said = self.said(tree)
        return Recipe(
            str(name), self.file, sources[read], chain, where, publish, digest, said, reads
        )

    def own_input(self, tree: dict[str, Any]) -> bool:
        """Whether ``--set`` put other input in the place of the recipe's sources."""
        for at in self.set_here:
            if at[0] != "source" or at[-1] in SAME_INPUT:
                continue
            options: Any = tree
            for part in at[:-1]:
                options = options[part]
            if at[-1] != "path" or not _mapping(options).get("repo"):  # a copy of the repository
                return True
        return False

    def said(self, tree: dict[str, Any]) -> str:
        """The recipe's text; after ``--set`` what it says then, without this machine's folders."""
        if not self.overrides:
            return self.file.read_text(encoding="utf-8")
        heads = "".join(f"# --set {_placeless(text)}\n" for text in self.overrides)
        return heads + yaml.safe_dump(_placeless(tree), allow_unicode=True, sort_keys=False)

    def sources(self, tree: dict[str, Any], key: str) -> tuple[Source, ...]:
        entries = tree.get(key)
        if not entries:
            if key != "sample":
                self.problem((key,), f"{key!r} is missing; it says where the rows come from")
            return ()
        listed = isinstance(entries, list)
        found: list[Source] = []
        for index, entry in enumerate(entries if listed else [entries]):
            at = (key, index) if listed else (key,)
            step = self.step(entry, at, ("sources",))
            if isinstance(step, Source):
                found.append(step)
        names = [getattr(source, "name", "") for source in found]
        if len(found) > 1 and ("" in names or len(set(names)) < len(names)):
            self.problem((key,), "give each of several sources a 'name' of its own")
        return tuple(found)

    def steps(self, tree: dict[str, Any]) -> list[tuple[Any, str]]:
        entries = tree.get("steps")
        if not isinstance(entries, list):
            self.problem(("steps",), "'steps' must be a list, one step an entry")
            return []
        kinds = ("transforms", "filters", "barriers")
        found = []
        for index, entry in enumerate(entries):
            at = ("steps", index)
            if (step := self.step(entry, at, kinds)) is not None:
                found.append((step, self.where(at)))
        return found

    def step(self, entry: Any, at: Spot, kinds: Sequence[str]) -> Step | None:
        if isinstance(entry, str):
            entry = {entry: None}
        if not isinstance(entry, dict) or len(entry) != 1:
            self.problem(at, "an entry is one step: 'name' or 'name: {option: value}'")
            return None
        ((name, options),) = entry.items()
        if ":" in str(name) and (beside := str(self.file.resolve().parent)) not in sys.path:
            sys.path.append(beside)  # a step of one's own may lie beside the recipe
        try:
            cls = find_step(str(name))
        except RecipeError as error:
            self.problem((*at, name), str(error))
            return None
        if not issubclass(cls, tuple(KINDS[kind] for kind in kinds)):
            self.problem(
                (*at, name), f"{name!r} does not belong here: expected {' or '.join(kinds)}"
            )
            return None
        step: Step | None = self.build(cls, options or {}, (*at, name), str(name))
        return step

    def build(self, cls: Any, options: Any, at: Spot, name: str) -> Any:
        if not isinstance(options, dict):
            self.problem(at, f"the options of {name} must be a mapping, 'option: value'")
            return None
        known = [field.name for field in dc.fields(cls)]
        for key in options:
            if key not in known:
                self.problem((*at, key), f"{name} has no option {key!r}{suggest(str(key), known)}")
        options = {key: value for key, value in options.items() if key in known}
        if issubclass(cls, Step):
            for key in input_paths(cls):
                if isinstance(options.get(key), str) and not self.was_set((*at, key)):
                    options[key] = _from(self.file.parent, options[key])
            for key in model_paths(cls):
                value = options.get(key)
                if isinstance(value, str) and value and not self.was_set((*at, key)):
                    beside_it = Path(_from(self.file.parent, value))
                    options[key] = str(beside_it.resolve()) if beside_it.exists() else value
        try:
            valid = adapter(cls).validate_python(options)
        except ValidationError as error:
            for detail in error.errors():
                spot = tuple(part for part in detail["loc"] if isinstance(part, str | int))
                label = ".".join(map(str, spot)) or name
                self.problem((*at, *spot), f"{name}: {label}: {detail['msg']}")
            return None
        return cls(**{field.name: getattr(valid, field.name) for field in dc.fields(cls)})

    def override(self, tree: dict[str, Any], text: str) -> None:
        self.overrides.append(text)
        key, equals, raw = text.partition("=")
        try:
            value = yaml.safe_load(raw)
        except yaml.YAMLError:
            value = raw
        parts = key.split(".")
        if parts[-1] == "path" and not isinstance(value, str):
            value = raw  # a folder may be called 2020, null or [a]
        least = {"source": 2, "steps": 3}.get(parts[0], 1)
        if not equals or not all(parts) or len(parts) < least:
            self.problems.append(
                f"--set {text}: write it as key=value, e.g. steps.duration.most=30"
            )
        elif parts[0] == "source":
            self.override_source(tree, parts[1:], value, text)
        elif parts[0] == "steps":
            self.override_step(tree, parts[1:], value, text)
        else:
            branch = tree
            for part in parts[:-1]:
                branch = branch.setdefault(part, {}) if isinstance(branch, dict) else {}
            branch[parts[-1]] = value
            self.set_here.add(tuple(parts))

    def override_source(
        self, tree: dict[str, Any], parts: list[str], value: Any, text: str
    ) -> None:
        entries = tree.get("source")
        listed = entries if isinstance(entries, list) else [entries]
        if parts == ["path"]:
            only = listed[0] if len(listed) == 1 and isinstance(listed[0], dict) else {}
            kept = [name for name, options in only.items() if "path" in _mapping(options)]
            if not kept or finds_none(kept[0], str(value)):
                try:
                    tree["source"] = local_source(Path(str(value)))
                except SourceError as error:
                    self.problems.append(f"--set {text}: {error}")
                self.set_here.add(("source",))
                return
        matching = [
            (index, name)
            for index, entry in enumerate(listed)
            if isinstance(entry, dict)
            for name, options in entry.items()
            if len(parts) == 1 or parts[0] in (str(index), name, _mapping(options).get("name"))
        ]
        if len(matching) != 1 or len(parts) not in {1, 2}:
            pairs = [pair for entry in listed for pair in _mapping(entry).items()]
            names = [_mapping(options).get("name", name) for name, options in pairs]
            hint = f"name one of {', '.join(map(repr, names))}: source.NAME.option=value"
            self.problems.append(f"--set {text}: {hint}")
            return
        index, name = matching[0]
        entry = _mapping(listed[index])
        entry[name] = {**_mapping(entry[name]), parts[-1]: value}
        at = ("source", index) if isinstance(entries, list) else ("source",)
        self.set_here.add((*at, name, parts[-1]))

    def override_step(self, tree: dict[str, Any], parts: list[str], value: Any, text: str) -> None:
        entries = tree.get("steps")
        entries = entries if isinstance(entries, list) else []
        names = [next(iter(e)) if isinstance(e, dict) and e else str(e) for e in entries]
        wanted, option = ".".join(parts[:-1]), parts[-1]
        matching = [
            index
            for index, name in enumerate(names)
            if wanted in {name, name.rsplit(".", 1)[-1], str(index)}
        ]
        if len(matching) != 1:
            many = "several steps are called" if matching else "no step is called"
            hint = "use its place, counted from 0" if matching else suggest(wanted, names)
            self.problems.append(f"--set {text}: {many} {wanted!r}; {hint.lstrip('; ')}")
            return
        index = matching[0]
        name = names[index]
        old = entries[index][name] if isinstance(entries[index], dict) else None
        entries[index] = {name: {**_mapping(old), option: value}}
        self.set_here.add(("steps", index, name, option))


def _from(folder: Path, path: str) -> str:
    return str(folder / Path(path).expanduser()) if path else path


def _mapping(value: Any) -> dict[str, Any]:
    """The value, or no options where a recipe has something else in their place."""
    return value if isinstance(value, dict) else {}


def _placeless(value: Any) -> Any:
    """The same with the names of files and folders in the place of absolute paths."""
    if isinstance(value, dict):
        return {key: _placeless(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_placeless(inner) for inner in value]
    if not isinstance(value, str):
        return value
    key, equals, path = value.rpartition("=")
    return f"{key}{equals}{Path(path).name or path}" if Path(path).is_absolute() else value
