"""Likeness of many pairs, and of all spellings, beside doing it one by one."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.maltese.likeness import MOST_SPELLINGS, ONE_ARABIC, distance, likenesses, listed, spell
from curate.maltese.spelling import normalise
from curate.maltese.tables import Tables
from curate.maltese.transliterate import NO_SIGNS, lattices

WORDS = st.text(st.sampled_from("abcdeghiklmnorstużħ-'ġ"), min_size=1, max_size=9)
ARABIC = st.lists(st.text(st.sampled_from("ابتدرسضعكلمنهوي+"), max_size=6), max_size=3)


def plain_distance(one: str, other: str) -> int:
    """Levenshtein 1966 as the recursion says it, by a table."""
    table = {(i, 0): i for i in range(len(one) + 1)} | {(0, j): j for j in range(len(other) + 1)}
    for i, j in itertools.product(range(1, len(one) + 1), range(1, len(other) + 1)):
        swap = table[i - 1, j - 1] + (one[i - 1] != other[j - 1])
        table[i, j] = min(swap, table[i - 1, j] + 1, table[i, j - 1] + 1)
    return table[len(one), len(other)]


def plain_likeness(one: str, other: str) -> float:
    longest = max(len(one), len(other))
    return 1 - plain_distance(one, other) / longest if longest else 1.0


def spellings(word: str) -> list[str]:
    """Spellings one by one, as far as they are looked at."""
    every = (
        "".join(option.text.translate(NO_SIGNS).translate(ONE_ARABIC) for option in options)
        for lattice in lattices(normalise(word))
        for options in itertools.product(*lattice)
    )
    return list(itertools.islice(every, MOST_SPELLINGS))


@given(st.lists(st.tuples(st.text(max_size=80), st.text(max_size=80)), max_size=6))
def test_likeness_of_pairs_is_that_of_each_by_itself(pairs: list[tuple[str, str]]) -> None:
    found = likenesses([one for one, _ in pairs], [other for _, other in pairs])
    assert found == [plain_likeness(*pair) for pair in pairs]


def test_published_distances_come_out() -> None:
    assert (distance("kitten", "sitting"), distance("", "abc")) == (3, 3)


@settings(max_examples=60)
@given(st.lists(st.tuples(WORDS, ARABIC), max_size=4), st.data())
def test_the_nearest_spelling_is_the_nearest_of_all_written_out(
    ones: list[tuple[str, list[str]]], data: st.DataObject
) -> None:
    every = [spellings(word) for word, _ in ones]
    known = {data.draw(st.sampled_from(some)) for some in every if some} | {"بيت"}
    targets = [some for _, some in ones]
    found = spell([normalise(word) for word, _ in ones], targets, listed(known))
    assert found.any == [bool(some) for some in every]
    assert found.listed == [bool(known & set(some)) for some in every]
    assert found.nearest == [
        max((plain_likeness(one, target) for one in some), default=0.0)
        for some, wanted in zip(every, targets, strict=True)
        for target in wanted
    ]


def test_a_word_with_very_many_spellings_is_compared_with_the_first_of_them() -> None:
    some = spellings("tittedittaddidittat")
    assert len(some) == MOST_SPELLINGS
    found = spell([normalise("tittedittaddidittat")], [["طاطط"]], listed({some[-1]}))
    assert (found.listed, found.nearest) == ([True], [max(plain_likeness(s, "طاطط") for s in some)])


def test_a_word_longer_than_any_other_has_no_spelling() -> None:
    assert spell(["t" * 100_000], [["ت"]], listed({"ت"})).any == [False]


def test_what_the_tables_tell_of_a_word(tmp_path: Path) -> None:
    for name, meaning in (("mt-en", "Contract"), ("mt-it", "il contratto"),
                          ("mt-ar", "العقد"), ("en-ar", "kuntratt")):  # fmt: skip
        (tmp_path / f"{name}.tsv").write_text(f"kuntratt\t{meaning}\n", encoding="utf-8")
    (told,) = Tables(tmp_path).features(["kuntratt"])
    # cuntratt beside contract: 2 letters of 8 differ; beside contratto 1 and 1 more, of 9
    assert told.near == ["english near=7", "english equal=no", "italian near=7",
                         "arabic of english=same", "in english=False"]  # fmt: skip
    assert {"english start=1", "italian words=2", "english capital=True"} <= set(told.own)
    assert Tables(tmp_path).features(["kuntratt"], near_only=True)[0].near == told.near
    assert Tables(tmp_path).features(["kelb"])[0].near == ["in english=False"]


@pytest.mark.parametrize("word", ["", "-", "-il", "ضad", "\ud800", "😀a"])
def test_odd_words_have_features(word: str, data_dir: Path) -> None:
    tables = Tables(data_dir / "maltese/translations")
    assert len(tables.features([word])) == len(tables.features([word], near_only=True)) == 1
