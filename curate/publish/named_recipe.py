"""Which recipe a word on the command line names."""

from __future__ import annotations

import difflib
from pathlib import Path

from curate.errors import RecipeError
from curate.publish.bundled import bundled


def find_recipe(given: Path) -> Path:
    """The file itself, or the bundled recipe of that name.

    Raises:
        RecipeError: There is neither; offers the nearest, or says which are bundled.
    """
    if given.exists():
        return given
    known = {file.stem: file for file in sorted(bundled("recipes").glob("*.yaml"))}
    if str(given) in known:
        return known[str(given)]
    near = difflib.get_close_matches(
        str(given), [*map(str, given.parent.glob("*.yaml")), *known], 1
    )
    hint = f"did you mean {near[0]}?" if near else f"bundled are {', '.join(known)}"
    raise RecipeError(f"{given}: no such recipe or folder; {hint}")
