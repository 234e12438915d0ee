"""The docstrings of steps say what a card needs of them."""

from __future__ import annotations

import pytest

from curate.catalog import find_step, known_steps
from curate.filters.snr import Snr
from curate.publish.documented import describe_docs, misleads, section


@pytest.mark.parametrize("name", known_steps(["filters", "barriers"]))
def test_every_step_that_judges_says_when_it_misleads(name: str) -> None:
    assert misleads(find_step(name)).startswith("It misleads ")


def test_a_step_is_described_by_its_sentence_failures_and_columns() -> None:
    found = describe_docs(Snr())
    assert found["says"].endswith(".")
    assert "music" in found["misleads"]
    assert found["columns"]["snr_db"].startswith("float64, -20 to 60")


def test_names_that_share_an_entry_share_its_text() -> None:
    class Two:
        """One line.

        Adds:
            left, right: int32, counts
                of both.
            other: string.

        Raises:
            StepError: never.
        """

    found = section(Two, "Adds")
    assert found == {"left": "int32, counts of both.", "right": "int32, counts of both."} | {
        "other": "string."
    }
