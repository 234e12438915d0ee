"""Everything in a dataset folder that a Hub user would trip over, found offline.

An error is what a user would meet, or what must not be published; a warning leaves the dataset
usable. Each is one line: the file, what is wrong with it, and what to do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from curate.publish.checks.agreement import (
    agreement_problems,
    citation_of,
    croissant_problems,
    read_croissant,
    sources_of,
)
from curate.publish.checks.configs import config_problems
from curate.publish.checks.equal_splits import equal_split_problems
from curate.publish.checks.files import account_problems, file_problems, without_sound
from curate.publish.checks.head import head_problems, read_head
from curate.publish.checks.loading import loading_problems, quiet
from curate.publish.checks.page import report_problems, secret_problems, text_problems
from curate.publish.checks.problem import Problem, error
from curate.publish.checks.sources import licences_of_rows, source_problems
from curate.publish.record import read_record

__all__ = ["check_folder", "find_problems", "without_sound"]


def check_folder(folder: Path, tag: str = "") -> list[str]:
    """What must not be published so, one line for each error; none if the folder is good.

    Args:
        folder: A dataset folder that a run wrote.
        tag: The tag it is to be published under.
    """
    return [str(problem) for problem in find_problems(folder, tag) if problem.is_error]


def find_problems(folder: Path, tag: str = "") -> list[Problem]:
    """Every error and warning, in the order of the files that they are about.

    Args:
        folder: A dataset folder that a run wrote.
        tag: The tag it is to be published under.
    """
    try:
        record = read_record(folder)
    except (OSError, ValueError):
        return [error(folder / "run.json", "missing or damaged", "run the recipe again")]
    with quiet():
        found = list(_problems(folder, record, tag))
        if not any(problem.is_error for problem in found):
            found += loading_problems(folder, record)  # else it would only repeat what was found
    return list(dict.fromkeys(found))


def _problems(folder: Path, record: Mapping[str, Any], tag: str) -> Iterator[Problem]:
    if not record["complete"]:
        yield error(folder, "some shards failed", "run the recipe again to finish it")
    for name in ("README.md", "LICENSE"):
        if not (folder / name).is_file():
            yield error(folder / name, "missing", "run `curate card` on the folder")
    yield from account_problems(folder, record)
    files = list(file_problems(folder, record))
    yield from files
    if not files:
        yield from equal_split_problems(folder, record)
    if not any(problem.is_error for problem in files) and not record["rows"]["kept"]:
        yield error(folder, "no row was kept", f"the reasons are in {folder / 'rejected'}")
    if (folder / "README.md").is_file():
        yield from _card(folder, record, tag, whole=not any(one.is_error for one in files))
    yield from report_problems(folder)
    yield from secret_problems(folder)


def _card(folder: Path, record: Mapping[str, Any], tag: str, whole: bool) -> Iterator[Problem]:
    """README.md and what must agree with it; columns are looked at if the files are whole."""
    citation, problems = citation_of(folder)
    croissant, more = read_croissant(folder)
    yield from [*problems, *more]
    card = _card_of(record)
    yield from text_problems(folder / "README.md", f"say it in {card}")
    head = read_head(folder / "README.md")
    if isinstance(head, Problem):
        yield head
        return
    yield from head_problems(head, record["rows"]["kept"], card)
    yield from agreement_problems(folder, head, citation, croissant, tag)
    if whole:
        yield from config_problems(folder, head, record)
        yield from croissant_problems(folder, croissant, record)
        rows = licences_of_rows(folder, record)
        yield from source_problems(head, sources_of(croissant), folder / "README.md", rows)


def _card_of(record: Mapping[str, Any]) -> str:
    """Which file a user has to write for the card of what was read."""
    name = record["name"]
    if record.get("input") == "own":
        return "a card.yaml and card.md beside the input, or given to `curate card --card`"
    block = "the block 'sample' of " if record.get("input") == "sample" else ""
    if card := record.get("card"):
        return f"{block}cards/{card}/card.yaml, or in its card.md"
    name = record["name"]
    named = f"and name it in the recipe by 'publish: {{card: {name}}}'"
    return f"{block}cards/{name}/card.yaml, or in a card.md beside it, {named}"
