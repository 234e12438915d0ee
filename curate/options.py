"""Options of a step that stand for more than their value: columns, inputs, models.

Steps take these types from ``curate.contract``, as all that they are made of.
"""

from __future__ import annotations

import dataclasses as dc
import typing
from collections.abc import Iterator
from pathlib import PurePath
from typing import Annotated, Any

Column = Annotated[str, "column"]
"""An option that names a column the step reads: ``column: Column = "text"``."""

InputPath = Annotated[str, "path"]
"""An option that names an input; a relative one in a recipe starts at the recipe's folder."""

ModelPath = Annotated[str, "model"]
"""An option that names a model: a file or folder beside the recipe, or else as it is said."""

_HINTS: dict[type, dict[str, Any]] = {}


def input_paths(cls: type) -> list[str]:
    """Names of the options that hold input paths."""
    return _marked(cls, "path")


def model_paths(cls: type) -> list[str]:
    """Names of the options that hold the name or the path of a model."""
    return _marked(cls, "model")


def placeless(path: str) -> str:
    """An absolute path without the folders that are this machine's; anything else as it is."""
    return PurePath(path).name if PurePath(path).is_absolute() else path


def _marked(cls: type, mark: str) -> list[str]:
    hints = _hints(cls)
    names = [field.name for field in dc.fields(cls)]
    return [name for name in names if mark in getattr(hints[name], "__metadata__", ())]


def column_options(step: Any) -> Iterator[str]:
    """Columns that the options of a step name."""
    for name, hint in _hints(type(step)).items():
        if "column" in getattr(hint, "__metadata__", ()) and (value := getattr(step, name)):
            yield value


def _hints(cls: type) -> dict[str, Any]:
    found = _HINTS.get(cls)
    if found is None:
        found = _HINTS[cls] = typing.get_type_hints(cls, include_extras=True)
    return found
