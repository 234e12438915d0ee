"""The card that a recipe names, looked at before anything is run."""

from __future__ import annotations

from collections.abc import Iterator

from curate.publish.bundled import bundled
from curate.publish.checks.agreement import citation_of
from curate.publish.checks.head import Head, head_problems, read_head
from curate.publish.checks.page import text_problems
from curate.publish.checks.problem import Problem, error
from curate.publish.checks.sources import source_problems
from curate.recipe import Recipe


def card_problems(recipe: Recipe) -> Iterator[Problem]:
    """What would be wrong with every dataset that is made by a recipe.

    Args:
        recipe: With ``publish.card``; without a card there is nothing to look at.
    """
    name = recipe.publish.card
    if not name:
        return
    beside = recipe.file.resolve().parent.parent / "cards" / name
    folder = beside if beside.is_dir() else bundled("cards") / name
    for file in ("card.yaml", "card.md"):
        if not (folder / file).is_file():
            what = f"missing, and {recipe.file.name} names the card {name!r}"
            yield error(beside / file, what, "write it, or take publish.card out of the recipe")
            return
    yield from text_problems(folder / "card.md", "say it there, or take the place out")
    yield from citation_of(folder)[1]
    head = read_head(folder / "card.yaml")
    if isinstance(head, Problem):
        yield head
        return
    yield from _head(head)


def _head(head: Head) -> Iterator[Problem]:
    """What it says of the recipe's input, and of its sample, which is licensed for itself.

    A recipe for input that its users bring may leave the licence to them.
    """
    sample = head.below("sample")
    yield from head_problems(head, card=str(head.path), may_be_open=bool(sample.licence))
    yield from source_problems(head, _licences(head), head.path, {})
    if sample.values:
        yield from head_problems(sample, card=f"the block 'sample' of {head.path}")
        yield from source_problems(sample, _licences(sample), head.path, {})


def _licences(head: Head) -> dict[str, str]:
    """Name of each source → its licence."""
    sources = head.values.get("sources")
    listed = [each for each in sources if isinstance(each, dict)] if sources else []
    return {str(each.get("name")): str(each.get("license") or "") for each in listed}
