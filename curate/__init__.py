"""Turn raw speech, text and code into published datasets: one recipe, one command, no lost rows.

>>> import curate
>>> recipe = curate.load_recipe(path)                            # doctest: +SKIP
>>> outcome = curate.run_recipe(recipe, pathlib.Path("out"))     # doctest: +SKIP
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from curate.contract import Barrier, Filter, Source, Step, Transform, Verdict
    from curate.errors import CurateError
    from curate.pipeline import plan_recipe, run_recipe
    from curate.recipe import Recipe, load_recipe

__all__ = [
    "Barrier",
    "CurateError",
    "Filter",
    "Recipe",
    "Source",
    "Step",
    "Transform",
    "Verdict",
    "load_recipe",
    "plan_recipe",
    "run_recipe",
]
_HOME = {
    "CurateError": "errors",
    "Recipe": "recipe",
    "load_recipe": "recipe",
    "plan_recipe": "pipeline",
    "run_recipe": "pipeline",
}


def __getattr__(name: str) -> Any:
    # Names are looked up when they are used: importing the package stays under 0.3 s.
    if name not in __all__:
        raise AttributeError(f"module 'curate' has no attribute {name!r}")
    return getattr(importlib.import_module(f"curate.{_HOME.get(name, 'contract')}"), name)
