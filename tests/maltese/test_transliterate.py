"""Arabic spellings against the released transducers of Micallef et al. 2024, run on 6,000 tokens."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.errors import EnvironmentError_
from curate.maltese.closed_class import closed_class
from curate.maltese.spelling import normalise
from curate.maltese.transliterate import (
    candidates,
    certain,
    read_closed_class,
    transliterate,
)


def rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def test_certain_spellings_and_joins_are_those_of_the_released_transducers(data_dir: Path) -> None:
    folder = data_dir / "maltese"
    closed = read_closed_class(folder / "maps/token_mappings")
    golden = list(rows(folder / "translit_golden.tsv"))
    found = [transliterate(row["token"], closed) for row in golden]
    assert [(one.text, str(int(one.joins))) for one in found] == [
        (row["arabic_det"], row["joins_next"]) for row in golden
    ]
    assert len(golden) == 6000


def test_spellings_by_rule_alone_are_those_of_the_released_transducers(data_dir: Path) -> None:
    golden = list(rows(data_dir / "maltese/translit_golden.tsv"))
    found = [certain(normalise(row["token"])) for row in golden]
    assert found == [row["arabic_det_rules"] for row in golden]


def test_the_sets_of_possible_spellings_have_the_published_hashes(data_dir: Path) -> None:
    golden = [row for row in rows(data_dir / "maltese/translit_golden.tsv") if row["nondet_n"]]
    for row in golden:
        found = "\n".join(sorted(candidates(normalise(row["token"]))))
        assert hashlib.sha1(found.encode()).hexdigest() == row["nondet_sha1"], row["token"]
    assert len(golden) > 5900


def test_every_possible_spelling_is_found_and_no_other(data_dir: Path) -> None:
    for row in rows(data_dir / "maltese/translit_nondet_candidates.tsv"):
        found = sorted(candidates(normalise(row["token"])))
        assert found == json.loads(row["candidates_json"]), row["token"]


def test_the_own_closed_class_agrees_with_the_released_lists_where_both_know_a_word(
    data_dir: Path,
) -> None:
    released = read_closed_class(data_dir / "maltese/maps/token_mappings")
    own = closed_class()
    both = own.keys() & released.keys()
    assert {word: own[word] for word in both} == {word: released[word] for word in both}
    assert len(both) > 150


def test_decomposed_text_is_spelled_as_composed_text() -> None:
    assert normalise("Z\u0307ebbug\u0307") == "żebbuġ"


def test_a_missing_list_names_the_file_and_where_it_comes_from(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentError_, match=r"additional_closed_class\.map.*MLRS/malti"):
        read_closed_class(tmp_path)


def test_a_line_without_a_tab_is_named(tmp_path: Path) -> None:
    (tmp_path / "small_closed_class.map").write_text("il-\tال+\n", encoding="utf-8")
    (tmp_path / "additional_closed_class.map").write_text("li\tاللي\nli\n", encoding="utf-8")
    with pytest.raises(EnvironmentError_, match=r"additional_closed_class\.map:2: not 'word TAB"):
        read_closed_class(tmp_path)


LETTERS = st.sampled_from("abċdefgħiejklmnoprstuvwxżz'-1")


@given(st.text(LETTERS, max_size=6))
def test_the_certain_spelling_lacks_only_vowels_of_a_possible_one(word: str) -> None:
    spelling = certain(word)
    assert any(_is_within(spelling, possible) for possible in candidates(word))


def _is_within(part: str, whole: str) -> bool:
    letters = iter(whole)
    return all(letter in letters for letter in part)


@given(st.text(max_size=20))
def test_any_text_has_a_spelling(word: str) -> None:
    assert transliterate(word, closed_class()).text or not certain(normalise(word))
