"""How a recipe names a step with all its options."""

from __future__ import annotations

import dataclasses as dc

import yaml
from pydantic_core import to_jsonable_python

from curate.contract import Step

REQUIRED = "REQUIRED"


def entry_of(name: str, cls: type[Step]) -> str:
    """The lines of a recipe that say what is true without saying it.

    Args:
        name: Of the step, in a recipe.
        cls: Its class; an option without a default has the value ``REQUIRED``.
    """
    options = {option.name: _default(option) for option in dc.fields(cls)}
    entry = [{name: options} if options else name]
    text: str = yaml.safe_dump(
        entry, default_flow_style=None, sort_keys=False, allow_unicode=True, width=90
    )
    return text.rstrip()


def _default(option: dc.Field[object]) -> object:
    if option.default_factory is not dc.MISSING:
        return to_jsonable_python(option.default_factory())
    return REQUIRED if option.default is dc.MISSING else to_jsonable_python(option.default)
