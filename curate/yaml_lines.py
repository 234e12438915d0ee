"""YAML as plain values, with the line of each, so that a message can say where it went wrong."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import yaml

from curate.errors import RecipeError

Spot = tuple[str | int, ...]
"""Keys and list places that lead to a value."""

BIGGEST = 1_000_000  # bytes; a recipe is a page, and YAML can be made to explode
DEEPEST = 20


def read_yaml(file: Path) -> tuple[dict[str, Any], dict[Spot, int]]:
    """A YAML file as plain values, with the line of each value, counted from 1.

    Raises:
        RecipeError: Not readable, not YAML, not a mapping, a key twice, or too big.
    """
    try:
        there = file.stat()
        if not stat.S_ISREG(there.st_mode):
            raise RecipeError(
                f"{file}: cannot be read: it is no file, but a pipe, device or folder"
            )
        if there.st_size > 4 * BIGGEST:  # UTF-8 takes four bytes for a character at most
            raise RecipeError(f"{file}: {there.st_size} bytes; a recipe may have {BIGGEST}")
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        reason = error.strerror or error
        raise RecipeError(f"{file}: cannot be read: {reason}") from None
    except UnicodeDecodeError as error:
        raise RecipeError(f"{file}: is not UTF-8 (byte {error.start})") from None
    if len(text) > BIGGEST:
        raise RecipeError(f"{file}: {len(text)} characters; a recipe may have {BIGGEST}")
    try:
        root = yaml.compose(text, yaml.SafeLoader)
    except RecursionError:
        raise RecipeError(f"{file}: nested too deeply") from None
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = " ".join(str(getattr(error, "problem", None) or error).split())
        raise RecipeError(f"{file}{line}: not YAML: {problem}") from None
    if not isinstance(root, yaml.MappingNode):
        raise RecipeError(f"{file}:1: a recipe is a mapping with 'name', 'source' and 'steps'")
    lines: dict[Spot, int] = {}
    return _plain(root, (), lines, file), lines


def load_yaml(text: str) -> Any:
    """YAML that people or others wrote, as plain values.

    Raises:
        yaml.YAMLError: It is not YAML, a value is none that there is, or there are too many, which
            a few lines are enough for: an alias may stand for a list of aliases.
    """
    try:
        root = yaml.compose(text, yaml.SafeLoader)
        if root is not None and _count(root, {}) > BIGGEST // 10:
            raise yaml.YAMLError("too many values")
        return yaml.safe_load(text)
    except RecursionError:
        raise yaml.YAMLError("nested too deeply, or within itself") from None
    except ValueError as error:
        raise yaml.YAMLError(str(error)) from None


def _count(node: yaml.Node, known: dict[int, int]) -> int:
    """Values below a node, those of an alias as often as it is used."""
    if id(node) not in known:
        inner = node.value if isinstance(node, yaml.CollectionNode) else []
        pairs = (each if isinstance(each, tuple) else (each,) for each in inner)
        known[id(node)] = 1 + sum(_count(one, known) for pair in pairs for one in pair)
    return known[id(node)]


def _plain(node: yaml.Node, at: Spot, lines: dict[Spot, int], file: Path) -> Any:
    """Plain values of a node; visits an alias as often as it is used, within the size limit."""
    lines[at] = node.start_mark.line + 1
    if len(at) > DEEPEST or len(lines) > BIGGEST // 10:
        raise RecipeError(f"{file}:{lines[at]}: too many or too deeply nested values")
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*at, index), lines, file) for index, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        plain: dict[Any, Any] = {}
        for key, value in node.value:
            where = f"{file}:{key.start_mark.line + 1}"
            if not isinstance(key, yaml.ScalarNode):
                raise RecipeError(f"{where}: a key must be a word")
            if key.value in plain:
                raise RecipeError(f"{where}: {key.value!r} stands here twice; keep one")
            plain[key.value] = _plain(value, (*at, key.value), lines, file)
        return plain
    try:
        return yaml.SafeLoader("").construct_object(node)
    except (yaml.YAMLError, ValueError) as error:
        what = getattr(error, "problem", None) or error
        raise RecipeError(f"{file}:{lines[at]}: {what}") from None
