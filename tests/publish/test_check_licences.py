"""Which licence may follow from which, and how the Hub and SPDX name them."""

from __future__ import annotations

import json

import pytest
from packaging.licenses import canonicalize_license_expression

from curate.publish.checks.head import CATEGORIES, size_category
from curate.publish.checks.licences import DATA, hub_id, hub_licences, spdx_id, why_not


def test_every_spdx_name_in_the_table_is_one() -> None:
    for entry in hub_licences().values():
        if name := entry.get("spdx"):
            assert canonicalize_license_expression(name) == name


def test_a_licence_is_passed_on_only_under_licences_that_the_hub_knows() -> None:
    for name, entry in hub_licences().items():
        assert set(entry.get("only_under", [name])) <= set(hub_licences())
        assert name in entry.get("only_under", [name])


@pytest.mark.parametrize("name", ["licences.json", "tasks.json"])
def test_a_list_of_others_says_whose_it_is_and_from_when(name: str) -> None:
    table = json.loads((DATA / name).read_text(encoding="utf-8"))
    assert table["source"].startswith("https://")
    assert table["seen"][:2] == "20"


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("CC-BY-4.0", "cc-by-4.0"),
        ("cc by sa 4.0", "cc-by-sa-4.0"),
        ("ODC-By-1.0", "odc-by"),
        ("GPL-3.0-or-later", "gpl-3.0"),
        ("Public Domain", "cc0-1.0"),
        ("MIT", "mit"),
        ("The MIT License", "mit"),
        ("GPL v3", "gpl-3.0"),
        ("https://creativecommons.org/licenses/by-nc-sa/4.0/", "cc-by-nc-sa-4.0"),
        ("http://creativecommons.org/publicdomain/zero/1.0/", "cc0-1.0"),
        ("https://spdx.org/licenses/ODbL-1.0.html", "odbl"),
        ("https://opensource.org/licenses/MIT", "mit"),
        ("WTF", ""),
        ("", ""),
    ],
)
def test_a_licence_is_known_by_any_of_its_names(written: str, found: str) -> None:
    assert hub_id(written) == found


def test_a_family_of_licences_has_no_spdx_name() -> None:
    assert (spdx_id("cc-by-4.0"), spdx_id("cc"), spdx_id("other")) == ("CC-BY-4.0", "", "")


# Creative Commons' own chart of what may be combined, and the licences' texts for the others.
MAY = [
    ("CC0-1.0", "cc-by-4.0"),
    ("CC0-1.0", "mit"),
    ("CC-BY-4.0", "cc-by-4.0"),
    ("CC-BY-4.0", "cc-by-sa-4.0"),
    ("CC-BY-4.0", "cc-by-nc-4.0"),
    ("CC-BY-3.0", "cc-by-4.0"),
    ("CC-BY-SA-3.0", "cc-by-sa-4.0"),
    ("CC-BY-SA-4.0", "cc-by-sa-4.0"),
    ("CC-BY-SA-4.0", "gpl-3.0"),
    ("CC-BY-NC-4.0", "cc-by-nc-sa-4.0"),
    ("CC-BY-NC-SA-3.0", "cc-by-nc-sa-4.0"),
    ("MIT", "apache-2.0"),
    ("Apache-2.0", "cc-by-4.0"),
    ("Apache-2.0", "gpl-3.0"),
    ("ODbL-1.0", "odbl"),
    ("LGPL-2.1-only", "gpl-3.0"),
    ("GPL-3.0-only", "agpl-3.0"),
    ("PDDL-1.0", "odc-by"),
    ("MIT, CC-BY-4.0", "cc-by-4.0"),
    ("MIT AND (GPL-3.0-only OR Apache-2.0)", "cc-by-4.0"),
    ("https://creativecommons.org/licenses/by/4.0/", "cc-by-4.0"),
    ("CC-BY-NC-4.0", "other"),
]
MAY_NOT = [
    ("CC-BY-4.0", "cc0-1.0"),
    ("MIT", "pddl"),
    ("CC-BY-SA-4.0", "cc-by-4.0"),
    ("CC-BY-SA-4.0", "cc-by-sa-3.0"),
    ("CC-BY-SA-4.0", "cc-by-nc-sa-4.0"),
    ("CC-BY-NC-4.0", "cc-by-4.0"),
    ("CC-BY-NC-4.0", "cc-by-sa-4.0"),
    ("CC-BY-NC-SA-4.0", "cc-by-nc-4.0"),
    ("CC-BY-ND-4.0", "cc-by-nd-4.0"),
    ("CC-BY-NC-ND-4.0", "other"),
    ("ODbL-1.0", "odc-by"),
    ("GPL-2.0-only", "gpl-3.0"),
    ("GPL-3.0-only", "cc-by-sa-4.0"),
    ("AGPL-3.0-only", "gpl-3.0"),
    ("MIT, CC-BY-NC-4.0", "cc-by-4.0"),
    ("CC-BY-NC-4.0 OR CC-BY-ND-4.0", "cc-by-4.0"),
    ("unknown", "cc-by-4.0"),
    ("unknown", "unknown"),
    ("other", "other"),
    ("on request", "cc-by-4.0"),
    ("CC-BY-4.0", "openrail"),
    ("", "cc-by-4.0"),
]


@pytest.mark.parametrize(("source", "published"), MAY)
def test_data_may_be_published_under_a_licence_that_asks_for_as_much(
    source: str, published: str
) -> None:
    assert why_not(source, published) == ""


@pytest.mark.parametrize(("source", "published"), MAY_NOT)
def test_data_may_not_be_published_under_a_licence_that_asks_for_less(
    source: str, published: str
) -> None:
    assert why_not(source, published)


@pytest.mark.parametrize(
    ("rows", "category"),
    [
        (0, "n<1K"),
        (999, "n<1K"),
        (1000, "1K<n<10K"),
        (999_999, "100K<n<1M"),
        (10**6, "1M<n<10M"),
        (10**12, "n>1T"),
        (10**15, "n>1T"),
    ],
)
def test_a_number_of_rows_has_the_hubs_word(rows: int, category: str) -> None:
    assert size_category(rows) == category
    assert len(CATEGORIES) == 11
