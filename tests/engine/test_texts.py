"""Tallies of texts against Python's own split and len, however the rows are cut."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.engine import texts
from curate.engine.texts import Tally, count_tokens, read_tallies, write_tallies

SPACES = [chr(code) for code in range(0x110000) if chr(code).isspace()]
TEXT = st.text(st.sampled_from([*"ab", *SPACES, *"\u2009\u2019\u0080Âککٲ中😀"]))


@pytest.mark.parametrize("piece", [8, 2**18])
@given(found=st.lists(st.none() | TEXT), start=st.integers(0, 3))
@settings(deadline=None)
def test_tokens_are_what_python_splits_into(
    piece: int, found: list[str | None], start: int
) -> None:
    wanted = [None if text is None else len(text.split()) for text in found]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(texts, "PIECE", piece)
        assert count_tokens(pa.array(found, pa.string()).slice(start)).to_pylist() == wanted[start:]


def test_tokens_are_counted_where_texts_end_at_the_border_of_64_bytes() -> None:
    found = [letter * size for size in (63, 64, 65, 128) for letter in ("a", "a ", " a", "é\u2003")]
    wanted = [len(text.split()) for text in found]
    assert count_tokens(pa.array(found, pa.large_string())).to_pylist() == wanted


def tally(rows: list[str | None]) -> Tally:
    found = Tally()
    found.add(pa.chunked_array([pa.array(rows, pa.string())]))
    return found


@given(st.lists(st.lists(st.none() | TEXT, max_size=60), max_size=4))
@settings(max_examples=60, deadline=None)
def test_lengths_are_pythons_whether_rows_are_added_or_tallies_merged(
    parts: list[list[str | None]],
) -> None:
    added, merged = Tally(), Tally()
    for rows in parts:
        added.add(pa.chunked_array([pa.array(rows, pa.string())]))
        merged.merge(tally(rows))
    there = [text for rows in parts for text in rows if text is not None]
    wanted = Counter(len(text.split()) for text in there), Counter(map(len, there))
    assert added.lengths() == merged.lengths() == wanted
    assert added.values == merged.values == (Counter(there) if len(set(there)) <= 50 else None)
    assert added.nulls == merged.nulls == sum(map(len, parts)) - len(there)


@pytest.mark.parametrize("last", [["new"], ["long" * 26]], ids=["one too many", "too long"])
def test_what_is_no_closed_set_after_all_loses_no_row(last: list[str]) -> None:
    values = [f"value {number}" for number in range(50)]
    found = tally([*values, *values, None])
    assert found.values == Counter([*values, *values])
    found.add(pa.chunked_array([last]))
    assert found.values is None
    assert found.lengths()[1] == Counter(map(len, [*values, *values, *last]))


def test_tallies_come_back_as_they_were(tmp_path: Path) -> None:
    kept = {"few": tally(["a", None, '"ک\n']), "many": tally([f"{n}  x" for n in range(99)])}
    write_tallies(tmp_path / "deep/a.json", kept)
    found = read_tallies(tmp_path / "deep/a.json")
    assert found is not None
    assert {name: vars(one) for name, one in found.items()} == {
        name: vars(one) for name, one in kept.items()
    }


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": 1}', '{"a": {"nulls": 0, "tokens": 3}}'])
def test_a_damaged_tally_is_as_good_as_none(tmp_path: Path, text: str) -> None:
    assert read_tallies(tmp_path / "a.json") is None
    (tmp_path / "a.json").write_text(text)
    assert read_tallies(tmp_path / "a.json") is None
