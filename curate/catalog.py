"""Which steps there are, what options they take, and the JSON Schema of a recipe.

No registry: a step is found by its path, ``filters.duration`` being the class ``Duration`` in
``curate/filters/duration.py``; a step from elsewhere is ``package.module:Class``.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Iterable
from typing import Any

from pydantic import ConfigDict, TypeAdapter

from curate.contract import Barrier, Filter, Source, Step, Transform
from curate.errors import RecipeError

KINDS: dict[str, type[Step]] = {
    "sources": Source,
    "transforms": Transform,
    "filters": Filter,
    "barriers": Barrier,
}
_STRICT = ConfigDict(extra="forbid")


def known_steps(kinds: Iterable[str] = KINDS) -> list[str]:
    """Names of all steps of this package, such as ``filters.duration``."""
    return sorted(
        f"{kind}.{module.name}"
        for kind in kinds
        for module in pkgutil.iter_modules(importlib.import_module(f"curate.{kind}").__path__)
    )


def find_step(name: str) -> type[Step]:
    """The class of a step by its name in a recipe.

    Raises:
        RecipeError: There is none; suggests the nearest name.
    """
    if ":" in name:
        return _foreign_step(name)
    if name not in (known := known_steps()):
        short = {other.rsplit(".", 1)[1]: other for other in known}
        raise RecipeError(f"there is no step {name!r}{suggest(name, known, short)}")
    module = importlib.import_module(f"curate.{name}")
    cls = getattr(module, "".join(part.capitalize() for part in name.split(".")[1].split("_")))
    assert isinstance(cls, type)
    assert issubclass(cls, Step)
    return cls


def _foreign_step(name: str) -> type[Step]:
    module, _, attribute = name.partition(":")
    try:
        cls = getattr(importlib.import_module(module), attribute)
    except Exception as error:  # running somebody's module, which may fail in any way
        what = error if isinstance(error, ImportError) else f"{type(error).__name__}: {error}"
        raise RecipeError(f"cannot import the step {name!r}: {what}") from None
    if not (isinstance(cls, type) and issubclass(cls, Step)):
        raise RecipeError(f"{name!r} is not a step: it must derive from curate.contract.Step")
    return cls


def adapter(cls: type) -> TypeAdapter[Any]:
    """Pydantic's view of a step's options: unknown ones are errors."""
    strict = type(cls.__name__, (cls,), {"__pydantic_config__": _STRICT, "__doc__": cls.__doc__})
    return TypeAdapter(strict)


def suggest(name: str, known: Iterable[str], short: dict[str, str] | None = None) -> str:
    """The end of a message about a wrong name: the nearest right one, or the list of a few."""
    known = list(known)
    if near := difflib.get_close_matches(name, known, 1, 0.6):
        return f"; did you mean {near[0]!r}?"
    if near := difflib.get_close_matches(name.rsplit(".", 1)[-1], short or {}, 1, 0.6):
        return f"; did you mean {(short or {})[near[0]]!r}?"
    few = len(known) <= 12
    return f"; there is {', '.join(map(repr, known)) or 'none'}" if few else "; try `curate steps`"


def json_schema(publish: dict[str, Any]) -> dict[str, Any]:
    """JSON Schema of a recipe, for completion and checks in an editor.

    Args:
        publish: The schema of its ``publish`` block.
    """

    def entry(kinds: Iterable[str]) -> dict[str, Any]:
        names = known_steps(kinds)
        classes = {name: find_step(name) for name in names}
        with_options = {
            name: {**adapter(cls).json_schema(), "title": name, "description": first_line(cls)}
            for name, cls in classes.items()
        }
        mapping = {
            "type": "object",
            "minProperties": 1,
            "maxProperties": 1,
            "properties": with_options,
            "patternProperties": {":": {}},
            "additionalProperties": False,
        }
        return {"anyOf": [{"enum": names}, mapping]}

    source = entry(["sources"])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "curate recipe",
        "type": "object",
        "required": ["name", "source", "steps"],
        "additionalProperties": False,
        "properties": {
            "name": {"type": "string"},
            "source": {"anyOf": [source, {"type": "array", "items": source}]},
            "sample": source,
            "steps": {"type": "array", "items": entry(["transforms", "filters", "barriers"])},
            "publish": publish,
        },
    }


def first_line(cls: type) -> str:
    """First line of a docstring: what the list of steps and the JSON Schema say."""
    return (cls.__doc__ or "").strip().partition("\n")[0]
