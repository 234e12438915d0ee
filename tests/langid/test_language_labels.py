"""Names of languages: against the table of 96 languages in four namings, and by example."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path

import pytest

from curate.langid.labels import languages_of, matching, names_of, parse

NAMINGS = ("iso639_1_or_short", "lid176", "nllb_lid218e", "glotlid_v3")
# lid.176 and ISO 639-1 have one name for what are several languages or scripts elsewhere.
COARSE = {
    "prs_Arab": "Dari is fa, as Persian is",
    "zho_Hant": "zh is Chinese in either script",
    "kas_Deva": "ks is Kashmiri in either script",
    "bho_Deva": "bh is Bihari",
}


@pytest.fixture(scope="module")
def table(data_dir: Path) -> list[dict[str, str]]:
    with (data_dir / "lid" / "labels.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


@pytest.mark.parametrize("naming", NAMINGS)
def test_a_language_is_found_under_the_name_each_model_has_for_it(
    naming: str, table: list[dict[str, str]]
) -> None:
    rows = [row for row in table if row[naming] and row["label"] not in COARSE]
    lost = [row["label"] for row in rows if not matching([row["label"]], [row[naming]])[0]]
    assert lost == []


def test_a_language_does_not_match_another_of_the_table(table: list[dict[str, str]]) -> None:
    labels = [f"__label__{row['label']}" for row in table]
    hits = {
        row["label"]: list(itertools.compress(labels, matching([row["label"]], labels)))
        for row in table
    }
    assert {name: found for name, found in hits.items() if len(found) != 1} == {}


@pytest.mark.parametrize("name", ["kas", "ks", "kas_Arab", "ks-Arab", "__label__kas_Arab"])
def test_every_spelling_of_a_language_is_the_same(name: str) -> None:
    assert parse(name)[:2] == ("kas", "Arab")


def test_a_label_that_is_no_language_stays_as_it_is() -> None:
    labels = ["__label__hq", "__label__not a language", "__label__cc/3", "__label__"]
    assert names_of(labels, "iso639_3") == ["hq", "not a language", "cc/3", ""]
    assert matching(["hq"], labels) == [True, False, False, False]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("zh", ["zho_Hans", "zho_Hant", "cmn_Hani"]),
        ("zho_Hant", ["zho_Hant", "cmn_Hani"]),
        ("kas", ["kas_Arab", "kas_Deva"]),
        ("kas_Deva", ["kas_Deva"]),
        ("fa", ["pes_Arab", "prs_Arab"]),
        ("prs", ["prs_Arab"]),
        ("sr", ["srp_Cyrl", "srp_Latn"]),
    ],
)
def test_a_wanted_language_takes_its_scripts_and_members(wanted: str, found: list[str]) -> None:
    labels = ["zho_Hans", "zho_Hant", "cmn_Hani", "kas_Arab", "kas_Deva", "pes_Arab", "prs_Arab"]
    labels += ["srp_Cyrl", "srp_Latn", "eng_Latn"]
    hits = matching([wanted], labels)
    assert [label for label, hit in zip(labels, hits, strict=True) if hit] == found


def test_a_language_the_model_does_not_know_is_refused_with_the_nearest() -> None:
    with pytest.raises(ValueError, match=r"'kas_Latn'; the nearest are kas_Arab"):
        matching(["eng", "kas_Latn"], ["kas_Arab", "eng_Latn"])


@pytest.mark.parametrize(
    ("style", "names"),
    [
        ("iso639_3", ["kas", "zho", "eng"]),
        ("flores", ["kas_Deva", "zho_Hant", "eng_Latn"]),
        ("bcp47", ["ks-Deva", "zh-Hant", "en"]),
        ("model", ["kas_Deva", "zho_Hant", "eng_Latn"]),
    ],
)
def test_labels_are_written_in_the_style_asked_for(style: str, names: list[str]) -> None:
    assert names_of(["__label__kas_Deva", "__label__zho_Hant", "__label__eng_Latn"], style) == names


def test_wikipedias_own_codes_are_known_by_their_company() -> None:
    assert [one.code for one in languages_of(["als", "sq", "bh"])] == ["gsw", "sqi", "bho"]
    assert [one.code for one in languages_of(["als_Latn", "bho_Deva"])] == ["als", "bho"]
