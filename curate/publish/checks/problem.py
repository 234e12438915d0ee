"""One thing that is wrong with a dataset folder, and what to do about it."""

from __future__ import annotations

from typing import NamedTuple


class Problem(NamedTuple):
    """A fault, as one line for a person.

    Attributes:
        where: File, with its line where there is one.
        what: What is wrong.
        way_out: What to do.
        is_error: Whether it must not be published so; else it is a warning.
    """

    where: str
    what: str
    way_out: str
    is_error: bool = True

    def __str__(self) -> str:
        return " ".join(f"{self.where}: {self.what}; {self.way_out}".split())


def warning(where: object, what: str, way_out: str) -> Problem:
    """A problem that leaves the dataset usable."""
    return Problem(str(where), what, way_out, is_error=False)


def error(where: object, what: str, way_out: str) -> Problem:
    """A problem that a user of the dataset would trip over."""
    return Problem(str(where), what, way_out)
