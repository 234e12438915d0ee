"""CITATION.cff: its faults are found, and BibTeX is what BibTeX takes."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

import pytest

from curate.errors import PublishError
from curate.publish.citation import bibtex, citation_problems, valid_citation

GOOD: dict[str, Any] = {
    "cff-version": "1.2.0",
    "type": "dataset",
    "message": "Cite it.",
    "title": "A Corpus of R&D_notes",
    "version": "1.0.0",
    "date-released": datetime.date(2026, 11, 22),
    "license": "CC-BY-4.0",
    "authors": [
        {"family-names": "Müller", "given-names": "Eva", "name-particle": "von"},
        {"name": "The team"},
    ],
    "references": [
        {
            "type": "conference-paper",
            "title": "A method",
            "year": 2024,
            "authors": [{"family-names": "Doe", "given-names": "Jo"}],
            "conference": {"name": "A meeting"},
            "identifiers": [{"type": "doi", "value": "10.1000/x_y"}],
        },
        {
            "type": "article",
            "title": "A method",
            "year": 2024,
            "authors": [{"family-names": "Doe"}],
        },
    ],
}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"license": ["MIT", "GPL-3.0-or-later"]},
        {"date-released": "2026-11-22"},
        {"version": 1.5},
        {"authors": [{"name": "A", "tel": "1", "date-start": "2026-01-01"}, {"alias": "b"}]},
    ],
)
def test_a_good_citation_has_no_problem(change: dict[str, Any]) -> None:
    assert citation_problems({**GOOD, **change}) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"authors": []}, "has no 'authors'"),
        ({"cff-version": "1.1.0"}, "'cff-version' must be 1.2.0"),
        ({"type": "data"}, "'type' must be dataset or software"),
        ({"license": "cc-by-4.0"}, "'license' is 'cc-by-4.0'; write CC-BY-4.0"),
        ({"license": "mine"}, "'license' is 'mine'; write an SPDX identifier such as CC-BY-4.0"),
        ({"license": "CC BY 4.0"}, "'license' is 'CC BY 4.0'; write CC-BY-4.0"),
        ({"license": ["MIT", "apache-2.0"]}, "'license' is 'apache-2.0'; write Apache-2.0"),
        ({"licence": "MIT"}, "has a key 'licence', which the format does not know"),
        ({"date-released": "soon"}, "'date-released' must be a date, YYYY-MM-DD"),
        ({"authors": [{"nom": "x"}]}, "an author is a person (family-names, given-names)"),
        ({"authors": ["x"]}, "an author is a person (family-names, given-names)"),
        ({"identifiers": [{"value": "x"}]}, "an identifier has a 'type'"),
        ({"references": [{"title": "x", "type": "article"}]}, "reference 1 has no 'authors'"),
        ({"doi": "https://doi.org/10.1000/182"}, "'https://doi.org/10.1000/182' is no DOI"),
        ({"references": ["x"]}, "reference 1 must be a mapping"),
    ],
)
def test_what_the_format_does_not_allow_is_said(change: dict[str, Any], problem: str) -> None:
    (found,) = citation_problems({**GOOD, **change})
    assert found.startswith(problem)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- a", "must be a mapping"),
        ("a: [", "not YAML"),
        ("title: A", "has no 'authors'"),
        (None, "be read"),
    ],
)
def test_a_file_that_is_none_is_one_line(tmp_path: Path, text: str | None, problem: str) -> None:
    if text is not None:
        (tmp_path / "CITATION.cff").write_text(text)
    with pytest.raises(PublishError, match=problem) as error:
        valid_citation(tmp_path / "CITATION.cff")
    assert "\n" not in str(error.value)


def test_the_dataset_comes_first_with_authors_year_and_version() -> None:
    entry = bibtex(GOOD).split("\n\n")[0]
    assert entry == (
        "@misc{muller_2026_corpus,\n"
        "  title = {{A Corpus of R\\&D\\_notes}},\n"
        "  author = {von Müller, Eva and {The team}},\n"
        "  year = {2026},\n"
        "  version = {1.0.0},\n"
        "}"
    )


def test_a_paper_keeps_its_meeting_and_its_identifier() -> None:
    entry = bibtex(GOOD).split("\n\n")[1]
    assert entry.startswith("@inproceedings{doe_2024_method,")
    assert "booktitle = {A meeting}" in entry
    assert "doi = {10.1000/x_y}" in entry


def test_no_two_entries_have_one_key_and_braces_balance() -> None:
    text = bibtex(GOOD)
    keys = re.findall(r"^@\w+\{([^,]+),$", text, re.MULTILINE)
    assert len(set(keys)) == len(keys) == 3
    assert text.count("{") == text.count("}")
